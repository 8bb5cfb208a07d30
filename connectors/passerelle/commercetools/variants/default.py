"""The default variant: which one it is, and when it is named, so that none goes that is one."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UnsetType

from ...records import Product, Variant
from ..http.client import Json
from ..planning.steps import Step
from ..products.matching import Matched
from ..products.variants import Master
from .draft import variant_key
from .publishing import name_of
from .reading import default_ids

__all__ = ["default_steps"]


def default_steps(
    record: Product, live: Json, matched: Matched, master: Master
) -> tuple[list[Step], list[Step]]:
    """Who is the default variant: steps before variants go, and steps after new ones came."""
    if isinstance(record.variants, UnsetType) or not record.variants:
        return [], []
    leaving = {one["id"] for one in matched.gone}
    staged, current = default_ids(live)
    stays = staged is not None and staged not in leaving
    # A product that has none, for its creation was cut short, gets the one that a new one gets.
    foremost = master == "first" or staged is None
    wanted = _successor(record.variants, matched, foremost=foremost) if foremost or not stays else None
    found = {one["id"]: one for one in live["variants"]}
    old = None if staged is None else name_of(found.get(staged, {"id": staged}))
    goes = bool({staged, current} & leaving)
    if isinstance(wanted, Variant):
        unset = Step({"action": "setDefaultVariant", "staged": False}, ())
        named = {"typeId": "variant", "key": variant_key(wanted)}
        step = Step.of(_names(named, both=goes), "defaultVariant", old, wanted.sku)
        return [unset] if goes else [], [step]
    target = staged if wanted is None else wanted["id"]
    if target == staged and not goes:
        return [], []
    named = {"typeId": "variant", "id": str(target)}
    if target == staged:
        return [Step(_names(named, both=True), ())], []
    return [Step.of(_names(named, both=goes), "defaultVariant", old, name_of(found[str(target)]))], []


def _successor(order: Sequence[Variant], matched: Matched, *, foremost: bool) -> Json | Variant:
    """The first variant of the record, or the first one that is there already."""
    there = {wanted.sku: variant for variant, wanted in matched.pairs}
    if foremost or not there:
        return there.get(order[0].sku, order[0])
    return next(there[one.sku] for one in order if one.sku in there)


def _names(variant: Json, *, both: bool) -> Json:
    action: Json = {"action": "setDefaultVariant", "variant": variant}
    return {**action, "staged": False} if both else action
