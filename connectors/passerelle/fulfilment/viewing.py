"""Viewing: what a shop should say of an order, from its state alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal, TypeAlias

from ..records import ItemState, Order, OrderView, ReturnView
from .states import OrderState, Unit, UnitState

__all__ = ["view"]

_ITEMS: dict[UnitState, ItemState] = {
    "ordered": "ordered",
    "exported": "ordered",
    "confirmed": "confirmed",
    "allocated": "allocated",
    # A customer learns that a store works on it, not which of its people has said so.
    "claimed": "allocated",
    "preparing": "preparing",
    "packed": "preparing",
    "ready": "ready",
    "shipped": "shipped",
    "in_transit": "shipped",
    "delivered": "delivered",
    "collected": "collected",
    "cancelled": "cancelled",
    "return_announced": "returning",
    "returned": "returned",
    "restocked": "returned",
    "unusable": "returned",
}
ReturnShipment: TypeAlias = Literal["Advised", "Returned", "BackInStock", "Unusable"]
ReturnPayment: TypeAlias = Literal["NonRefundable", "Initial", "Refunded", "NotRefunded"]
#: The pieces of a return in the order in which they are counted: those that came furthest first, so that the
#: first stays the first when the next one arrives.
_RETURNS: dict[UnitState, ReturnShipment] = {
    "restocked": "BackInStock",
    "unusable": "Unusable",
    "returned": "Returned",
    "return_announced": "Advised",
}
_FURTHEST = list(_RETURNS)


def view(order: Order, state: OrderState) -> OrderView:
    """Draw the picture of an order that any shop can be compared with."""
    pieces = Counter((unit.line, _ITEMS[unit.state]) for unit in state.units)
    return OrderView(
        number=order.order_number,
        order_state=state.order_state,
        shipment_state=state.shipment_state,
        payment_state=state.payment_state,
        exported_as=state.erp_number,
        deliveries=state.deliveries,
        returns=tuple(_returns(state)),
        items=tuple((line, item, count) for (line, item), count in pieces.items()),
        documents=state.documents,
        pickup_code=state.pickup_code,
        pickup_until=state.pickup_until,
    )


def _returns(state: OrderState) -> Iterator[ReturnView]:
    coming = [unit for unit in state.units if unit.state in _RETURNS]
    counts: Counter[tuple[str, str]] = Counter()
    for unit in sorted(coming, key=_counted_first):
        number = unit.return_number or ""
        counts[number, unit.line] += 1
        yield ReturnView(
            key=f"{number}/{unit.line}/{counts[number, unit.line]}",
            return_number=number,
            line=unit.line,
            quantity=1,
            shipment=_RETURNS[unit.state],
            payment=_payment(unit),
            at=unit.since,
        )


def _counted_first(unit: Unit) -> tuple[object, ...]:
    since = "" if unit.since is None else unit.since.isoformat()
    graded = unit.state in {"restocked", "unusable"}
    return (
        unit.return_number or "",
        unit.line,
        0 if graded else _FURTHEST.index(unit.state),
        since,
        unit.index,
    )


def _payment(unit: Unit) -> ReturnPayment:
    if unit.state == "return_announced":
        return "NonRefundable"
    if unit.exchanged_for is not None:
        return "NotRefunded"
    return "Refunded" if unit.refunded else "Initial"
