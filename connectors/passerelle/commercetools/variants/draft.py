"""The drafts of a product that carries no variants, and of its variants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from ...records import Product, Variant
from ..http.client import Json
from ..planning.wire import target_key
from ..products.attribute_actions import product_attributes
from ..products.attributes import Attributes
from ..products.draft import draft
from ..products.known import Known, Lacking
from ..products.variants import variant_draft

__all__ = ["own_draft", "product_draft", "variant_key"]


def variant_key(variant: Variant) -> str:
    """The key of a new variant: the record's, else one made of its SKU."""
    return target_key(variant.sku) if isinstance(variant.key, UnsetType) else variant.key


def product_draft(
    record: Product, attributes: Attributes, known: Known, lacking: Lacking, *, publish: bool
) -> Json:
    """The draft of a product without variants, with the attributes that are its own."""
    bare = msgspec.structs.replace(record, variants=UNSET, price_mode="Standalone")
    body = draft(bare, attributes, known, lacking, publish=publish)
    values = product_attributes(record, attributes, lacking)
    return {**body, "attributes": values} if values else body


def own_draft(
    variant: Variant,
    shared: Mapping[str, Any],
    attributes: Attributes,
    known: Known,
    lacking: Lacking,
    *,
    publish: bool,
) -> Json:
    """The draft of a variant of its own, but for the product that it belongs to."""
    named = msgspec.structs.replace(variant, key=variant_key(variant), prices=UNSET)
    body = variant_draft(named, shared, attributes, known, lacking)
    if "attributes" in body:
        # In the order of the product type, whatever way the record took to come here.
        held = {one["name"]: one for one in body["attributes"]}
        body["attributes"] = [held[name] for name in attributes.by_name if name in held]
    return {**body, "publish": publish}
