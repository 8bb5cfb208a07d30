"""Limits: what the API refuses of a stock level, told before it is sent."""

from __future__ import annotations

from typing import Any

from ...errors import Refused
from ...records import StockLevel

__all__ = ["check", "refuse_crossed"]

_MOST = 2**31 - 1
#: What the API takes: field of the record -> least, most (facts: commercetools 5, and the official schema).
_BOUNDS = {
    "restockable_in_days": (0, _MOST),
    "min_cart_quantity": (1, _MOST),
    "max_cart_quantity": (1, _MOST),
    "reorder_point": (-(2**31), _MOST),
    "safety_stock": (-(2**31), _MOST),
    "reservation_expiration_in_minutes": (1, 44_640),
}


def check(record: StockLevel, key: str) -> None:
    """Refuse what the API would refuse: numbers out of their bounds, limits that cross."""
    for field, (least, most) in _BOUNDS.items():
        value = getattr(record, field)
        if isinstance(value, int) and not least <= value <= most:
            raise Refused(
                f"stock {key}: {field} is {value}, it can be {least} to {most}",
                code="out_of_range",
                advice="Correct it in the source, or convert it in the mapping",
            )
    refuse_crossed(record.min_cart_quantity, record.max_cart_quantity, key)


def refuse_crossed(least: Any, most: Any, key: str) -> None:
    """Refuse a least quantity above the most; what is not a number bounds nothing."""
    if isinstance(least, int) and isinstance(most, int) and least > most:
        raise Refused(
            f"stock {key}: a cart would hold at least {least} and at most {most}",
            code="limits_crossed",
            advice="Correct the limits in the source; one that the record does not name is the shop's",
        )
