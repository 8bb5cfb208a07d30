"""Returns: what comes back, received, graded and paid back, each item once by its key; pure.

What may follow what (facts 4.3): Advised, then Returned, then BackInStock or Unusable. Money
that was paid back is never taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...records import ReturnView
from ..planning.steps import Step
from ..planning.wire import instant, target_key
from .remarks import Remark

__all__ = ["plan_returns", "return_key"]

Json = dict[str, Any]

#: The way from one state of returned goods to another, by both.
_WAYS = {
    ("Advised", "Returned"): ("Returned",),
    ("Advised", "BackInStock"): ("Returned", "BackInStock"),
    ("Advised", "Unusable"): ("Returned", "Unusable"),
    ("Returned", "BackInStock"): ("BackInStock",),
    ("Returned", "Unusable"): ("Unusable",),
}
#: How far goods have come: an earlier state than the shop's is old news.
_RANK = {"Advised": 0, "Returned": 1, "BackInStock": 2, "Unusable": 2}


def return_key(key: str) -> str:
    """The key in the shop of a returned item."""
    return target_key(key)


def plan_returns(wanted: Sequence[ReturnView], body: Json) -> Iterator[Step | Remark]:
    """Announce and receive what the shop does not know, and move on what it knows."""
    matched = _matched(wanted, body)
    ours = {item["id"] for item in matched.values()}
    for info in body.get("returnInfo", ()):
        for item in info["items"]:
            if item["id"] not in ours:
                yield Remark(
                    "foreign_return",
                    f"the return of {item['quantity']} pieces of line {_line(item)} "
                    f"({info.get('returnTrackingId') or item.get('key') or item['id']}) is not one that"
                    " we were told of",
                    "It was made in the shop itself and stays",
                )
    new: dict[str, list[ReturnView]] = {}
    for one in wanted:
        if one.key not in matched:
            new.setdefault(one.return_number, []).append(one)
    customs = {line["id"] for line in body.get("customLineItems", ())}
    for number, items in new.items():
        yield _added(number, items, customs)
    for one in wanted:
        yield from _moved(one, matched.get(one.key))


def _matched(wanted: Sequence[ReturnView], body: Json) -> dict[str, Json]:
    """Find each return in the shop: by its key or id; one announced in the shop by its number and line."""
    items = [(info, item) for info in body.get("returnInfo", ()) for item in info["items"]]
    named = {name: item for _, item in items for name in (item["id"], item.get("key")) if name}
    found = {
        one.key: item for one in wanted if (item := named.get(return_key(one.key)) or named.get(one.key))
    }
    taken = {item["id"] for item in found.values()}
    for one in wanted:
        if one.key in found:
            continue
        for info, item in items:
            alike = (info.get("returnTrackingId"), _line(item), item["quantity"])
            if item["id"] not in taken and alike == (one.return_number, one.line, one.quantity):
                found[one.key] = item
                taken.add(item["id"])
                break
    return found


def _line(item: Json) -> str:
    return str(item.get("lineItemId") or item.get("customLineItemId"))


def _added(number: str, items: Sequence[ReturnView], customs: set[str]) -> Step:
    drafts = [
        {
            "key": return_key(one.key),
            "quantity": one.quantity,
            ("customLineItemId" if one.line in customs else "lineItemId"): one.line,
            # Only these two can be said at once; from there it is moved on.
            "shipmentState": "Advised" if one.shipment == "Advised" else "Returned",
        }
        for one in items
    ]
    action: Json = {"action": "addReturnInfo", "items": drafts, "returnTrackingId": number}
    if (at := max((one.at for one in items if one.at is not None), default=None)) is not None:
        action["returnDate"] = instant(at)
    return Step.of(action, "return", None, f"{number}: {sum(one.quantity for one in items)} pieces")


def _moved(one: ReturnView, item: Json | None) -> Iterator[Step | Remark]:
    which = {"returnItemKey": return_key(one.key)} if item is None else {"returnItemId": item["id"]}
    born = "Advised" if one.shipment == "Advised" else "Returned"
    shipment = born if item is None else item["shipmentState"]
    payment = (
        item["paymentState"] if item is not None else "NonRefundable" if born == "Advised" else "Initial"
    )
    if item is not None and item["quantity"] != one.quantity:
        yield Remark(
            "return_differs",
            f"return {one.key} has {item['quantity']} pieces in the shop, {one.quantity} as we know it",
            "commercetools cannot change it: compare with the warehouse, correct it in the Merchant Center",
        )
    way = _WAYS.get((shipment, one.shipment), ())
    for state in way:
        action = {"action": "setReturnShipmentState", **which, "shipmentState": state}
        yield Step.of(action, "return", f"{one.return_number}: {shipment}", f"{one.return_number}: {state}")
        if state == "Returned" and payment == "NonRefundable":
            payment = "Initial"
        shipment = state
    if shipment != one.shipment and _RANK[one.shipment] >= _RANK[shipment]:
        yield Remark(
            "return_state",
            f"return {one.key} is {shipment} in the shop, {one.shipment} as we know it",
            "commercetools does not turn one into the other: tell who needs to know",
        )
    if payment != one.payment and _may_be_paid(payment, one):
        action = {"action": "setReturnPaymentState", **which, "paymentState": one.payment}
        yield Step.of(
            action, "return.payment", f"{one.return_number}: {payment}", f"{one.return_number}: {one.payment}"
        )


def _may_be_paid(payment: str, one: ReturnView) -> bool:
    """Advised goods are not refundable; what was paid back stays so."""
    return one.shipment != "Advised" and payment != "Refunded" and one.payment != "NonRefundable"
