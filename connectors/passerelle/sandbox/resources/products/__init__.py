"""Products: drafts, update actions a file each, and what holds among variants, prices and attributes."""

from __future__ import annotations

from .catalogue import ProductAction, Products, data_tree

__all__ = ["ProductAction", "Products", "data_tree"]
