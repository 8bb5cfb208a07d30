"""A part of a plan that this process holds: its items, its heart, and what was answered of it.

It is held by a token that expires unless it beats. Whatever is written for a part is written under its
token, so that a process that was silent for too long finds its part gone and writes nothing. What was not
answered yet is what is left of the part: who takes it up goes on there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from . import bulk
from .database import Database, repeatable
from .leases import LeaseLost
from .parts_schema import plan_division, plan_part, plan_part_item, plan_part_note
from .plans import PlanItem

__all__ = ["Division", "HeldPart"]

_ANSWERED_SQLITE = "DELETE FROM plan_part_item WHERE run_no = ? AND part = ? AND seq = ?"
_ANSWERED_POSTGRESQL = (
    "DELETE FROM plan_part_item"
    " USING unnest(%b::bigint[], %b::int[], %b::bigint[]) AS gone (run_no, part, seq)"
    " WHERE plan_part_item.run_no = gone.run_no AND plan_part_item.part = gone.part"
    " AND plan_part_item.seq = gone.seq"
)
_READ = (
    "SELECT item.seq, item.key, item.raw, item.strong, item.kind, item.record, item.change, item.rank"
    " FROM plan_part_item AS mine JOIN plan_item AS item ON item.plan_id = ? AND item.seq = mine.seq"
    " WHERE mine.run_no = ? AND mine.part = ? AND mine.seq > ? ORDER BY mine.seq LIMIT ?"
)

_PAGE_ROWS = 1_000
_FREE: dict[str, Any] = dict.fromkeys(
    ("token", "host", "pid", "process_started", "beat_at", "expires_at"), None
)


class Division(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that is divided, with all that a process must know to carry out a part of it.

    `recipe` tells the versions of program and mapping that made the plan; `options` are those of the run;
    `foreign` counts the fields of others that it met; a part is lost `lease_seconds` after its last beat.
    """

    run_id: str
    feed: str
    file: str
    base: int
    recipe: str
    options: dict[str, Any]
    foreign: int = 0
    lease_seconds: float


class HeldPart:
    """A part of a plan that this process holds."""

    def __init__(
        self,
        database: Database,
        division: Division,
        run_no: int,
        part: int,
        token: str,
        *,
        notes: int,
        left: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._run_no = run_no
        self._token = token
        self._notes = notes
        self._clock = clock
        self._beat_at = clock()
        self.division = division
        self.part = part
        #: Items that were not answered when it was taken.
        self.left = left

    @property
    def _mine(self) -> sa.ColumnElement[bool]:
        here = plan_part.c
        return sa.and_(
            here.run_no == self._run_no,
            here.part == self.part,
            here.token == self._token,
            sa.not_(here.is_done),
        )

    @property
    def expires_in(self) -> float:
        """Seconds until it may be anybody's, by our own clock."""
        return self._beat_at + self.division.lease_seconds - self._clock()

    @repeatable
    def beat(self) -> bool:
        """Say that the work goes on; False when all who work on the plan should stop.

        Raises:
            LeaseLost: another process has the part, or the run ended.
        """
        began = self._clock()
        with self._database.write() as connection:
            now = self._database.now(connection)
            done = connection.execute(
                plan_part.update()
                .where(self._mine)
                .values(beat_at=now, expires_at=now + timedelta(seconds=self.division.lease_seconds))
            )
            if done.rowcount != 1:
                raise self.lost()
            fault = connection.execute(
                sa.select(plan_division.c.fault).where(plan_division.c.run_no == self._run_no)
            ).scalar()
        self._beat_at = began
        return fault is None

    @repeatable
    def items(self, after: int = 0, limit: int = _PAGE_ROWS) -> list[PlanItem]:
        """Read items that were not answered, in the order of the plan."""
        with self._database.read() as connection:
            plan_id = bulk.one(connection, "SELECT id FROM plan WHERE run_id = ?", (self.division.run_id,))
            if plan_id is None:
                raise self.lost()
            values = (plan_id[0], self._run_no, self.part, after, limit)
            return [PlanItem._make(row) for row in bulk.rows(connection, _READ, values)]

    def stream(self) -> Iterator[PlanItem]:
        """Read all of them; what is answered meanwhile is not missed."""
        after = 0
        while page := self.items(after):
            yield from page
            after = page[-1].seq

    def note(self, seqs: Sequence[int], body: bytes, learn: Callable[[], None]) -> None:
        """Let the ledger learn of a group of answers, whole and once, also when the server goes away.

        `learn` writes, in the same transaction, and may be called twice; `body` is for the report.

        Raises:
            LeaseLost: another process has the part: nothing was written.
        """
        number = self._notes + 1
        self._database.again(lambda: self._note(number, seqs, body, learn))
        self._notes = number

    def _note(self, number: int, seqs: Sequence[int], body: bytes, learn: Callable[[], None]) -> None:
        began = self._clock()
        with self._database.write() as connection:
            now = self._database.now(connection)
            done = connection.execute(
                plan_part.update()
                .where(self._mine, plan_part.c.notes == number - 1)
                .values(
                    notes=number,
                    noted=plan_part.c.noted + len(seqs),
                    beat_at=now,
                    expires_at=now + timedelta(seconds=self.division.lease_seconds),
                )
            )
            if done.rowcount != 1:
                if self._is_noted(connection, number):
                    return  # the answer to our COMMIT was lost, not what it kept
                raise self.lost()
            bulk.write_rows(
                connection,
                sqlite=_ANSWERED_SQLITE,
                postgresql=_ANSWERED_POSTGRESQL,
                rows=[(self._run_no, self.part, seq) for seq in seqs],
            )
            connection.execute(
                plan_part_note.insert().values(run_no=self._run_no, part=self.part, no=number, body=body)
            )
            learn()
        self._beat_at = began

    def _is_noted(self, connection: sa.Connection, number: int) -> bool:
        query = sa.select(plan_part.c.notes).where(self._mine)
        return bool(connection.execute(query).scalar() == number)

    @repeatable
    def finish(self) -> None:
        """Say that every item is answered; raises LeaseLost, and ValueError while items are left."""
        with self._database.write() as connection:
            left = sa.exists().where(
                plan_part_item.c.run_no == self._run_no, plan_part_item.c.part == self.part
            )
            if connection.execute(sa.select(left)).scalar():
                raise ValueError(f"part {self.part} of {self.division.run_id} has items left")
            here = plan_part.c
            done = connection.execute(
                plan_part.update()
                .where(here.run_no == self._run_no, here.part == self.part, here.token == self._token)
                .values(is_done=True)
            )
        if done.rowcount != 1:
            raise self.lost()

    @repeatable
    def give_back(self) -> None:
        """Let others have it at once; nothing happens when it is no longer ours."""
        with self._database.write() as connection:
            connection.execute(plan_part.update().where(self._mine).values(**_FREE))

    def lost(self) -> LeaseLost:
        """Give the error that says that the part is no longer ours."""
        return LeaseLost(
            f"Part {self.part} of {self.division.feed} went to another process, or the run ended",
            advice="This process was silent for longer than the lease lasts; what it noted is kept",
        )
