"""The house: Maison Aubrelin, an invented French fashion house. A seed in, always the same house out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .codes import MAX_STORES
from .evolution import next_night
from .invention import invent_books
from .layout import records_of
from .model import FEEDS, Books, Changes, Feed, Mode
from .sheet import Sheet

__all__ = ["NAME", "Day", "House"]

NAME = "Maison Aubrelin"

_MOST_STYLES = 99_999
"""Above, the six digits of style codes would run out in a long enough life."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the house: day 1 sends full files, each later day deltas; the number is the sequence."""

    number: int
    books: Books
    changes: Mapping[Feed, Changes]

    def sheet(self, feed: Feed, *, mode: Mode | None = None) -> Sheet:
        """Return one file of the day; with `mode` full on a later day, everything as it stands by then."""
        chosen = mode or (Mode.FULL if self.number == 1 else Mode.DELTA)
        records = records_of(feed, self.books)
        if chosen is Mode.DELTA:
            keys = self.changes[feed].keys
            records = (record for record in records if record.key in keys)
        today = self.books.today
        return Sheet(feed, chosen, self.number, today, tuple(records), named_on=today)

    def sheets(self, *, mode: Mode | None = None) -> Iterator[Sheet]:
        """Yield all the files of the day, in the order in which a receiver wants them."""
        return (self.sheet(feed, mode=mode) for feed in FEEDS)


@dataclass(frozen=True, slots=True)
class House:
    """A fashion house with its days."""

    seed: int
    books: Books
    _days: list[Day] = field(repr=False)

    @classmethod
    def invent(cls, *, seed: int = 1, styles: int = 400, stores: int = 40) -> House:
        """Return the house of a seed; `stores` at most 40, as the depot table knows."""
        if not 1 <= stores <= MAX_STORES:
            raise ValueError(f"1 to {MAX_STORES} stores, received {stores}")
        if not 1 <= styles <= _MOST_STYLES:
            raise ValueError(f"1 to {_MOST_STYLES} styles, received {styles}")
        books = invent_books(seed, styles, stores)
        return cls(seed, books, [Day(1, books, {feed: Changes() for feed in FEEDS})])

    def day(self, number: int) -> Day:
        """Return a day, from 1: the opening day with its full files, then one night's changes a day."""
        if number < 1:
            raise ValueError(f"days count from 1, received {number}")
        while len(self._days) < number:
            books, changes = next_night(self.seed, len(self._days) + 1, self._days[-1].books)
            self._days.append(Day(len(self._days) + 1, books, changes))
        return self._days[number - 1]
