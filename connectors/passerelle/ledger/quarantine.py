"""Quarantine: records that could not be carried, with everything a person needs to mend them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from ..errors import Fault, Position
from . import bulk
from .aging import drop_ended
from .database import Database, repeatable, utc_now
from .schema import quarantine

__all__ = ["Quarantine", "QuarantineEntry", "Quarantined", "as_entry"]


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A record to put aside: `raw` is its text as the file had it; no key when the key is the fault.

    `alike` tells records without a key apart that have the same text: how many of them came before it.
    """

    record_key: str | None
    faults: tuple[Fault, ...]
    raw: bytes | None = None
    file: str | None = None
    alike: int = 0


class QuarantineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A record in quarantine: `times` runs met it since `opened_at`, the last one at `seen_at`."""

    id: int
    feed: str
    record_key: str | None
    code: str
    faults: tuple[Fault, ...]
    raw: bytes | None
    file: str | None
    first_run_id: str
    run_id: str
    times: int
    opened_at: datetime
    seen_at: datetime
    closed_at: datetime | None
    closed_by: str | None


def _entries(*, of_feed: bool, open_only: bool) -> sa.Select[Any]:
    query = sa.select(quarantine).where(quarantine.c.id > sa.bindparam("after"))
    if of_feed:
        query = query.where(quarantine.c.feed == sa.bindparam("of_feed"))
    if open_only:
        query = query.where(quarantine.c.closed_at.is_(None))
    return query.order_by(quarantine.c.id).limit(sa.bindparam("most", type_=sa.Integer()))


#: By whether one feed is asked for, and whether only what is open.
_ENTRIES = {
    (one, only): _entries(of_feed=one, open_only=only) for one in (True, False) for only in (True, False)
}
_OPEN_KEYS = sa.select(quarantine.c.record_key).where(
    quarantine.c.feed == sa.bindparam("of_feed"),
    quarantine.c.closed_at.is_(None),
    quarantine.c.record_key.is_not(None),
)


class Quarantine:
    """The records put aside, open until the same record succeeds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @repeatable
    def add(self, run_id: str, feed: str, entries: Iterable[Quarantined]) -> None:
        """Put records aside. A record that is open already is met once more, with its newest faults.

        Raises ValueError for an entry without a fault.
        """
        now = utc_now()
        latest: dict[str, dict[str, Any]] = {}
        for entry in entries:
            if not entry.faults:
                raise ValueError(f"received {entry.record_key!r} for quarantine without any fault")
            identity = _identity(entry)
            latest[identity] = {
                "feed": feed,
                "identity": identity,
                "record_key": entry.record_key,
                "code": entry.faults[0].code,
                "faults": [_to_json(fault) for fault in entry.faults],
                "raw": entry.raw,
                "file": entry.file,
                "first_run_id": run_id,
                "run_id": run_id,
                "opened_at": now,
                "seen_at": now,
            }
        if not latest:
            return
        insert = self._database.insert(quarantine)
        new = insert.excluded
        again = insert.on_conflict_do_update(
            index_elements=["feed", "identity"],
            index_where=sa.text("closed_at IS NULL"),
            set_={
                "code": new.code,
                "faults": new.faults,
                "raw": new.raw,
                "file": new.file,
                "seen_at": new.seen_at,
                # The same run again (a task repeated) is not a new time.
                "times": quarantine.c.times + sa.case((quarantine.c.run_id == new.run_id, 0), else_=1),
                "run_id": new.run_id,
            },
        )
        with self._database.write() as connection:
            connection.execute(again, [latest[identity] for identity in sorted(latest)])

    @repeatable
    def resolve_keys(self, feed: str, keys: Sequence[str], run_id: str | None = None) -> int:
        """Close the open entries of records that were carried now; count them. Cheap when none is open."""
        open_keys = self.open_keys(feed)
        if not open_keys:
            return 0
        carried = sorted(open_keys.intersection(keys))
        closed = 0
        with self._database.write() as connection:
            for batch in bulk.batches(carried):
                done = connection.execute(
                    quarantine.update()
                    .where(
                        quarantine.c.feed == feed,
                        quarantine.c.closed_at.is_(None),
                        quarantine.c.record_key.in_(batch),
                    )
                    .values(closed_at=utc_now(), closed_by=run_id)
                )
                closed += done.rowcount
        return closed

    @repeatable
    def resolve_unrepeated(self, feed: str, run_id: str) -> int:
        """Close, after a full file, the entries that this run did not meet again; count them.

        The only way out for a record whose key could not be read, and for one that left the source.
        """
        with self._database.write() as connection:
            done = connection.execute(
                quarantine.update()
                .where(
                    quarantine.c.feed == feed,
                    quarantine.c.closed_at.is_(None),
                    quarantine.c.run_id != run_id,
                )
                .values(closed_at=utc_now(), closed_by=run_id)
            )
        return int(done.rowcount)

    @repeatable
    def open_keys(self, feed: str) -> frozenset[str]:
        """Tell the keys of the open entries of a feed."""
        with self._database.read() as connection:
            return frozenset(connection.execute(_OPEN_KEYS, {"of_feed": feed}).scalars())

    def entries(
        self, feed: str | None = None, *, open_only: bool = True, after: int = 0, limit: int = 1000
    ) -> list[QuarantineEntry]:
        """Read entries by id, the oldest first."""
        asked: dict[str, Any] = {"after": after, "most": limit}
        if feed is not None:
            asked["of_feed"] = feed
        with self._database.read() as connection:
            found = connection.execute(_ENTRIES[feed is not None, open_only], asked)
            return [as_entry(row) for row in found]

    def grouped(self, feed: str | None = None) -> dict[tuple[str, str], int]:
        """Count the open entries by feed and code, the most frequent first."""
        count = sa.func.count()
        query = (
            sa.select(quarantine.c.feed, quarantine.c.code, count)
            .where(quarantine.c.closed_at.is_(None))
            .group_by(quarantine.c.feed, quarantine.c.code)
            .order_by(count.desc(), quarantine.c.feed, quarantine.c.code)
        )
        if feed is not None:
            query = query.where(quarantine.c.feed == feed)
        with self._database.read() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(query)}

    def drop_closed(self, before: datetime, limit: int) -> int:
        """Drop at most `limit` entries that were closed before a moment; count them."""
        return drop_ended(
            self._database, quarantine, began="opened_at", ended="closed_at", before=before, limit=limit
        )


def _identity(entry: Quarantined) -> str:
    """Name a record by its key; without one by its text, and without that by where it stood."""
    if entry.record_key is not None:
        return f"key:{entry.record_key}"
    if entry.raw is not None:
        digest = hashlib.sha256(entry.raw).hexdigest()
        return f"raw:{digest}:{entry.alike}" if entry.alike else f"raw:{digest}"
    return f"at:{entry.faults[0].position}"


def _to_json(fault: Fault) -> dict[str, Any]:
    return {**fault._asdict(), "position": fault.position._asdict()}


def as_entry(row: sa.Row[Any]) -> QuarantineEntry:
    """Make an entry of a row of `quarantine`."""
    values = dict(row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
    values.pop("identity")
    faults = tuple(
        Fault(**{**fault, "position": Position(**fault["position"])}) for fault in values.pop("faults")
    )
    return QuarantineEntry(faults=faults, **values)
