"""What is told of orders: states, addresses, deliveries, parcels, returns. An export mark is not told of."""

from __future__ import annotations

from collections.abc import Iterator

from ..store import Doc
from .log import Told

__all__ = ["tell_of_orders"]

#: Field that changes as a whole: the message, its name for the field, its name for what was there before.
_FIELDS = {
    "orderState": ("OrderStateChanged", "orderState", "oldOrderState"),
    "shipmentState": ("OrderShipmentStateChanged", "shipmentState", "oldShipmentState"),
    "paymentState": ("OrderPaymentStateChanged", "paymentState", "oldPaymentState"),
    "billingAddress": ("OrderBillingAddressSet", "address", "oldAddress"),
    "shippingAddress": ("OrderShippingAddressSet", "address", "oldAddress"),
    "customerEmail": ("OrderCustomerEmailSet", "email", "oldEmail"),
    "purchaseOrderNumber": (
        "OrderPurchaseOrderNumberSet",
        "purchaseOrderNumber",
        "oldPurchaseOrderNumber",
    ),
}
#: Messages that carry the new value always: a removed state is not told.
_NEEDS_VALUE = frozenset({"orderState", "shipmentState", "paymentState"})


def tell_of_orders(old: Doc | None, new: Doc | None) -> Iterator[Told]:
    """Imported, deleted, and what changed, each as the API names it."""
    if old is None:
        if new is not None:
            yield Told("OrderImported", {"order": new})
        return
    if new is None:
        yield Told("OrderDeleted", {"order": old})
        return
    for field, (kind, name, before) in _FIELDS.items():
        was, now = old.get(field), new.get(field)
        if was != now and not (now is None and field in _NEEDS_VALUE):
            told = {name: now, before: was}
            yield Told(kind, {n: value for n, value in told.items() if value is not None})
    if old.get("state") != new.get("state") and "state" in new:
        told = {"state": new["state"], "oldState": old.get("state")}
        filled = {name: value for name, value in told.items() if value is not None}
        yield Told("OrderStateTransition", {**filled, "force": False})
    yield from _custom(old, new)
    yield from _deliveries(old, new)
    yield from _returns(old, new)


def _custom(old: Doc, new: Doc) -> Iterator[Told]:
    was, now = old.get("custom"), new.get("custom")
    if was == now:
        return
    if now is None:
        if was is not None:
            yield Told("OrderCustomTypeRemoved", {"previousTypeId": was["type"]["id"]})
        return
    if was is None or was["type"] != now["type"]:
        previous = {} if was is None else {"previousTypeId": was["type"]["id"]}
        yield Told("OrderCustomTypeSet", {"customFields": now, **previous})
        return
    before, after = was["fields"], now["fields"]
    for name in before.keys() - after.keys():
        yield Told("OrderCustomFieldRemoved", {"name": name})
    for name, value in after.items():
        if name not in before:
            yield Told("OrderCustomFieldAdded", {"name": name, "value": value})
        elif before[name] != value:
            yield Told(
                "OrderCustomFieldChanged", {"name": name, "value": value, "previousValue": before[name]}
            )


def _deliveries(old: Doc, new: Doc) -> Iterator[Told]:
    before = {one["id"]: one for one in old.get("shippingInfo", {}).get("deliveries", ())}
    after = {one["id"]: one for one in new.get("shippingInfo", {}).get("deliveries", ())}
    for number, delivery in before.items():
        if number not in after:
            yield Told("DeliveryRemoved", {"delivery": delivery})
    for number, delivery in after.items():
        if number not in before:
            yield Told("DeliveryAdded", {"delivery": delivery})
        elif before[number] != delivery:
            yield from _delivery(before[number], delivery)


def _delivery(old: Doc, new: Doc) -> Iterator[Told]:
    where = {"deliveryId": new["id"]}
    if old["items"] != new["items"]:
        yield Told("DeliveryItemsUpdated", {**where, "items": new["items"], "oldItems": old["items"]})
    if old.get("address") != new.get("address"):
        told = {"address": new.get("address"), "oldAddress": old.get("address")}
        filled = {name: value for name, value in told.items() if value is not None}
        yield Told("DeliveryAddressSet", {**where, **filled})
    before = {parcel["id"]: parcel for parcel in old["parcels"]}
    after = {parcel["id"]: parcel for parcel in new["parcels"]}
    for number, parcel in before.items():
        if number not in after:
            yield Told("ParcelRemovedFromDelivery", {**where, "parcel": parcel})
    for number, parcel in after.items():
        if number not in before:
            yield Told("ParcelAddedToDelivery", {"delivery": new, "parcel": parcel})
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


def _returns(old: Doc, new: Doc) -> Iterator[Told]:
    before, after = old["returnInfo"], new["returnInfo"]
    if before == after:
        return
    known = {item["id"]: item for info in before for item in info["items"]}
    if len(after) > len(before) and after[: len(before)] == before:
        for info in after[len(before) :]:
            yield Told("ReturnInfoAdded", {"returnInfo": info})
    elif {item["id"] for info in after for item in info["items"]} != known.keys():
        yield Told("ReturnInfoSet", {"returnInfo": after})
    for info in after:
        for item in info["items"]:
            was = known.get(item["id"])
            if was is not None and was["shipmentState"] != item["shipmentState"]:
                yield Told(
                    "OrderReturnShipmentStateChanged",
                    {"returnItemId": item["id"], "returnShipmentState": item["shipmentState"]},
                )
