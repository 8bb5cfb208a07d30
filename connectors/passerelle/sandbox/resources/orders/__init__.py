"""Orders: what they are made of, and what can be done to them."""

from __future__ import annotations

from .actions import OrderAction
from .order import OrderImportDraft, Orders

__all__ = ["OrderAction", "OrderImportDraft", "Orders"]
