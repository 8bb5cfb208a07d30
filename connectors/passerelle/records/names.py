"""Identifiers and texts that several records share."""

from __future__ import annotations

from typing import NewType, TypeAlias

__all__ = ["Localized", "OrderNumber", "Sku", "SupplyChannel"]

Sku = NewType("Sku", str)
SupplyChannel = NewType("SupplyChannel", str)
OrderNumber = NewType("OrderNumber", str)

#: Locale (`fr-FR`) to text. A locale that is not named is not touched.
Localized: TypeAlias = dict[str, str]
