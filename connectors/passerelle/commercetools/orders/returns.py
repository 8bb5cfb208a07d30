"""Returns: what comes back, received, graded and paid back, each item once by its key; pure.

What may follow what (facts 4.3): Advised, then Returned, then BackInStock or Unusable. Money that was paid
back is never taken back. Pieces of one line in one return are alike: which of them an item of the shop stands
for does not matter, so each item takes the part of the picture that is nearest to what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

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


class _Item(NamedTuple):
    """An item of the shop, the picture that it takes, and whether all its pieces are in that state."""

    body: Json
    wanted: ReturnView
    is_whole: bool


def return_key(key: str) -> str:
    """The key in the shop of a returned item."""
    return target_key(key)


def plan_returns(wanted: Sequence[ReturnView], body: Json) -> Iterator[Step | Remark]:
    """Announce and receive what the shop does not know, and move on what it knows."""
    groups: dict[tuple[str, str], list[ReturnView]] = {}
    for one in wanted:
        groups.setdefault((one.return_number, one.line), []).append(one)
    held: dict[tuple[str, str], list[Json]] = {}
    for info in body.get("returnInfo", ()):
        for item in info["items"]:
            group = _group(info, item, groups)
            if group is None:
                yield _foreign(info, item)
            else:
                held.setdefault(group, []).append(item)
    items: list[_Item] = []
    new: dict[str, list[ReturnView]] = {}
    for group, views in groups.items():
        known, rest = _assigned(views, held.get(group, []))
        items += known
        if rest:
            new.setdefault(group[0], []).extend(rest)
    customs = {line["id"] for line in body.get("customLineItems", ())}
    yield from (_added(number, views, customs) for number, views in new.items())
    for known_item in items:
        yield from _kept(known_item)
    for view in (view for views in new.values() for view in views):
        born = _born(view)
        payment = "NonRefundable" if born == "Advised" else "Initial"
        yield from _moved(view, {"returnItemKey": return_key(view.key)}, born, payment)


def _group(info: Json, item: Json, groups: dict[tuple[str, str], list[ReturnView]]) -> tuple[str, str] | None:
    """Say which return an item is of: by its key, else by the number under which it was announced."""
    line = str(item.get("lineItemId") or item.get("customLineItemId"))
    for group, views in groups.items():
        if group[1] == line and (
            info.get("returnTrackingId") == group[0]
            or item.get("key") in {return_key(view.key) for view in views}
        ):
            return group
    return None


def _assigned(views: list[ReturnView], items: list[Json]) -> tuple[list[_Item], list[ReturnView]]:
    """Give each item of the shop its pieces; what is left has no item yet, each with a key that is free."""
    units = [msgspec.structs.replace(view, quantity=1) for view in views for _ in range(view.quantity)]
    found: list[_Item] = []
    for item in sorted(items, key=lambda one: -one["quantity"]):
        if not units:
            break
        nearest = sorted(units, key=lambda unit: _distance(item, unit))
        alike = next(
            (same for unit in nearest if len(same := _alike(unit, units)) >= item["quantity"]),
            None,
        )
        # Pieces in several states in one item: it says no more than what is true of all of them.
        part = (alike or sorted(units, key=lambda unit: _RANK[unit.shipment]))[: item["quantity"]]
        found.append(_Item(item, part[0], len(part) == item["quantity"] and alike is not None))
        for unit in part:
            units.remove(unit)
    taken = {item.get("key") for item in items}
    free = iter([view.key for view in views if return_key(view.key) not in taken])
    rest: list[ReturnView] = []
    if len(views) == sum(view.quantity for view in views):
        rest = [msgspec.structs.replace(unit, key=key) for unit, key in zip(units, free, strict=False)]
    elif units and not items:
        rest = views
    return found, rest


def _alike(unit: ReturnView, units: Sequence[ReturnView]) -> list[ReturnView]:
    return [one for one in units if (one.shipment, one.payment) == (unit.shipment, unit.payment)]


def _distance(item: Json, unit: ReturnView) -> tuple[int, int]:
    """How far an item is from a state: there, on the way, behind it, or on another way."""
    held = item["shipmentState"]
    if held == unit.shipment:
        way = 0
    elif (held, unit.shipment) in _WAYS:
        way = 1
    else:
        way = 2 if _RANK[unit.shipment] < _RANK[held] else 3
    return way, int(item["paymentState"] != unit.payment)


def _foreign(info: Json, item: Json) -> Remark:
    name = info.get("returnTrackingId") or item.get("key") or item["id"]
    line = item.get("lineItemId") or item.get("customLineItemId")
    return Remark(
        "foreign_return",
        f"return {name}, {item['quantity']} pieces of line {line}, is not one that we were told of",
        "It was made in the shop itself and stays",
    )


def _born(one: ReturnView) -> str:
    """Only these two can be said at once; from there it is moved on."""
    return "Advised" if one.shipment == "Advised" else "Returned"


def _added(number: str, items: Sequence[ReturnView], customs: set[str]) -> Step:
    drafts = [
        {
            "key": return_key(one.key),
            "quantity": one.quantity,
            ("customLineItemId" if one.line in customs else "lineItemId"): one.line,
            "shipmentState": _born(one),
        }
        for one in items
    ]
    action: Json = {"action": "addReturnInfo", "items": drafts, "returnTrackingId": number}
    if (at := max((one.at for one in items if one.at is not None), default=None)) is not None:
        action["returnDate"] = instant(at)
    return Step.of(action, "return", None, f"{number}: {sum(one.quantity for one in items)} pieces")


def _kept(one: _Item) -> Iterator[Step | Remark]:
    item = one.body
    if not one.is_whole:
        yield Remark(
            "return_differs",
            f"return {one.wanted.return_number} has {item['quantity']} pieces of a line in one"
            " item of the shop; they are not all in one state, or not so many as we know it",
            "commercetools cannot split it: compare with the warehouse, correct it in the Merchant Center",
        )
    yield from _moved(one.wanted, {"returnItemId": item["id"]}, item["shipmentState"], item["paymentState"])


def _moved(one: ReturnView, which: Json, shipment: str, payment: str) -> Iterator[Step | Remark]:
    for state in _WAYS.get((shipment, one.shipment), ()):
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
