"""A live product as the record that would have made it."""

from __future__ import annotations

from typing import Any

from ...records import EmbeddedPrice, Money, PriceTier, Product, Variant
from ..http.client import Json
from ..planning.assets import assets_of
from ..planning.wire import moment
from .attributes import Attributes
from .fields import keywords_of
from .known import Known, live_variants
from .projection import key_of, values_of

__all__ = ["product_of"]


def product_of(live: Json, attributes: Attributes, known: Known) -> Product:
    """The record of a staged projection whose references are named; every field that it holds is named.

    Attributes that the product itself holds are on each of its variants: there records have them.
    """
    categories = {one["id"]: _named(one) for one in live.get("categories", ())}
    hints = live.get("categoryOrderHints") or {}
    of_product = values_of(live)
    return Product(
        key=live["key"],
        product_type=attributes.product_type,
        name=live["name"],
        slug=live["slug"],
        description=live.get("description"),
        meta_title=live.get("metaTitle"),
        meta_description=live.get("metaDescription"),
        meta_keywords=live.get("metaKeywords"),
        search_keywords=keywords_of(live.get("searchKeywords") or {}) or None,
        categories=tuple(categories.values()),
        category_order_hints={categories[key]: hint for key, hint in hints.items() if key in categories},
        tax_category=key_of(live.get("taxCategory")),
        state=key_of(live.get("state")),
        price_mode=live.get("priceMode", "Embedded"),
        published=bool(live.get("published", False)),
        variants=tuple(_variant(one, of_product, attributes, known) for one in live_variants(live)),
        variants_complete=True,
    )


def _variant(live: Json, of_product: Json, attributes: Attributes, known: Known) -> Variant:
    images = live.get("images", ())
    values = {**of_product, **values_of(live)}
    fields: dict[str, Any] = {"key": live["key"]} if "key" in live else {}
    return Variant(
        # A variant without a SKU can be told by its key alone, and no record can name one without both.
        sku=live.get("sku", ""),
        attributes={
            name: attributes[name].kind.read(value) if name in attributes.by_name else value
            for name, value in values.items()
        },
        images=tuple(image.url for image in images),
        image_labels=tuple(image.label or "" for image in images),
        assets=assets_of(live.get("assets", ()), known.custom),
        prices=tuple(_price(one, known) for one in live.get("prices", ()) if "recurrencePolicy" not in one),
        **fields,
    )


def _price(live: Json, known: Known) -> EmbeddedPrice:
    start, end = live.get("validFrom"), live.get("validUntil")
    fields: dict[str, Any] = {"key": live["key"]} if "key" in live else {}
    return EmbeddedPrice(
        value=_money(live["value"]),
        country=live.get("country"),
        customer_group=key_of(live.get("customerGroup")),
        channel=key_of(live.get("channel")),
        valid_from=None if start is None else moment(start),
        valid_until=None if end is None else moment(end),
        tiers=tuple(
            PriceTier(minimum_quantity=tier["minimumQuantity"], value=_money(tier["value"]))
            for tier in live.get("tiers", ())
        ),
        **known.custom.read(live),
        **fields,
    )


def _money(live: Json) -> Money:
    if live.get("type") == "highPrecision":
        return Money(live["centAmount"], live["currencyCode"], live["preciseAmount"], live["fractionDigits"])
    return Money(live["centAmount"], live["currencyCode"])


def _named(reference: Json) -> str:
    return str(reference.get("key") or reference["id"])
