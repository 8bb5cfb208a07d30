"""Imports of products: whole, with variants and prices, or without them."""

from __future__ import annotations

from collections.abc import Iterator

from typing_extensions import override

from ..problems import Problem
from ..project import Project
from ..store import Doc
from .bodies import ProductDraftImport, ProductImport
from .references import target_of
from .refusals import NotResolved, WaitsForMaster
from .upserts import ImportKind
from .values import Json, attributes, only
from .variants import changed_variant, variant_draft, variants_in

__all__ = ["ProductDraftImports", "ProductImports"]

_CONTENT = (
    "key", "productType", "name", "slug", "description", "categories", "metaTitle", "metaDescription",
    "metaKeywords", "taxCategory", "searchKeywords", "state", "publish", "priceMode",
)  # fmt: skip


class _Products(ImportKind):
    target = "product"
    scopes = ("manage_products",)
    #: Whether `publish` puts a product on sale that is not.
    publishes: bool

    @override
    def draft(self, resource: Json, project: Project) -> Json:
        draft = only(resource, _CONTENT)
        if "attributes" in resource:
            draft["attributes"] = attributes(
                resource["attributes"], _product_type(resource, project), project
            )
        return draft

    @override
    def actions(self, doc: Doc, resource: Json, project: Project) -> Iterator[Json]:
        if doc["productType"]["id"] != _product_type(resource, project)["id"]:
            raise Problem(
                400,
                "InvalidFieldUpdate",
                "The product type of a product cannot be changed.",
                fields=["productType"],
            )
        published = doc["masterData"]["published"]
        side = {"staged": not (resource.get("publish") is True and published)}
        yield from _content(doc, resource, side)
        yield from self.variants(doc, resource, project, side)
        if resource.get("publish") is False and published:
            yield {"action": "unpublish"}
        elif resource.get("publish") is True and not published and self.publishes:
            yield {"action": "publish"}

    def variants(self, doc: Doc, resource: Json, project: Project, side: Json) -> Iterator[Json]:
        """Actions on variants and on the attributes of the product."""
        wanted = resource.get("attributes", [])
        product_type = _product_type(resource, project)
        for one in attributes(wanted, product_type, project):
            yield {"action": "setProductAttribute", **side, **one}
        named = {one["name"] for one in wanted}
        for known in doc["masterData"]["staged"].get("attributes", ()):
            if known["name"] not in named:
                yield {"action": "setProductAttribute", **side, "name": known["name"]}


def _product_type(resource: Json, project: Project) -> Doc:
    found = target_of("product-type", resource["productType"]["key"], project)
    if found is None:
        raise NotResolved([("product-type", resource["productType"]["key"])])
    return found


def _content(doc: Doc, resource: Json, side: Json) -> Iterator[Json]:
    data = doc["masterData"]["staged"]
    yield {"action": "changeName", **side, "name": resource["name"]}
    yield {"action": "changeSlug", **side, "slug": resource["slug"]}
    for field in ("description", "metaTitle", "metaDescription", "metaKeywords"):
        action = f"set{field[0].upper()}{field[1:]}"
        yield {"action": action, **side, **({field: resource[field]} if field in resource else {})}
    keywords = resource.get("searchKeywords", {})
    if keywords or data.get("searchKeywords"):
        yield {"action": "setSearchKeywords", **side, "searchKeywords": keywords}
    yield {"action": "setTaxCategory", **only(resource, ("taxCategory",))}
    if "state" in resource:
        yield {"action": "transitionState", "state": resource["state"], "force": True}
    if resource.get("priceMode", doc["priceMode"]) != doc["priceMode"]:
        yield {"action": "setPriceMode", "priceMode": resource["priceMode"]}


def _categories(doc: Doc, resource: Json, project: Project, side: Json) -> Iterator[Json]:
    collection = project.collection("category")
    wanted = {}
    for reference in resource.get("categories", ()):
        found = collection.by_claim("key", reference["key"])
        if found is not None:
            wanted[found["id"]] = reference
    known = [one["id"] for one in doc["masterData"]["staged"]["categories"]]
    for resource_id in known:
        if resource_id not in wanted:
            yield {
                "action": "removeFromCategory", **side, "category": {"typeId": "category", "id": resource_id},
            }  # fmt: skip
    for resource_id, reference in wanted.items():
        if resource_id not in known:
            yield {"action": "addToCategory", **side, "category": reference}


class ProductImports(_Products):
    """`/products`: variants, which come by themselves, stay as they are."""

    path = "products"
    resource_type = "product"
    model = ProductImport
    publishes = False

    @override
    def draft(self, resource: Json, project: Project) -> Json:
        product_type = _product_type(resource, project)
        if any(one["isRequired"] and one.get("level") != "Product" for one in product_type["attributes"]):
            raise WaitsForMaster(resource["key"])
        return super().draft(resource, project)

    @override
    def variants(self, doc: Doc, resource: Json, project: Project, side: Json) -> Iterator[Json]:
        yield from super().variants(doc, resource, project, side)
        yield from _categories(doc, resource, project, side)


class ProductDraftImports(_Products):
    """`/product-drafts`: variants, prices, images and fields that are left out are removed."""

    path = "product-drafts"
    resource_type = "product-draft"
    model = ProductDraftImport
    publishes = True

    @override
    def draft(self, resource: Json, project: Project) -> Json:
        product_type = _product_type(resource, project)
        draft = super().draft(resource, project)
        if "masterVariant" in resource:
            draft["masterVariant"] = variant_draft(resource["masterVariant"], product_type, project)
        draft["variants"] = [
            variant_draft(one, product_type, project) for one in resource.get("variants", ())
        ]
        return draft

    @override
    def variants(self, doc: Doc, resource: Json, project: Project, side: Json) -> Iterator[Json]:
        yield from super().variants(doc, resource, project, side)
        yield from _categories(doc, resource, project, side)
        product_type = _product_type(resource, project)
        known = list(variants_in(doc["masterData"]["staged"]))
        by_key = {one["key"]: one for one in known if "key" in one}
        by_sku = {one["sku"]: one for one in known if "sku" in one}
        left = {one["id"] for one in known}
        wanted = [*([resource["masterVariant"]] if "masterVariant" in resource else ())]
        wanted += resource.get("variants", ())
        added: list[Json] = []
        for number, one in enumerate(wanted):
            draft = variant_draft(one, product_type, project)
            found = by_key.get(one["key"]) or by_sku.get(one.get("sku", ""))
            if found is None and number == 0 and not {"sku", "key"} & known[0].keys():
                found = known[0]  # The empty variant of a product that was imported without any.
            if found is None:
                added.append({"action": "addVariant", **side, **draft})
            else:
                left.discard(found["id"])
                yield from changed_variant(found, draft, side)
        yield from _order_of_variants(known, wanted, left, added, side)


def _order_of_variants(
    known: list[Doc], wanted: list[Json], left: set[int], added: list[Json], side: Json
) -> Iterator[Json]:
    """New variants, then the master variant, which cannot be removed while it is one; then removals."""
    yield from added
    if wanted and wanted[0]["key"] != known[0].get("key") and known[0].get("key") is not None:
        found = next((one["id"] for one in known if one.get("key") == wanted[0]["key"]), None)
        named = {"sku": wanted[0].get("sku")} if found is None else {"variantId": found}
        yield {"action": "changeMasterVariant", **side, **named}
    for number in sorted(left):
        yield {"action": "removeVariant", **side, "id": number}
