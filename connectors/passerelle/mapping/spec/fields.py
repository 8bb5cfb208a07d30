"""Fields: where a value goes, where it comes from, and what happens on the way."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from .base import Names, Spec, several

__all__ = ["FieldSpec", "Fields", "MoneySpec", "OperandSpec", "StepSpec", "Steps"]


def _steps(value: Any) -> Any:
    return tuple(_step(item) for item in (value if isinstance(value, list) else [value]))


def _step(item: Any) -> Any:
    if isinstance(item, str):
        return {"name": item}
    if isinstance(item, dict) and item:
        (name, argument), *options = item.items()
        return {"name": name, "argument": (argument,), "options": dict(options)}
    raise ValueError("write the name of a function, or {name: argument}")


class StepSpec(Spec):
    """One function of `via`: `trim`, `{pad: 5}` or `{date: AAAAMMJJ, zone: Europe/Paris}`."""

    name: str
    argument: tuple[Any, ...] = ()
    options: dict[str, Any] = Field(default={})


Steps = Annotated[tuple[StepSpec, ...], BeforeValidator(_steps)]


class OperandSpec(Spec):
    """A value that a function takes from the record: `{divide: {from: PRICE_UNIT, default: 1}}`."""

    from_: str = Field(alias="from", description="The place where it stands")
    via: Steps = Field((), description="What happens to it first")
    default: str | int | None = Field(
        None, description="What stands in for an absent or empty one; without it that is a fault"
    )


class MoneySpec(Spec):
    """An amount and its currency; `only` names the currencies that this feed may bring."""

    amount: str
    currency: str
    decimal: str
    only: Names = ()


class FieldSpec(Spec):
    """One field: where its value goes (`to`), where it comes from, and what happens on the way."""

    to: str
    from_: Names | None = Field(None, alias="from")
    each: str | None = None
    fields: Annotated[tuple[FieldSpec, ...], BeforeValidator(several)] | None = None
    via: Steps = ()
    as_: Literal["integer"] | None = Field(None, alias="as")
    money: MoneySpec | None = None
    value: str | int | bool | None = None
    position: bool = False
    sum: str | None = None
    required: bool = False
    drop: bool = False

    @property
    def is_constant(self) -> bool:
        """True when the value stands in the mapping itself."""
        return "value" in self.model_fields_set


Fields = Annotated[tuple[FieldSpec, ...], BeforeValidator(several)]
