"""Update actions of an inventory entry: one small pure function a field."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import UNSET, UnsetType

from ...records import StockLevel
from ...sync.protocols import FieldChange
from ..planning.custom_fields import CustomFields
from ..planning.steps import Step
from ..planning.texts import removable_step
from ..planning.wire import instant, moment
from .limits import refuse_crossed
from .settings import QuantityMeans

__all__ = ["change_quantity", "move_quantity", "other_steps", "reserved"]

Json = dict[str, Any]


def reserved(live: Json) -> int:
    """Pieces on stock that somebody has ordered, or holds in a cart."""
    on_stock: int = live["quantityOnStock"]
    available: int = live.get("availableQuantity", on_stock)
    return on_stock - available


def change_quantity(live: Json, wanted: int, means: QuantityMeans) -> Iterator[Step]:
    """Set the quantity to an absolute number: sent twice it is still right.

    An available quantity becomes the physical one that leaves so many: what is reserved lies there too.
    """
    held = reserved(live) if means == "available" else 0
    old = live["quantityOnStock"] - held
    if old != wanted:
        yield Step.of({"action": "changeQuantity", "quantity": wanted + held}, "quantity", old, wanted)


def move_quantity(live: Json, by: int, means: QuantityMeans) -> Iterator[Step]:
    """Add or take away pieces; what happens to the entry meanwhile is not lost."""
    if by:
        old = live["quantityOnStock"] - (reserved(live) if means == "available" else 0)
        action = "addQuantity" if by > 0 else "removeQuantity"
        yield Step.of({"action": action, "quantity": abs(by)}, "quantity", old, old + by)


def other_steps(record: StockLevel, live: Json, custom: CustomFields, key: str) -> Iterator[Step]:
    """Everything but the quantity.

    Raises:
        Refused: the limits would cross; a custom field or value that the type does not know.
        ReferenceMissing: a custom type, or what a custom field points to, is not there.
    """
    yield from set_expected_delivery(live.get("expectedDelivery"), record.expected_delivery)
    yield from removable_step(
        "setRestockableInDays", "restockableInDays", live.get("restockableInDays"), record.restockable_in_days
    )
    yield from set_limits(live, record.min_cart_quantity, record.max_cart_quantity, key)
    levels = live.get("stockLevels", {})
    yield from set_level("setReorderPoint", "reorderPoint", levels, record.reorder_point)
    yield from set_level("setSafetyStock", "safetyStock", levels, record.safety_stock)
    yield from removable_step(
        "setReservationExpirationInMinutes",
        "reservationExpirationInMinutes",
        live.get("reservationExpirationInMinutes"),
        record.reservation_expiration_in_minutes,
    )
    if record.custom is not UNSET or record.custom_type is not UNSET:
        yield from custom.steps(record, live)


def set_expected_delivery(live: str | None, wanted: datetime | UnsetType | None) -> Iterator[Step]:
    """Set or remove the time of the next delivery."""
    if isinstance(wanted, UnsetType):
        return
    text = None if wanted is None else instant(wanted)
    if (live and moment(live)) == (text and moment(text)):
        return
    action = {"action": "setExpectedDelivery"}
    yield Step.of(
        action if text is None else {**action, "expectedDelivery": text}, "expectedDelivery", live, text
    )


def set_limits(
    live: Json, least: int | UnsetType | None, most: int | UnsetType | None, key: str
) -> Iterator[Step]:
    """Set how many pieces a cart may hold; one action sets both, so the other one is sent along."""
    if least is UNSET and most is UNSET:
        return
    wanted = {
        "minCartQuantity": live.get("minCartQuantity") if least is UNSET else least,
        "maxCartQuantity": live.get("maxCartQuantity") if most is UNSET else most,
    }
    changes = [FieldChange(name, live.get(name), new) for name, new in wanted.items()]
    changes = [change for change in changes if change.old != change.new]
    if not changes:
        return
    refuse_crossed(wanted["minCartQuantity"], wanted["maxCartQuantity"], key)
    action = {"action": "setInventoryLimits", **{n: v for n, v in wanted.items() if v is not None}}
    yield Step(action, tuple(changes))


def set_level(action: str, field: str, live: Json, wanted: int | UnsetType | None) -> Iterator[Step]:
    """Set or remove a threshold; zero is one."""
    if wanted is UNSET or wanted == live.get(field):
        return
    body: Json = {"action": action} if wanted is None else {"action": action, "quantity": wanted}
    yield Step.of(body, field, live.get(field), wanted)
