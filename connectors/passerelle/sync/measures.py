"""What the guard wants to know about one planned change."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from .protocols import Change, FieldChange

__all__ = ["MovedPrice", "farthest_move", "price_moves", "zeroed"]

#: Fields that hold one amount: `price.FR`, `price[SKU].EUR FR`, `tiers[10]`, `stagedValue`.
_AMOUNTS = ("price", "tiers[", "stagedValue")
#: The tiers of an embedded price are one field: `10: 4.00 EUR, 50: 3.50 EUR`.
_TIERS = "].tiers"


class MovedPrice(NamedTuple):
    """One amount that moves, as people read it; `by` is a fraction of the old one, negative when it falls."""

    field: str
    old: str
    new: str
    by: float


def zeroed(change: Change) -> bool:
    """Say whether a stock level that the shop holds above zero would become zero."""
    return any(
        field.field == "quantity" and field.new == 0 and isinstance(field.old, int) and field.old > 0
        for field in change.fields
    )


def price_moves(change: Change) -> Iterator[MovedPrice]:
    """Tell every price of a change that moves: of each variant, scope and tier.

    A price that is new, goes away, was zero or is given in another currency has nothing to be compared with.
    """
    for field in change.fields:
        for name, old, new in _pairs(field):
            before, after = _amount(old), _amount(new)
            if before is None or after is None or before[1] != after[1] or not before[0]:
                continue
            by = float((after[0] - before[0]) / before[0])
            if by:
                yield MovedPrice(name, str(old), str(new), by)


def farthest_move(change: Change) -> float | None:
    """Tell how far, up or down, that price moves which moves farthest; None when none does."""
    return max((abs(move.by) for move in price_moves(change)), default=None)


def _pairs(field: FieldChange) -> Iterator[tuple[str, Any, Any]]:
    if field.old is None or field.new is None:
        return
    if field.field.startswith(_AMOUNTS):
        yield field.field, field.old, field.new
    elif field.field.endswith(_TIERS):
        before, after = _tiers(field.old), _tiers(field.new)
        for quantity in before.keys() & after.keys():
            yield f"{field.field}[{quantity}]", before[quantity], after[quantity]


def _tiers(shown: Any) -> dict[str, str]:
    tiers = (part.partition(": ") for part in str(shown).split(", "))
    return {quantity: amount for quantity, _, amount in tiers if amount}


def _amount(shown: Any) -> tuple[Decimal, str] | None:
    """Read amount and currency back from how a field change shows money: `59.90 EUR`."""
    number, _, rest = str(shown).partition(" ")
    try:
        amount = Decimal(number)
    except InvalidOperation:
        return None
    return (amount, rest[:3]) if amount.is_finite() else None
