"""What is told of deliveries and parcels of an order, of each way in which it is shipped."""

from __future__ import annotations

from collections.abc import Iterator

from ..store import Doc
from ..told import Told
from .custom_fields import tell_of_custom

__all__ = ["tell_of_deliveries"]


def tell_of_deliveries(old: Doc, new: Doc) -> Iterator[Told]:
    """Deliveries and parcels that came, went or changed; expected times that were set."""
    before, after = dict(_infos(old)), dict(_infos(new))
    for key, info in after.items():
        was = before.get(key, {})
        where: Doc = {} if key is None else {"shippingKey": key}
        if was == info:
            continue
        if was.get("estimatedDelivery") != info.get("estimatedDelivery"):
            told = {"estimatedDelivery": info["estimatedDelivery"]} if "estimatedDelivery" in info else {}
            yield Told("OrderEstimatedDeliverySet", {**where, **told})
        yield from _deliveries(was.get("deliveries", []), info["deliveries"], where)


def _infos(order: Doc) -> Iterator[tuple[str | None, Doc]]:
    if "shippingInfo" in order:
        yield order.get("shippingKey"), order["shippingInfo"]
    for shipping in order["shipping"]:
        yield shipping["shippingKey"], shipping["shippingInfo"]


def _deliveries(old: list[Doc], new: list[Doc], where: Doc) -> Iterator[Told]:
    before = {one["id"]: one for one in old}
    after = {one["id"]: one for one in new}
    for number, delivery in before.items():
        if number not in after:
            yield Told("DeliveryRemoved", {"delivery": delivery, **where})
    for number, delivery in after.items():
        if number not in before:
            yield Told("DeliveryAdded", {"delivery": delivery, **where})
        elif before[number] != delivery:
            yield from _delivery(before[number], delivery, where)


def _delivery(old: Doc, new: Doc, shipping: Doc) -> Iterator[Told]:
    where = {"deliveryId": new["id"], **shipping}
    if old["items"] != new["items"]:
        yield Told("DeliveryItemsUpdated", {**where, "items": new["items"], "oldItems": old["items"]})
    if old.get("address") != new.get("address"):
        told = {"address": new.get("address"), "oldAddress": old.get("address")}
        filled = {name: value for name, value in told.items() if value is not None}
        yield Told("DeliveryAddressSet", {**where, **filled})
    yield from tell_of_custom(old, new, "Delivery", {"deliveryId": new["id"]})
    before = {parcel["id"]: parcel for parcel in old["parcels"]}
    after = {parcel["id"]: parcel for parcel in new["parcels"]}
    for number, parcel in before.items():
        if number not in after:
            yield Told("ParcelRemovedFromDelivery", {**where, "parcel": parcel})
    for number, parcel in after.items():
        if number not in before:
            yield Told("ParcelAddedToDelivery", {"delivery": new, "parcel": parcel, **shipping})
        else:
            yield from _parcel(where, before[number], parcel)


def _parcel(where: Doc, old: Doc, new: Doc) -> Iterator[Told]:
    where = {**where, "parcelId": new["id"]}
    if old.get("items") != new.get("items"):
        told = {"items": new.get("items", []), "oldItems": old.get("items", [])}
        yield Told("ParcelItemsUpdated", {**where, **told})
    for field, kind in (
        ("measurements", "ParcelMeasurementsUpdated"),
        ("trackingData", "ParcelTrackingDataUpdated"),
    ):
        if old.get(field) != new.get(field):
            yield Told(kind, {**where, **({field: new[field]} if field in new else {})})
