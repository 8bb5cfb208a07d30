"""Fingerprints: what every record looked like when the target last accepted it.

Two per record. `raw` is of the source values with the mapping's version: equal means that the record need
not even be mapped. `strong` is of the canonical record that the target *accepted*: it is stored after the
target said yes, never before, so that a run that dies leaves only records that are sent again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import sqlalchemy as sa

from . import bulk
from .comparing import Comparer, mark_seen
from .database import Database, repeatable
from .names import feed_number, run_number

__all__ = ["Absence", "Fingerprints", "Known", "Unlike", "mark_seen"]

_LOOKUP = (
    "SELECT key, id, raw, strong FROM fingerprint"
    " WHERE feed_id = (SELECT id FROM feed WHERE name = ?) AND key {keys}"
)
_LOOKUP_RANGE = (
    "SELECT key, id, raw, strong FROM fingerprint WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
    " AND key >= ? AND key <= ? ORDER BY key LIMIT ?"
)
_KNOWN_KEYS = "SELECT key FROM fingerprint WHERE feed_id = ? AND key {keys}"
_STORE_SQLITE = (
    "INSERT INTO fingerprint (feed_id, key, id, raw, strong, run_no) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (feed_id, key) DO UPDATE SET raw = excluded.raw, strong = excluded.strong,"
    " run_no = excluded.run_no, absent_fulls = 0, absent_run_no = NULL"
)
_STORE_POSTGRESQL = (
    "INSERT INTO fingerprint (feed_id, key, id, raw, strong, run_no)"
    " SELECT * FROM unnest(%b::int[], %b::text[], %b::bigint[], %b::bytea[], %b::bytea[], %b::bigint[])"
    " ON CONFLICT (feed_id, key) DO UPDATE SET raw = excluded.raw, strong = excluded.strong,"
    " run_no = excluded.run_no, absent_fulls = 0, absent_run_no = NULL"
)
_TOUCH_SQLITE = "UPDATE fingerprint SET raw = ? WHERE feed_id = ? AND key = ?"
_TOUCH_POSTGRESQL = (
    "UPDATE fingerprint SET raw = new.raw"
    " FROM unnest(%b::bytea[], %b::int[], %b::text[]) AS new (raw, feed_id, key)"
    " WHERE fingerprint.feed_id = new.feed_id AND fingerprint.key = new.key"
)
_PAGE = (
    "SELECT key, id FROM fingerprint WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
    " AND key > ? ORDER BY key LIMIT ?"
)
_SUMS = (
    "SELECT count(*), coalesce(sum(id), 0), coalesce(max(id), 0) FROM fingerprint"
    " WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
)
_COUNT = "SELECT count(*) FROM fingerprint WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
_COUNT_ABSENT = f"{_COUNT} AND absent_fulls > 0"
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

_INVALIDATE_ALL = "UPDATE fingerprint SET raw = ?, strong = NULL WHERE feed_id = ?"
_INVALIDATE = "UPDATE fingerprint SET raw = ?, strong = NULL WHERE feed_id = ? AND key {keys}"
_LAST_ID = "SELECT last_id FROM feed WHERE id = ?"
_LAST_ID_LOCKED = "SELECT last_id FROM feed WHERE id = ? FOR UPDATE"

#: Counted for a record that its source told as deleted: more fulls without it than there ever are.
_FLAGGED = 1_000_000
_PAGE_ROWS = 10_000
_BITS = tuple(1 << bit for bit in range(8))
#: For each value of a byte, the sum of the positions of its bits that are not set.
_UNSET = tuple(sum(bit for bit in range(8) if not byte >> bit & 1) for byte in range(256))
_NOT_FULL = re.compile(rb"[^\xff]")
#: A range read that brings more than this many rows a key asked for is dearer than a list of keys.
_RANGE_SLACK = 1.25
#: After a range read that did not pay, so many batches of the feed go by before the next try.
_RANGE_REST = 64


class Known(NamedTuple):
    """What the ledger knows of a record: its number in the feed and its two fingerprints."""

    id: int
    raw: bytes
    strong: bytes | None


class Unlike(NamedTuple):
    """Which records are not as the ledger knows them: their places, from 0, among those that were asked for.

    `new` are those of them that it certainly does not know; of the others `lookup` tells.
    """

    places: list[int]
    new: frozenset[int]


class Absence(NamedTuple):
    """How many records the last full held, or came since, and how many of them this full does not hold."""

    present: int
    newly: int


class Fingerprints:
    """The fingerprints of every feed; one writer a feed (its lease), any number of readers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rest: dict[str, int] = {}
        self._comparer = Comparer(is_sqlite=database.is_sqlite)

    @repeatable
    def lookup(self, feed: str, keys: Sequence[str]) -> dict[str, Known]:
        """Read what is known of these keys; unknown ones are left out. Fastest by thousands, in key order."""
        found: dict[str, Known] = {}
        with self._database.read() as connection:
            for batch in bulk.batches(keys):
                rows = self._range(connection, feed, batch)
                if rows is None:
                    rows = bulk.select_in(connection, _LOOKUP, (feed,), batch)
                wanted = set(batch)
                for key, number, raw, strong in rows:
                    if key in wanted:
                        found[key] = Known(number, raw, strong)
        return found

    @repeatable
    def unlike(self, feed: str, raws: Mapping[str, bytes], seen: bytearray) -> Unlike:
        """Find the records whose raw fingerprint (16 bytes) is new or other, and mark all known ones as seen.

        The same as `lookup` and a comparison, without a Python object for each record that did not change.
        """
        keys, wanted = list(raws), list(raws.values())
        places: list[int] = []
        new: list[int] = []
        with self._database.read() as connection:
            for start in range(0, len(keys), bulk.BATCH):
                end = start + bulk.BATCH
                unlike, unknown = self._comparer.compare(
                    connection, feed, keys[start:end], wanted[start:end], seen
                )
                places += [start + place for place in unlike]
                new += [start + place for place in unknown]
        return Unlike(places, frozenset(new))

    @repeatable
    def store(
        self,
        feed: str,
        rows: Iterable[tuple[str, bytes, bytes | None]],
        run_id: str | None = None,
    ) -> None:
        """Keep `(key, raw, strong)` of records that the target accepted, whole or not at all.

        A key given twice counts once, with its last values. An absence counted before is forgotten.
        """
        latest = {key: (raw, strong) for key, raw, strong in rows}
        if not latest:
            return
        keys = list(latest)
        with self._database.write() as connection:
            feed_id, last_id = self._locked(connection, feed)
            known: set[str] = set()
            for batch in bulk.batches(keys):
                known.update(row[0] for row in bulk.select_in(connection, _KNOWN_KEYS, (feed_id,), batch))
            run_no = run_number(connection, run_id)
            values = []
            for key, (raw, strong) in latest.items():
                if key in known:
                    number = 0  # the row is there and keeps its number
                else:
                    last_id += 1
                    number = last_id
                values.append((feed_id, key, number, raw, strong, run_no))
            bulk.write_rows(connection, sqlite=_STORE_SQLITE, postgresql=_STORE_POSTGRESQL, rows=values)
            bulk.execute(connection, "UPDATE feed SET last_id = ? WHERE id = ?", (last_id, feed_id))

    @repeatable
    def touch_raw(self, feed: str, rows: Iterable[tuple[str, bytes]]) -> None:
        """Keep only the raw fingerprint of records whose strong one is equal; unknown keys stay unknown."""
        latest = dict(rows)
        if not latest:
            return
        with self._database.write() as connection:
            feed_id, _ = self._locked(connection, feed)
            values = [(raw, feed_id, key) for key, raw in latest.items()]
            bulk.write_rows(connection, sqlite=_TOUCH_SQLITE, postgresql=_TOUCH_POSTGRESQL, rows=values)

    @repeatable
    def invalidate(self, feed: str, keys: Sequence[str] | None = None) -> int:
        """Make these records (all without `keys`) be mapped, compared and sent again; count them."""
        with self._database.write() as connection:
            feed_id, _ = self._locked(connection, feed)
            if keys is not None:
                return bulk.change_in(connection, _INVALIDATE, (b"", feed_id), keys)
            bulk.execute(connection, _INVALIDATE_ALL, (b"", feed_id))
            return int(bulk.one(connection, _COUNT, (feed,))[0])

    def forget(self, feed: str, keys: Sequence[str]) -> int:
        """Drop records, such as those deleted in the target; count those that were known."""
        statement = "DELETE FROM fingerprint WHERE feed_id = ? AND key {keys}"
        with self._database.write() as connection:
            feed_id, _ = self._locked(connection, feed)
            return bulk.change_in(connection, statement, (feed_id,), keys)

    @repeatable
    def count(self, feed: str) -> int:
        """Count the records known."""
        with self._database.read() as connection:
            return int(bulk.one(connection, _COUNT, (feed,))[0])

    @repeatable
    def count_present(self, feed: str) -> int:
        """Count the records known that the last full held, or that came since."""
        with self._database.read() as connection:
            known = int(bulk.one(connection, _COUNT, (feed,))[0])
            return known - int(bulk.one(connection, _COUNT_ABSENT, (feed,))[0])

    @repeatable
    def max_id(self, feed: str) -> int:
        """Tell the last number given to a record of the feed, 0 before the first."""
        with self._database.read() as connection:
            row = bulk.one(connection, "SELECT last_id FROM feed WHERE name = ?", (feed,))
        return 0 if row is None else int(row[0])

    # Absence: only a full file can tell that a record is gone, and one full is not enough.

    @repeatable
    def new_seen(self, feed: str) -> bytearray:
        """Make the bitmap in which a run marks the records that it met: one bit a record, nothing marked.

        The feed's next number is moved past the end of the bitmap, so that what this run stores is outside
        of it, and what is outside counts as seen.
        """
        with self._database.write() as connection:
            feed_id, last_id = self._locked(connection, feed)
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
            present = int(known) - int(bulk.one(connection, _COUNT_ABSENT, (feed,))[0])
        gone = gone_numbers = 0
        for page in self._long_absent_pages(feed, seen):
            gone += len(page)
            gone_numbers += sum(number for _, number in page)
        if last < len(seen) * 8 and _are_marked(seen, int(known) - gone, int(total) - gone_numbers):
            return Absence(present, 0)
        return Absence(present, sum(len(page) for page in self._absent_pages(feed, seen)) - gone)

    @repeatable
    def mark_absent(self, feed: str, seen: bytearray, run_id: str, *, newly: bool = True) -> int:
        """Count one more full without them for the absent, and none for those that are back.

        Not `newly` when none is absent that was present before, as `absence` tells: then the feed need not be
        read. Give the number of absent records. The same run marks once, however often it is asked.
        """
        with self._database.write() as connection:
            feed_id, _ = self._locked(connection, feed)
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
            feed_id, _ = self._locked(connection, feed)
            return bulk.change_in(connection, _CLEAR_ABSENT, (feed_id,), keys)

    @repeatable
    def clear_returned(self, feed: str, seen: bytearray) -> int:
        """Forget counted absences of the records that a file held; count the records that had any."""
        limit = len(seen) * 8
        back = 0
        for page in self._marked_pages(feed, 1):
            keys = [key for key, number in page if number >= limit or seen[number >> 3] & _BITS[number & 7]]
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
            feed_id, _ = self._locked(connection, feed)
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
                    met = number >= len(seen) * 8 or seen[number >> 3] & _BITS[number & 7]
                    count = 0 if met else count + full
                if fulls <= count < _FLAGGED:
                    yield key
            after = page[-1][0]

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
            if absent := _not_met(page, seen):
                yield absent
            after = page[-1][0]

    def _long_absent_pages(self, feed: str, seen: bytearray) -> Iterator[list[tuple[str, int]]]:
        """Page through the absent of which an absence was counted before."""
        for page in self._marked_pages(feed, 1):
            if absent := _not_met(page, seen):
                yield absent

    def _locked(self, connection: sa.Connection, feed: str) -> tuple[int, int]:
        """Give number and last id of a feed; on PostgreSQL other writers of this feed wait from here on."""
        feed_id = feed_number(connection, feed)
        statement = _LAST_ID if self._database.is_sqlite else _LAST_ID_LOCKED
        row = bulk.one(connection, statement, (feed_id,))
        return feed_id, int(row[0])

    def _range(
        self, connection: sa.Connection, feed: str, batch: Sequence[str]
    ) -> Iterable[tuple[str, int, bytes, bytes | None]] | None:
        """Read a batch that is in key order as one stretch of the tree: half the cost of a thousand descents.

        None when the batch is not in order, or when too many other records lie in between.
        """
        rest = self._rest.get(feed, 0)
        if rest:
            self._rest[feed] = rest - 1
            return None
        if len(batch) < bulk.BATCH // 10 or not all(before < after for before, after in pairwise(batch)):
            return None
        most = int(len(batch) * _RANGE_SLACK)
        rows = list(bulk.rows(connection, _LOOKUP_RANGE, (feed, batch[0], batch[-1], most + 1)))
        if len(rows) <= most:
            return rows
        self._rest[feed] = _RANGE_REST
        return None


def _not_met(page: Iterable[tuple[str, int]], seen: bytearray) -> list[tuple[str, int]]:
    limit = len(seen) * 8
    return [
        (key, number) for key, number in page if number < limit and not seen[number >> 3] & _BITS[number & 7]
    ]


def _are_marked(seen: bytearray, count: int, total: int) -> bool:
    """Say whether so many numbers with this sum are marked; nearly all are, so the others are added up."""
    if int.from_bytes(seen, "little").bit_count() != count:
        return False
    everything = len(seen) * 8 * (len(seen) * 8 - 1) // 2
    unmarked = 0
    for found in _NOT_FULL.finditer(seen):
        at = found.start()
        unmarked += 8 * at * (8 - seen[at].bit_count()) + _UNSET[seen[at]]
    return everything - unmarked == total
