"""Presence: which records of a feed its files still hold; only a full tells that one is gone.

One full is not enough, so absences are counted: a record that comes again has none. What a run met is a
bitmap, one bit a record, so that a million unchanged records are a few strokes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from . import bulk
from .bitmap import are_marked, is_met, not_met
from .database import Database, repeatable
from .names import last_number, run_number

__all__ = ["Absence", "Presence"]

_PAGE = (
    "SELECT key, id FROM fingerprint WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
    " AND key > ? ORDER BY key LIMIT ?"
)
_SUMS = (
    "SELECT count(*), coalesce(sum(id), 0), coalesce(max(id), 0) FROM fingerprint"
    " WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
)
_COUNT = "SELECT count(*) FROM fingerprint WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
_COUNT_ABSENT = (
    "SELECT count(*) FROM fingerprint {by_index}"
    " WHERE feed_id = (SELECT id FROM feed WHERE name = ?) AND absent_fulls > 0"
)
# The first condition is the partial index's own, word for word, the second is the caller's.
_PAGE_ABSENT = (
    "SELECT key, id FROM fingerprint WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
    " AND absent_fulls > 0 AND absent_fulls >= ? AND absent_fulls < ? AND key > ? ORDER BY key LIMIT ?"
)
_PAGE_COUNTS = (
    "SELECT key, id, absent_fulls FROM fingerprint WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
    " AND key > ? ORDER BY key LIMIT ?"
)
_FLAG = "UPDATE fingerprint SET absent_fulls = ?, absent_run_no = NULL WHERE feed_id = ? AND key {keys}"
_RAISE_ABSENT = (
    "UPDATE fingerprint SET absent_fulls = absent_fulls + 1, absent_run_no = ?"
    " WHERE feed_id = ? AND (absent_run_no IS NULL OR absent_run_no <> ?) AND key {keys}"
)
_CLEAR_ABSENT = (
    "UPDATE fingerprint SET absent_fulls = 0, absent_run_no = NULL"
    " WHERE feed_id = ? AND absent_fulls > 0 AND key {keys}"
)

#: Counted for a record that its source told as deleted: more fulls without it than there ever are.
_FLAGGED = 1_000_000
_PAGE_ROWS = 10_000


class Absence(NamedTuple):
    """How many records the last full held, or came since, and how many of them this full does not hold."""

    present: int
    newly: int


class Presence:
    """Which records of every feed are there, and which are missing since how many fulls."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._count_absent_statement = bulk.by_index(
            _COUNT_ABSENT, "ix_fingerprint_absent", is_sqlite=database.is_sqlite
        )

    @repeatable
    def count_present(self, feed: str) -> int:
        """Count the records known that the last full held, or that came since."""
        with self._database.read() as connection:
            known = int(bulk.one(connection, _COUNT, (feed,))[0])
            return known - self._count_absent(connection, feed)

    @repeatable
    def new_seen(self, feed: str) -> bytearray:
        """Make the bitmap in which a run marks the records that it met: one bit a record, nothing marked.

        The feed's next number is moved past the end of the bitmap, so that what this run stores is outside
        of it, and what is outside counts as seen.
        """
        with self._database.write() as connection:
            feed_id, last_id = last_number(connection, feed)
            size = (last_id >> 3) + 1
            if last_id != size * 8 - 1:
                bulk.execute(connection, "UPDATE feed SET last_id = ? WHERE id = ?", (size * 8 - 1, feed_id))
        return bytearray(size)

    def absent(self, feed: str, seen: bytearray) -> Iterator[str]:
        """Stream the keys that a full file did not contain, in key order."""
        for page in self._absent_pages(feed, seen):
            yield from (key for key, _ in page)

    @repeatable
    def absence(self, feed: str, seen: bytearray) -> Absence:
        """Count what a full file newly does not hold; most hold all, which one pass over the numbers tells.

        Count and sum of the marked numbers are compared with the database's own: far cheaper than its rows.
        Both agree by accident only if records were forgotten *during* the run, as many as are absent and
        with the same sum of numbers.
        """
        with self._database.read() as connection:
            known, total, last = bulk.one(connection, _SUMS, (feed,))
            present = int(known) - self._count_absent(connection, feed)
        gone = gone_numbers = 0
        for page in self._long_absent_pages(feed, seen):
            gone += len(page)
            gone_numbers += sum(number for _, number in page)
        if last < len(seen) * 8 and are_marked(seen, int(known) - gone, int(total) - gone_numbers):
            return Absence(present, 0)
        return Absence(present, sum(len(page) for page in self._absent_pages(feed, seen)) - gone)

    @repeatable
    def mark_absent(self, feed: str, seen: bytearray, run_id: str, *, newly: bool = True) -> int:
        """Count one more full without them for the absent, and none for those that are back.

        Not `newly` when none is absent that was present before, as `absence` tells: then the feed need not be
        read. Give the number of absent records. The same run marks once, however often it is asked.
        """
        with self._database.write() as connection:
            feed_id, _ = last_number(connection, feed)
            run_no = run_number(connection, run_id)
        if run_no is None:
            raise ValueError(f"received the run id {run_id!r}, expected one that this ledger started")
        self.clear_returned(feed, seen)
        absent = 0
        for page in self._absent_pages(feed, seen) if newly else self._long_absent_pages(feed, seen):
            absent += len(page)
            with self._database.write() as connection:
                bulk.change_in(connection, _RAISE_ABSENT, (run_no, feed_id, run_no), [key for key, _ in page])
        return absent

    @repeatable
    def clear_absent(self, feed: str, keys: Sequence[str]) -> int:
        """Forget counted absences of records that a delta brought; count the records that had any."""
        with self._database.write() as connection:
            feed_id, _ = last_number(connection, feed)
            return bulk.change_in(connection, _CLEAR_ABSENT, (feed_id,), keys)

    @repeatable
    def clear_returned(self, feed: str, seen: bytearray) -> int:
        """Forget counted absences of the records that a file held; count the records that had any."""
        back = 0
        for page in self._marked_pages(feed, 1):
            keys = [key for key, number in page if is_met(seen, number)]
            back += self.clear_absent(feed, keys)
        return back

    def long_absent(self, feed: str, fulls: int) -> Iterator[str]:
        """Stream the keys that at least `fulls` full files in a row did not contain, in key order.

        Those that the source told as deleted are not among them: see `flagged`.
        """
        for page in self._marked_pages(feed, fulls, _FLAGGED):
            yield from (key for key, _ in page)

    @repeatable
    def flag(self, feed: str, keys: Sequence[str]) -> int:
        """Mark records that their source told as deleted; one that comes again is marked no more.

        Count the records that were known: of others there is nothing to take away.
        """
        with self._database.write() as connection:
            feed_id, _ = last_number(connection, feed)
            return bulk.change_in(connection, _FLAG, (_FLAGGED, feed_id), keys)

    def flagged(self, feed: str) -> Iterator[str]:
        """Stream the keys that are marked as deleted by their source, in key order."""
        for page in self._marked_pages(feed, _FLAGGED):
            yield from (key for key, _ in page)

    def foreseen_absent(
        self, feed: str, fulls: int, files: Sequence[tuple[bool, bytearray]]
    ) -> Iterator[str]:
        """Stream what `long_absent` would give after these files, each full or not with what it met."""
        after = ""
        while True:
            with self._database.read() as connection:
                page = list(bulk.rows(connection, _PAGE_COUNTS, (feed, after, _PAGE_ROWS)))
            if not page:
                return
            for key, number, absent in page:
                count = absent
                for full, seen in files:
                    count = 0 if is_met(seen, number) else count + full
                if fulls <= count < _FLAGGED:
                    yield key
            after = page[-1][0]

    def _count_absent(self, connection: sa.Connection, feed: str) -> int:
        """Count the records of which an absence is counted: as cheap as they are few."""
        return int(bulk.one(connection, self._count_absent_statement, (feed,))[0])

    def _marked_pages(
        self, feed: str, fulls: int, below: int = 2 * _FLAGGED
    ) -> Iterator[list[tuple[str, int]]]:
        after = ""
        while True:
            with self._database.read() as connection:
                page = list(bulk.rows(connection, _PAGE_ABSENT, (feed, fulls, below, after, _PAGE_ROWS)))
            if not page:
                return
            yield page
            after = page[-1][0]

    def _absent_pages(self, feed: str, seen: bytearray) -> Iterator[list[tuple[str, int]]]:
        """Page through the feed; each page is a read of its own, so the writer's log can be emptied."""
        after = ""
        while True:
            with self._database.read() as connection:
                page = list(bulk.rows(connection, _PAGE, (feed, after, _PAGE_ROWS)))
            if not page:
                return
            if absent := not_met(page, seen):
                yield absent
            after = page[-1][0]

    def _long_absent_pages(self, feed: str, seen: bytearray) -> Iterator[list[tuple[str, int]]]:
        """Page through the absent of which an absence was counted before."""
        for page in self._marked_pages(feed, 1):
            if absent := not_met(page, seen):
                yield absent
