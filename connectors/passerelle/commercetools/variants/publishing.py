"""Variants on the shop and off it: which are published when, and how a report says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...records import Product
from ...sync.protocols import FieldChange
from ..http.client import Json
from ..planning.steps import Step
from ..products.matching import Matched
from ..products.publishing import Publish
from .changing import Changes
from .requests import item

__all__ = ["Shown", "name_of", "published", "shows"]


class Shown(NamedTuple):
    """Ids of variants that the request which changes them publishes, and items of those published last."""

    at_once: frozenset[str] = frozenset()
    last: Sequence[Json] = ()


def published(
    record: Product,
    live: Json,
    matched: Matched,
    steps: Changes,
    drafts: Sequence[Json],
    publish: Publish,
    on_shop: Sequence[Step],
) -> tuple[Shown, list[FieldChange]]:
    """Variants that are published, and what a report says of it.

    Those on the shop that changed, and those that should be there and are not. Until its product is there
    none can be published.
    """
    comes_on = any(step.action == {"action": "publish"} for step in on_shop) and not live["published"]
    if record.published is False or not (live["published"] or comes_on):
        return Shown(), []
    staged, touched = steps.staged, {one.live["id"] for one in steps}
    everything = publish == "always" or record.published is True
    shown: list[Json] = []
    said: list[FieldChange] = []
    for one in matched.kept:
        if not one["published"]:
            if everything:
                shown.append(one)
                said.append(shows(one, on=True))
        elif one["id"] in staged and publish in ("keep", "always"):
            shown.append(one)
        elif publish == "always" and one["hasStagedChanges"]:
            shown.append(one)
            said.append(FieldChange(f"variants[{name_of(one)}].hasStagedChanges", old=True, new=False))
    at_once = frozenset(one["id"] for one in shown if live["published"] and one["id"] in touched)
    last = [item(one) for one in shown if one["id"] not in at_once]
    if comes_on or everything:
        last += [{"key": draft["key"]} for draft in drafts if not draft["publish"]]
    return Shown(at_once, last), said


def shows(variant: Json, *, on: bool) -> FieldChange:
    """A variant that comes on the shop, or goes off it."""
    return FieldChange(f"variants[{name_of(variant)}].published", old=not on, new=on)


def name_of(variant: Json) -> str:
    """A variant as a report names it."""
    return str(variant.get("sku", variant["id"]))
