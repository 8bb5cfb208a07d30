"""Variants on the shop and off it: which are published last, and how a report says so."""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Product
from ...sync.protocols import FieldChange
from ..http.client import Json
from ..planning.steps import Step
from ..products.matching import Matched
from ..products.publishing import Publish
from .changing import Changes
from .requests import item

__all__ = ["name_of", "published", "shows"]


def published(
    record: Product,
    live: Json,
    matched: Matched,
    steps: Changes,
    drafts: Sequence[Json],
    publish: Publish,
    on_shop: Sequence[Step],
) -> tuple[list[Json], list[FieldChange]]:
    """Variants that are published last, and what a report says of it.

    Those on the shop that changed, and those that should be there and are not.
    """
    comes_on = any(step.action == {"action": "publish"} for step in on_shop) and not live["published"]
    if record.published is False or not (live["published"] or comes_on):
        return [], []
    changed = steps.staged
    everything = publish == "always" or record.published is True
    items: list[Json] = []
    said: list[FieldChange] = []
    for one in matched.kept:
        if not one["published"]:
            if everything:
                items.append(item(one))
                said.append(shows(one, on=True))
        elif (one["id"] in changed and publish in ("keep", "always")) or (
            publish == "always" and one["hasStagedChanges"]
        ):
            items.append(item(one))
            if one["id"] not in changed:
                said.append(FieldChange(f"variants[{name_of(one)}].hasStagedChanges", old=True, new=False))
    if comes_on or everything:
        items += [{"key": draft["key"]} for draft in drafts if not draft["publish"]]
    return items, said


def shows(variant: Json, *, on: bool) -> FieldChange:
    """A variant that comes on the shop, or goes off it."""
    return FieldChange(f"variants[{name_of(variant)}].published", old=not on, new=on)


def name_of(variant: Json) -> str:
    """A variant as a report names it."""
    return str(variant.get("sku", variant["id"]))
