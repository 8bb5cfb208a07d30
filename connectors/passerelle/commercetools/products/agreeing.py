"""Agreeing: which live variants do not show what a record says of them, seen without planning anything.

Nearly every variant of a run agrees, so this is what a run spends its time on: whole values are compared, and
single ones are looked at only where the whole differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType

from ...records import Variant
from .attributes import Attributes

__all__ = ["Apart", "apart"]

Json = dict[str, Any]


class Apart(NamedTuple):
    """A live variant and what a record says of it, which is not the same as far as can be seen at once.

    `values` are name, live and wanted value of its attributes; `touched` says that the record has something
    to say of pictures, assets or prices.
    """

    live: Json
    wanted: Variant
    values: Sequence[tuple[str, Any, Any]]
    touched: bool


def apart(pairs: Iterable[tuple[Json, Variant]], attributes: Attributes, of_product: Json) -> list[Apart]:
    """Those of the pairs that do not agree; `of_product` are values that the live product itself holds.

    Raises:
        Refused: an unknown attribute.
    """
    found: list[Apart] = []
    keyed = attributes.keyed
    for live, wanted in pairs:
        values: Sequence[tuple[str, Any, Any]] = ()
        named = wanted.attributes
        if not isinstance(named, UnsetType):
            held = {one["name"]: one["value"] for one in live.get("attributes", ())}
            if of_product:
                held |= of_product
            for name in keyed:
                value = held.get(name)
                if type(value) is dict:
                    held[name] = value["key"]
            if held != named:
                values = _unequal(held, named, attributes)
        touched = _touched(live, wanted)
        key = wanted.key
        if values or touched or (key is not UNSET and key != live.get("key")):
            found.append(Apart(live, wanted, values, touched))
        elif wanted.sku != live.get("sku"):
            found.append(Apart(live, wanted, (), touched=False))
    return found


def _touched(live: Json, wanted: Variant) -> bool:
    images = wanted.images
    if not isinstance(images, UnsetType) and (*[one["url"] for one in live.get("images", ())],) != images:
        return True
    return wanted.prices is not UNSET or wanted.assets is not UNSET or wanted.image_labels is not UNSET


def _unequal(
    held: Mapping[str, Any], named: Mapping[str, Any], attributes: Attributes
) -> list[tuple[str, Any, Any]]:
    by_name = attributes.by_name
    found: list[tuple[str, Any, Any]] = []
    for name, value in named.items():
        old = held.get(name)
        if old == value:
            continue
        attribute = by_name.get(name) or attributes[name]
        if old is None or value is None or not attribute.kind.quick(old, value):
            found.append((name, old, value))
    return found
