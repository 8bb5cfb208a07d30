"""Products: a current and a staged side; publishing makes the staged side current."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import msgspec
from typing_extensions import override

from ..field_tree import CREATED, MONEY, REFERENCE, Leaf, Tree
from ..kind import Kind
from ..problems import Problem, invalid_operation
from ..project import Project
from ..store import Claim, Doc, copied
from ..vocabulary import (
    CategoryIdentifier,
    Key,
    Localized,
    Model,
    OrderHint,
    ProductTypeIdentifier,
    Slugs,
    TaxCategoryIdentifier,
    as_json,
    put,
)
from .product_actions import ProductAction, check_order_hints
from .variants import (
    ProductVariantDraft,
    all_variants,
    check_attributes,
    check_identities,
    definitions,
    new_variant,
)

__all__ = ["Products", "data_tree"]

data_tree: dict[str, Tree] = {
    "name": Leaf.LOCALIZED,
    "slug": Leaf.LOCALIZED,
    "description": Leaf.LOCALIZED,
    "metaTitle": Leaf.LOCALIZED,
    "metaDescription": Leaf.LOCALIZED,
    "metaKeywords": Leaf.LOCALIZED,
    "categories": REFERENCE,
    "categoryOrderHints": Leaf.LOCALIZED,
    "searchKeywords": Leaf.ANY,
}
for _variants in ("masterVariant", "variants"):
    data_tree[_variants] = {
        "id": Leaf.NUMBER,
        "sku": Leaf.TEXT,
        "key": Leaf.TEXT,
        "attributes": {"name": Leaf.TEXT, "value": Leaf.ANY},
        "images": {"url": Leaf.TEXT, "label": Leaf.TEXT},
        "prices": {"id": Leaf.TEXT, "value": MONEY, "country": Leaf.TEXT},
    }


class ProductDraft(Model):
    """A new product; with `publish` its current side is for sale at once."""

    product_type: ProductTypeIdentifier
    name: Localized
    slug: Slugs
    key: Key | None = None
    description: Localized | None = None
    categories: tuple[CategoryIdentifier, ...] = ()
    category_order_hints: dict[str, OrderHint] = msgspec.field(default_factory=dict)
    meta_title: Localized | None = None
    meta_description: Localized | None = None
    meta_keywords: Localized | None = None
    master_variant: ProductVariantDraft = msgspec.field(default_factory=ProductVariantDraft)
    variants: tuple[ProductVariantDraft, ...] = ()
    tax_category: TaxCategoryIdentifier | None = None
    publish: bool = False
    price_mode: Literal["Embedded", "Standalone"] = "Embedded"


def _data_paths() -> dict[tuple[str, ...], str]:
    paths: dict[tuple[str, ...], str] = {("key",): "key", ("productType", "id"): "productType"}
    paths["taxCategory", "id"] = "taxCategory"
    for side in ("current", "staged"):
        for variants in ("masterVariant", "variants"):
            paths["masterData", side, variants, "sku"] = "sku"
            paths["masterData", side, variants, "key"] = "variant key"
        paths["masterData", side, "categories", "id"] = "category"
    return paths


class Products(Kind[ProductDraft]):
    """`/products`."""

    type_id = "product"
    path = "products"
    read_scopes = ("view_products",)
    write_scopes = ("manage_products",)
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "productType": REFERENCE,
        "taxCategory": REFERENCE,
        "priceMode": Leaf.TEXT,
        "masterData": {
            "published": Leaf.BOOLEAN,
            "hasStagedChanges": Leaf.BOOLEAN,
            "current": data_tree,
            "staged": data_tree,
        },
    }
    paths: ClassVar = _data_paths()

    def __init__(self) -> None:
        super().__init__(ProductDraft, ProductAction)

    @override
    def build(self, draft: ProductDraft, project: Project) -> Doc:
        doc: Doc = {"productType": project.reference(draft.product_type, "product-type")}
        put(doc, "key", draft.key)
        if draft.tax_category is not None:
            doc["taxCategory"] = project.reference(draft.tax_category, "tax-category")
        doc["priceMode"] = draft.price_mode
        known = definitions(doc, project)
        categories = [project.reference(category, "category") for category in draft.categories]
        data: Doc = {
            "name": draft.name,
            "slug": draft.slug,
            "categories": list({category["id"]: category for category in categories}.values()),
            "categoryOrderHints": draft.category_order_hints,
            "searchKeywords": {},
            "masterVariant": new_variant(draft.master_variant, 1, known, project),
            "variants": [
                new_variant(variant, number, known, project)
                for number, variant in enumerate(draft.variants, start=2)
            ],
            "attributes": [],
        }
        check_order_hints(data)
        put(data, "description", draft.description)
        put(data, "metaTitle", draft.meta_title)
        put(data, "metaDescription", draft.meta_description)
        put(data, "metaKeywords", draft.meta_keywords)
        doc["masterData"] = {
            "published": draft.publish,
            "current": copied(as_json(data)),
            "staged": as_json(data),
            "hasStagedChanges": False,
        }
        return doc

    @override
    def claims(self, doc: Doc) -> Iterable[Claim]:
        claims: dict[Claim, None] = dict.fromkeys(super().claims(doc))
        for side in ("current", "staged"):
            data = doc["masterData"][side]
            for locale, slug in data["slug"].items():
                claims[f"slug.{locale}", slug] = None
            for variant in all_variants(data):
                if "sku" in variant:
                    claims["sku", variant["sku"]] = None
                if "key" in variant:
                    claims["variant key", variant["key"]] = None
        return claims

    @override
    def duplicate(self, field: str, value: Any) -> Problem:
        return super().duplicate("key" if field == "variant key" else field, value)

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        finds: set[Claim] = {("productType", doc["productType"]["id"])}
        if "taxCategory" in doc:
            finds.add(("taxCategory", doc["taxCategory"]["id"]))
        for side in ("current", "staged"):
            finds |= {("category", category["id"]) for category in doc["masterData"][side]["categories"]}
        return finds

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        master = doc["masterData"]
        known = definitions(doc, project)
        master["hasStagedChanges"] = master["current"] != master["staged"]
        if not master["hasStagedChanges"]:
            # One object for both sides: stored documents are never changed in place, and memory is halved.
            master["current"] = master["staged"]
        for data in (master["staged"], *([master["current"]] if master["hasStagedChanges"] else ())):
            check_identities(data)
            check_attributes(data, known)

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        if doc["masterData"]["published"]:
            raise invalid_operation("A published product cannot be deleted; unpublish it first.")
