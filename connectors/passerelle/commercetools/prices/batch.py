"""A batch: which live price each record is about, and what else is in the way of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...errors import Refused
from ...records import Price
from .overlaps import Foreign, Wanted
from .scopes import Scope, Window, live_scope, live_window, price_key, wanted_scope, wanted_window

__all__ = ["Batch", "matched"]

Json = dict[str, Any]


class Batch(NamedTuple):
    """What a reading found out: live prices by the key of their record, and all that may clash."""

    live: Mapping[str, Json]
    wanted: Sequence[Wanted]
    foreign: Sequence[Foreign]
    differ: Mapping[str, bool]
    """Keys that several records have, and whether these records differ."""
    moving: Sequence[tuple[str, Window]]
    """Live prices that a record moves to another time, by id."""


def matched(records: Sequence[Price], prices: Sequence[Json]) -> Batch:
    """Find the live price of each record: by key, else by scope and first day.

    A price whose key is that of another record is not taken over; neither is one of a recurrence policy,
    which is another scope.
    """
    by_key = {price["key"]: price for price in prices if "key" in price}
    in_scope: dict[Scope, list[Json]] = defaultdict(list)
    for price in prices:
        if "recurrencePolicy" not in price:
            in_scope[live_scope(price)].append(price)
    named: dict[str, Price] = {}
    differ: dict[str, bool] = {}
    for record in records:
        try:
            key = price_key(record)
            wanted_window(record)
        except Refused:
            # Its plan says so; nothing is about it.
            continue
        if key in named:
            differ[key] = differ.get(key, False) or named[key] != record
        named[key] = record
    live: dict[str, Json] = {}
    wanted: list[Wanted] = []
    moving: list[tuple[str, Window]] = []
    for key, record in named.items():
        scope, window = wanted_scope(record), wanted_window(record)
        wanted.append(Wanted(key, scope, window))
        found = by_key.get(key)
        if found is None:
            found = _taken_over(in_scope.get(scope, ()), window, named)
        if found is not None:
            live[key] = found
            if live_window(found) != window or live_scope(found) != scope:
                moving.append((found["id"], window))
    ours = {price["id"] for price in live.values()}
    # Only the scopes of the batch: of a SKU with thousands of prices a record is about one.
    scopes = {one.scope for one in wanted}
    foreign = [
        Foreign(price["id"], str(price.get("key", price["id"])), scope, live_window(price))
        for scope in scopes
        for price in in_scope.get(scope, ())
        if price["id"] not in ours
    ]
    return Batch(live, wanted, foreign, differ, moving)


def _taken_over(prices: Sequence[Json], window: Window, named: Mapping[str, Price]) -> Json | None:
    """The price of a scope that others made: the one that begins when ours does, best when it ends so too."""
    fitting = [
        (price, held)
        for price in prices
        if price.get("key") not in named and (held := live_window(price)).start == window.start
    ]
    exact = (price for price, held in fitting if held == window)
    dated = (price for price, held in fitting if held.dated == window.dated)
    return next(exact, None) or next(dated, None)
