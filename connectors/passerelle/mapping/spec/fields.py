"""Fields: where a value goes, where it comes from, and what happens on the way."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from .base import Names, Spec, several
from .conditions import ConditionSpec
from .owners import ForeignPolicy

__all__ = [
    "AlternativeSpec",
    "CurrencySpec",
    "FieldSpec",
    "Fields",
    "KnownAttributeSpec",
    "LinesSpec",
    "LocalesSpec",
    "MoneySpec",
    "OperandSpec",
    "PairsSpec",
    "RoundSpec",
    "StepSpec",
    "Steps",
]


def _steps(value: Any) -> Any:
    return tuple(_step(item) for item in (value if isinstance(value, list | tuple) else [value]))


def _step(item: Any) -> Any:
    if isinstance(item, str):
        return {"name": item}
    if isinstance(item, StepSpec):
        return item
    if isinstance(item, dict) and item:
        (name, argument), *options = item.items()
        return {"name": name, "argument": (argument,), "options": dict(options)}
    raise ValueError("write the name of a function, or {name: argument}")


class StepSpec(Spec):
    """One function of `via`: `trim`, `{pad: 5}` or `{date: AAAAMMJJ, zone: Europe/Paris}`."""

    name: str = Field(description="The name of the function")
    argument: tuple[Any, ...] = Field(default=(), description="What stands beside its name")
    options: dict[str, Any] = Field(default={}, description="Its other parameters by name")


Steps = Annotated[tuple[StepSpec, ...], BeforeValidator(_steps)]


class OperandSpec(Spec):
    """A value that a function takes from the record: `{divide: {from: PRICE_UNIT, default: 1}}`."""

    from_: str = Field(alias="from", description="The place where it stands")
    via: Steps = Field(default=(), description="What happens to it first")
    default: str | int | None = Field(
        default=None, description="What stands in for an absent or empty one; without it that is a fault"
    )


def _operand(value: Any) -> Any:
    return {"from": value} if isinstance(value, str) else value


class CurrencySpec(Spec):
    """The currency of an amount, where it is not simply a path: `{value: EUR}` or `{from: C, via: …}`."""

    from_: str | None = Field(default=None, alias="from", description="The place where it stands")
    via: Steps = Field(default=(), description="What happens to it, such as a code table")
    value: str | None = Field(default=None, description="The currency itself, for a feed that names none")

    @model_validator(mode="after")
    def _one(self) -> CurrencySpec:
        if (self.from_ is None) == (self.value is None):
            raise ValueError("a currency has either a place (from) or a value")
        if self.value is not None and self.via:
            raise ValueError("a currency that is written in the mapping takes no via")
        return self


Rounding = Literal["half_up", "half_even", "down", "up", "floor", "ceiling"]


def _round(value: Any) -> Any:
    return {"by": value} if isinstance(value, str) else value


class RoundSpec(Spec):
    """How an amount is rounded: `{by: half_up}`, to the digits of its currency or to those that are told."""

    by: Rounding = Field(description="The way of rounding: 10.5 is 11 by half_up and 10 by half_even")
    digits: int | None = Field(
        default=None, ge=0, le=20, description="Decimals that stay; left out: as many as the currency has"
    )


class MoneySpec(Spec):
    """An amount and its currency, exact: what does not fit into the currency's digits is a fault.

    The amount is read, divided by `per`, goes through `via`, and is rounded where `round` says how.
    """

    amount: str = Field(description="The place of the amount")
    currency: Annotated[
        CurrencySpec, BeforeValidator(_operand, json_schema_input_type=CurrencySpec | str)
    ] = Field(description="The place of the currency, or {value: EUR}, or {from: C, via: {code: currencies}}")
    decimal: str | None = Field(
        default=None, description="How numbers are written: 1234.5 as the partner writes it, or auto"
    )
    implied_decimals: int | None = Field(
        default=None,
        ge=0,
        le=20,
        description="Instead of decimal: digits of which the last so many are decimals",
    )
    minor_units: bool = Field(
        default=False,
        description="Instead of decimal: whole minor units of the currency (1290 is 12.90 EUR and 1290 JPY)",
    )
    only: Names = Field(
        default=(), description="The currencies that this feed may bring; another one is a fault"
    )
    per: OperandSpec | int | str | None = Field(
        default=None,
        description="The quantity that the amount is for: a number, or {from: PRICE_UNIT, via: …}",
    )
    via: Steps = Field(
        default=(), description="Arithmetic on the amount: percent_off, percent_on, multiply, add, …"
    )
    round: (
        Annotated[RoundSpec, BeforeValidator(_round, json_schema_input_type=RoundSpec | Rounding)] | None
    ) = Field(default=None, description="How the result is rounded; without it too many decimals are a fault")
    precise: int | None = Field(
        default=None,
        ge=1,
        le=20,
        description="Decimals of a high precision price, more than the currency has: 4 keeps 0.1050 EUR",
    )

    @model_validator(mode="after")
    def _one_notation(self) -> MoneySpec:
        told = [self.decimal is not None, self.implied_decimals is not None, self.minor_units]
        if sum(told) != 1:
            raise ValueError(
                "say how the amount is written: one of decimal, implied_decimals and minor_units"
            )
        return self


class AlternativeSpec(Spec):
    """One of the places that are tried in order, with a condition and functions of its own where needed.

    `PATH`, `{from: PATH, via: trim}`, `{when: {path: TYPE, is: P}, value: parcel}`.
    """

    from_: Names | None = Field(
        default=None, alias="from", description="The place, or several that a function joins"
    )
    value: str | int | bool | None = Field(default=None, description="A value that stands in the mapping")
    when: ConditionSpec | None = Field(default=None, description="What must hold for it to be tried at all")
    via: Steps = Field(default=(), description="What happens to it; left out: what the field's own via says")
    as_: Literal["integer"] | None = Field(
        default=None, alias="as", description="The kind of number it becomes"
    )

    @model_validator(mode="after")
    def _one(self) -> AlternativeSpec:
        if (self.from_ is None) == ("value" not in self.model_fields_set):
            raise ValueError("an alternative has either a place (from) or a value")
        return self


def _alternatives(value: Any) -> Any:
    items = value if isinstance(value, list) else [value]
    return tuple({"from": item} if isinstance(item, str) else item for item in items)


_Alternatives = Annotated[
    tuple[AlternativeSpec, ...],
    BeforeValidator(
        _alternatives,
        json_schema_input_type=AlternativeSpec | str | list[AlternativeSpec | str],
    ),
]


class LinesSpec(Spec):
    """Texts in ordered lines: `{each: TEXTS/TEXT, by: NO, text: LINE}`; `via` joins them."""

    each: str = Field(description="The element that repeats, one a line")
    text: str = Field(default=".", description="The place of the text in it")
    by: str | None = Field(
        default=None,
        description="The place of the number by which lines are put in order; left out: as they come",
    )
    where: ConditionSpec | None = Field(default=None, description="Which lines count; it asks the line")


class KnownAttributeSpec(Spec):
    """What becomes of the pairs of one name: `{to: weight_g, via: [{decimal: "1234,5"}], as: integer}`."""

    to: str = Field(description="The name of the attribute")
    via: Steps = Field(default=(), description="What happens to the value; places start at the pair")
    as_: Literal["integer"] | None = Field(
        default=None, alias="as", description="The kind of number it becomes"
    )
    many: bool = Field(
        default=False, description="Collect all pairs of this name: a set; otherwise a second one is a fault"
    )


def _attribute(value: Any) -> Any:
    return {"to": value} if isinstance(value, str) else value


_KnownAttribute = Annotated[
    KnownAttributeSpec, BeforeValidator(_attribute, json_schema_input_type=KnownAttributeSpec | str)
]


class PairsSpec(Spec):
    """Attributes from free pairs of a name and a value; only names that `only` knows become attributes.

    `category_order_hints` are filled so too: there `"*"` stands for every name, which is the category's key.
    """

    each: str = Field(description="The element that repeats, one a pair")
    name: Annotated[OperandSpec, BeforeValidator(_operand, json_schema_input_type=OperandSpec | str)] = Field(
        description="The place of the name in it, or {from: NAME, via: lower}"
    )
    value: str = Field(description="The place of the value in it")
    where: ConditionSpec | None = Field(default=None, description="Which pairs count; it asks the pair")
    only: dict[str, _KnownAttribute] = Field(
        description="The names that become attributes: `COLOUR: colour`, `WEIGHT: {to: weight_g, via: …}`; "
        'of places in categories every one: `"*": {to: "*", via: …}`'
    )
    unknown: Literal["skip", "reject"] = Field(
        default="skip",
        description="What happens to other names: they are skipped and counted, or the record is rejected",
    )


class LocalesSpec(Spec):
    """A localized text from elements or rows that each name their language: by attribute, code or file part.

    `{each: NAME, language: "@lang", text: "."}`, `{language: "#file.language", text: NAME}`.
    """

    each: str | None = Field(
        default=None, description="The element that repeats, one a language; left out: the record"
    )
    language: str = Field(description="The place of the language's code")
    text: str = Field(default=".", description="The place of the text")
    names: dict[str, str] = Field(
        default={}, description="Code to locale: `{F: fr-FR, 2: en-GB}`; left out: the feed's own locales"
    )
    unknown: Literal["skip", "reject"] = Field(
        default="skip",
        description="What happens to other languages: they are skipped and counted, or a fault",
    )
    where: ConditionSpec | None = Field(default=None, description="Which elements count; it asks the element")


class FieldSpec(Spec):
    """One field: where its value goes (`to`), where it comes from, and what happens on the way.

    It has exactly one origin: from, first_of, all_of, lines, each, money, attributes, locales or value.
    """

    to: str = Field(description="What it fills: a field of the record, `name.<locale>`, `attributes.<name>`")
    from_: Names | None = Field(
        default=None, alias="from", description="The place of its value, or several that a function joins"
    )
    first_of: _Alternatives | None = Field(
        default=None, description="Places that are tried in order: the first that has a value gives it"
    )
    all_of: Names | None = Field(
        default=None, description="Places of which all texts are taken, those of repeated elements too"
    )
    lines: LinesSpec | None = Field(default=None, description="Texts in ordered lines")
    each: str | None = Field(
        default=None,
        description="The element that repeats: one record (or text) of a list each; `.` is the record itself",
    )
    fields: Annotated[tuple[FieldSpec, ...], BeforeValidator(several)] | None = Field(
        default=None, description="The fields of the records of a list; `../` leads out of the element"
    )
    where: ConditionSpec | None = Field(
        default=None, description="Which elements of each count; it asks the element"
    )
    first: ConditionSpec | None = Field(
        default=None, description="Which element of each comes first: the master variant of a product"
    )
    via: Steps = Field(default=(), description="The functions that the value goes through, in their order")
    as_: Literal["integer"] | None = Field(
        default=None, alias="as", description="The kind of number it becomes"
    )
    money: MoneySpec | None = Field(default=None, description="An amount with its currency")
    attributes: PairsSpec | None = Field(
        default=None, description="Attributes from free pairs of a name and a value (`to: attributes`)"
    )
    locales: LocalesSpec | None = Field(
        default=None, description="A localized text whose languages are named in the file (`to: name`)"
    )
    value: str | int | bool | None = Field(default=None, description="A value that stands in the mapping")
    when: ConditionSpec | None = Field(
        default=None, description="What must hold; otherwise the field says nothing, or its default"
    )
    default: str | int | bool | None = Field(
        default=None, description="What stands in for an absent or empty value"
    )
    empty: Literal["none", "absent", "reject", "keep"] | None = Field(
        default=None,
        description="What an empty element says: there is none, nothing at all, a fault, or an empty text",
    )
    absent: Literal["none", "absent", "reject"] | None = Field(
        default=None, description="What an absent element says: there is none, nothing at all, or a fault"
    )
    required: bool = Field(default=False, description="An absent or empty value is a fault")
    owner: str | None = Field(
        default=None,
        description="Which system owns the value (erp, pim, shop); what the shop owns is only created",
    )
    foreign_edits: ForeignPolicy | None = Field(
        default=None,
        description="What is done when others changed it in the shop; left out: what the feed says",
    )
    only_create: bool = Field(
        default=False, description="Fill it when the record is created, and never touch it again"
    )
    drop: bool = Field(default=False, description="In an overlay: take this field away")

    @property
    def is_constant(self) -> bool:
        """True when the value stands in the mapping itself."""
        return "value" in self.model_fields_set

    @property
    def has_default(self) -> bool:
        """True when a default is given, null too."""
        return "default" in self.model_fields_set


Fields = Annotated[tuple[FieldSpec, ...], BeforeValidator(several)]
