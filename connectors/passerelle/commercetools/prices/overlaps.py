"""Overlaps: prices of one scope that would hold at one time, found for a whole batch beforehand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ...errors import Refused
from .scopes import Scope, Window

__all__ = ["Foreign", "Overlaps", "Wanted"]


class Wanted(NamedTuple):
    """A price that a record wants."""

    key: str
    scope: Scope
    window: Window


class Foreign(NamedTuple):
    """A live price that no record of the batch is about."""

    id: str
    name: str
    scope: Scope
    window: Window


class Overlaps:
    """What stands in the way of which price; filled by each reading of a batch, asked by its plans."""

    def __init__(self) -> None:
        self._in_the_way: dict[str, str] = {}
        self._twins: frozenset[str] = frozenset()
        #: Where live prices are going that a record moves, until they are there.
        self._moving: dict[str, Window] = {}

    def moves(self, live_id: str, to: Window) -> None:
        """Take note that a live price is going to hold at another time: it is in nobody's way any more."""
        self._moving[live_id] = to

    def arrived(self, live_id: str) -> None:
        """Take note that a live price is where it was going."""
        self._moving.pop(live_id, None)

    def look(self, wanted: Iterable[Wanted], foreign: Iterable[Foreign], differ: Mapping[str, bool]) -> None:
        """Compare all prices of a batch with each other and with what else is in their scopes.

        `differ` names the keys that several records of the batch have, and whether these records differ.
        """
        by_scope: dict[Scope, list[Wanted]] = defaultdict(list)
        for one in wanted:
            by_scope[one.scope].append(one)
            self._in_the_way.pop(one.key, None)
        for ones in by_scope.values():
            if len(ones) > 1:
                self._among(ones)
        for other in foreign:
            window = self._moving.get(other.id, other.window)
            for one in by_scope.get(other.scope, ()):
                if one.window.conflicts(window):
                    self._in_the_way.setdefault(one.key, f"{other.name} ({window}) in the shop")
        self._twins = frozenset(key for key, differing in differ.items() if differing)

    def _among(self, ones: list[Wanted]) -> None:
        """Find the prices of one scope that overlap: sorted by their beginning, only neighbours can."""
        dated = sorted((one for one in ones if one.window.dated), key=lambda one: one.window.start or "")
        furthest: Wanted | None = None
        for one in dated:
            if furthest is not None and one.window.conflicts(furthest.window):
                self._clash(one, furthest)
            if furthest is None or (furthest.window.end is not None and _later(one, furthest)):
                furthest = one
        undated = [one for one in ones if not one.window.dated]
        for one in undated[1:]:
            self._clash(one, undated[0])

    def _clash(self, one: Wanted, other: Wanted) -> None:
        for mine, theirs in ((one, other), (other, one)):
            self._in_the_way.setdefault(mine.key, f"{theirs.key} ({theirs.window}) of the same feed")

    def refuse(self, key: str, scope: Scope, window: Window) -> None:
        """Refuse a price that something is in the way of, both named; else do nothing.

        Raises:
            Refused: another price of its scope holds at the same time, or two records are one price.
        """
        if key in self._twins:
            raise Refused(
                f"two records of the feed are the price {key}, and differ",
                code="same_price",
                advice="Map what tells them apart: scope, first day, or `key` with the source's own name",
            )
        other = self._in_the_way.get(key)
        if other is not None:
            raise Refused(
                f"price {key} ({window}) of {scope.sku} would hold at the same time as {other}",
                code="overlapping_prices",
                advice="Let one of them end when the other begins: in the source, or in the shop if nobody "
                "sends the other one any more; or map `key`, which finds a price again whose dates move",
            )


def _later(one: Wanted, other: Wanted) -> bool:
    return one.window.end is None or other.window.end is None or one.window.end > other.window.end
