"""What orders take from stock, and when it shows: later, while changes over the API show at once."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from .attribution import acting_as
from .messages.stock import stock_taken
from .moments import now
from .problems import Problem
from .store import Doc, copied

if TYPE_CHECKING:
    from .project import Project

__all__ = ["OrderStock"]

_TYPE = "inventory-entry"


class Taken(NamedTuple):
    """Pieces of a SKU in one place (a channel's id, or None), and when their absence shows."""

    due: datetime
    sku: str
    channel: str | None
    quantity: int


class OrderStock:
    """The pieces of one project that are sold and still on the books, for `lag_seconds`."""

    def __init__(self) -> None:
        self.lag_seconds = 0.0
        self._waiting: deque[Taken] = deque()

    def require(self, order: Doc, project: Project) -> None:
        """Refuse an order whose inventory mode does not let it have what it wants.

        Raises:
            Problem: 400 OutOfStock, with the lines and their SKUs.
        """
        if order["inventoryMode"] not in ("TrackOnly", "ReserveOnOrder"):
            return
        short = [
            line
            for line in order["lineItems"]
            if self._lacks(line, project, reserve=order["inventoryMode"] == "ReserveOnOrder")
        ]
        if short:
            skus = [line["variant"].get("sku", "") for line in short]
            raise Problem(
                400,
                "OutOfStock",
                f"Some line items are out of stock at the time of placing the order: {', '.join(skus)}.",
                lineItems=[line["id"] for line in short],
                skus=skus,
            )

    def _lacks(self, line: Doc, project: Project, *, reserve: bool) -> bool:
        entry = _entry(project, *_place(line))
        if entry is None:
            return True
        if not reserve or "restockableInDays" in entry:
            return False
        sold = sum(taken.quantity for taken in self._waiting if taken[1:3] == _place(line))
        lacks: bool = entry["availableQuantity"] - sold < line["quantity"]
        return lacks

    def follow(self, old: Doc | None, new: Doc) -> None:
        """Note what becomes of an order's pieces."""
        if old is None:
            self.take(new)

    def take(self, order: Doc) -> None:
        """Note what a new order takes; it shows after the lag, on the sandbox's clock."""
        if order["inventoryMode"] not in ("TrackOnly", "ReserveOnOrder"):
            return
        due = now() + timedelta(seconds=self.lag_seconds)
        for line in order["lineItems"]:
            self._waiting.append(Taken(due, *_place(line), line["quantity"]))

    def settle(self, project: Project) -> None:
        """Let show what is due by now."""
        if not self._waiting:
            return
        moment = now()
        while self._waiting and self._waiting[0].due <= moment:
            taken = self._waiting.popleft()
            entry = _entry(project, taken.sku, taken.channel)
            if entry is None:
                continue
            changed = copied(entry)
            changed["quantityOnStock"] -= taken.quantity
            changed["availableQuantity"] -= taken.quantity
            with acting_as("sandbox-orders"):
                project.kind(_TYPE).replace(entry, changed, project)
                project.messages.post(_TYPE, changed, stock_taken(entry, changed))


def _place(line: Doc) -> tuple[str, str | None]:
    channel = line.get("supplyChannel")
    return line["variant"].get("sku", ""), None if channel is None else channel["id"]


def _entry(project: Project, sku: str, channel: str | None) -> Doc | None:
    return project.collection(_TYPE).by_claim("supplyChannel", (sku, channel))
