"""A batch: which live price each record is about, and what else is in the way of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET
from msgspec.structs import replace

from ...errors import Refused
from ...records import Price
from .overlaps import Place, Wanted
from .scopes import Scope, Window, live_scope, live_window, price_key, wanted_scope, wanted_window

__all__ = ["Batch", "matched"]

Json = dict[str, Any]


class Batch(NamedTuple):
    """What a reading found out: live prices by the key of their record, and all that may clash."""

    live: Mapping[str, Json]
    wanted: Sequence[Wanted]
    foreign: Sequence[Place]
    differ: Mapping[str, bool]
    """Keys that several records have, and whether these records differ."""
    moving: Mapping[str, str]
    """Live prices that a record wants at another time or in another scope: their ids, by its key."""


def matched(records: Sequence[Price], prices: Sequence[Json]) -> Batch:
    """Find the live price of each record: by key, else by scope and first day.

    A price of a recurrence policy is of another scope, and nobody's here.
    """
    by_key = {price["key"]: price for price in prices if "key" in price}
    places = {price["id"]: _place(price) for price in prices}
    in_scope: dict[Scope, list[Json]] = defaultdict(list)
    for price in prices:
        if "recurrencePolicy" not in price:
            in_scope[places[price["id"]].scope].append(price)
    named, differ = _named(records)
    live: dict[str, Json] = {}
    wanted: list[Wanted] = []
    twins: set[str] = set()
    moving: dict[str, str] = {}
    for key, record in named.items():
        scope, window = wanted_scope(record), wanted_window(record)
        found = by_key.get(key)
        rivals = in_scope.get(scope, ())
        if found is None:
            found = _taken_over(record, window, rivals, named)
        elif places[found["id"]].scope != scope:
            # A replacement that was cut: the new price is there already, and gets the key.
            twins.update(one["id"] for one in rivals if "key" not in one and live_window(one) == window)
        now = None if found is None else places[found["id"]]
        if found is not None:
            live[key] = found
        if now is not None and (now.scope, now.window) != (scope, window):
            moving[key] = now.id
        wanted.append(Wanted(key, scope, window, now))
    ours = {price["id"] for price in live.values()} | twins
    # Only the scopes of the batch: of a SKU with thousands of prices a record is about one.
    scopes = {one.scope for one in wanted}
    foreign = [
        places[price["id"]]
        for scope in scopes
        for price in in_scope.get(scope, ())
        if price["id"] not in ours
    ]
    return Batch(live, wanted, foreign, differ, moving)


def _place(price: Json) -> Place:
    name = str(price.get("key", price["id"]))
    return Place(price["id"], price["version"], name, live_scope(price), live_window(price))


def _named(records: Sequence[Price]) -> tuple[dict[str, Price], dict[str, bool]]:
    """Records by key, and the keys that several have with whether they differ.

    Of a record that can be no price its plan says so; nothing is about it.
    """
    named: dict[str, Price] = {}
    differ: dict[str, bool] = {}
    for record in records:
        try:
            key = price_key(record)
            wanted_window(record)
        except Refused:
            continue
        if key in named:
            differ[key] = differ.get(key, False) or named[key] != record
        named[key] = record
    return named, differ


def _taken_over(
    record: Price, window: Window, prices: Sequence[Json], named: Mapping[str, Price]
) -> Json | None:
    """The price of a scope that others made: the one that begins when ours does, best when it ends so too.

    One that a record of the batch is called like is that record's. One with any other key is only for a
    record whose key says no more than its scope: a name that the source gave tells two prices apart.
    """
    usual = replace(record, key=UNSET)
    fitting = [
        (price, held)
        for price in prices
        if (held := live_window(price)).start == window.start
        and (key := price.get("key")) not in named
        and (key is None or record.key is UNSET or key == price_key(usual))
    ]
    exact = (price for price, held in fitting if held == window)
    dated = (price for price, held in fitting if held.dated == window.dated)
    return next(exact, None) or next(dated, None)
