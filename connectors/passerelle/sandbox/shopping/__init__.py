"""Customers: they buy what is in stock, pay, change their minds, send things back."""

from __future__ import annotations

from .history import History, bring_in
from .life import Lives
from .life_settings import Life
from .shop import Shopping, shop

__all__ = ["History", "Life", "Lives", "Shopping", "bring_in", "shop"]
