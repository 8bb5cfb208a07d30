"""Orders: what they are made of, and what can be done to them."""

from __future__ import annotations

from .actions import OrderAction
from .checkout import CHECKOUT, Checkout
from .drafts import OrderImportDraft
from .order import Orders

__all__ = ["CHECKOUT", "Checkout", "OrderAction", "OrderImportDraft", "Orders"]
