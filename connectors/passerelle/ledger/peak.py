"""Peak mode: when it was switched on, by whom, until when, and the rules that hold meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from .audit import Audit
from .audit_schema import peak
from .database import Database, utc_now

__all__ = ["Peak", "PeakPeriod"]

#: Any number, the same in every process: PostgreSQL's name for "somebody switches peak mode".
_SWITCH_LOCK = 7_206_513_118
_CLOCK = "clock"


class PeakPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """One time of peak mode, from `since` to `until`; `ended_at` when it is over, by `ended_by`.

    `rules` are those of its profile as they were when it was switched on: editing the file changes nothing
    until somebody switches again. What has run its time has `ended_by` "clock".
    """

    id: int
    profile: str
    rules: dict[str, Any]
    since: datetime
    until: datetime
    switched_by: str
    reason: str
    ended_at: datetime | None = None
    ended_by: str | None = None

    def holds(self, now: datetime) -> bool:
        """Say whether its rules hold at a moment: it ends by itself, nobody has to notice."""
        return self.ended_at is None and self.since <= now < self.until


class Peak:
    """The periods of peak mode; at most one is on or to come, and each change is in the audit log."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def period(self) -> PeakPeriod | None:
        """Give the period that nobody ended yet: on, to come, or past its time; None without one."""
        with self._database.read() as connection:
            row = connection.execute(_OPEN).first()
        return None if row is None else _period(row)

    def at(self, now: datetime) -> PeakPeriod | None:
        """Give the period whose rules hold at a moment; None when none do. One small read."""
        found = self.period()
        return found if found is not None and found.holds(now) else None

    def switch_on(
        self,
        profile: str,
        rules: Mapping[str, Any],
        *,
        since: datetime,
        until: datetime,
        by: str,
        reason: str,
    ) -> PeakPeriod:
        """Begin a period; one that is on or to come ends with it. Both are logged.

        Raises ValueError when it would end before it begins.
        """
        if until <= since:
            raise ValueError(f"received a period until {until}, expected one that ends after {since}")
        with self._database.write(durable=True) as connection:
            self._alone(connection)
            before = self._end(connection, utc_now(), by)
            row = connection.execute(
                peak.insert()
                .values(
                    profile=profile,
                    rules=dict(rules),
                    since=since,
                    until=until,
                    switched_by=by,
                    reason=reason,
                )
                .returning(peak)
            ).one()
            made = _period(row)
            replaced = None if before is None or before.ended_by == _CLOCK else _told(before)
            self._audit.note("peak_on", profile, who=by, before=replaced, after=_told(made), reason=reason)
        return made

    def switch_off(self, *, by: str, reason: str = "") -> PeakPeriod | None:
        """End the period that is on or to come, and log it; None when there is none."""
        with self._database.write(durable=True) as connection:
            self._alone(connection)
            ended = self._end(connection, utc_now(), by)
            if ended is None or ended.ended_by == _CLOCK:
                return None
            self._audit.note("peak_off", ended.profile, who=by, before=_told(ended), reason=reason)
        return ended

    def note_end(self, now: datetime) -> PeakPeriod | None:
        """Write down that a period has run its time, once; the rules ended by themselves before."""
        found = self.period()
        if found is None or now < found.until:
            return None
        with self._database.write(durable=True) as connection:
            self._alone(connection)
            return self._end(connection, now, _CLOCK)

    def last(self, limit: int = 20) -> list[PeakPeriod]:
        """List the periods, the newest first."""
        query = sa.select(peak).order_by(peak.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [_period(row) for row in connection.execute(query)]

    def _end(self, connection: sa.Connection, now: datetime, by: str) -> PeakPeriod | None:
        """End the open period; one that has run its time ended then, whoever notices, and is logged here."""
        row = connection.execute(_OPEN).first()
        if row is None:
            return None
        ran_out = row.until <= now
        ended = connection.execute(
            peak.update()
            .where(peak.c.id == row.id)
            .values(ended_at=row.until if ran_out else now, ended_by=_CLOCK if ran_out else by)
            .returning(peak)
        ).one()
        if ran_out:
            self._audit.note("peak_expired", row.profile, who=_CLOCK, before=_told(_period(ended)))
        return _period(ended)

    def _alone(self, connection: sa.Connection) -> None:
        """Let nobody else switch until the transaction ends; SQLite has one writer anyway."""
        if not self._database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SWITCH_LOCK)))


#: The period that nobody ended yet. Asked several times in each run, so it is made once.
_OPEN = sa.select(peak).where(peak.c.ended_at.is_(None)).order_by(peak.c.id.desc()).limit(1)


def _period(row: sa.Row[Any]) -> PeakPeriod:
    return PeakPeriod(**row._mapping)  # noqa: SLF001 - the documented name of a row's mapping


def _told(period: PeakPeriod) -> dict[str, Any]:
    """Say what the log keeps of a period: its rules whole, so that it says what held."""
    told: dict[str, Any] = msgspec.to_builtins(period)
    return told
