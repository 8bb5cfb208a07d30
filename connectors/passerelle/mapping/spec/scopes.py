"""Scopes: one price of the source that holds in many countries, for many groups, in many channels."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from .base import Spec
from .fields import OperandSpec

__all__ = ["ScopesSpec"]


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str) else value


#: Values of the mapping, or the place where they stand: a text, or several by a function such as split.
_Listed = Annotated[
    OperandSpec | tuple[str, ...],
    BeforeValidator(_listed, json_schema_input_type=OperandSpec | str | list[str]),
]


class ScopesSpec(Spec):
    """Where one price holds: the record is made once for each combination; `*` means everywhere.

    `{countries: [FR, BE]}`, `{countries: {from: TERRITORY, via: [{code: territories}, {split: " "}]}}`.
    """

    countries: _Listed | None = Field(default=None, description="The countries; each record gets one of them")
    customer_groups: _Listed | None = Field(default=None, description="The keys of customer groups")
    channels: _Listed | None = Field(default=None, description="The keys of distribution channels")
    clash: Literal["last", "reject"] = Field(
        default="last",
        description="When two records of a file hold in one scope with different prices: the last one counts,"
        " or each further one is rejected",
    )

    @model_validator(mode="after")
    def _some(self) -> ScopesSpec:
        if not self.said():
            raise ValueError("say one of countries, customer_groups and channels")
        return self

    def said(self) -> dict[str, OperandSpec | tuple[str, ...]]:
        """Give what is said, by the field of the record that it fills."""
        every = {
            "country": self.countries,
            "customer_group": self.customer_groups,
            "channel": self.channels,
        }
        return {name: value for name, value in every.items() if value is not None}
