"""Product projections: one side of a product, flat; the current side only while it is published."""

from __future__ import annotations

from typing import ClassVar

from ..field_tree import CREATED, REFERENCE, Leaf, Tree
from ..project import Project
from ..query import View
from ..store import Doc
from .products import data_tree

__all__ = ["Projections", "current", "staged"]

#: What a projection does not show: it says nothing of who made the product.
_OF_PRODUCTS_ONLY = frozenset({"masterData", "createdBy", "lastModifiedBy"})


class Projections:
    """`/product-projections`: read only."""

    path = "product-projections"
    type_id = "product"
    named_by = ("key", "key")
    tree: ClassVar[Tree] = {
        **{name: tree for name, tree in CREATED.items() if name not in _OF_PRODUCTS_ONLY},
        **data_tree,
        "key": Leaf.TEXT,
        "productType": REFERENCE,
        "taxCategory": REFERENCE,
        "state": REFERENCE,
        "priceMode": Leaf.TEXT,
        "published": Leaf.BOOLEAN,
        "hasStagedChanges": Leaf.BOOLEAN,
    }
    paths: ClassVar[dict[tuple[str, ...], str]] = {
        ("key",): "key",
        ("productType", "id"): "productType",
        ("taxCategory", "id"): "taxCategory",
        ("state", "id"): "state",
        ("masterVariant", "sku"): "sku",
        ("variants", "sku"): "sku",
        ("masterVariant", "key"): "variant key",
        ("variants", "key"): "variant key",
        ("categories", "id"): "category",
    }

    @staticmethod
    def view(_project: Project, *, is_staged: bool) -> View:
        """How products are shown: as they are for sale, or as they will be."""
        return staged if is_staged else current


def current(product: Doc) -> Doc | None:
    """What is for sale, or None."""
    return _projected(product, "current") if product["masterData"]["published"] else None


def staged(product: Doc) -> Doc:
    """What will be for sale once published."""
    return _projected(product, "staged")


def _projected(product: Doc, side: str) -> Doc:
    projected = {name: value for name, value in product.items() if name not in _OF_PRODUCTS_ONLY}
    master = product["masterData"]
    projected.update(master[side])
    projected.pop("defaultVariant", None)  # Products alone tell it.
    projected["published"] = master["published"]
    projected["hasStagedChanges"] = master["hasStagedChanges"]
    return projected
