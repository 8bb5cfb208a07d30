"""Staged projections as they are read: what plans look at, attributes and pictures as small objects.

A page of products is what a run holds most of. A dict for each attribute takes four times the memory of an
object with two slots, and what does not fit the cache of the processor is twice as dear to compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Generic, Literal, TypedDict, TypeVar

import msgspec

__all__ = [
    "LiveAttribute",
    "LiveImage",
    "ProjectionReader",
    "compact",
    "compact_variant",
    "key_of",
    "values_of",
]

Json = dict[str, Any]

N = TypeVar("N", bound=str)


class LiveAttribute(msgspec.Struct, Generic[N], gc=False):
    """An attribute of a live variant, or of a product."""

    name: N
    value: Any


class LiveImage(msgspec.Struct, gc=False, omit_defaults=True):
    """A picture of a live variant; its size is nobody's here."""

    url: str
    label: str | None = None


class _Variant(TypedDict, Generic[N], total=False):
    id: Any
    sku: Any
    key: Any
    attributes: list[LiveAttribute[N]]
    images: list[LiveImage]
    prices: Any
    assets: Any


class _Projection(TypedDict, Generic[N], total=False):
    id: Any
    version: Any
    key: Any
    lastModifiedAt: Any
    lastModifiedBy: Any
    productType: Any
    name: Any
    slug: Any
    description: Any
    metaTitle: Any
    metaDescription: Any
    metaKeywords: Any
    searchKeywords: Any
    categories: Any
    categoryOrderHints: Any
    taxCategory: Any
    state: Any
    priceMode: Any
    published: Any
    hasStagedChanges: Any
    attributes: list[LiveAttribute[N]]
    masterVariant: _Variant[N]
    variants: list[_Variant[N]]


class _Page(TypedDict, Generic[N], total=False):
    results: list[_Projection[N]]


_ANY_NAME: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_Page[str])


class ProjectionReader:
    """Reads pages of projections; what a plan never looks at is left in the answer."""

    def __init__(self) -> None:
        #: Bytes of a product in the last page that had some.
        self.size = 0
        self._decoder = _ANY_NAME

    def expect(self, names: Iterable[str]) -> None:
        """Make one text of each of these attributes' names, however often a page has them."""
        known = tuple(names)
        page: Any = _Page
        self._decoder = msgspec.json.Decoder(page[Literal[known]]) if known else _ANY_NAME

    def __call__(self, content: bytes) -> Json:
        """Read one answer.

        Raises:
            msgspec.DecodeError: it is no JSON, or no page of projections.
        """
        try:
            page: Json = self._decoder.decode(content)
        except msgspec.ValidationError:
            # A name that came into being since: from now on all are taken as they come.
            self._decoder = _ANY_NAME
            page = self._decoder.decode(content)
        if found := page.get("results"):
            self.size = len(content) // len(found)
        return page


def compact(body: Json) -> Json:
    """A projection that was kept as JSON, in the form in which it is read."""
    held = compact_variant(body)
    if "masterVariant" in body:
        held["masterVariant"] = compact_variant(body["masterVariant"])
    held["variants"] = [compact_variant(one) for one in body.get("variants", ())]
    return held


def compact_variant(variant: Json) -> Json:
    """A variant that was kept or read as JSON, in the form in which projections are read."""
    held = dict(variant)
    for field, kind in (("attributes", list[LiveAttribute[str]]), ("images", list[LiveImage])):
        if field in held:
            held[field] = msgspec.convert(held[field], kind)
    return held


def values_of(holder: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a live variant (or product) by name."""
    return {one.name: one.value for one in holder.get("attributes", ())}


def key_of(reference: Json | None) -> str | None:
    """Name what a live product points to: by its key, by its id where that is unknown; None for nothing."""
    return None if reference is None else str(reference.get("key", reference["id"]))
