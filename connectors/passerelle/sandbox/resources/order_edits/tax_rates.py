"""Rates of tax that an order edit brings from outside."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ...store import Doc
from ...vocabulary import Country, Model, Text, as_json
from ..tax_categories import SubRate

__all__ = ["ExternalTaxRate"]


class ExternalTaxRate(Model):
    """A rate from outside."""

    name: Text
    country: Country
    amount: Annotated[float, Meta(ge=0, le=1)] | None = None
    included_in_price: bool = False
    state: str | None = None
    sub_rates: tuple[SubRate, ...] = ()

    def stored(self) -> Doc:
        """The rate as a line holds it."""
        rate: Doc = {"amount": sum(sub.amount for sub in self.sub_rates), **as_json(self)}
        return {"includedInPrice": self.included_in_price, **rate}
