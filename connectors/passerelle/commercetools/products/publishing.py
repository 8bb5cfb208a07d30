"""Publishing: when a change goes on the shop, by the feed's policy and by what the record says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from msgspec import UnsetType

from ...records import Product
from ...sync.protocols import FieldChange
from ..http.client import Json
from ..planning.steps import Step

__all__ = ["Publish", "is_published_at_once", "publishing"]

#: `keep`: a new product is published, a published one stays so with every change, one that somebody took
#: off the shop stays off. `always`: whatever the feed carries is on the shop. `never`: all stays staged.
#: `prices`: of a published product embedded prices go on the shop, and nothing else.
Publish: TypeAlias = Literal["keep", "always", "never", "prices"]

#: Actions that know no staged side: they take effect at once.
_AT_ONCE = frozenset({"setTaxCategory", "transitionState", "setPriceMode", "setKey"})
_ON_PRICES = frozenset(
    {
        "addPrice",
        "changePrice",
        "removePrice",
        "setPriceKey",
        "setPrices",
        "setProductPriceCustomField",
        "setProductPriceCustomType",
    }
)


def publishing(policy: Publish, record: Product, live: Json, todo: Sequence[Step]) -> Iterator[Step]:
    """What comes last: publish, publish prices, unpublish, or nothing.

    The record's own `published` says whether the product is on the shop; whether changes of one that is there
    show at once is the policy's.
    """
    published = record.published
    is_on = bool(live.get("published", False))
    if published is False:
        if is_on:
            yield Step.of({"action": "unpublish"}, "published", old=True, new=False)
        return
    behind = not is_on or bool(live.get("hasStagedChanges", False))
    if published is True and not is_on:
        yield Step.of({"action": "publish"}, "published", old=False, new=True)
    elif policy == "always" and (behind or todo):
        yield Step({"action": "publish"}, _said(is_on=is_on, done=bool(todo)))
    elif policy == "keep" and is_on and _has(todo, among=None):
        yield Step({"action": "publish"}, ())
    elif policy == "prices" and is_on and _has(todo, among=_ON_PRICES):
        yield Step({"action": "publish", "scope": "Prices"}, ())


def is_published_at_once(policy: Publish, record: Product) -> bool:
    """Whether a new product is on the shop from the start."""
    return policy in ("keep", "always") if isinstance(record.published, UnsetType) else record.published


def _said(*, is_on: bool, done: bool) -> tuple[FieldChange, ...]:
    if not is_on:
        return (FieldChange("published", old=False, new=True),)
    return () if done else (FieldChange("hasStagedChanges", old=True, new=False),)


def _has(todo: Sequence[Step], *, among: frozenset[str] | None) -> bool:
    """Whether one of the actions has a staged side; or is one of those named."""
    names = (step.action["action"] for step in todo if step.action is not None)
    return any(name in among if among is not None else name not in _AT_ONCE for name in names)
