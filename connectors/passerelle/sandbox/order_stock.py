"""What orders take from stock, and when it shows: later, while changes over the API show at once.

That an order lowers both numbers of an entry, and up to ten seconds later, is described (sheet section 5).
What is not confirmed can be switched: whether pieces of an order in mode `ReserveOnOrder` stay on the shelf
until they are shipped, and whether a cancelled order gives back what it took.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import msgspec

from .attribution import acting_as
from .messages.stock import stock_taken
from .moments import now
from .problems import Problem
from .store import Doc, copied

if TYPE_CHECKING:
    from .project import Project

__all__ = ["OrderStock", "StockRules"]

_TYPE = "inventory-entry"
_GONE = frozenset({"Shipped", "Delivered"})
#: A SKU in one place: a channel's id, or None for the pool of all.
Place: TypeAlias = tuple[str, str | None]


class StockRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What orders do to stock where the documentation leaves it open.

    `reserved`: pieces of an order in mode `ReserveOnOrder` either leave the stock with the order, as those of
    `TrackOnly` do, or stay in `quantityOnStock`, not available, until the order's shipment state is Shipped
    or Delivered. `cancelled`: a cancelled order keeps what it took, or releases it unless it is shipped.
    """

    reserved: Literal["leave", "stay"] = "leave"
    cancelled: Literal["keep", "release"] = "keep"


class Movement(NamedTuple):
    """What happens to the two numbers of a place, and when it shows."""

    due: datetime
    place: Place
    on_stock: int
    available: int


class OrderStock:
    """The pieces of one project that are sold and still on the books, for `lag_seconds`."""

    def __init__(self) -> None:
        self.lag_seconds = 0.0
        self.rules = StockRules()
        self._waiting: deque[Movement] = deque()
        #: How many available pieces of a place are sold and do not show yet.
        self._sold: Counter[Place] = Counter()

    def require(self, order: Doc, project: Project) -> None:
        """Refuse an order whose inventory mode does not let it have what it wants.

        Raises:
            Problem: 400 OutOfStock, with the lines and their SKUs.
        """
        wanted: Counter[Place] = Counter()
        short = []
        for line, mode in _held(order):
            wanted[_place(line)] += line["quantity"]
            if self._lacks(_place(line), wanted[_place(line)], project, reserve=mode == "ReserveOnOrder"):
                short.append(line)
        if short:
            skus = [line["variant"].get("sku", "") for line in short]
            raise Problem(
                400,
                "OutOfStock",
                f"Some line items are out of stock at the time of placing the order: {', '.join(skus)}.",
                lineItems=[line["id"] for line in short],
                skus=skus,
            )

    def _lacks(self, place: Place, wanted: int, project: Project, *, reserve: bool) -> bool:
        entry = _entry(project, place)
        if entry is None:
            return True
        if not reserve or "restockableInDays" in entry:
            return False
        lacks: bool = entry["availableQuantity"] - self._sold[place] < wanted
        return lacks

    def follow(self, old: Doc | None, new: Doc) -> None:
        """Note what an order takes or gives back; it shows after the lag, on the sandbox's clock."""
        if old is None:
            for line, mode in _held(new):
                self._move(line, on_stock=0 if self._stays(mode) else -1, available=-1)
            return
        if _leaves(old, new):
            for line, mode in _held(new):
                if self._stays(mode):
                    self._move(line, on_stock=-1, available=0)
        elif self.rules.cancelled == "release" and _is_cancelled(old, new):
            for line, mode in _held(new):
                self._move(line, on_stock=0 if self._stays(mode) else 1, available=1)

    def _stays(self, mode: str) -> bool:
        return mode == "ReserveOnOrder" and self.rules.reserved == "stay"

    def _move(self, line: Doc, *, on_stock: int, available: int) -> None:
        due = now() + timedelta(seconds=self.lag_seconds)
        pieces = line["quantity"]
        self._waiting.append(Movement(due, _place(line), on_stock * pieces, available * pieces))
        self._sold[_place(line)] -= available * pieces

    def settle(self, project: Project) -> None:
        """Let show what is due by now."""
        if not self._waiting:
            return
        moment = now()
        while self._waiting and self._waiting[0].due <= moment:
            movement = self._waiting.popleft()
            self._sold[movement.place] += movement.available
            if not self._sold[movement.place]:
                del self._sold[movement.place]
            entry = _entry(project, movement.place)
            if entry is None:
                continue
            changed = copied(entry)
            changed["quantityOnStock"] += movement.on_stock
            changed["availableQuantity"] += movement.available
            with acting_as("sandbox-orders"):
                project.kind(_TYPE).replace(entry, changed, project)
                project.messages.post(_TYPE, changed, stock_taken(entry, changed))


def _held(order: Doc) -> Iterator[tuple[Doc, str]]:
    """The lines of an order that take from stock, each with its mode: its own, or that of the order."""
    for line in order["lineItems"]:
        mode = line.get("inventoryMode", order["inventoryMode"])
        if mode != "None":
            yield line, mode


def _leaves(old: Doc, new: Doc) -> bool:
    return old.get("shipmentState") not in _GONE and new.get("shipmentState") in _GONE


def _is_cancelled(old: Doc, new: Doc) -> bool:
    is_shipped = new.get("shipmentState") in _GONE
    return old["orderState"] != "Cancelled" and new["orderState"] == "Cancelled" and not is_shipped


def _place(line: Doc) -> Place:
    channel = line.get("supplyChannel")
    return line["variant"].get("sku", ""), None if channel is None else channel["id"]


def _entry(project: Project, place: Place) -> Doc | None:
    return project.collection(_TYPE).by_claim("supplyChannel", place)
