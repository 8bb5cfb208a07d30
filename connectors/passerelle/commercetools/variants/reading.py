"""A product and its own variants, read as one, in the form in which the model Classic shows a product.

What compares and what gives back records need not know where variants are. Beside that form stand the ids and
versions of the variants, which of them is the default one on both sides, and what is published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..products.projection import compact_variant

__all__ = ["default_ids", "is_modular", "one_version", "shown"]

Json = dict[str, Any]

_MARK = "catalogModel"


def is_modular(live: Mapping[str, Any]) -> bool:
    """Whether a body that was read shows a product with variants of its own."""
    return live.get(_MARK) == "Modular"


def shown(product: Json, variants: Sequence[Json]) -> Json:
    """The staged side of a product and of its variants, the default variant first, else in their order."""
    catalogue = product["masterData"]
    staged: Json = catalogue["staged"]
    body = {name: value for name, value in product.items() if name != "masterData"}
    body |= {name: value for name, value in staged.items() if name not in ("masterVariant", "variants")}
    body = compact_variant(body)
    body[_MARK] = "Modular"
    body["published"] = catalogue.get("published", False)
    body["hasStagedChanges"] = catalogue.get("hasStagedChanges", False)
    current = catalogue.get("current", staged).get("defaultVariant")
    if current is not None:
        body["currentDefaultVariant"] = current
    default = staged.get("defaultVariant", {}).get("id")
    ordered = sorted(variants, key=lambda one: (one["id"] != default, one["variantId"]))
    body["variants"] = [_variant(one) for one in ordered]
    return body


def one_version(live: Mapping[str, Any]) -> int:
    """What moves when the product or one of its variants does: the sum of their versions."""
    return int(live["version"]) + sum(int(one["version"]) for one in live["variants"])


def default_ids(live: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The id of the default variant on the staged side, and on the current one."""
    staged, current = live.get("defaultVariant"), live.get("currentDefaultVariant")
    return (None if staged is None else staged["id"], None if current is None else current["id"])


def _variant(variant: Json) -> Json:
    data: Json = variant["staged"] if "staged" in variant else variant["current"]
    body: Json = {
        "id": variant["id"],
        "variantId": variant["variantId"],
        "version": variant["version"],
        "published": variant.get("published", False),
        "hasStagedChanges": "staged" in variant,
    }
    if "key" in variant:
        body["key"] = variant["key"]
    for field in ("lastModifiedAt", "lastModifiedBy"):
        if field in variant:
            body[field] = variant[field]
    return compact_variant({**body, **data})
