"""Order edits: changes to an order that are staged, previewed and applied as one."""

from __future__ import annotations

from .edit import OrderEdits
from .update_actions import OrderEditAction

__all__ = ["OrderEditAction", "OrderEdits"]
