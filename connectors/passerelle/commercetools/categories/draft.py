"""The draft of a category."""

from __future__ import annotations

from collections.abc import Mapping

from ...records import Category
from ..http.client import Json
from ..planning.assets import asset_drafts
from ..planning.custom_fields import CustomFields
from ..planning.steps import required

__all__ = ["LOCALIZED", "category_draft", "order_hint"]

#: The localized texts of a category that may be left out, in a record and at commercetools.
LOCALIZED: Mapping[str, str] = {
    "description": "description",
    "meta_title": "metaTitle",
    "meta_description": "metaDescription",
    "meta_keywords": "metaKeywords",
}


def category_draft(record: Category, custom: CustomFields) -> Json:
    """The draft; raises Refused without name or slug, ReferenceMissing for a custom type."""
    required(record.key, name=record.name, slug=record.slug)
    draft: Json = {"key": record.key, "name": record.name, "slug": record.slug}
    if isinstance(record.parent, str):
        draft["parent"] = {"typeId": "category", "key": record.parent}
    if isinstance(record.order_hint, str):
        draft["orderHint"] = order_hint(record.order_hint)
    if isinstance(record.external_id, str):
        draft["externalId"] = record.external_id
    for ours, theirs in LOCALIZED.items():
        texts = getattr(record, ours)
        named = {locale: text for locale, text in texts.items() if text} if isinstance(texts, dict) else {}
        if named:
            draft[theirs] = named
    return {**draft, **asset_drafts(record.assets, custom, of=record.key), **custom.draft(record)}


def order_hint(text: str) -> str:
    """A position in commercetools' form: between 0 and 1, without zeros at the end (`0.0020` is `0.002`)."""
    return text.rstrip("0") if text.startswith("0.") and text.strip("0.") else text
