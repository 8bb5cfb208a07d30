"""Variants of a product: their drafts, and what tells them apart."""

from __future__ import annotations

import orjson

from ...assets import Assets, new_assets
from ...problems import Problem, duplicate_field
from ...project import Project
from ...store import Doc
from ...vocabulary import Image, Key, Model, Text, as_json, put
from .attributes import Attributes, Definitions, new_attributes
from .prices import Prices, new_prices

__all__ = [
    "MAX_VARIANTS",
    "ProductVariantDraft",
    "check_identities",
    "new_variant",
]

MAX_VARIANTS = 100


class ProductVariantDraft(Model):
    """A new variant."""

    sku: Text | None = None
    key: Key | None = None
    prices: Prices = ()
    attributes: Attributes = ()
    images: tuple[Image, ...] = ()
    assets: Assets = ()


def new_variant(draft: ProductVariantDraft, number: int, known: Definitions, project: Project) -> Doc:
    """A variant as products hold it, each attribute, price and asset checked by itself."""
    variant: Doc = {
        "id": number,
        "prices": new_prices(draft.prices, project),
        "images": as_json(draft.images),
        "attributes": new_attributes(draft.attributes, known, project),
        "assets": new_assets(draft.assets, project),
    }
    put(variant, "sku", draft.sku)
    put(variant, "key", draft.key)
    return variant


def check_identities(data: Doc) -> None:
    """Refuse two variants with one SKU or key, two that cannot be told apart, and too many of them."""
    variants = [data["masterVariant"], *data["variants"]]
    if len(variants) > MAX_VARIANTS:
        raise Problem(
            400,
            "MaxResourceLimitExceeded",
            f"A product can have at most {MAX_VARIANTS} variants; this one would have {len(variants)}.",
            exceededResource="product",
        )
    for field in ("sku", "key"):
        values = [variant[field] for variant in variants if field in variant]
        if len(set(values)) != len(values):
            raise duplicate_field(field, next(value for value in values if values.count(value) > 1))
    seen = set()
    for variant in variants:
        if "sku" in variant:
            continue
        prices = [{name: part for name, part in price.items() if name != "id"} for price in variant["prices"]]
        looks = orjson.dumps(
            [
                sorted(variant["attributes"], key=lambda attribute: str(attribute["name"])),
                prices,
                variant["images"],
                variant.get("key"),
            ]
        )
        if looks in seen:
            raise Problem(
                400,
                "DuplicateVariantValues",
                "A duplicate combination of the variant values (sku, key, images, prices, attributes) "
                "exists.",
                variantValues={"prices": prices, "attributes": variant["attributes"]},
            )
        seen.add(looks)
