"""Plans: what a run wants to do, spooled before anything is done, so that the guard sees all of it.

A plan that a person is to decide about is kept beyond its run: `decisions.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from . import bulk
from .database import Database, repeatable, utc_now
from .schema import plan, plan_item

__all__ = ["PlanItem", "PlanTotals", "Plans"]

_SPOOL_SQLITE = (
    "INSERT INTO plan_item (plan_id, seq, key, raw, strong, kind, record, change, rank)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (plan_id, seq) DO UPDATE SET key = excluded.key, raw = excluded.raw,"
    " strong = excluded.strong, kind = excluded.kind, record = excluded.record,"
    " change = excluded.change, rank = excluded.rank"
)
_SPOOL_POSTGRESQL = (
    "INSERT INTO plan_item (plan_id, seq, key, raw, strong, kind, record, change, rank)"
    " SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bytea[], %b::bytea[], %b::text[],"
    " %b::bytea[], %b::bytea[], %b::int[])"
    " ON CONFLICT (plan_id, seq) DO UPDATE SET key = excluded.key, raw = excluded.raw,"
    " strong = excluded.strong, kind = excluded.kind, record = excluded.record,"
    " change = excluded.change, rank = excluded.rank"
)
_READ = (
    "SELECT seq, key, raw, strong, kind, record, change, rank FROM plan_item"
    " WHERE plan_id = (SELECT id FROM plan WHERE run_id = ?) AND seq > ? ORDER BY seq LIMIT ?"
)
_READ_RANK = (
    "SELECT seq, key, raw, strong, kind, record, change, rank FROM plan_item"
    " WHERE plan_id = (SELECT id FROM plan WHERE run_id = ?) AND seq > ? AND rank = ? ORDER BY seq LIMIT ?"
)

_SUPERSEDE = (
    "DELETE FROM plan_item WHERE (plan_id, seq) IN (SELECT plan_id, seq FROM"
    " (SELECT plan_id, seq, row_number() OVER (PARTITION BY key ORDER BY seq DESC) AS place FROM plan_item"
    " WHERE plan_id = (SELECT id FROM plan WHERE run_id = ?)) AS ranked WHERE place > 1)"
)
_DISCARD = "DELETE FROM plan_item WHERE plan_id = (SELECT id FROM plan WHERE run_id = ?) AND kind = ?"
_DROP = (
    "DELETE FROM plan_item WHERE plan_id IN (SELECT id FROM plan WHERE run_id = ? AND state = 'running')",
    "DELETE FROM plan WHERE run_id = ? AND state = 'running'",
)
_MOVE = (
    "UPDATE plan_item SET plan_id = ?, seq = seq + ?"
    " WHERE plan_id = (SELECT id FROM plan WHERE run_id = ? AND state = 'running')"
)


class PlanItem(NamedTuple):
    """One record of a plan.

    `seq` is the record's place in the run, from 1; `kind` is what is to be done with it; `record` and
    `change` are JSON; `rank` tells what goes first (parents have the lower one).
    """

    seq: int
    key: str
    raw: bytes
    strong: bytes | None
    kind: str
    record: bytes | None = None
    change: bytes | None = None
    rank: int = 0


class PlanTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan holds: items in all, by kind, and the place of the last one."""

    items: int
    by_kind: dict[str, int]
    last_seq: int


