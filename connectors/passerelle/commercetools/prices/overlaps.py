"""Overlaps: prices of one scope that would hold at one time, found for a whole batch beforehand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ...errors import Obstructed, Refused
from .scopes import Scope, Window

__all__ = ["Overlaps", "Place", "Wanted"]


class Place(NamedTuple):
    """Where a live price holds, as it was read."""

    id: str
    version: int
    name: str
    scope: Scope
    window: Window


class Wanted(NamedTuple):
    """A price that a record wants, and where it is now; None of one that is not in the shop."""

    key: str
    scope: Scope
    window: Window
    now: Place | None


class Overlaps:
    """What stands in the way of which price; filled by each reading of a batch, asked by its plans.

    A price of the shop is in the way where it is, until a reading finds that its record moves it and may;
    from then on where it goes.
    """

    def __init__(self) -> None:
        self._clashes: dict[str, str] = {}
        self._obstacles: dict[str, str] = {}
        self._twins: frozenset[str] = frozenset()
        #: Where live prices are going that a record moves, and their version since they are there; None is
        #: another scope.
        self._moving: dict[str, tuple[Window | None, int | None]] = {}

    def moves(self, live_id: str, to: Window | None) -> None:
        """Take note that a live price is going to hold at another time, or in another scope (None)."""
        self._moving[live_id] = (to, None)

    def written(self, live_id: str, version: int, window: Window) -> None:
        """Take note of where a live price is; a reading that began before may still show it elsewhere."""
        to, _ = self._moving.get(live_id, (None, None))
        if to is not None and to == window:
            self._moving[live_id] = (to, version)

    def stays(self, live_id: str) -> None:
        """Take note that a live price goes nowhere (any more)."""
        self._moving.pop(live_id, None)

    def look(
        self,
        wanted: Iterable[Wanted],
        foreign: Iterable[Place],
        differ: Mapping[str, bool],
        unfit: AbstractSet[str] = frozenset(),
    ) -> None:
        """Compare all prices of a batch with each other and with what else is in their scopes.

        `foreign` are live prices that no record of the batch is about. `differ` names the keys that several
        records of the batch have, and whether these records differ; `unfit` those of records that are refused
        for what they say themselves: their prices stay where they are.
        """
        self._twins = frozenset(key for key, differing in differ.items() if differing)
        by_scope: dict[Scope, list[Wanted]] = defaultdict(list)
        for one in wanted:
            by_scope[one.scope].append(one)
            self._clashes.pop(one.key, None)
            self._obstacles.pop(one.key, None)
        for ones in by_scope.values():
            if len(ones) > 1:
                self._among(ones)
        refused = self._twins | self._clashes.keys() | unfit
        going = {scope: [one for one in ones if one.key not in refused] for scope, ones in by_scope.items()}
        standing = [one._replace(window=window) for one in foreign if (window := self._ends(one)) is not None]
        for ones in by_scope.values():
            standing += [one.now for one in ones if one.now is not None and one.key in refused]
        self._against(going, standing)
        self._note(by_scope, going)

    def _note(self, by_scope: Mapping[Scope, list[Wanted]], going: Mapping[Scope, list[Wanted]]) -> None:
        """Take note of who goes where, and who stays."""
        for scope, ones in by_scope.items():
            leaving = {one.key for one in going[scope]}
            for one in ones:
                if one.now is None:
                    continue
                if one.key not in leaving:
                    self.stays(one.now.id)
                elif one.now.scope != scope:
                    self.moves(one.now.id, None)
                elif one.now.window != one.window:
                    self.moves(one.now.id, one.window)

    def _against(self, going: Mapping[Scope, list[Wanted]], standing: list[Place]) -> None:
        """Find who wants the days of a price that stands; whose own price stays for it may be in the way."""
        while standing:
            place = standing.pop()
            ones = going.get(place.scope, [])
            for one in [one for one in ones if one.window.conflicts(place.window)]:
                self._obstacles[one.key] = f"{place.name} ({place.window}) in the shop"
                ones.remove(one)
                if one.now is not None:
                    standing.append(one.now)

    def _ends(self, place: Place) -> Window | None:
        """Say when a live price holds after all that is planned; None where it leaves its scope."""
        to, since = self._moving.get(place.id, (place.window, None))
        return place.window if since is not None and place.version >= since else to

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
            self._clashes.setdefault(mine.key, f"{theirs.key} ({theirs.window}) of the same feed")

    def refuse(self, key: str, scope: Scope, window: Window) -> None:
        """Refuse a price that something is in the way of, both named; else do nothing.

        Raises:
            Refused: two records are one price, or two of the feed hold at one time.
            Obstructed: a price of the shop holds at that time, as far as is known.
        """
        if key in self._twins:
            raise Refused(
                f"two records of the feed are the price {key}, and differ",
                code="same_price",
                advice="Map what tells them apart: scope, first day, or `key` with the source's own name",
            )
        said = {
            "code": "overlapping_prices",
            "advice": "Let one of them end when the other begins: in the source, or in the shop if nobody "
            "sends the other one any more; or map `key`, which finds a price again whose dates move",
        }
        text = f"price {key} ({window}) of {scope.sku} would hold at the same time as"
        if key in self._clashes:
            raise Refused(f"{text} {self._clashes[key]}", **said)
        if key in self._obstacles:
            raise Obstructed(f"{text} {self._obstacles[key]}", group=scope.sku, **said)


def _later(one: Wanted, other: Wanted) -> bool:
    return one.window.end is None or other.window.end is None or one.window.end > other.window.end
