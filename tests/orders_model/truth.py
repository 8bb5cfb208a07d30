"""Truth: what really happened to each piece of each order, kept by the simplest book there can be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["PRICE", "Sold", "Truth"]

#: Every piece costs this, in cents of a euro, freight nothing.
PRICE = 1000

#: Where a piece really is.
Truth = Literal["open", "cancelled", "shipped", "delivered", "collected", "announced", "received"]


@dataclass
class Sold:
    """An order as it really is; `pieces` in the order in which they were ordered, by SKU."""

    number: str
    kind: Literal["delivery", "click_and_collect"]
    pieces: list[tuple[str, Truth]]
    paid: bool
    withdrawn: bool = False
    """Given up in the shop before it was paid: nobody else ever hears of it."""
    answer: Literal["accepted", "refused"] | None = None
    deliveries: dict[str, Counter[str]] = field(default_factory=dict)
    sent_as: dict[int, str] = field(default_factory=dict)
    """The delivery note of each piece that was sent."""
    announced_as: dict[int, str] = field(default_factory=dict)
    """The number under which each piece was announced to come back."""
    returns: dict[str, int] = field(default_factory=dict)
    """What came back under each number, in cents, of which nobody paid anything back yet."""
    paid_back: dict[str, int] = field(default_factory=dict)
    """What the payment provider paid back by itself, by the number of the return."""
    numbers: int = 0

    @property
    def live(self) -> bool:
        """Whether its goods may be touched: the ERP has it and did not refuse it."""
        return self.paid and not self.withdrawn and self.answer == "accepted"

    def fresh(self, what: str) -> str:
        """A number that nobody gave before."""
        self.numbers += 1
        return f"{what}-{self.number}-{self.numbers}"

    def places(self, *states: Truth) -> list[int]:
        """The pieces that are in one of these states."""
        return [place for place, (_, state) in enumerate(self.pieces) if state in states]

    def lines(self, places: list[int]) -> list[tuple[str, int]]:
        """These pieces as SKUs with numbers."""
        return sorted(Counter(self.pieces[place][0] for place in places).items())

    def move(self, places: list[int], state: Truth) -> list[tuple[str, int]]:
        """Bring pieces into a state; gives them as SKUs with numbers."""
        for place in places:
            self.pieces[place] = (self.pieces[place][0], state)
        return self.lines(places)

    @property
    def owed_back(self) -> int:
        """What the customer must get back, in cents: what never came, and what came back."""
        return PRICE * len(self.places("cancelled", "received")) if self.paid else 0
