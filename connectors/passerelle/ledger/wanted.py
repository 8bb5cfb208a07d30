"""Wanted: what the target should hold of each record, because we wrote it or found that it agrees.

One row a record of a feed, its canonical record as JSON. It changes only when a record is taken, so a file
in which nothing changed writes nothing here. Drift, foreign edits and undo compare the live shop with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from . import bulk
from .database import Database, repeatable, utc_now
from .names import feed_number, run_number
from .packing import PACKED, packed, unpacked

__all__ = ["PACKED_FROM", "Wanted", "WantedRecord"]

_PUT_SQLITE = (
    "INSERT INTO wanted (feed_id, key, record, run_no, since) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (feed_id, key) DO UPDATE SET record = excluded.record, run_no = excluded.run_no,"
    " since = excluded.since"
)
_PUT_POSTGRESQL = (
    "INSERT INTO wanted (feed_id, key, record, run_no, since)"
    " SELECT * FROM unnest(%b::int[], %b::text[], %b::bytea[], %b::bigint[], %b::timestamptz[])"
    " ON CONFLICT (feed_id, key) DO UPDATE SET record = excluded.record, run_no = excluded.run_no,"
    " since = excluded.since"
)
_GET = (
    "SELECT wanted.key, record, run.id, since FROM wanted LEFT JOIN run ON run.no = wanted.run_no"
    " WHERE feed_id = (SELECT id FROM feed WHERE name = ?) AND wanted.key {keys}"
)
_PAGE = (
    "SELECT wanted.key, record, run.id, since FROM wanted LEFT JOIN run ON run.no = wanted.run_no"
    " WHERE feed_id = (SELECT id FROM feed WHERE name = ?) AND wanted.key > ? ORDER BY wanted.key LIMIT ?"
)
_COUNT = "SELECT count(*) FROM wanted WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
_FORGET = "DELETE FROM wanted WHERE feed_id = (SELECT id FROM feed WHERE name = ?) AND key {keys}"

_PAGE_ROWS = 2_000
#: Texts of this size and more are packed.
PACKED_FROM = 400
#: How a record begins, as JSON or packed; no policy's name begins so.
_RECORD = frozenset({b"{", PACKED})


class WantedRecord(NamedTuple):
    """What the target should hold; most are read to be passed over, so each part is worked out when asked."""

    key: str
    stored: bytes
    run_id: str | None
    at: str | datetime

    @property
    def record(self) -> bytes:
        """The record as JSON; empty for one that we took away."""
        return unpacked(self.stored) if bytes(self.stored[:1]) in _RECORD else b""

    @property
    def removed(self) -> str | None:
        """The policy by which we took the record away, None while it should be there."""
        # Short as it is, the name of a policy is never packed.
        return None if bytes(self.stored[:1]) in _RECORD else bytes(self.stored).decode()

    @property
    def since(self) -> datetime:
        """When it was wanted so, in UTC."""
        return Database.moment(self.at)


class Wanted:
    """The wanted records of every feed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @repeatable
    def put(self, feed: str, rows: Iterable[tuple[str, bytes]], run_id: str | None = None) -> None:
        """Keep `(key, record as JSON)`; of a key given twice the last one counts."""
        latest = dict(rows)
        if not latest:
            return
        since = self._database.stamp(utc_now())
        with self._database.write() as connection:
            feed_id, run_no = feed_number(connection, feed), run_number(connection, run_id)
            values = [
                (feed_id, key, packed(latest[key], least=PACKED_FROM), run_no, since)
                for key in sorted(latest)
            ]
            bulk.write_rows(connection, sqlite=_PUT_SQLITE, postgresql=_PUT_POSTGRESQL, rows=values)

    def bury(self, feed: str, keys: Iterable[str], policy: str, run_id: str | None = None) -> None:
        """Keep of these records that they were taken away, and how."""
        self.put(feed, [(key, policy.encode()) for key in keys], run_id)

    @repeatable
    def get(self, feed: str, keys: Sequence[str]) -> dict[str, WantedRecord]:
        """Read the wanted records of these keys; those never taken are left out."""
        found: dict[str, WantedRecord] = {}
        with self._database.read() as connection:
            for batch in bulk.batches(keys):
                for row in bulk.select_in(connection, _GET, (feed,), batch):
                    found[row[0]] = WantedRecord._make(row)
        return found

    def pages(self, feed: str, after: str = "", size: int = _PAGE_ROWS) -> Iterator[list[WantedRecord]]:
        """Stream all of a feed in key order, a page at a time; each page is a read of its own."""
        while True:
            with self._database.read() as connection:
                page = [WantedRecord._make(row) for row in bulk.rows(connection, _PAGE, (feed, after, size))]
            if not page:
                return
            yield page
            after = page[-1].key

    @repeatable
    def count(self, feed: str) -> int:
        """Count the records kept of a feed."""
        with self._database.read() as connection:
            return int(bulk.one(connection, _COUNT, (feed,))[0])

    def forget(self, feed: str, keys: Sequence[str]) -> int:
        """Drop records; count those that were kept."""
        with self._database.write() as connection:
            return bulk.change_in(connection, _FORGET, (feed,), keys)
