"""Orders of a page of the shop that were placed elsewhere: known by the ledger before the shop had them."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from ...commercetools.orders.source import OrderPage
from ...ledger import Ledger, MetOrder

__all__ = ["elsewhere_on", "without"]


def elsewhere_on(ledger: Ledger, page: OrderPage) -> frozenset[str]:
    """Name the orders of a page that were placed elsewhere, also those that could not be read."""
    met = [
        MetOrder(one.order_number, one.id, one.total.cent_amount, one.total.currency) for one in page.orders
    ]
    unread = {str(number) for one in page.refused if (number := one.data.get("order_number"))}
    return ledger.placed_orders.among(met) | (ledger.placed_orders.numbers(unread) if unread else frozenset())


def without(page: OrderPage, numbers: AbstractSet[str]) -> OrderPage:
    """Give the page without these orders; its cursor moves on all the same."""
    return page._replace(
        orders=tuple(one for one in page.orders if one.order_number not in numbers),
        refused=tuple(one for one in page.refused if one.data.get("order_number") not in numbers),
        said=tuple(one for one in page.said if one.order_number not in numbers),
    )
