"""Which products a product selection has, and which selections have a product: two lists, page by page."""

from __future__ import annotations

from typing import Any

from .field_tree import REFERENCE, Leaf, Tree
from .problems import duplicate_field
from .project import Project
from .query import Parameters, Query
from .store import Collection, Doc

__all__ = ["products_of", "selections_of"]

_SKUS: Tree = {"skus": Leaf.TEXTS}
_ASSIGNED: dict[str, Tree] = {
    "variantSelection": {"type": Leaf.TEXT, "skus": Leaf.TEXTS},
    "variantExclusion": _SKUS,
    "createdAt": Leaf.TIME,
}
_PRODUCTS: Tree = {**_ASSIGNED, "product": REFERENCE}
_SELECTIONS: Tree = {**_ASSIGNED, "productSelection": REFERENCE}


def products_of(selection: Doc, parameters: Parameters, project: Project) -> Doc:
    """One page of the products in a selection, in the order of their ids."""
    query = Query.of(parameters, _PRODUCTS)
    lines = _lines()
    for product_id, assignment in selection["assignments"].items():
        if project.holds("product", product_id):
            told = {name: value for name, value in assignment.items() if name != "createdAt"}
            lines.add({"id": product_id, **told})
    return _page(query, lines)


def selections_of(product: Doc, parameters: Parameters, project: Project) -> Doc:
    """One page of the selections that name a product, in the order of their ids."""
    query = Query.of(parameters, _SELECTIONS)
    lines = _lines()
    for selection in project.collection("product-selection").sharing("assigned", product["id"]):
        told = {n: v for n, v in selection["assignments"][product["id"]].items() if n != "product"}
        reference = {"typeId": "product-selection", "id": selection["id"]}
        lines.add({"id": selection["id"], "productSelection": reference, **told})
    return _page(query, lines)


def _lines() -> Collection:
    return Collection(lambda _doc: (), lambda _doc: (), duplicate_field)


def _page(query: Query, lines: Collection) -> Doc:
    page = query.answer(lines, {})
    results: list[dict[str, Any]] = page["results"]
    return {**page, "results": [{n: v for n, v in line.items() if n != "id"} for line in results]}
