"""A live tax category in a record's words."""

from __future__ import annotations

from decimal import Decimal

from msgspec import UNSET

from ...records import TaxCategory, TaxRate
from ..http.client import Json

__all__ = ["tax_category_of"]


def tax_category_of(body: Json) -> TaxCategory:
    """The record that would have made it."""
    return TaxCategory(
        key=body["key"],
        name=body["name"],
        description=body.get("description"),
        rates=tuple(_rate(rate) for rate in body.get("rates", ())),
    )


def _rate(body: Json) -> TaxRate:
    return TaxRate(
        name=body["name"],
        country=body["country"],
        amount=Decimal(str(body["amount"])),
        included=body["includedInPrice"],
        state=body.get("state"),
        key=body.get("key", UNSET),
    )
