"""Allowances: thresholds of a feed's guard that a person set until a moment, with who and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from .audit import Audit
from .backfill_schema import guard_allowance
from .database import Database, utc_now

__all__ = ["Allowance", "Allowances"]


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a feed's guard that allows something else until a moment; a share is a fraction of one."""

    id: int
    feed: str
    rule: str
    allowed: float
    until: datetime
    given_by: str
    reason: str
    plan_id: int | None
    given_at: datetime


class Allowances:
    """What guards allow for a while."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def give(
        self,
        feed: str,
        rule: str,
        allowed: float,
        *,
        until: datetime,
        by: str,
        reason: str,
        plan_id: int | None = None,
    ) -> Allowance:
        """Let a rule allow so much until a moment; who says so and why is kept, in the audit log, too."""
        with self._database.write(durable=True) as connection:
            row = connection.execute(
                guard_allowance.insert()
                .values(
                    feed=feed,
                    rule=rule,
                    allowed=allowed,
                    until=until,
                    given_by=by,
                    reason=reason,
                    plan_id=plan_id,
                    given_at=utc_now(),
                )
                .returning(guard_allowance)
            ).one()
            told = {"allowed": allowed, "until": until.isoformat(), "plan": plan_id}
            self._audit.note("guard_allowance", f"{feed}: {rule}", who=by, after=told, reason=reason)
        return _allowance(row)

    def now(self, feed: str | None = None, *, at: datetime | None = None) -> list[Allowance]:
        """Read what holds at a moment (now without one), the newest of each feed and rule."""
        query = sa.select(guard_allowance).where(guard_allowance.c.until > (at or utc_now()))
        if feed is not None:
            query = query.where(guard_allowance.c.feed == feed)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(guard_allowance.c.id)).all()
        latest = {(row.feed, row.rule): _allowance(row) for row in rows}
        return sorted(latest.values(), key=lambda one: (one.feed, one.rule))


def _allowance(row: sa.Row[Any]) -> Allowance:
    return Allowance(**row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
