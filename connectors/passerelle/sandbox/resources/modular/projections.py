"""Variant projections: one side of a variant with what it shows of its product, flat and read only."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from ...field_tree import ASSET, REFERENCE, Leaf, Tree
from ...project import Project
from ...query import View
from ...store import Doc
from .fields import product_of

__all__ = ["VariantProjections"]

_OF_PRODUCT = ("name", "slug", "description", "categories", "categoryOrderHints")
_OF_VARIANT = ("sku", "images", "assets")


class VariantProjections:
    """`/variant-projections`: read only."""

    path = "variant-projections"
    type_id = "variant"
    named_by = ("key", "key")
    tree: ClassVar[Tree] = {
        "id": Leaf.TEXT,
        "version": Leaf.NUMBER,
        "createdAt": Leaf.TIME,
        "staged": Leaf.BOOLEAN,
        "variantId": Leaf.NUMBER,
        "product": REFERENCE,
        "name": Leaf.LOCALIZED,
        "slug": Leaf.LOCALIZED,
        "description": Leaf.LOCALIZED,
        "categories": REFERENCE,
        "categoryOrderHints": Leaf.LOCALIZED,
        "key": Leaf.TEXT,
        "sku": Leaf.TEXT,
        "images": {"url": Leaf.TEXT, "label": Leaf.TEXT},
        "assets": ASSET,
        "attributes": {"name": Leaf.TEXT, "value": Leaf.ANY},
        "default": Leaf.BOOLEAN,
    }
    paths: ClassVar[dict[tuple[str, ...], str]] = {
        ("key",): "key",
        ("sku",): "sku",
        ("product", "id"): "product",
    }

    @staticmethod
    def view(project: Project, *, is_staged: bool) -> View:
        """How variants are shown: as they are for sale, or as they will be."""
        return partial(_staged if is_staged else _current, project)


def _current(project: Project, variant: Doc) -> Doc | None:
    return _projected(variant, project, "current") if variant["published"] else None


def _staged(project: Project, variant: Doc) -> Doc:
    return _projected(variant, project, "staged")


def _projected(variant: Doc, project: Project, side: str) -> Doc:
    of_product = product_of(variant, project)["masterData"][side]
    data: Doc = variant[side] if side in variant else variant["current"]
    projected: Doc = {
        name: variant[name]
        for name in ("id", "version", "createdAt", "variantId", "product", "key")
        if name in variant
    }
    projected["staged"] = side == "staged"
    projected.update((name, of_product[name]) for name in _OF_PRODUCT if name in of_product)
    projected.update((name, data[name]) for name in _OF_VARIANT if name in data)
    projected["attributes"] = [*of_product["attributes"], *data["attributes"]]
    projected["default"] = of_product.get("defaultVariant", {}).get("id") == variant["id"]
    return projected
