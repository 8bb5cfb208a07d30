"""Fingerprints: what every record looked like when the target last accepted it.

Two per record. `raw` is of the source values with the mapping's version: equal means that the record need
not even be mapped. `strong` is of the canonical record that the target *accepted*: it is stored after the
target said yes, never before, so that a run that dies leaves only records that are sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import sqlalchemy as sa

from . import bulk
from .comparing import Comparer
from .database import Database, repeatable
from .names import last_number, run_number

__all__ = ["Fingerprints", "Known", "Unlike"]

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
_COUNT = "SELECT count(*) FROM fingerprint WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
_INVALIDATE_ALL = "UPDATE fingerprint SET raw = ?, strong = NULL WHERE feed_id = ?"
_INVALIDATE = "UPDATE fingerprint SET raw = ?, strong = NULL WHERE feed_id = ? AND key {keys}"
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
            feed_id, last_id = last_number(connection, feed)
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
            feed_id, _ = last_number(connection, feed)
            values = [(raw, feed_id, key) for key, raw in latest.items()]
            bulk.write_rows(connection, sqlite=_TOUCH_SQLITE, postgresql=_TOUCH_POSTGRESQL, rows=values)

    @repeatable
    def invalidate(self, feed: str, keys: Sequence[str] | None = None) -> int:
        """Make these records (all without `keys`) be mapped, compared and sent again; count them."""
        with self._database.write() as connection:
            feed_id, _ = last_number(connection, feed)
            if keys is not None:
                return bulk.change_in(connection, _INVALIDATE, (b"", feed_id), keys)
            bulk.execute(connection, _INVALIDATE_ALL, (b"", feed_id))
            return int(bulk.one(connection, _COUNT, (feed,))[0])

    def forget(self, feed: str, keys: Sequence[str]) -> int:
        """Drop records, such as those deleted in the target; count those that were known."""
        statement = "DELETE FROM fingerprint WHERE feed_id = ? AND key {keys}"
        with self._database.write() as connection:
            feed_id, _ = last_number(connection, feed)
            return bulk.change_in(connection, statement, (feed_id,), keys)

    @repeatable
    def count(self, feed: str) -> int:
        """Count the records known."""
        with self._database.read() as connection:
            return int(bulk.one(connection, _COUNT, (feed,))[0])

    @repeatable
    def max_id(self, feed: str) -> int:
        """Tell the last number given to a record of the feed, 0 before the first."""
        with self._database.read() as connection:
            row = bulk.one(connection, "SELECT last_id FROM feed WHERE name = ?", (feed,))
        return 0 if row is None else int(row[0])

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
