"""Update actions of a product in their order; everything is written to the staged data.

The live product is its staged projection, its references with the key beside the id (`Known.name`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import UnsetType

from ...records import Product
from ..http.client import Json
from ..planning.steps import Step
from .agreeing import Apart, apart
from .assortment import category_steps
from .attribute_actions import attribute_steps, shared_by_new
from .attributes import Attributes
from .fields import check_price_mode, field_steps, setting_steps
from .known import Known, Lacking, live_variants
from .matching import Matched, check_identities, match
from .projection import values_of
from .variants import (
    Master,
    add_variant,
    change_variant,
    identity_steps,
    make_master,
    make_room,
    remove_variant,
)

__all__ = ["steps"]


def steps(
    record: Product,
    live: Json,
    attributes: Attributes,
    known: Known,
    lacking: Lacking,
    found: Sequence[Apart] | None,
    *,
    master: Master = "keep",
) -> list[Step]:
    """All steps, in an order in which each of them is allowed; `found` is what `apart_in_order` gave.

    1. Categories and variants go: what goes holds values that others may take.
    2. What all variants share is set, for what is added must agree with it.
    3. Fields and variants change.
    4. Variants and categories are added.
    5. The master variant is chosen among those that are there then.

    A master variant that goes makes room first: another one that stays becomes the master, or, when none
    stays, the first new one.
    """
    removals, additions = category_steps(record, live, known, lacking)
    changes = [*field_steps(record, live), *setting_steps(record, live, known, lacking)]
    if found == [] or isinstance(record.variants, UnsetType):
        return [*removals, *changes, *additions]
    variants = live_variants(live)
    matched = match(record, variants)
    if found is None:
        found = apart(matched.pairs, attributes, values_of(live) if attributes.of_product else {})
    if found or matched.moves or not (master == "keep" or _is_first(record, variants[0])):
        check_identities(record)
        check_price_mode(record, live.get("priceMode", "Embedded"))
        before, after = _variants(record, live, matched, found, attributes, known, lacking, master)
        return [*removals, *before, *changes, *after, *additions]
    return [*removals, *changes, *additions]


def _is_first(record: Product, variant: Json) -> bool:
    order = () if isinstance(record.variants, UnsetType) else record.variants
    return order[0].sku == variant.get("sku")


def _variants(
    record: Product,
    live: Json,
    matched: Matched,
    found: Sequence[Apart],
    attributes: Attributes,
    known: Known,
    lacking: Lacking,
    master: Master,
) -> tuple[list[Step], list[Step]]:
    """Steps of variants: removals and what is shared, then all others."""
    old = live["masterVariant"]
    now = old
    before: list[Step] = []
    leaves = any(one is old for one in matched.gone)
    if leaves and matched.kept:
        now = _successor(record, matched, master)
        before.append(make_master(now, "", old))
    before += [remove_variant(one) for one in matched.gone if one is not old or matched.kept]
    shared, own = attribute_steps(record, live, matched, found, attributes, lacking)
    before += shared
    after = [*identity_steps(found, matched.kept), *own]
    for one in found:
        if one.touched:
            after += change_variant(one.live, one.wanted, known, lacking)
    if matched.new:
        after += _arrivals(record, live, matched, attributes, known, lacking)
    if master == "first" and not (leaves and not matched.kept):
        after += _first_is_master(record, matched, now)
    return before, after


def _successor(record: Product, matched: Matched, master: Master) -> Json:
    """The variant that becomes the master in the place of one that goes."""
    ours = {wanted.sku: variant for variant, wanted in matched.pairs}
    order = () if isinstance(record.variants, UnsetType) else record.variants
    if master == "first" and order[0].sku in ours:
        return ours[order[0].sku]
    return next((ours[one.sku] for one in order if one.sku in ours), matched.kept[0])


def _arrivals(
    record: Product,
    live: Json,
    matched: Matched,
    attributes: Attributes,
    known: Known,
    lacking: Lacking,
) -> Iterator[Step]:
    """New variants; where nothing stays, the first of them is the master before the old one goes."""
    old = live["masterVariant"]
    shared = shared_by_new(record, old, attributes)
    first, *others = matched.new
    if matched.kept:
        others = matched.new
    else:
        yield from make_room(old, matched.new, attributes)
        yield add_variant(first, shared, attributes, known, lacking)
        yield make_master(None, first.sku, old)
        yield remove_variant(old)
    for variant in others:
        yield add_variant(variant, shared, attributes, known, lacking)


def _first_is_master(record: Product, matched: Matched, now: Json) -> Iterator[Step]:
    order = () if isinstance(record.variants, UnsetType) else record.variants
    first = order[0].sku
    found = next((variant for variant, wanted in matched.pairs if wanted.sku == first), None)
    if found is not now:
        yield make_master(found, first, now)
