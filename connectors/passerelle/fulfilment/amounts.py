"""Amounts: shares that sum exactly to the whole, whatever the number of lines and pieces."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Money

__all__ = ["piece_amounts", "shares", "spread_discount"]


def shares(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Spread whole minor units by weight: the shares sum to `amount` exactly.

    The remainder rule is that of the largest remainder: each share is cut to a whole unit, and the units
    that are left go one by one to the largest cut-off parts; of equal parts the first comes first. Where all
    weights are zero they count as equal. A negative amount is spread like a positive one, the sign put back.

    Raises:
        ValueError: there is nothing to spread over, or a weight is below zero.
    """
    if not weights or min(weights) < 0:
        raise ValueError(f"{amount} cannot be spread over the weights {list(weights)}")
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    sign = -1 if amount < 0 else 1
    parts = [divmod(abs(amount) * weight, whole) for weight in weights]
    given = [quotient for quotient, _ in parts]
    by_remainder = sorted(range(len(parts)), key=lambda index: -parts[index][1])
    for index in by_remainder[: abs(amount) - sum(given)]:
        given[index] += 1
    return tuple(sign * share for share in given)


def spread_discount(discount: Money, lines: Sequence[Money]) -> tuple[Money, ...]:
    """Spread a discount over lines by their amounts; no line gets more than it is worth.

    Raises:
        ValueError: the discount is below zero, more than the lines, or in another currency.
    """
    amounts = [line.cent_amount for line in lines]
    if any(line.currency != discount.currency for line in lines):
        raise ValueError(f"a discount in {discount.currency} cannot be spread over other currencies")
    if not 0 <= discount.cent_amount <= sum(amounts):
        raise ValueError(
            f"a discount of {discount} cannot be spread over lines of {sum(amounts)} minor units"
        )
    return tuple(Money(share, discount.currency) for share in shares(discount.cent_amount, amounts))


def piece_amounts(total: int, quantity: int) -> tuple[int, ...]:
    """What each piece of a line is worth, in minor units: the first pieces carry the units that are left."""
    return shares(total, [1] * quantity) if quantity > 0 else ()
