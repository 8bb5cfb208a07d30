"""A live assortment in a record's words."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from ...records import ProductSelection, SelectedProduct
from ..http.client import Json
from ..planning.custom_fields import CustomFields

__all__ = ["selection_of"]


def selection_of(body: Json, custom: CustomFields) -> ProductSelection:
    """The record that would have made it; a selection whose products were not listed names none.

    One that lists what it leaves out has no products that a record could name.
    """
    individual = body.get("mode", "Individual") == "Individual"
    listed = body.get("products") if individual else None
    return ProductSelection(
        key=body["key"],
        name=body["name"],
        products=UNSET if listed is None else tuple(_selected(one) for one in listed),
        **custom.read(body),
    )


def _selected(body: Json) -> SelectedProduct:
    product, variants = body["product"], body.get("variantSelection")
    skus: tuple[str, ...] | UnsetType = UNSET
    if variants is not None and variants["type"] in {"inclusion", "includeOnly"}:
        skus = tuple(variants["skus"])
    return SelectedProduct(product=product.get("key", product["id"]), skus=skus)
