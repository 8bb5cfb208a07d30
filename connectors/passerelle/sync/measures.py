"""What the guard wants to know about one planned change."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from .protocols import Change

__all__ = ["price_move", "zeroed"]


def zeroed(change: Change) -> bool:
    """Say whether a stock level that the shop holds above zero would become zero."""
    return any(
        field.field == "quantity" and field.new == 0 and isinstance(field.old, int) and field.old > 0
        for field in change.fields
    )


def price_move(change: Change) -> float | None:
    """Tell by which fraction of its old value a price moves; None when it is new or no price."""
    for field in change.fields:
        if field.field.startswith("price") and field.old is not None and field.new is not None:
            old, new = _amount(field.old), _amount(field.new)
            if old and new is not None:
                return float((new - old) / old)
    return None


def _amount(shown: Any) -> Decimal | None:
    """Read the amount back from how a field change shows money: `59.90 EUR`."""
    try:
        return Decimal(str(shown).split(maxsplit=1)[0])
    except (InvalidOperation, IndexError):
        return None
