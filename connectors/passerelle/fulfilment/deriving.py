"""Deriving: the state of an order from the set of messages about it; no order of arrival, no memory."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Money, Order, OrderMessage
from .messages import settled
from .rules import FulfilmentRules
from .states import OrderState, Request, Unit

__all__ = ["derive"]

_PLAIN = FulfilmentRules()


def derive(
    order: Order,
    messages: Sequence[OrderMessage],
    *,
    exported: bool = True,
    rules: FulfilmentRules = _PLAIN,
    asked: Sequence[Request] = (),
) -> OrderState:
    """Work out where every piece of an order is, what contradicts, and what we owe others.

    The same set of messages gives the same state, in whatever order and how often they came. `exported` says
    that the order left for the ERP; `asked` are the requests that went out already: their amounts stand.
    """
    del rules, asked
    holds = settled(messages).holds
    accepted = [message for message in holds if message.kind == "accepted"]
    units = tuple(
        Unit(
            line=line.id,
            index=index,
            sku=line.sku,
            state="confirmed" if accepted else "exported" if exported else "ordered",
        )
        for line in order.lines
        if line.kind == "article"
        for index in range(1, line.quantity + 1)
    )
    nothing = Money(0, order.total.currency)
    return OrderState(
        number=order.order_number,
        revision=order.revision,
        units=units,
        order_state="Confirmed" if accepted else "Open",
        shipment_state=None,
        payment_state=None,
        erp_number=accepted[0].erp_number if accepted else None,
        paid=nothing,
        refunded=nothing,
    )