class Plans:
    """The spool of plans, one a run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @repeatable
    def spool(self, run_id: str, items: Iterable[PlanItem]) -> None:
        """Add items, whole or not at all; the same `seq` again replaces what stood there."""
        latest = {item.seq: item for item in items}
        with self._database.write() as connection:
            plan_id = self._begun(connection, run_id)
            bulk.write_rows(
                connection,
                sqlite=_SPOOL_SQLITE,
                postgresql=_SPOOL_POSTGRESQL,
                rows=[(plan_id, *item) for item in latest.values()],
            )

    def move(self, run_id: str, into: str, *, base: int = 0) -> int:
        """Put the items of one plan into another, `base` places further on; count them."""
        with self._database.write() as connection:
            return bulk.execute(connection, _MOVE, (self._begun(connection, into), base, run_id))

    @repeatable
    def supersede(self, run_id: str) -> int:
        """Drop every item of which the plan holds a later one of the same key; count the dropped."""
        with self._database.write() as connection:
            return bulk.execute(connection, _SUPERSEDE, (run_id,))

    @repeatable
    def discard(self, run_id: str, kind: str) -> int:
        """Drop every item of one kind; count the dropped."""
        with self._database.write() as connection:
            return bulk.execute(connection, _DISCARD, (run_id, kind))

    @repeatable
    def keys(self, run_id: str, kind: str) -> list[str]:
        """Name the records of one kind of item, in the order of the plan."""
        query = (
            sa.select(plan_item.c.key)
            .join(plan, plan.c.id == plan_item.c.plan_id)
            .where(plan.c.run_id == run_id, plan_item.c.kind == kind)
            .order_by(plan_item.c.seq)
        )
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    @repeatable
    def of_kind(self, run_id: str, kind: str, *, after: int = 0, limit: int = 1000) -> list[PlanItem]:
        """Read up to `limit` items of one kind with a `seq` greater than `after`, in that order."""
        query = (
            sa.select(*(plan_item.c[name] for name in PlanItem._fields))
            .join(plan, plan.c.id == plan_item.c.plan_id)
            .where(plan.c.run_id == run_id, plan_item.c.kind == kind, plan_item.c.seq > after)
            .order_by(plan_item.c.seq)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [PlanItem._make(row) for row in connection.execute(query)]

    @repeatable
    def read(
        self, run_id: str, *, after: int = 0, limit: int = 1000, rank: int | None = None
    ) -> list[PlanItem]:
        """Read up to `limit` items with a `seq` greater than `after`, in that order; of one rank if given."""
        with self._database.read() as connection:
            if rank is None:
                found = bulk.rows(connection, _READ, (run_id, after, limit))
            else:
                found = bulk.rows(connection, _READ_RANK, (run_id, after, rank, limit))
            return [PlanItem._make(row) for row in found]

    @repeatable
    def pick(self, run_id: str, seqs: Sequence[int]) -> list[PlanItem]:
        """Read the items at some places, in the order of the plan; what is not there is left out."""
        columns = [plan_item.c[name] for name in PlanItem._fields]
        found: list[PlanItem] = []
        with self._database.read() as connection:
            for part in bulk.batches(sorted(seqs)):
                query = (
                    sa.select(*columns)
                    .join(plan, plan.c.id == plan_item.c.plan_id)
                    .where(plan.c.run_id == run_id, plan_item.c.seq.in_(part))
                    .order_by(plan_item.c.seq)
                )
                found += [PlanItem._make(row) for row in connection.execute(query)]
        return found

    def stream(self, run_id: str, *, rank: int | None = None, batch: int = 1000) -> Iterator[PlanItem]:
        """Read a whole plan by `seq` in flat memory; it may be written to meanwhile."""
        after = 0
        while items := self.read(run_id, after=after, limit=batch, rank=rank):
            yield from items
            after = items[-1].seq

    @repeatable
    def ranks(self, run_id: str) -> list[int]:
        """Tell the ranks of a plan, the first to be done first."""
        query = (
            sa.select(plan_item.c.rank)
            .join(plan, plan.c.id == plan_item.c.plan_id)
            .where(plan.c.run_id == run_id)
            .distinct()
            .order_by(plan_item.c.rank)
        )
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    @repeatable
    def totals(self, run_id: str) -> PlanTotals:
        """Count a plan's items by kind."""
        query = (
            sa.select(plan_item.c.kind, sa.func.count(), sa.func.max(plan_item.c.seq))
            .join(plan, plan.c.id == plan_item.c.plan_id)
            .where(plan.c.run_id == run_id)
            .group_by(plan_item.c.kind)
            .order_by(plan_item.c.kind)
        )
        with self._database.read() as connection:
            found = connection.execute(query).all()
        return PlanTotals(
            items=sum(count for _, count, _ in found),
            by_kind={kind: count for kind, count, _ in found},
            last_seq=max((last for _, _, last in found), default=0),
        )

    def digest(self, run_id: str) -> str:
        """Hash what the plan would do (SHA-256 in hex): two plans of one digest send the same, in one order.

        An approval stores it. Only what is sent counts: kind, key, rank and change of each item.
        """
        digest = hashlib.sha256()
        for item in self.stream(run_id):
            change = b"\x00" if item.change is None else b"\x01" + item.change
            for part in (item.kind.encode(), item.key.encode(), str(item.rank).encode(), change):
                digest.update(len(part).to_bytes(8, "big"))
                digest.update(part)
        return digest.hexdigest()

    @repeatable
    def drop(self, run_id: str) -> None:
        """Drop the plan of a run, unless it is stored for a decision."""
        with self._database.write() as connection:
            for statement in _DROP:
                bulk.execute(connection, statement, (run_id,))

    def _begun(self, connection: sa.Connection, run_id: str) -> int | None:
        """Give the number of a run's plan; a new one when there is none."""
        plan_id = self._plan_id(connection, run_id)
        if plan_id is None:
            connection.execute(
                self._database.insert(plan)
                .values(run_id=run_id, created_at=utc_now())
                .on_conflict_do_nothing()
            )
            plan_id = self._plan_id(connection, run_id)
        return plan_id

    @staticmethod
    def _plan_id(connection: sa.Connection, run_id: str) -> int | None:
        return connection.execute(sa.select(plan.c.id).where(plan.c.run_id == run_id)).scalar()
