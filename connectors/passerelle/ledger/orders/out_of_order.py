"""What the ledger refuses of orders: names it never met, and states that cannot follow each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...errors import Skippable

__all__ = ["OutOfOrder", "UnknownOrder"]


class UnknownOrder(Skippable):
    """Something came for orders that the ledger never met."""

    def __init__(self, numbers: Sequence[str]) -> None:
        super().__init__(
            f"The ledger knows no order {', '.join(numbers)}",
            code="unknown_order",
            advice="Compare with the shop: the number is wrong, or the order was not collected yet",
        )
        self.numbers = tuple(numbers)


class OutOfOrder(Skippable):
    """Something about an order was to go to a state that cannot follow the one it is in since `at`."""

    def __init__(
        self, number: str, what: str, state: str, at: datetime, wanted: str, *, code: str, advice: str
    ) -> None:
        super().__init__(
            f"Order {number}: {what} is {state} since {at:%Y-%m-%d %H:%M:%S} UTC and cannot become {wanted}",
            code=code,
            advice=advice,
        )
        self.number = number
        self.wanted = wanted
