"""Who tells what of which kind of resource; of kinds that are not here nothing is told."""

from __future__ import annotations

from .catalogue import tell_of_categories, tell_of_products
from .log import Teller
from .orders import tell_of_orders
from .payments import tell_of_payments
from .prices import tell_of_prices
from .stock import tell_of_stock

__all__ = ["TELLERS"]

TELLERS: dict[str, Teller] = {
    "category": tell_of_categories,
    "product": tell_of_products,
    "standalone-price": tell_of_prices,
    "inventory-entry": tell_of_stock,
    "order": tell_of_orders,
    "payment": tell_of_payments,
}
