"""Amounts of an order: whole minor units of one currency, or the order is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import Refused
from ...records import Money

__all__ = ["cents"]


def cents(value: Mapping[str, Any], what: str, currency: str | None = None) -> Money:
    """Read an amount; `what` says whose it is, `currency` which one it must be in.

    Raises:
        Refused: `high_precision` for an amount of more digits than its currency has (rounding it is a
            decision of the shop, and it made none), `other_currency` for one in another currency.
    """
    if value.get("type") == "highPrecision":
        raise Refused(
            f"{what} is a high precision amount ({value.get('preciseAmount')} with "
            f"{value.get('fractionDigits')} decimals of {value['currencyCode']}); orders have whole cents",
            code="high_precision",
            advice="Sell it at a price in whole cents, or as a custom line item with its rounded amount",
        )
    money = Money(value["centAmount"], value["currencyCode"])
    if currency is not None and money.currency != currency:
        raise Refused(
            f"{what} is in {money.currency}, the order in {currency}",
            code="other_currency",
            advice="An order has one currency: correct it in the shop",
        )
    return money
