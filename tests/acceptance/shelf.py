"""The shop's content by what identifies a record in the ERP's files, read without the library."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from passerelle.retailer import Key
from passerelle.retailer.model import Flux
from tests.acceptance.stage import Stage, erp_feed

__all__ = ["by_key", "changed_keys", "names"]

_PATHS = {
    Flux.CATEG: "categories",
    Flux.ARTICLES: "products",
    Flux.TARIFS: "standalone-prices",
    Flux.STOCK: "inventory",
}


def by_key(shop: dict[str, Any], feed: str) -> dict[Key, Any]:
    """Sort the documents that a feed of the ERP speaks of under the keys of its records."""
    flux, zone = erp_feed(feed).flux, erp_feed(feed).zone
    documents = shop[_PATHS[flux]]
    if flux is Flux.CATEG:
        return {(document["key"].removeprefix("cat-"),): document for document in documents}
    if flux is Flux.ARTICLES:
        return {(document["key"].removeprefix("style-"),): document for document in documents}
    if flux is Flux.STOCK:
        return {(d["sku"], d["supplyChannel"].removeprefix("channel:depot-")): d for d in documents}
    return {_price(document): document for document in documents if document["country"] == zone}


def _price(document: dict[str, Any]) -> Key:
    if "validFrom" not in document:
        return (document["sku"], "N", "00000000")
    # A day in the ERP's files begins at midnight in Paris.
    start = datetime.fromisoformat(document["validFrom"]).astimezone(ZoneInfo("Europe/Paris"))
    assert (start.hour, start.minute) == (0, 0)
    return (document["sku"], "S", f"{start:%Y%m%d}")


def changed_keys(before: dict[str, Any], after: dict[str, Any], feed: str) -> frozenset[Key]:
    """Name the records of a feed that differ between two dumps; none may be gone."""
    old, new = by_key(before, feed), by_key(after, feed)
    assert old.keys() <= new.keys()
    return frozenset(key for key, document in new.items() if old.get(key) != document)


def names(stage: Stage, feed: str) -> dict[Key, dict[str, str]]:
    """The names, by language, of categories or of products as the shop shows them."""
    found = by_key(stage.shop(), feed)
    if erp_feed(feed).flux is Flux.CATEG:
        return {key: document["name"] for key, document in found.items()}
    return {key: document["masterData"]["current"]["name"] for key, document in found.items()}
