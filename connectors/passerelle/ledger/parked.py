"""Parked: records that wait for something they point to, until it is there or their time is over.

A record is parked with what it says and with its fingerprints, so that it can be taken up without its file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from . import bulk
from .aging import drop_ended
from .database import Database, repeatable, utc_now
from .schema import parked

__all__ = ["Parked", "ParkedRecord", "Waiting"]

_PAGE_ROWS = 1_000


class ParkedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record to park: what it waits for, what it says (JSON), and where it stood."""

    key: str
    waits_for: tuple[str, ...]
    record: bytes
    raw: bytes
    strong: bytes
    file: str | None = None
    line: int | None = None
    ordinal: int | None = None


class Waiting(ParkedRecord, frozen=True, kw_only=True):
    """A parked record: since when it waits, and when it is given up."""

    id: int
    feed: str
    first_run_id: str
    run_id: str
    parked_at: datetime
    expires_at: datetime


class Parked:
    """The records that wait, one a key of a feed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @repeatable
    def park(self, run_id: str, feed: str, records: Iterable[ParkedRecord], *, age_limit: timedelta) -> None:
        """Park records. One that waits already keeps its time, and says what the newer version says."""
        now = utc_now()
        latest: dict[str, dict[str, Any]] = {}
        for record in records:
            values = msgspec.structs.asdict(record)
            latest[record.key] = {
                **values,
                "waits_for": list(record.waits_for),
                "feed": feed,
                "first_run_id": run_id,
                "run_id": run_id,
                "parked_at": now,
                "expires_at": now + age_limit,
            }
        if not latest:
            return
        insert = self._database.insert(parked)
        new = insert.excluded
        names = ("waits_for", "record", "raw", "strong", "file", "line", "ordinal", "run_id")
        again = insert.on_conflict_do_update(
            index_elements=["feed", "key"],
            index_where=sa.text("closed_at IS NULL"),
            set_={name: new[name] for name in names},
        )
        with self._database.write() as connection:
            connection.execute(again, [latest[key] for key in sorted(latest)])

    def waiting(self, feed: str | None = None) -> Iterator[Waiting]:
        """Stream the records that wait, the oldest first; each page is a read of its own."""
        after = 0
        while True:
            query = (
                sa.select(parked)
                .where(parked.c.closed_at.is_(None), parked.c.id > after)
                .order_by(parked.c.id)
                .limit(_PAGE_ROWS)
            )
            if feed is not None:
                query = query.where(parked.c.feed == feed)
            with self._database.read() as connection:
                page = [_waiting(row) for row in connection.execute(query)]
            if not page:
                return
            yield from page
            after = page[-1].id

    @repeatable
    def count(self, feed: str | None = None) -> int:
        """Count the records that wait."""
        query = sa.select(sa.func.count()).select_from(parked).where(parked.c.closed_at.is_(None))
        if feed is not None:
            query = query.where(parked.c.feed == feed)
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    @repeatable
    def awaited(self, feed: str | None = None) -> dict[str, int]:
        """Count the waiting records by what they wait for, the most awaited first."""
        query = sa.select(parked.c.waits_for).where(parked.c.closed_at.is_(None))
        if feed is not None:
            query = query.where(parked.c.feed == feed)
        with self._database.read() as connection:
            counts = Counter(name for names in connection.execute(query).scalars() for name in names)
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

    @repeatable
    def resolve(self, feed: str, keys: Sequence[str], run_id: str) -> int:
        """Close the records that were carried, or that are given up; count them. Cheap when none waits."""
        if not keys or not self.count(feed):
            return 0
        closed = 0
        with self._database.write() as connection:
            for batch in bulk.batches(sorted(set(keys))):
                done = connection.execute(
                    parked.update()
                    .where(parked.c.feed == feed, parked.c.closed_at.is_(None), parked.c.key.in_(batch))
                    .values(closed_at=utc_now(), closed_by=run_id)
                )
                closed += done.rowcount
        return closed

    def drop_closed(self, before: datetime, limit: int) -> int:
        """Drop at most `limit` records that wait no more since before a moment; count them."""
        return drop_ended(
            self._database, parked, began="parked_at", ended="closed_at", before=before, limit=limit
        )


def _waiting(row: sa.Row[Any]) -> Waiting:
    values = dict(row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
    for name in ("closed_at", "closed_by"):
        del values[name]
    values["waits_for"] = tuple(values["waits_for"])
    return Waiting(**values)
