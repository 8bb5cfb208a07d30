"""Update actions of a category, one small pure function a field."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import UnsetType

from ...errors import Refused
from ...records import Category
from ..http.client import Json
from ..planning.assets import asset_steps
from ..planning.custom_fields import CustomFields
from ..planning.steps import Step, localized_step
from ..planning.texts import removable_step
from .draft import LOCALIZED, order_hint

__all__ = ["category_steps"]


def category_steps(record: Category, live: Json, custom: CustomFields) -> Iterator[Step]:
    """Texts, place in the tree, assets and custom fields."""
    yield from localized_step("changeName", "name", live["name"], record.name)
    yield from localized_step("changeSlug", "slug", live["slug"], record.slug)
    for ours, theirs in LOCALIZED.items():
        action = f"set{theirs[0].upper()}{theirs[1:]}"
        yield from localized_step(action, theirs, live.get(theirs), getattr(record, ours))
    yield from change_parent(live.get("parent"), record)
    yield from change_order_hint(live.get("orderHint"), record.order_hint)
    yield from removable_step("setExternalId", "externalId", live.get("externalId"), record.external_id)
    yield from asset_steps(live.get("assets", ()), record.assets, custom, of=record.key)
    yield from custom.steps(record, live)


def change_parent(live: dict[str, Any] | None, record: Category) -> Iterator[Step]:
    """Hang the category under another one; both are compared by key.

    Raises:
        Refused: it should become a root: no update action moves a category there.
    """
    wanted = record.parent
    old = live.get("key", live["id"]) if live else None
    if isinstance(wanted, UnsetType) or wanted == old:
        return
    if wanted is None:
        raise Refused(
            f"category {record.key} hangs under {old} and should be a root: commercetools cannot do that",
            code="cannot_become_root",
            advice="Delete it in the Merchant Center, the next full file creates it at the root",
        )
    action = {"action": "changeParent", "parent": {"typeId": "category", "key": wanted}}
    # A root hangs somewhere too: moving it is no mere addition.
    yield Step.of(action, "parent", old or "root", wanted)


def change_order_hint(live: str | None, wanted: str | UnsetType | None) -> Iterator[Step]:
    """Move among its siblings; a record without a position leaves the one the shop chose."""
    if isinstance(wanted, str) and not _same_hint(live, wanted):
        hint = order_hint(wanted)
        yield Step.of({"action": "changeOrderHint", "orderHint": hint}, "orderHint", live, hint)


def _same_hint(live: str | None, wanted: str) -> bool:
    try:
        return live is not None and Decimal(live) == Decimal(wanted)
    except InvalidOperation:
        return live == wanted
