"""Limits of commercetools on products, checked before anything is sent (Limits; sheet section 2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from ...errors import Refused

__all__ = [
    "MAX_OWN_VARIANTS",
    "MAX_PRICES",
    "MAX_VARIANTS",
    "check_prices_count",
    "check_searchable",
    "check_size",
    "check_slugs",
    "check_variants_count",
]

#: Variants of a product in the Classic catalog model (may be raised on request).
MAX_VARIANTS = 100
#: Variants of a product in the Modular catalog model.
MAX_OWN_VARIANTS = 10_000
#: Embedded prices of a variant (may be raised on request).
MAX_PRICES = 100
#: Characters of an attribute's text that can be searched for.
_SEARCHABLE = 10_922
#: Bytes of a document, both sides of a product together.
_DOCUMENT = 16 * 1024 * 1024
#: From this many bytes of actions on it is worth weighing the whole document.
_HEAVY = 65_536
_SLUG = re.compile(r"[A-Za-z0-9_\-]{2,256}")


def check_variants_count(product: str, count: int, most: int = MAX_VARIANTS) -> None:
    """Refuse a product with more variants than the API takes."""
    if count > most:
        raise Refused(
            f"product {product} would have {count:,} variants, commercetools takes {most:,}",
            code="too_many_variants",
            advice="Split the style, or ask commercetools support to raise the limit",
        )


def check_prices_count(sku: str, count: int) -> None:
    """Refuse a variant with more embedded prices than the API takes."""
    if count > MAX_PRICES:
        raise Refused(
            f"variant {sku} would have {count} embedded prices, commercetools takes {MAX_PRICES}",
            code="too_many_prices",
            advice="Send them as standalone prices (entity price, 50,000 a SKU)",
        )


def check_slugs(product: str, slugs: Mapping[str, str]) -> None:
    """Refuse slugs that are not of the API's alphabet."""
    for locale, slug in slugs.items():
        if slug and _SLUG.fullmatch(slug) is None:
            raise Refused(
                f"product {product} has the slug {slug!r} in {locale}: a slug has 2 to 256 letters, digits, "
                "- and _",
                code="invalid_slug",
                advice="Make it with `via: slug` in the mapping",
            )


def check_searchable(attribute: str, value: Any) -> None:
    """Refuse a text that is too long to be searched for."""
    if isinstance(value, str):
        if len(value) > _SEARCHABLE:
            raise Refused(
                f"attribute {attribute} has a text of {len(value):,} characters; one that can be searched "
                f"has {_SEARCHABLE:,} at most",
                code="text_too_long",
                advice="Shorten it, or make the attribute not searchable in the product type",
            )
    elif isinstance(value, list | dict):
        parts: Iterable[Any] = value if isinstance(value, list) else value.values()
        for part in parts:
            check_searchable(attribute, part)


def check_size(product: str, body: Mapping[str, Any], actions: Sequence[Mapping[str, Any]] = ()) -> None:
    """Refuse a product whose document would be too large, estimated from what it has and what comes to it.

    A published product is held twice, as it is on the shop and as it will be. Small changes are not weighed:
    one that passes the limit is refused by the API.
    """
    added = len(msgspec.json.encode(actions)) if actions else 0
    if actions and added < _HEAVY:
        return
    size = 2 * (len(msgspec.json.encode(body)) + added)
    if size > _DOCUMENT:
        raise Refused(
            f"product {product} would be a document of some {size / 1024 / 1024:.0f} MB, commercetools takes "
            f"{_DOCUMENT // 1024 // 1024}",
            code="document_too_large",
            advice="Send prices as standalone prices, shorten texts, or split the style",
        )
