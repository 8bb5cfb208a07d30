"""What is told of inventory entries. Stock that orders take is no quantity that was set."""

from __future__ import annotations

from collections.abc import Iterator

from ..store import Doc
from .log import Told

__all__ = ["stock_taken", "tell_of_stock"]


def tell_of_stock(old: Doc | None, new: Doc | None) -> Iterator[Told]:
    """Created, deleted, a quantity set over the API, levels reached, a changed life of reservations."""
    if old is None:
        if new is not None:
            yield Told("InventoryEntryCreated", {"inventoryEntry": new})
        return
    if new is None:
        yield Told("InventoryEntryDeleted", _place(old))
        return
    if _quantities(old) != _quantities(new):
        yield Told(
            "InventoryEntryQuantitySet",
            {
                "oldQuantityOnStock": old["quantityOnStock"],
                "newQuantityOnStock": new["quantityOnStock"],
                "oldAvailableQuantity": old["availableQuantity"],
                "newAvailableQuantity": new["availableQuantity"],
                **_place(new),
            },
        )
        yield from stock_taken(old, new)
    minutes = "reservationExpirationInMinutes"
    if old.get(minutes) != new.get(minutes):
        changed = {"old" + minutes[0].upper() + minutes[1:]: old.get(minutes)}
        changed["new" + minutes[0].upper() + minutes[1:]] = new.get(minutes)
        yield Told(
            "InventoryEntryReservationExpirationInMinutesSet",
            {name: value for name, value in changed.items() if value is not None},
        )


def stock_taken(old: Doc, new: Doc) -> Iterator[Told]:
    """What a fallen quantity is told as, whoever took it: sold out, or at one of its levels."""
    before, after = old["quantityOnStock"], new["quantityOnStock"]
    if after <= 0 < before:
        yield Told("InventoryEntryOutOfStock", _place(new))
    levels = new.get("stockLevels", {})
    for level, kind in (
        ("reorderPoint", "InventoryEntryReorderPoint"),
        ("safetyStock", "InventoryEntrySafetyStock"),
    ):
        if level in levels and after <= levels[level] < before:
            yield Told(kind, {**_place(new), "quantityOnStock": after})


def _quantities(entry: Doc) -> tuple[int, int]:
    return entry["quantityOnStock"], entry["availableQuantity"]


def _place(entry: Doc) -> Doc:
    place = {"sku": entry["sku"]}
    return {**place, "supplyChannel": entry["supplyChannel"]} if "supplyChannel" in entry else place
