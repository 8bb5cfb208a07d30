"""Backfills: what of the past is carried again, how far that is, and what people want of it meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec
import sqlalchemy as sa

from ..errors import ConfigError, Fatal
from .audit import Audit
from .backfill_schema import backfill, backfill_batch
from .database import Database, utc_now
from .schema import feed as feed_table
from .schema import fingerprint

__all__ = ["OVER", "Backfill", "BackfillBatch", "BackfillState", "Backfills", "Wish"]

#: `planned` is a dry run that came to its end, `waiting` one whose plan a person must decide about.
BackfillState: TypeAlias = Literal[
    "asked", "planning", "planned", "waiting", "running", "paused", "cancelled", "failed", "done"
]
#: What a person wants of a backfill that is at work.
Wish: TypeAlias = Literal["", "pause", "cancel"]

#: Nothing leads on from here.
OVER: frozenset[BackfillState] = frozenset({"cancelled", "done"})


class Backfill(msgspec.Struct, frozen=True, kw_only=True):
    """One backfill; `total` and `done` count the changes of its plan, `asked` is what was asked as JSON."""

    id: int
    feed: str
    asked: dict[str, Any]
    asked_by: str
    token: str | None
    state: BackfillState
    wish: Wish
    plan_id: int | None
    planned_since: datetime | None
    total: int
    done: int
    outcome: str | None
    message: str
    asked_at: datetime
    changed_at: datetime
    finished_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Say whether nothing leads on from here."""
        return self.state in OVER


class BackfillBatch(msgspec.Struct, frozen=True, kw_only=True):
    """So many changes of a plan, up to the place `last_seq` of a rank; without an end it was interrupted."""

    backfill_id: int
    number: int
    plan_id: int
    rank: int
    last_seq: int
    records: int
    run_id: str
    started_at: datetime
    finished_at: datetime | None = None
    counts: dict[str, int] | None = None

    @property
    def seconds(self) -> float:
        """How long it took; 0 while it is at work."""
        return 0.0 if self.finished_at is None else (self.finished_at - self.started_at).total_seconds()


class Backfills:
    """The book of backfills."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def ask(self, feed: str, asked: Mapping[str, Any], *, by: str, token: str | None = None) -> Backfill:
        """Write a backfill down; the same token again is the same backfill, as it stands."""
        now = utc_now()
        with self._database.write() as connection:
            row = connection.execute(
                self._database.insert(backfill)
                .values(
                    feed=feed,
                    asked=dict(asked),
                    asked_by=by,
                    token=token,
                    state="asked",
                    asked_at=now,
                    changed_at=now,
                )
                .on_conflict_do_nothing()
                .returning(backfill)
            ).first()
            if row is None:
                row = connection.execute(sa.select(backfill).where(backfill.c.token == token)).one()
            else:
                self._audit.note("backfill_asked", f"backfill {row.id}", who=by, after=dict(asked))
        return _backfill(row)

    def named(self, number: int) -> Backfill:
        """Read one; raises ConfigError when there is none of this number."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(backfill).where(backfill.c.id == number)).first()
        if row is None:
            raise ConfigError(f"There is no backfill {number}", advice="See `passerelle backfill list`")
        return _backfill(row)

    def last(
        self, feed: str | None = None, *, states: Sequence[BackfillState] = (), n: int = 20
    ) -> list[Backfill]:
        """Read the last backfills of a feed (of all feeds without one), the newest first."""
        query = sa.select(backfill).order_by(backfill.c.id.desc()).limit(n)
        if feed is not None:
            query = query.where(backfill.c.feed == feed)
        if states:
            query = query.where(backfill.c.state.in_(states))
        with self._database.read() as connection:
            return [_backfill(row) for row in connection.execute(query)]

    def wish(self, number: int, wish: Wish, *, by: str) -> Backfill:
        """Say what a person wants of it; whoever carries it looks between two batches."""
        with self._database.write() as connection:
            row = connection.execute(
                backfill.update()
                .where(backfill.c.id == number)
                .values(wish=wish, changed_at=utc_now())
                .returning(backfill)
            ).first()
            if row is not None and wish:
                self._audit.note(f"backfill_{wish}", f"backfill {number}", who=by)
        if row is None:
            raise Fatal(f"There is no backfill {number}")
        return _backfill(row)

    def stand(self, number: int, state: BackfillState, *, message: str = "", **values: Any) -> Backfill:
        """Write down where it stands; `values` are further columns. What is over stays over."""
        now = utc_now()
        ends = {"finished_at": now} if state in OVER else {}
        # A wish that was followed is none any more.
        heard = {"wish": ""} if state in {"paused", "cancelled", "done"} else {}
        with self._database.write() as connection:
            row = connection.execute(
                backfill.update()
                .where(backfill.c.id == number, backfill.c.state.not_in(sorted(OVER)))
                .values(state=state, message=message, changed_at=now, **ends, **heard, **values)
                .returning(backfill)
            ).first()
        return self.named(number) if row is None else _backfill(row)

    def note(self, number: int, message: str) -> Backfill:
        """Say something of it, whatever its state."""
        with self._database.write() as connection:
            connection.execute(backfill.update().where(backfill.c.id == number).values(message=message))
        return self.named(number)

    def begin(self, batch: BackfillBatch) -> None:
        """Write a batch down before its first call; one that was interrupted begins anew."""
        values = msgspec.structs.asdict(batch)
        with self._database.write() as connection:
            connection.execute(
                self._database.insert(backfill_batch)
                .values(**values)
                .on_conflict_do_update(index_elements=["backfill_id", "number"], set_=values)
            )

    def end(self, batch: BackfillBatch, counts: Mapping[str, int]) -> Backfill:
        """Note that a batch was carried to its end."""
        now = utc_now()
        here = backfill_batch.c
        with self._database.write() as connection:
            connection.execute(
                backfill_batch.update()
                .where(here.backfill_id == batch.backfill_id, here.number == batch.number)
                .values(finished_at=now, counts=dict(counts))
            )
            row = connection.execute(
                backfill.update()
                .where(backfill.c.id == batch.backfill_id)
                .values(done=backfill.c.done + batch.records, changed_at=now)
                .returning(backfill)
            ).one()
        return _backfill(row)

    def batches(self, number: int) -> list[BackfillBatch]:
        """Read the batches of a backfill, in their order."""
        query = (
            sa.select(backfill_batch)
            .where(backfill_batch.c.backfill_id == number)
            .order_by(backfill_batch.c.number)
        )
        with self._database.read() as connection:
            return [BackfillBatch(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - the documented name

    def records_of(self, feed: str, skus: Sequence[str]) -> int:
        """Count the records that the ledger knows of these SKUs: their keys are one, or begin with `SKU/`."""
        found = 0
        with self._database.read() as connection:
            number = connection.execute(sa.select(feed_table.c.id).where(feed_table.c.name == feed)).scalar()
            for sku in skus:
                key = fingerprint.c.key
                of_it = sa.or_(key == sku, sa.and_(key >= f"{sku}/", key < f"{sku}0"))
                query = sa.select(sa.func.count()).where(fingerprint.c.feed_id == number, of_it)
                found += int(connection.execute(query).scalar() or 0)
        return found


def _backfill(row: sa.Row[Any]) -> Backfill:
    return Backfill(**row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
