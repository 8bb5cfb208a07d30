"""Worth: what each piece of an order costs its customer, so that all parts sum exactly to the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

import msgspec

from ..records import Money, Order
from .amounts import piece_amounts, shares
from .pieces import Piece

__all__ = ["Purse", "Worth", "worth"]


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of an order's total in minor units: they sum to `total`.

    `steps` has for each line what its first 0, 1, 2… pieces cost together. `charges` is everything without
    goods (freight, donations, other charges) except the gift cards that were sold.
    """

    total: int
    currency: str
    steps: dict[str, tuple[int, ...]]
    charges: int
    gift_cards: int

    def of(self, pieces: Iterable[Piece]) -> int:
        """What these pieces cost, counted from the first of each line."""
        counts = Counter(piece.line for piece in pieces)
        return sum(self.steps[line][count] for line, count in counts.items())

    def money(self, amount: int) -> Money:
        """An amount in the order's currency."""
        return Money(amount, self.currency)


def worth(order: Order) -> Worth:
    """Part the total of an order.

    What the lines and the freight lack to the total is a charge; what they have too much is a discount of the
    whole order and is spread over the goods by the largest remainder, then over the charges.
    """
    goods = [line for line in order.lines if line.kind == "article"]
    gift_cards = sum(line.total.cent_amount for line in order.lines if line.kind == "gift_card")
    freight = order.shipping_price
    if freight is None or any(line.kind == "shipping" for line in order.lines):
        freight = Money(0, order.total.currency)
    others = freight.cent_amount + sum(
        line.total.cent_amount for line in order.lines if line.kind not in {"article", "gift_card"}
    )
    totals = [max(line.total.cent_amount, 0) for line in goods]
    total = max(order.total.cent_amount, 0)
    over = sum(totals) + others + gift_cards - total
    if over > 0 and totals:
        off = shares(min(over, sum(totals)), totals)
        totals = [amount - part for amount, part in zip(totals, off, strict=True)]
    gift_cards = max(min(gift_cards, total - sum(totals)), 0)
    return Worth(
        total=total,
        currency=order.total.currency,
        steps={
            line.id: (0, *accumulate(piece_amounts(amount, line.quantity)))
            for line, amount in zip(goods, totals, strict=True)
        },
        charges=total - sum(totals) - gift_cards,
        gift_cards=gift_cards,
    )


@dataclass(slots=True)
class Purse:
    """Takes pieces out of the worth of an order one by one: what was taken sums exactly, in whatever sets.

    The n-th piece of a line that is taken costs what the n-th piece of it costs, whichever it is.
    """

    worth: Worth
    taken: Counter[str] = field(default_factory=Counter)

    def take(self, lines: Iterable[tuple[str, int]]) -> int:
        """Take so many pieces of lines; what they cost in minor units. More than there are cost nothing."""
        amount = 0
        for line, count in lines:
            steps = self.worth.steps.get(line, (0,))
            before = min(self.taken[line], len(steps) - 1)
            self.taken[line] = after = min(before + count, len(steps) - 1)
            amount += steps[after] - steps[before]
        return amount
