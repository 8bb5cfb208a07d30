"""Conditions: what must hold for a record, an element or a field to be read at all."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from .base import Spec

__all__ = ["ConditionSpec", "Plain", "Plains"]

_TESTS = ("is", "is_not", "in", "not_in", "matches", "present", "empty", "above", "below", "at_least",
          "at_most")  # fmt: skip
_NUMBERS = ("above", "below", "at_least", "at_most")


def _plain(value: Any) -> Any:
    """Take a text, a whole number or a yes or no as the text that stands in a file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        # 1.50 and 1.5 are two texts, and YAML no longer knows which one was written.
        raise ValueError("write a number with decimals in quotes")  # noqa: TRY004  # pydantic tells ValueErrors
    return value


def _plains(value: Any) -> Any:
    return tuple(_plain(item) for item in (value if isinstance(value, list) else [value]))


def _conditions(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,)


#: A text as it stands in a file; a whole number or true and false may be written without quotes.
Plain = Annotated[str, BeforeValidator(_plain, json_schema_input_type=str | int | bool)]
Plains = Annotated[
    tuple[str, ...],
    BeforeValidator(_plains, json_schema_input_type=str | int | bool | list[str | int | bool]),
]


class ConditionSpec(Spec):
    """What must hold: a path with one or more tests, or other conditions under all, any or not.

    Texts are compared without the blanks around them, capitals as they are. Where a path finds several
    values, one that meets the test is enough; `is_not` and `not_in` hold when none is.
    """

    path: str | None = Field(default=None, description="The place whose value is tested")
    is_: Plain | None = Field(default=None, alias="is", description="The text is exactly this one")
    is_not: Plain | None = Field(default=None, description="The text is another one, or there is none")
    in_: Plains | None = Field(default=None, alias="in", description="The text is one of these")
    not_in: Plains | None = Field(default=None, description="The text is none of these, or there is none")
    matches: str | None = Field(
        default=None, description="The whole text fits a regular expression (of at most 500 characters)"
    )
    present: bool | None = Field(
        default=None, description="true: the name is there, even empty; false: it is not"
    )
    empty: bool | None = Field(
        default=None, description="true: nothing is there, or only blanks; false: there is something"
    )
    above: Plain | None = Field(default=None, description="The number is greater than this one")
    below: Plain | None = Field(default=None, description="The number is less than this one")
    at_least: Plain | None = Field(default=None, description="The number is this one or greater")
    at_most: Plain | None = Field(default=None, description="The number is this one or less")
    decimal: str = Field(
        default="1234.5", description="How numbers are written: 1234.5 as the partner writes it, or auto"
    )
    all_: Annotated[tuple[ConditionSpec, ...], BeforeValidator(_conditions)] | None = Field(
        default=None, alias="all", description="Conditions that all hold"
    )
    any_: Annotated[tuple[ConditionSpec, ...], BeforeValidator(_conditions)] | None = Field(
        default=None, alias="any", description="Conditions of which one or more hold"
    )
    not_: ConditionSpec | None = Field(
        default=None, alias="not", description="A condition that does not hold"
    )

    @model_validator(mode="after")
    def _sound(self) -> ConditionSpec:
        tests = self.tests()
        sorts = [
            name
            for name, given in (
                ("path", self.path),
                ("all", self.all_),
                ("any", self.any_),
                ("not", self.not_),
            )
            if given is not None
        ]
        if len(sorts) != 1:
            raise ValueError("a condition has one of path, all, any and not")
        if (self.path is not None) != bool(tests):
            raise ValueError(f"a path needs a test, one of {', '.join(_TESTS)}")
        if self.all_ == () or self.any_ == ():
            raise ValueError("all and any need at least one condition")
        return self

    def tests(self) -> dict[str, Any]:
        """Give the tests that are asked for, by name."""
        given = self.model_dump(by_alias=True, include={*(f"{t}_" for t in ("is", "in")), *_TESTS})
        return {name: value for name, value in given.items() if value is not None}

    @property
    def numeric(self) -> bool:
        """True when the value is compared as a number."""
        return any(name in _NUMBERS for name in self.tests())
