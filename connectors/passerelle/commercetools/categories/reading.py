"""A live category in a record's words."""

from __future__ import annotations

from ...records import Category
from ..http.client import Json
from ..planning.assets import assets_of
from ..planning.custom_fields import CustomFields
from .draft import LOCALIZED

__all__ = ["category_of"]


def category_of(body: Json, custom: CustomFields) -> Category:
    """The record that would have made it; a parent without a key is named by its id."""
    parent = body.get("parent")
    texts: Json = {ours: body.get(theirs) for ours, theirs in LOCALIZED.items()}
    return Category(
        key=body["key"],
        name=body["name"],
        slug=body["slug"],
        parent=None if parent is None else parent.get("key", parent["id"]),
        order_hint=body.get("orderHint"),
        external_id=body.get("externalId"),
        assets=assets_of(body.get("assets", ()), custom),
        **texts,
        **custom.read(body),
    )
