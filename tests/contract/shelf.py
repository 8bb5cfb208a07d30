"""What stands in a shop, without ids, versions and times: read through our client, to compare two.

Nothing here forgives a wrong value: what a server leaves out reads as nothing, what it has twice stands here
twice. Only the form of an enum value differs by server: key and label, or the key alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from passerelle.commercetools import Client

__all__ = ["Shelf", "read_shelf"]

Json = dict[str, Any]
#: The countries of the prices; no query may be longer than a page, as the mock does not sort by id.
COUNTRIES = ("FR", "BE", "PL", "SI")


class Shelf(NamedTuple):
    """Each part sorted by what names it there."""

    categories: list[Json]
    staged: list[Json]
    current: list[Json]
    prices: list[Json]
    stock: list[Json]


async def read_shelf(client: Client) -> Shelf:
    """Read the whole shop."""
    categories = [one async for one in client.query("categories")]
    taxes = [one async for one in client.query("tax-categories")]
    channels = [one async for one in client.query("channels")]
    staged = [one async for one in client.query("product-projections", params=[("staged", "true")])]
    current = [one async for one in client.query("product-projections", params=[("staged", "false")])]
    scopes = [f'country = "{country}"' for country in COUNTRIES] + ["country is not defined"]
    prices = await client.query_all("standalone-prices", scopes)
    stock = await client.query_all(
        "inventory",
        [f'supplyChannel(id = "{channel["id"]}")' for channel in channels] + ["supplyChannel is not defined"],
    )
    names = {one["id"]: one["key"] for one in (*categories, *taxes, *channels)}
    return Shelf(
        categories=_sorted([_category(one, names) for one in categories], "key"),
        staged=_sorted([_product(one, names) for one in staged], "key"),
        current=_sorted([_product(one, names) for one in current], "key"),
        prices=_sorted([_price(one) for one in prices], "sku", "country", "currency", "from", "until"),
        stock=_sorted([_stock(one, names) for one in stock], "sku", "channel"),
    )


def _sorted(rows: Sequence[Json], *by: str) -> list[Json]:
    return sorted(rows, key=lambda row: [str(row[name]) for name in by])


def _named(reference: Mapping[str, str] | None, names: Mapping[str, str]) -> str | None:
    return None if reference is None else names[reference["id"]]


def _category(category: Json, names: Mapping[str, str]) -> Json:
    return {
        "key": category["key"],
        "name": category["name"],
        "slug": category["slug"],
        "parent": _named(category.get("parent"), names),
        "orderHint": category.get("orderHint"),
    }


def _product(product: Json, names: Mapping[str, str]) -> Json:
    variants = [product["masterVariant"], *product["variants"]]
    return {
        "key": product["key"],
        "name": product["name"],
        "slug": product["slug"],
        "description": product.get("description"),
        "categories": sorted(names[reference["id"]] for reference in product["categories"]),
        "taxCategory": _named(product.get("taxCategory"), names),
        "published": product["published"],
        "hasStagedChanges": product["hasStagedChanges"],
        "variants": [{"sku": one["sku"], "attributes": _attributes(one["attributes"])} for one in variants],
    }


def _attributes(attributes: Sequence[Json]) -> Json:
    return {
        one["name"]: one["value"]["key"] if isinstance(one["value"], dict) else one["value"]
        for one in attributes
    }


def _price(price: Json) -> Json:
    return {
        "sku": price["sku"],
        "country": price.get("country"),
        "currency": price["value"]["currencyCode"],
        "cents": price["value"]["centAmount"],
        "from": price.get("validFrom"),
        "until": price.get("validUntil"),
        "active": price["active"],
    }


def _stock(entry: Json, names: Mapping[str, str]) -> Json:
    return {
        "sku": entry["sku"],
        "channel": _named(entry.get("supplyChannel"), names),
        "quantity": entry["quantityOnStock"],
    }
