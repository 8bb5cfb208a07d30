"""Matching: which live variant is which of the record, which are new, and which go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from ...errors import Refused
from ...records import Product, Variant
from ..http.client import Json
from .limits import MAX_VARIANTS, check_variants_count

__all__ = ["Matched", "check_identities", "match"]


class Matched(NamedTuple):
    """Live variants with what the record says of them, new ones, those that go, and all that stay."""

    pairs: list[tuple[Json, Variant]]
    new: list[Variant]
    gone: list[Json]
    kept: list[Json]

    @property
    def moves(self) -> bool:
        """Whether a variant comes or goes."""
        return bool(self.new or self.gone)


def match(record: Product, live: Sequence[Json], *, most: int = MAX_VARIANTS) -> Matched:
    """Find each variant of the record by its SKU, and one whose SKU changed by its key.

    Keys that are named twice are left to `check_identities`: where all are those of live variants, none is.

    Raises:
        Refused: the record has no variants, one SKU twice, or there would be too many of them.
    """
    wanted = () if isinstance(record.variants, UnsetType) else record.variants
    left = {variant["sku"]: variant for variant in live if "sku" in variant}
    pairs: list[tuple[Json, Variant]] = []
    new: list[Variant] = []
    for variant in wanted:
        # One that was found is not among those that are left: a SKU that is named twice is not found twice.
        found = left.pop(variant.sku, None)
        if found is None:
            new.append(variant)
        else:
            pairs.append((found, variant))
    if wanted and not new and (len(pairs) == len(live) or not record.variants_complete):
        return Matched(pairs, new, [], list(live))
    check_identities(record)
    if new:
        taken = {found["id"] for found, _ in pairs}
        by_key = {one["key"]: one for one in live if "key" in one and one["id"] not in taken}
        for variant in list(new):
            found = None if isinstance(variant.key, UnsetType) else by_key.pop(variant.key, None)
            if found is not None:
                new.remove(variant)
                pairs.append((found, variant))
    named = {found["id"] for found, _ in pairs}
    gone = [one for one in live if one["id"] not in named] if record.variants_complete and wanted else []
    leaving = {one["id"] for one in gone}
    kept = [one for one in live if one["id"] not in leaving]
    check_variants_count(record.key, len(kept) + len(new), most)
    return Matched(pairs, new, gone, kept)


def check_identities(record: Product) -> None:
    """Refuse a record without variants, or with one SKU or key twice."""
    if isinstance(record.variants, UnsetType):
        return
    variants = record.variants
    skus = {variant.sku for variant in variants}
    keys = [variant.key for variant in variants if variant.key is not UNSET]
    if variants and len(skus) == len(variants) and len(set(keys)) == len(keys):
        return
    if not skus:
        raise Refused(
            f"product {record.key} has an empty list of variants",
            code="variants",
            advice="Correct the source",
        )
    names = [str(key) for key in keys] if len(skus) == len(variants) else [one.sku for one in variants]
    twice = ", ".join(sorted({name for name in names if names.count(name) > 1}))
    raise Refused(f"product {record.key} names {twice} twice", code="variants", advice="Correct the source")
