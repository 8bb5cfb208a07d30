"""Sales: what a store sold of an article in a day, as a till system reports it."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from .money import Money

__all__ = ["Sale"]


class Sale(msgspec.Struct, frozen=True, kw_only=True):
    """One movement at the till: `quantity` and `amount` are negative for what was brought back.

    `sold_on` is the day of the store as 2026-11-01: a calendar day, which no zone moves. `department` is the
    retailer's own number.
    """

    sku: str
    store: str
    sold_on: str
    quantity: Decimal
    amount: Money
    department: str | None = None
