"""Landscape: which data flows between which systems, read from the configuration, with live freshness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec

from ..mapping import Mapping as IncomingMapping
from ..mapping import OutgoingMapping
from ..mapping.entities import ABOUT_ORDERS
from .freshness import SEVERITY, FeedFreshness, FeedState

__all__ = ["SHOP", "Landscape", "LandscapeFlow", "LandscapeSystem", "landscape"]

#: The node of the shop; no partner can be called so.
SHOP = "shop:"

Kind: TypeAlias = Literal["partner", "service", "shop"]

#: What people call the kinds of records, in the order in which they are shown.
_TOPICS: dict[str, str] = {
    "category": "catalogue",
    "product": "catalogue",
    "price": "prices",
    "stock": "stock",
    **dict.fromkeys((*ABOUT_ORDERS, "order_request"), "orders"),
}
_ORDER = ("catalogue", "prices", "stock", "orders")


class LandscapeSystem(msgspec.Struct, frozen=True, kw_only=True):
    """One system: the ERP (`erp`), another partner of the settings, a service by its host, or the shop."""

    id: str
    kind: Kind
    name: str


class LandscapeFlow(msgspec.Struct, frozen=True, kw_only=True):
    """What flows from one system to another: the feeds of one topic, and how the worst of them stands."""

    source: str
    target: str
    topic: str
    feeds: list[str]
    state: FeedState
    late: int
    carried_at: dt.datetime | None


class Landscape(msgspec.Struct, frozen=True, kw_only=True):
    """Systems and flows; Passerelle itself is between any two of them."""

    systems: list[LandscapeSystem]
    flows: list[LandscapeFlow]


def landscape(
    mappings: Mapping[str, IncomingMapping | OutgoingMapping],
    fresh: Iterable[FeedFreshness],
    *,
    shop: str = "",
) -> Landscape:
    """Draw up who sends what to whom; `shop` is the name of the shop's project."""
    stands = {one.feed: one for one in fresh}
    systems: dict[str, LandscapeSystem] = {}
    grouped: dict[tuple[str, str, str], list[FeedFreshness]] = {}
    for name, mapping in mappings.items():
        if name not in stands:
            continue
        for system in _others(mapping):
            systems.setdefault(system.id, system)
            ends = (SHOP, system.id) if isinstance(mapping, OutgoingMapping) else (system.id, SHOP)
            grouped.setdefault((*ends, topic_of(mapping.entity)), []).append(stands[name])
    known = sorted(systems.values(), key=lambda one: (one.id != "erp", one.kind, one.name))
    flows = [_flow(*ends, feeds) for ends, feeds in grouped.items()]
    flows.sort(key=lambda one: (_ORDER.index(one.topic), one.target != SHOP, one.source, one.target))
    shop_system = LandscapeSystem(id=SHOP, kind="shop", name=shop or "commercetools")
    return Landscape(systems=[*known, shop_system], flows=flows)


def topic_of(entity: str) -> str:
    """Name what a kind of record is about: catalogue, prices, stock or orders."""
    return _TOPICS.get(entity, "catalogue")


def _flow(source: str, target: str, topic: str, feeds: list[FeedFreshness]) -> LandscapeFlow:
    worst = max(feeds, key=lambda one: SEVERITY.index(one.state))
    carried = [one.carried_at for one in feeds if one.carried_at is not None]
    return LandscapeFlow(
        source=source,
        target=target,
        topic=topic,
        feeds=sorted(one.feed for one in feeds),
        state=worst.state,
        late=sum(one.is_late for one in feeds),
        carried_at=max(carried, default=None),
    )


def _others(mapping: IncomingMapping | OutgoingMapping) -> list[LandscapeSystem]:
    """Name the systems at the other end of a feed; inputs may come from further partners."""
    if isinstance(mapping, OutgoingMapping):
        http = mapping.spec.http
        if http is not None:
            host = urlsplit(http.url).hostname or http.url
            return [LandscapeSystem(id=f"service:{host}", kind="service", name=host)]
        return [_partner(mapping.spec.files.partner)]
    partners = [mapping.spec.files.partner]
    partners += [one.files.partner for one in mapping.spec.inputs.values() if one.files is not None]
    return [_partner(name) for name in dict.fromkeys(partners)]


def _partner(name: str) -> LandscapeSystem:
    return LandscapeSystem(id=f"partner:{name}" if name else "erp", kind="partner", name=name or "ERP")
