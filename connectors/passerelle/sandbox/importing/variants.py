"""Imports of variants and of their prices; and how a variant becomes what a request says."""

from __future__ import annotations

from collections.abc import Iterator

from typing_extensions import override

from ..problems import Problem
from ..project import Project
from ..store import Doc
from .bodies import PriceImport, ProductVariantImport, ProductVariantPatch
from .references import target_of
from .refusals import NotResolved
from .upserts import ImportKind, assets_of
from .values import Json, attributes, custom, only, price_draft, typed_value

__all__ = [
    "PatchImports",
    "PriceImports",
    "VariantImports",
    "changed_variant",
    "variant_draft",
    "variants_in",
]


def variants_in(data: Doc) -> Iterator[Doc]:
    """All variants of one side of a product, the master first."""
    yield data["masterVariant"]
    yield from data["variants"]


def variant_draft(variant: Json, product_type: Doc, project: Project) -> Json:
    """A variant as drafts have it; what the request leaves out is empty."""
    return {
        **only(variant, ("key", "sku", "images")),
        "attributes": attributes(variant.get("attributes", ()), product_type, project),
        "assets": [{**asset, **custom(asset, project)} for asset in variant.get("assets", ())],
        "prices": [price_draft(price, project) for price in variant.get("prices", ())],
    }


def changed_variant(known: Doc, wanted: Json, side: Json, *, with_prices: bool = True) -> Iterator[Json]:
    """Actions that make a variant what a draft says."""
    where = {"variantId": known["id"], **side}
    if known.get("sku") != wanted.get("sku"):
        yield {"action": "setSku", **where, **only(wanted, ("sku",))}
    if known.get("key") != wanted.get("key"):
        yield {"action": "setProductVariantKey", **where, **only(wanted, ("key",))}
    named = {one["name"] for one in wanted["attributes"]}
    for one in known["attributes"]:
        if one["name"] not in named:
            yield {"action": "setAttribute", **where, "name": one["name"]}
    for one in wanted["attributes"]:
        yield {"action": "setAttribute", **where, **one}
    yield from _images(known["images"], wanted.get("images", []), where)
    yield from assets_of(known["assets"], wanted["assets"], where)
    if with_prices:
        yield from _prices(known["prices"], wanted["prices"], where, side)


def _images(known: list[Doc], wanted: list[Json], where: Json) -> Iterator[Json]:
    if known == wanted:
        return
    for image in known:
        yield {"action": "removeImage", **where, "imageUrl": image["url"]}
    for image in wanted:
        yield {"action": "addExternalImage", **where, "image": image}


def _prices(known: list[Doc], wanted: list[Json], where: Json, side: Json) -> Iterator[Json]:
    by_key = {price["key"]: price for price in known if "key" in price}
    keys = {price["key"] for price in wanted}
    for price in known:
        if price.get("key") not in keys:
            yield {"action": "removePrice", **side, "priceId": price["id"]}
    for price in wanted:
        if price["key"] in by_key:
            yield {"action": "changePrice", **side, "priceId": by_key[price["key"]]["id"], "price": price}
        else:
            yield {"action": "addPrice", **where, "price": price}


class _OnProduct(ImportKind):
    """What is imported into a product that must be there."""

    target = "product"
    scopes = ("manage_products",)

    def product_of(self, resource: Json, project: Project) -> Doc:
        """The product."""
        found = target_of("product", resource["product"]["key"], project)
        if found is None:
            raise NotResolved([("product", resource["product"]["key"])])
        return found

    @override
    def existing(self, resource: Json, project: Project) -> Doc | None:
        return self.product_of(resource, project)

    def side(self, resource: Json) -> Json:
        """Only the staged side, unless the request says otherwise."""
        return {"staged": resource.get("staged", True)}

    def type_of(self, doc: Doc, project: Project) -> Doc:
        """The product type."""
        return project.collection("product-type").docs[doc["productType"]["id"]]


def _named(doc: Doc, key: str) -> Doc | None:
    found = (one for one in variants_in(doc["masterData"]["staged"]) if one.get("key") == key)
    return next(found, None)


class VariantImports(_OnProduct):
    """`/product-variants`: what is left out is removed, the prices stay."""

    path = "product-variants"
    resource_type = "product-variant"
    model = ProductVariantImport

    @override
    def actions(self, doc: Doc, resource: Json, project: Project) -> Iterator[Json]:
        side = self.side(resource)
        draft = variant_draft(resource, self.type_of(doc, project), project)
        found = _named(doc, resource["key"])
        master = doc["masterData"]["staged"]["masterVariant"]
        if found is not None:
            yield from changed_variant(found, draft, side, with_prices=False)
            if resource["isMasterVariant"] and found["id"] != master["id"]:
                yield {"action": "changeMasterVariant", **side, "variantId": found["id"]}
        elif not resource["isMasterVariant"]:
            yield {"action": "addVariant", **side, **draft}
        elif not {"sku", "key"} & master.keys():
            yield from changed_variant(master, draft, side, with_prices=False)
        else:
            raise Problem(
                400,
                "NewMasterVariantAdditionNotAllowed",
                "Adding a new Master Variant to a Product that has one already is not allowed.",
            )


class PatchImports(_OnProduct):
    """`/product-variant-patches`: only the attributes that are named change."""

    path = "product-variant-patches"
    resource_type = "product-variant-patch"
    listed = "patches"
    model = ProductVariantPatch

    @override
    def key_of(self, resource: Json) -> str:
        return str(resource["productVariant"]["key"])

    @override
    def product_of(self, resource: Json, project: Project) -> Doc:
        key = resource["productVariant"]["key"]
        found = target_of("product-variant", key, project)
        if found is None:
            raise NotResolved([("product-variant", key)])
        return found

    @override
    def actions(self, doc: Doc, resource: Json, project: Project) -> Iterator[Json]:
        found = _named(doc, resource["productVariant"]["key"])
        if found is None:
            raise NotResolved([("product-variant", resource["productVariant"]["key"])])
        where = {"variantId": found["id"], **self.side(resource)}
        known = {one["name"] for one in found["attributes"]}
        for name, typed in resource.get("attributes", {}).items():
            if typed is not None:
                value = typed_value(name, typed, self.type_of(doc, project), project)
                yield {"action": "setAttribute", **where, "name": name, "value": value}
            elif name in known:
                yield {"action": "setAttribute", **where, "name": name}


class PriceImports(_OnProduct):
    """`/prices`: one price of a variant, told by its key."""

    path = "prices"
    resource_type = "price"
    model = PriceImport

    @override
    def actions(self, doc: Doc, resource: Json, project: Project) -> Iterator[Json]:
        found = _named(doc, resource["productVariant"]["key"])
        if found is None:
            raise NotResolved([("product-variant", resource["productVariant"]["key"])])
        side = self.side(resource)
        draft = price_draft(resource, project)
        known = next((one["id"] for one in found["prices"] if one.get("key") == resource["key"]), None)
        if known is None:
            yield {"action": "addPrice", "variantId": found["id"], **side, "price": draft}
        else:
            yield {"action": "changePrice", **side, "priceId": known, "price": draft}
