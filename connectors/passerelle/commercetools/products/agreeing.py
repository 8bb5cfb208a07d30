"""Agreeing: which live variants do not show what a record says of them, seen without planning anything.

Nearly every variant of a run agrees, so this is what a run spends its time on: whole values are compared, and
single ones are looked at only where the whole differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType

from ...records import Product, Variant
from .attributes import Attributes
from .known import live_variants
from .projection import values_of

__all__ = ["Apart", "apart", "apart_in_order"]

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


def apart_in_order(record: Product, live: Json, attributes: Attributes) -> list[Apart] | None:
    """Those variants that do not agree, when live ones stand in the record's order; None when they do not.

    In the record's order the first one is the master variant. A record that says nothing of variants agrees.

    Raises:
        Refused: an unknown attribute.
    """
    wanted = record.variants
    if isinstance(wanted, UnsetType):
        return []
    held = live_variants(live)
    if len(held) != len(wanted):
        return None
    of_product = values_of(live) if attributes.of_product else {}
    found = apart(zip(held, wanted), attributes, of_product)  # noqa: B905 - of one length, as seen
    if found and any(one.wanted.sku != one.live.get("sku") for one in found):
        return None
    return found


def apart(pairs: Iterable[tuple[Json, Variant]], attributes: Attributes, of_product: Json) -> list[Apart]:
    """Those of the pairs that do not agree; `of_product` are values that the live product itself holds.

    Raises:
        Refused: an unknown attribute.
    """
    found: list[Apart] = []
    for live, wanted in pairs:
        # Not narrowed by `isinstance`: this is the hot path, and a call is a tenth of what a variant costs.
        named: Any = wanted.attributes
        key = wanted.key
        values: Sequence[tuple[str, Any, Any]] = ()
        if named is not UNSET and not _shows(live, named, attributes.keyed):
            values = _unequal(live, of_product, named, attributes)
        touched = _touched(live, wanted)
        if (
            values
            or touched
            or wanted.sku != live.get("sku")
            or (key is not UNSET and key != live.get("key"))
        ):
            found.append(Apart(live, wanted, values, touched))
    return found


def _shows(live: Json, named: Mapping[str, Any], keyed: AbstractSet[str]) -> bool:
    """Whether a live variant has all named values, as they stand or as the key of an enum."""
    attributes = live.get("attributes", ())
    others = 0
    for one in attributes:
        value = named.get(one.name, one)
        if value is one:
            others += 1
        elif value != one.value:
            held = one.value
            if not (one.name in keyed and type(held) is dict and held["key"] == value):
                return False
    return len(attributes) - others == len(named)


def _touched(live: Json, wanted: Variant) -> bool:
    images: Any = wanted.images
    if images is not UNSET:
        held = live.get("images", ())
        if len(held) != len(images):
            return True
        for image, url in zip(held, images):  # noqa: B905 - of one length, as seen
            if image.url != url:
                return True
    return wanted.prices is not UNSET or wanted.assets is not UNSET or wanted.image_labels is not UNSET


def _unequal(
    live: Json, of_product: Json, named: Mapping[str, Any], attributes: Attributes
) -> list[tuple[str, Any, Any]]:
    held = values_of(live) | of_product
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
