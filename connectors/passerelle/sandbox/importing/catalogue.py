"""Imports of what products are sorted into: categories, product selections."""

from __future__ import annotations

from collections.abc import Iterator

from typing_extensions import override

from ..project import Project
from ..store import Doc
from .bodies import CategoryImport, ProductSelectionImport
from .references import target_of
from .upserts import ImportKind, assets_of, custom_of, fixed, replaced
from .values import Json, custom, only

__all__ = ["CategoryImports", "ProductSelectionImports"]


class CategoryImports(ImportKind):
    """`/categories`."""

    path = "categories"
    resource_type = "category"
    target = "category"
    scopes = ("manage_products",)
    model = CategoryImport

    @override
    def draft(self, resource: Json, project: Project) -> Json:
        draft = {**resource, **custom(resource, project)}
        if "assets" in resource:
            draft["assets"] = _assets(resource, project)
        return draft

    @override
    def actions(self, doc: Doc, resource: Json, project: Project) -> Iterator[Json]:
        yield {"action": "changeName", "name": resource["name"]}
        yield {"action": "changeSlug", "slug": resource["slug"]}
        yield replaced("setDescription", "description", resource)
        if "parent" in resource:
            # A category without parent cannot become a root again: the API has no action for it.
            yield {"action": "changeParent", "parent": resource["parent"]}
        if "orderHint" in resource:
            yield {"action": "changeOrderHint", "orderHint": resource["orderHint"]}
        yield replaced("setExternalId", "externalId", resource)
        yield replaced("setMetaTitle", "metaTitle", resource)
        yield replaced("setMetaDescription", "metaDescription", resource)
        yield replaced("setMetaKeywords", "metaKeywords", resource)
        yield from assets_of(doc.get("assets", []), _assets(resource, project), {})
        yield from custom_of(doc, custom(resource, project))


def _assets(resource: Json, project: Project) -> list[Json]:
    return [{**asset, **custom(asset, project)} for asset in resource.get("assets", ())]


#: How a product comes into a selection of a mode, and what says which variants are meant.
_WORDS = {
    "Individual": ("addProduct", "variantSelection"),
    "IndividualExclusion": ("excludeProduct", "variantExclusion"),
}


class ProductSelectionImports(ImportKind):
    """`/product-selections`, with all products of the selection."""

    path = "product-selections"
    resource_type = "product-selection"
    target = "product-selection"
    scopes = ("manage_product_selections",)
    model = ProductSelectionImport

    @override
    def draft(self, resource: Json, project: Project) -> Json:
        draft = {name: value for name, value in resource.items() if name != "assignments"}
        return {**draft, **custom(resource, project)}

    @override
    def bring(self, resource: Json, project: Project, *, half: bool = False) -> Doc:
        created = self.existing(resource, project) is None
        doc = super().bring(resource, project, half=half)
        # The draft of the API has no products: they are added to what was created.
        return super().bring(resource, project) if created and resource.get("assignments") else doc

    @override
    def actions(self, doc: Doc, resource: Json, project: Project) -> Iterator[Json]:
        if "mode" in resource:
            fixed(doc, resource, ("mode",), project)
        yield {"action": "changeName", "name": resource["name"]}
        yield from custom_of(doc, custom(resource, project))
        yield from self._products(doc, resource, project)

    def _products(self, doc: Doc, resource: Json, project: Project) -> Iterator[Json]:
        individual = doc["mode"] == "Individual"
        add, field = _WORDS[doc["mode"]]
        wanted = {}
        for one in resource.get("assignments", ()):
            found = target_of("product", one["product"]["key"], project)
            if found is not None:
                wanted[found["id"]] = one
        for product_id in doc["assignments"].keys() - wanted.keys():
            yield {"action": "removeProduct", "product": {"typeId": "product", "id": product_id}}
        for product_id, one in wanted.items():
            product = {"typeId": "product", "id": product_id}
            known = doc["assignments"].get(product_id)
            if known is None:
                yield {"action": add, "product": product, **only(one, (field,))}
            elif known.get(field) != one.get(field):
                action = "setVariantSelection" if individual else "setVariantExclusion"
                yield {"action": action, "product": product, **only(one, (field,))}
