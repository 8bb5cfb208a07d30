"""What is told of orders: states, addresses, payments, returns. An export mark is not told of.

A step of a workflow is told by the action that makes it: what changed does not say whether it was forced.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..store import Doc
from ..told import Told
from .custom_fields import tell_of_custom
from .deliveries import tell_of_deliveries
from .lines import tell_of_lines

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
    yield from _parties(old, new)
    yield from _payments(old, new)
    yield from tell_of_custom(old, new, "Order", {})
    yield from tell_of_deliveries(old, new)
    yield from _returns(old, new)
    yield from tell_of_lines(old, new)


def _parties(old: Doc, new: Doc) -> Iterator[Told]:
    if old.get("store") != new.get("store"):
        yield Told("OrderStoreSet", {"store": new["store"]} if "store" in new else {})
    if old.get("customerId") != new.get("customerId"):
        named = {"customer": new.get("customerId"), "oldCustomer": old.get("customerId")}
        yield Told(
            "OrderCustomerSet",
            {name: {"typeId": "customer", "id": number} for name, number in named.items() if number},
        )


def _payments(old: Doc, new: Doc) -> Iterator[Told]:
    before, after = (doc.get("paymentInfo", {"payments": []})["payments"] for doc in (old, new))
    for payment in after:
        if payment not in before:
            yield Told("OrderPaymentAdded", {"paymentRef": payment})
    for payment in before:
        if payment not in after:
            removed = {"paymentRef": payment, "removedPaymentInfo": not after}
            yield Told("OrderPaymentRemoved", removed)


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
