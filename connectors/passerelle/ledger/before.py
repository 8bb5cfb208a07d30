"""Before-images: what each resource was before a run changed it, so that the run can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from . import bulk
from .database import Database, repeatable, utc_now
from .names import run_number
from .packing import packed, unpacked
from .runs import Run
from .schema import before_image, run

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
_NEXT_RUN = "SELECT run_no FROM before_image WHERE run_no > ? ORDER BY run_no LIMIT 1"
_DROP_SOME = (
    "DELETE FROM before_image WHERE (run_no, seq) IN"
    " (SELECT run_no, seq FROM before_image WHERE run_no = ? ORDER BY seq LIMIT ?)"
)

#: Among the totals of a run: since when its images are dropped.
_DROPPED = "before_images_dropped"

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

    @repeatable
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

    @repeatable
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

    @repeatable
    def drop_undone(self, run_id: str) -> None:
        """Drop the images of changes that were planned and not made."""
        with self._database.write() as connection:
            bulk.execute(connection, _DROP_UNDONE, (run_number(connection, run_id),))

    def drop_older(self, than: datetime, limit: int) -> int:
        """Drop at most `limit` images of runs that were started before a moment; count them.

        A run of which one image is gone cannot be taken back any more, and says so (`dropped`). One that is
        still at work keeps its images.
        """
        dropped = after = 0
        with self._database.write() as connection:
            while dropped < limit:
                found = bulk.one(connection, _NEXT_RUN, (after,))
                if found is None:
                    break
                after = found[0]
                its = connection.execute(
                    sa.select(run.c.started_at, run.c.outcome, run.c.totals).where(run.c.no == after)
                ).first()
                if its is not None and its.started_at >= than:
                    break
                if its is not None and its.outcome is None:
                    continue
                if its is not None and _DROPPED not in its.totals:
                    totals = {**its.totals, _DROPPED: utc_now().isoformat()}
                    connection.execute(run.update().where(run.c.no == after).values(totals=totals))
                dropped += bulk.execute(connection, _DROP_SOME, (after, limit - dropped))
        return dropped

    @staticmethod
    def dropped(of: Run) -> datetime | None:
        """Tell when the images of a run began to be dropped for their age; None while all are kept."""
        at = of.totals.get(_DROPPED)
        return None if at is None else datetime.fromisoformat(at)

    def oldest(self, feed: str | None = None) -> datetime | None:
        """Tell when the oldest run was started of which all images are kept; None when there is none."""
        kept = sa.exists().where(before_image.c.run_no == run.c.no)
        query = sa.select(run.c.started_at, run.c.totals).where(kept).order_by(run.c.no).limit(2)
        if feed is not None:
            query = query.where(run.c.feed == feed)
        with self._database.read() as connection:
            whole = [row.started_at for row in connection.execute(query) if _DROPPED not in row.totals]
        return whole[0] if whole else None


def _image(row: Sequence[Any]) -> BeforeImage:
    seq, key, entity, kind, target_id, version, before, record, at = row
    return BeforeImage(
        seq, key, entity, kind, target_id, version, unpacked(before), unpacked(record), Database.moment(at)
    )
