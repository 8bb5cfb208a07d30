"""Before-images: what each resource was before a run changed it, so that the run can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from . import bulk
from .database import Database, utc_now
from .names import run_number
from .packing import packed, unpacked

__all__ = ["BeforeImage", "BeforeImages"]

_KEEP_SQLITE = (
    "INSERT INTO before_image (run_no, seq, key, entity, kind, before, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (run_no, seq) DO UPDATE SET key = excluded.key, entity = excluded.entity,"
    " kind = excluded.kind, before = excluded.before, at = excluded.at"
)
_KEEP_POSTGRESQL = (
    "INSERT INTO before_image (run_no, seq, key, entity, kind, before, at)"
    " SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::bytea[],"
    " %b::timestamptz[])"
    " ON CONFLICT (run_no, seq) DO UPDATE SET key = excluded.key, entity = excluded.entity,"
    " kind = excluded.kind, before = excluded.before, at = excluded.at"
)
_DONE_SQLITE = (
    "UPDATE before_image SET target_id = ?, version = ?, record = ?, at = ? WHERE run_no = ? AND seq = ?"
)
_DONE_POSTGRESQL = (
    "UPDATE before_image SET target_id = new.target_id, version = new.version, record = new.record,"
    " at = new.at FROM unnest(%b::text[], %b::bigint[], %b::bytea[], %b::timestamptz[], %b::bigint[],"
    " %b::bigint[]) AS new (target_id, version, record, at, run_no, seq)"
    " WHERE before_image.run_no = new.run_no AND before_image.seq = new.seq"
)
_PAGE = (
    "SELECT seq, key, entity, kind, target_id, version, before, record, at FROM before_image"
    " WHERE run_no = (SELECT no FROM run WHERE id = ?) AND version IS NOT NULL AND seq > ?"
    " ORDER BY seq LIMIT ?"
)
_OF_KEYS = (
    "SELECT seq, key, entity, kind, target_id, version, before, record, at FROM before_image"
    " WHERE run_no = (SELECT no FROM run WHERE id = ?) AND version IS NOT NULL AND key {keys} ORDER BY seq"
)
_REPEATED = (
    "SELECT key FROM before_image WHERE run_no = (SELECT no FROM run WHERE id = ?) AND version IS NOT NULL"
    " GROUP BY key HAVING count(*) > 1"
)
_DONE_SEQS = (
    "SELECT seq FROM before_image WHERE run_no = (SELECT no FROM run WHERE id = ?)"
    " AND version IS NOT NULL ORDER BY seq"
)
_DROP_UNDONE = "DELETE FROM before_image WHERE run_no = ? AND version IS NULL"
_DROP_OLD = "DELETE FROM before_image WHERE at < ?"

_PAGE_ROWS = 500
_PACKED_FROM = 300


class BeforeImage(NamedTuple):
    """One change that was made.

    `kind` is what was done; `before` is the resource as JSON before it, empty when there was none; `version`
    is the one that the change left, 0 after a delete; `record` is what was wanted, as JSON.
    """

    seq: int
    key: str
    entity: str
    kind: str
    target_id: str
    version: int
    before: bytes
    record: bytes
    at: datetime


class BeforeImages:
    """The before-images of every run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, run_id: str, entity: str, rows: Iterable[tuple[int, str, str, bytes]]) -> None:
        """Keep `(seq, key, kind, resource as JSON)` before the change is sent; the same `seq` replaces."""
        values = list(rows)
        if not values:
            return
        at = self._database.stamp(utc_now())
        with self._database.write() as connection:
            run_no = run_number(connection, run_id)
            bulk.write_rows(
                connection,
                sqlite=_KEEP_SQLITE,
                postgresql=_KEEP_POSTGRESQL,
                rows=[
                    (run_no, seq, key, entity, kind, packed(before, least=_PACKED_FROM), at)
                    for seq, key, kind, before in values
                ],
            )

    def done(self, run_id: str, rows: Iterable[tuple[int, str, int, bytes]]) -> None:
        """Complete `(seq, target_id, version, record)` when the target took the change."""
        values = list(rows)
        if not values:
            return
        at = self._database.stamp(utc_now())
        with self._database.write() as connection:
            run_no = run_number(connection, run_id)
            bulk.write_rows(
                connection,
                sqlite=_DONE_SQLITE,
                postgresql=_DONE_POSTGRESQL,
                rows=[
                    (target, version, packed(record, least=_PACKED_FROM), at, run_no, seq)
                    for seq, target, version, record in values
                ],
            )

    def of_run(self, run_id: str, after: int = 0) -> Iterator[list[BeforeImage]]:
        """Stream what a run did, a page at a time, in the order of its plan."""
        while True:
            with self._database.read() as connection:
                page = [_image(row) for row in bulk.rows(connection, _PAGE, (run_id, after, _PAGE_ROWS))]
            if not page:
                return
            yield page
            after = page[-1].seq

    def repeated(self, run_id: str) -> list[str]:
        """Name the records that a run of several files changed more than once."""
        with self._database.read() as connection:
            return [row[0] for row in bulk.rows(connection, _REPEATED, (run_id,))]

    def of_keys(self, run_id: str, keys: Sequence[str]) -> list[BeforeImage]:
        """Read what a run did to these records, in the order of its plan."""
        found: list[BeforeImage] = []
        with self._database.read() as connection:
            for batch in bulk.batches(keys):
                found += [_image(row) for row in bulk.select_in(connection, _OF_KEYS, (run_id,), batch)]
        return sorted(found, key=lambda image: image.seq)

    def done_places(self, run_id: str) -> list[int]:
        """Give the places in its plan of the changes that a run made, in order."""
        with self._database.read() as connection:
            return [row[0] for row in bulk.rows(connection, _DONE_SEQS, (run_id,))]

    def drop_undone(self, run_id: str) -> None:
        """Drop the images of changes that were planned and not made."""
        with self._database.write() as connection:
            bulk.execute(connection, _DROP_UNDONE, (run_number(connection, run_id),))

    def drop_older(self, than: datetime) -> int:
        """Drop images of before a moment; count them."""
        with self._database.write() as connection:
            return bulk.execute(connection, _DROP_OLD, (self._database.stamp(than),))


def _image(row: Sequence[Any]) -> BeforeImage:
    seq, key, entity, kind, target_id, version, before, record, at = row
    return BeforeImage(
        seq, key, entity, kind, target_id, version, unpacked(before), unpacked(record), Database.moment(at)
    )
