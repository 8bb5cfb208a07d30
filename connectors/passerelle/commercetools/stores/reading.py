"""A live store in a record's words."""

from __future__ import annotations

from collections.abc import Iterable

from ...records import Store, StoreSelection
from ..http.client import Json
from ..planning.custom_fields import CustomFields
from .draft import PAGES

__all__ = ["store_of"]


def store_of(body: Json, custom: CustomFields) -> Store:
    """The record that would have made it."""
    front = body.get("storefront") or {}
    return Store(
        key=body["key"],
        name=body.get("name"),
        languages=tuple(body.get("languages") or ()),
        countries=tuple(country["code"] for country in body.get("countries") or ()),
        distribution_channels=_keys(body.get("distributionChannels") or ()),
        supply_channels=_keys(body.get("supplyChannels") or ()),
        product_selections=tuple(
            StoreSelection(selection=_key(one["productSelection"]), active=one.get("active", False))
            for one in body.get("productSelections") or ()
        ),
        pages={name: front[field] for name, field in PAGES.items() if field in front},
        **custom.read(body),
    )


def _keys(references: Iterable[Json]) -> tuple[str, ...]:
    return tuple(_key(one) for one in references)


def _key(reference: Json) -> str:
    return str(reference.get("key", reference["id"]))
