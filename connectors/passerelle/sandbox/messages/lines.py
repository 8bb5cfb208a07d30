"""What is told of the lines of an order and of how it is shipped, as order edits change them."""

from __future__ import annotations

from collections.abc import Iterator

from ..store import Doc
from ..told import Told

__all__ = ["tell_of_lines"]

#: What of a way of shipping is told by messages of its own.
_TOLD_APART = frozenset({"deliveries", "estimatedDelivery"})


def tell_of_lines(old: Doc, new: Doc) -> Iterator[Told]:
    """Pieces that came or went, lines without product, another way of shipping."""
    if old["lineItems"] != new["lineItems"]:
        yield from _lines(_by_id(old, "lineItems"), _by_id(new, "lineItems"))
    if old["customLineItems"] != new["customLineItems"]:
        yield from _custom_lines(_by_id(old, "customLineItems"), _by_id(new, "customLineItems"))
    was, now = (_method(order.get("shippingInfo")) for order in (old, new))
    if was != now:
        told = {"shippingInfo": new.get("shippingInfo"), "oldShippingInfo": old.get("shippingInfo")}
        yield Told("OrderShippingInfoSet", {name: info for name, info in told.items() if info is not None})


def _by_id(order: Doc, field: str) -> dict[str, Doc]:
    return {line["id"]: line for line in order[field]}


def _method(info: Doc | None) -> Doc | None:
    return None if info is None else {name: v for name, v in info.items() if name not in _TOLD_APART}


def _lines(before: dict[str, Doc], after: dict[str, Doc]) -> Iterator[Told]:
    for number, line in before.items():
        left = after.get(number, {**line, "quantity": 0, "state": []})
        gone = line["quantity"] - left["quantity"]
        if gone > 0:
            yield Told("OrderLineItemRemoved", _removed(left, gone))
    for number, line in after.items():
        came = line["quantity"] - before.get(number, {"quantity": 0})["quantity"]
        if came > 0:
            yield Told("OrderLineItemAdded", {"lineItem": line, "addedQuantity": came})


def _removed(left: Doc, gone: int) -> Doc:
    total = left["totalPrice"] if left["quantity"] else {**left["totalPrice"], "centAmount": 0}
    told = {
        "lineItemId": left["id"],
        "lineItemKey": left.get("key"),
        "removedQuantity": gone,
        "newQuantity": left["quantity"],
        "newState": left["state"],
        "newTotalPrice": total,
        "newPrice": left["price"],
        "newTaxedPrice": left.get("taxedPrice") if left["quantity"] else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _custom_lines(before: dict[str, Doc], after: dict[str, Doc]) -> Iterator[Told]:
    for number, line in before.items():
        where = _where(line)
        if number not in after:
            yield Told("OrderCustomLineItemRemoved", {**where, "customLineItem": line})
        elif after[number]["quantity"] != line["quantity"]:
            told = {"quantity": after[number]["quantity"], "oldQuantity": line["quantity"]}
            yield Told("OrderCustomLineItemQuantityChanged", {**where, **told})
    for number, line in after.items():
        if number not in before:
            yield Told("OrderCustomLineItemAdded", {"customLineItem": line})


def _where(line: Doc) -> Doc:
    where = {"customLineItemId": line["id"]}
    return {**where, "customLineItemKey": line["key"]} if "key" in line else where
