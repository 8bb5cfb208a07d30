"""The catalogue model Modular: variants are resources of their own, and products go without."""

from __future__ import annotations

from .bulk import bulk_update
from .catalogue import ModularVariantAction, ModularVariants
from .projections import VariantProjections

__all__ = [
    "ModularVariantAction",
    "ModularVariants",
    "VariantProjections",
    "bulk_update",
]
