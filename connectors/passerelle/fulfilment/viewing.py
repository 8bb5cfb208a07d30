"""Viewing: what a shop should say of an order, from its state alone."""

from __future__ import annotations

from ..records import Order, OrderView
from .states import OrderState

__all__ = ["view"]


def view(order: Order, state: OrderState) -> OrderView:
    """Draw the picture of an order that any shop can be compared with."""
    return OrderView(number=order.order_number, order_state=state.order_state, exported_as=state.erp_number)
