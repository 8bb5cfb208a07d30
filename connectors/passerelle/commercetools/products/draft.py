"""The draft of a product, and what it brings as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import UnsetType

from ...records import Product
from ...sync.protocols import FieldChange
from ..http.client import Json
from ..planning.keys import check_key
from .assortment import draft_categories
from .attribute_actions import product_attributes, shared_value
from .attributes import SAME, Attributes
from .fields import TEXTS, check_price_mode, check_state, has_prices, merged_keywords
from .known import Known, Lacking
from .limits import check_size, check_slugs, check_variants_count
from .matching import check_identities
from .variants import variant_draft

__all__ = ["draft", "draft_fields"]


def draft(record: Product, attributes: Attributes, known: Known, lacking: Lacking, *, publish: bool) -> Json:
    """The draft of a product.

    Without a price mode of its own it reads embedded prices when it has some, else standalone ones.

    Raises:
        Refused: a limit, a fault of the record, a required attribute that is not there.
    """
    check_key(f"product {record.key}", record.key)
    check_identities(record)
    body: Json = {
        "key": record.key,
        "productType": {"typeId": "product-type", "key": attributes.product_type},
    }
    for name, field in TEXTS.items():
        texts = getattr(record, name)
        kept = {locale: text for locale, text in texts.items() if text} if isinstance(texts, dict) else {}
        if kept:
            body[field] = kept
    check_slugs(record.key, body.get("slug", {}))
    if isinstance(record.search_keywords, dict):
        words = merged_keywords({}, record.search_keywords)
        if words:
            body["searchKeywords"] = words
    body |= draft_categories(record, known, lacking)
    body |= _settings(record, known, lacking)
    body["publish"] = publish
    body |= _variants(record, attributes, known, lacking)
    check_size(record.key, body)
    return body


def draft_fields(record: Product) -> Iterator[FieldChange]:
    """What a new product has, as a person reads it."""
    for name, field in TEXTS.items():
        texts = getattr(record, name)
        for locale, text in (texts if isinstance(texts, dict) else {}).items():
            yield FieldChange(f"{field}.{locale}", None, text)
    if not isinstance(record.categories, UnsetType):
        for key in record.categories:
            yield FieldChange("categories", None, key)
    for field, value in (("taxCategory", record.tax_category), ("state", record.state)):
        if isinstance(value, str):
            yield FieldChange(field, None, value)
    if not isinstance(record.variants, UnsetType):
        for variant in record.variants:
            yield FieldChange("variants", None, variant.sku)


def _settings(record: Product, known: Known, lacking: Lacking) -> Json:
    body: Json = {}
    if isinstance(record.tax_category, str):
        body["taxCategory"] = {"typeId": "tax-category", "key": record.tax_category}
        if known.tax_categories.id(record.tax_category) is None:
            lacking.missing.append(f"tax-category {record.tax_category}")
    if isinstance(record.state, str):
        body["state"] = {"typeId": "state", "key": record.state}
        state = known.states.get(record.state)
        if state is None:
            lacking.missing.append(f"state {record.state}")
        else:
            check_state(record.key, state, None)
    check_price_mode(record, None)
    mode = record.price_mode
    if isinstance(mode, UnsetType):
        mode = "Embedded" if has_prices(record) else "Standalone"
    body["priceMode"] = mode
    return body


def _variants(record: Product, attributes: Attributes, known: Known, lacking: Lacking) -> Json:
    if isinstance(record.variants, UnsetType):
        return {}
    check_variants_count(record.key, len(record.variants))
    shared: dict[str, Any] = {}
    for name in sorted(attributes.shared - attributes.of_product):
        value = shared_value(name, record)
        if value is not SAME:
            shared[name] = value
    of_product = product_attributes(record, attributes, lacking)
    drafts = [variant_draft(one, shared, attributes, known, lacking) for one in record.variants]
    body: Json = {"masterVariant": drafts[0], "variants": drafts[1:]}
    return {"attributes": of_product, **body} if of_product else body
