"""Products: a current and a staged side; publishing makes the staged side current."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, TypeAlias

import msgspec
from typing_extensions import override

from ...custom_fields import type_of
from ...field_tree import ASSET, CREATED, CUSTOM, MONEY, REFERENCE, Leaf, Tree
from ...kind import Kind
from ...problems import Problem, invalid_operation, reference_exists, required_field
from ...project import Project
from ...store import Claim, Doc
from ...vocabulary import (
    CategoryIdentifier,
    Key,
    Localized,
    Model,
    OrderHint,
    ProductTypeIdentifier,
    Slugs,
    StateIdentifier,
    TaxCategoryIdentifier,
    as_json,
    put,
)
from ..catalogue_model import check_without_variants, is_modular
from ..variants import all_variants, sides_of
from .assets import AssetAction
from .assortment import AssortmentAction, check_order_hints
from .attribute_actions import AttributeAction
from .attributes import Attributes, check_attributes, check_required, definitions, new_attributes
from .fields import FieldAction, PriceMode, SearchKeywords
from .images import ImageAction
from .price_actions import PriceAction
from .prices import check_prices
from .publishing import PublishingAction
from .variant_actions import VariantAction
from .variant_drafts import ProductVariantDraft, check_identities, new_variant
from .workflow import TransitionState, first_state

__all__ = ["ProductAction", "Products", "data_tree"]

ProductAction: TypeAlias = (
    FieldAction
    | AssortmentAction
    | TransitionState
    | VariantAction
    | AttributeAction
    | PriceAction
    | ImageAction
    | AssetAction
    | PublishingAction
)

_PRICE: Tree = {
    "id": Leaf.TEXT,
    "key": Leaf.TEXT,
    "value": MONEY,
    "country": Leaf.TEXT,
    "customerGroup": REFERENCE,
    "channel": REFERENCE,
    "validFrom": Leaf.TIME,
    "validUntil": Leaf.TIME,
    "tiers": {"minimumQuantity": Leaf.NUMBER, "value": MONEY},
    "discounted": {"value": MONEY, "discount": REFERENCE},
    "custom": CUSTOM,
}
_ATTRIBUTE: Tree = {"name": Leaf.TEXT, "value": Leaf.ANY}
_VARIANT: Tree = {
    "id": Leaf.NUMBER,
    "sku": Leaf.TEXT,
    "key": Leaf.TEXT,
    "attributes": _ATTRIBUTE,
    "images": {"url": Leaf.TEXT, "label": Leaf.TEXT, "dimensions": {"w": Leaf.NUMBER, "h": Leaf.NUMBER}},
    "assets": ASSET,
    "prices": _PRICE,
}
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
    "attributes": _ATTRIBUTE,
    "masterVariant": _VARIANT,
    "variants": _VARIANT,
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
    master_variant: ProductVariantDraft | None = None
    variants: tuple[ProductVariantDraft, ...] = ()
    tax_category: TaxCategoryIdentifier | None = None
    search_keywords: SearchKeywords = msgspec.field(default_factory=dict)
    state: StateIdentifier | None = None
    publish: bool = False
    price_mode: PriceMode = "Embedded"
    attributes: Attributes = ()


def _data_paths() -> dict[tuple[str, ...], str]:
    paths: dict[tuple[str, ...], str] = {("key",): "key", ("productType", "id"): "productType"}
    paths["taxCategory", "id"] = "taxCategory"
    paths["state", "id"] = "state"
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
        "state": REFERENCE,
        "priceMode": Leaf.TEXT,
        "masterData": {
            "published": Leaf.BOOLEAN,
            "hasStagedChanges": Leaf.BOOLEAN,
            "current": {**data_tree, "defaultVariant": REFERENCE},
            "staged": {**data_tree, "defaultVariant": REFERENCE},
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
        put(doc, "state", first_state(draft.state, project))
        doc["priceMode"] = "Standalone" if is_modular(project) else draft.price_mode
        data = _data(draft, doc, project)
        # One object for both sides: stored documents are never changed in place, and memory is halved.
        doc["masterData"] = {
            "published": draft.publish,
            "current": data,
            "staged": data,
            "hasStagedChanges": False,
        }
        return doc

    @override
    def claims(self, doc: Doc) -> Iterable[Claim]:
        claims: dict[Claim, None] = dict.fromkeys(super().claims(doc))
        for data in sides_of(doc):
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
        for field in ("taxCategory", "state"):
            if field in doc:
                finds.add((field, doc[field]["id"]))
        for data in sides_of(doc):
            if "defaultVariant" in data:
                finds.add(("defaultVariant", data["defaultVariant"]["id"]))
            finds.update(("category", category["id"]) for category in data["categories"])
            for variant in all_variants(data):
                finds.update(_found_in(variant))
        return finds

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        master = doc["masterData"]
        known = definitions(doc, project)
        master["hasStagedChanges"] = master["current"] != master["staged"]
        if not master["hasStagedChanges"]:
            master["current"] = master["staged"]
        if is_modular(project):
            check_without_variants(doc)
            for data in sides_of(doc):
                check_required(data["attributes"], known, "Product")
            return
        for data in sides_of(doc):
            check_identities(data)
            check_attributes(data, known)
            for variant in all_variants(data):
                if variant["prices"]:
                    check_prices(variant["prices"])

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        if doc["masterData"]["published"]:
            raise invalid_operation("A published product cannot be deleted; unpublish it first.")
        if project.collection("variant").found("product", doc["id"]):
            raise reference_exists("product", "variant")


def _data(draft: ProductDraft, doc: Doc, project: Project) -> Doc:
    """One side of a new product."""
    if draft.variants and draft.master_variant is None:
        raise required_field("masterVariant")
    known = definitions(doc, project)
    categories = [project.reference(category, "category") for category in draft.categories]
    master = draft.master_variant or ProductVariantDraft()
    data: Doc = {
        "name": draft.name,
        "slug": draft.slug,
        "categories": list({category["id"]: category for category in categories}.values()),
        "categoryOrderHints": draft.category_order_hints,
        "searchKeywords": as_json(draft.search_keywords),
        "masterVariant": new_variant(master, 1, known, project),
        "variants": [
            new_variant(variant, number, known, project)
            for number, variant in enumerate(draft.variants, start=2)
        ],
        "attributes": new_attributes(draft.attributes, known, project, level="Product"),
    }
    check_order_hints(data)
    put(data, "description", draft.description)
    put(data, "metaTitle", draft.meta_title)
    put(data, "metaDescription", draft.meta_description)
    put(data, "metaKeywords", draft.meta_keywords)
    return data


def _found_in(variant: Doc) -> Iterator[Claim]:
    """What a variant keeps from being deleted: the types, channels and customer groups that it uses."""
    yield from type_of(*variant["prices"], *variant["assets"])
    for price in variant["prices"]:
        if "channel" in price:
            yield "channel", price["channel"]["id"]
        if "customerGroup" in price:
            yield "customerGroup", price["customerGroup"]["id"]
