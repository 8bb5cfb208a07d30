"""Alerts: what is wrong, opened when it is first seen, closed when its cause is gone, and whom it was told.

An alert is known by its kind, its feed and its subject. Whatever looks for causes hands in all that it found;
the ledger opens what is new, keeps what goes on and closes the rest. What a channel was told is kept as a
state of the alert (`open warning 0`, `closed`), so that the same state is never told twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec
import sqlalchemy as sa

from ..errors import ConfigError
from .alert_messages import AlertMessages
from .alert_schema import OPEN_ALERT, alert, alert_message, alert_told
from .database import Database

__all__ = ["Alert", "AlertChanges", "Alerts", "Finding", "Severity", "Told"]

Severity: TypeAlias = Literal["warning", "critical"]

#: Alerts of one look are a few; a closed one is told to every channel within some days or never.
_PAGE = 1_000


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong now: `since` when as far as the ledger can tell, `count` of how many things.

    `facts` are what its words are made of, as JSON holds them.
    """

    kind: str
    feed: str = ""
    subject: str = ""
    severity: Severity = "warning"
    count: int = 1
    since: datetime
    facts: dict[str, Any] = {}

    @property
    def key(self) -> tuple[str, str, str]:
        """By what it is known again."""
        return self.kind, self.feed, self.subject


class Alert(Finding, frozen=True, kw_only=True):
    """A finding with its story; `closed_at` is None while it is open."""

    id: int
    opened_at: datetime
    seen_at: datetime
    closed_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_why: str | None = None

    @property
    def state(self) -> str:
        """What there is to tell of it: closed, or open with its severity and the size of its count."""
        return "closed" if self.closed_at is not None else f"open {self.severity} {len(str(self.count)) - 1}"


class AlertChanges(NamedTuple):
    """What a look changed: alerts that were opened and closed, and those that are open now."""

    opened: list[Alert]
    closed: list[Alert]
    open: list[Alert]


class Told(NamedTuple):
    """An alert, and the state in which a channel knows it; None when it was never told of it."""

    alert: Alert
    state: str | None


class Alerts:
    """The alerts of every feed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.messages = AlertMessages(database)

    def note(
        self,
        findings: Iterable[Finding],
        now: datetime,
        *,
        looked_for: Collection[str],
        again_within: timedelta = timedelta(0),
    ) -> AlertChanges:
        """Make the open alerts those of the findings.

        Open alerts of the kinds that were looked for and not found are closed; of other kinds nothing is
        known, and they stay. What comes back within `again_within` is the same alert, opened again.
        """
        found = {finding.key: finding for finding in findings}
        opened: list[Alert] = []
        closed: list[Alert] = []
        with self._database.write() as connection:
            before = {one.key: one for one in _alerts(connection, _open())}
            for key, finding in found.items():
                known = before.get(key)
                if known is not None:
                    self._keep_on(connection, known, finding, now)
                    continue
                again = self._reopened(connection, finding, now, now - again_within)
                opened.append(again or self._opened(connection, finding, now))
            for key, one in before.items():
                if key not in found and one.kind in looked_for:
                    connection.execute(alert.update().where(alert.c.id == one.id).values(closed_at=now))
                    closed.append(msgspec.structs.replace(one, closed_at=now))
            return AlertChanges(opened, closed, _alerts(connection, _open()))

    def open(self) -> list[Alert]:
        """Read the open alerts, the oldest first."""
        with self._database.read() as connection:
            return _alerts(connection, _open())

    def last(self, n: int = 50) -> list[Alert]:
        """Read the last alerts, closed ones too, the newest first."""
        with self._database.read() as connection:
            return _alerts(connection, sa.select(alert).order_by(alert.c.id.desc()).limit(n))

    def named(self, number: int) -> Alert:
        """Read one alert by its number; raises ConfigError when there is none."""
        with self._database.read() as connection:
            found = _alerts(connection, sa.select(alert).where(alert.c.id == number))
        if not found:
            raise ConfigError(f"There is no alert {number}", advice="`passerelle alerts --all` lists them")
        return found[0]

    def acknowledge(self, number: int, *, by: str, why: str, now: datetime) -> Alert:
        """Note that a person looks after an alert; raises ConfigError when there is none, or it is over."""
        with self._database.write() as connection:
            row = connection.execute(
                alert.update()
                .where(alert.c.id == number, sa.text(OPEN_ALERT))
                .values(acknowledged_at=now, acknowledged_by=by, acknowledged_why=why)
                .returning(alert)
            ).first()
        if row is None:
            known = self.named(number)
            raise ConfigError(
                f"Alert {number} is over since {known.closed_at:%Y-%m-%d %H:%M} UTC",
                advice="Nothing is left to look after",
            )
        return _alert(row)

    def told(self, channel: str) -> list[Told]:
        """List what there may be to tell a channel: open alerts, and those that it knows as open.

        The oldest first, with the state in which the channel knows each.
        """
        rank = sa.func.row_number().over(
            partition_by=alert_told.c.alert_id, order_by=alert_told.c.message_id.desc()
        )
        ranked = sa.select(alert_told.c.alert_id, alert_told.c.state, rank.label("rank")).where(
            alert_told.c.channel == channel
        )
        known = ranked.subquery("known")
        query = (
            sa.select(alert, known.c.state.label("told"))
            .outerjoin(known, sa.and_(known.c.alert_id == alert.c.id, known.c.rank == 1))
            .where(sa.or_(sa.text(f"alert.{OPEN_ALERT}"), known.c.state != "closed"))
            .order_by(alert.c.id)
        )
        with self._database.read() as connection:
            return [Told(_alert(row), row.told) for row in connection.execute(query)]

    def drop_closed(self, before: datetime, limit: int = _PAGE) -> int:
        """Drop at most `limit` alerts closed before a moment, and messages as old; count the alerts."""
        over = sa.select(alert.c.id).where(alert.c.closed_at < before).order_by(alert.c.id).limit(limit)
        with self._database.write() as connection:
            ids = list(connection.execute(over).scalars())
            connection.execute(alert_told.delete().where(alert_told.c.alert_id.in_(ids)))
            connection.execute(alert.delete().where(alert.c.id.in_(ids)))
            used = sa.exists().where(alert_told.c.message_id == alert_message.c.id)
            connection.execute(
                alert_message.delete().where(
                    alert_message.c.made_at < before, alert_message.c.state == "sent", sa.not_(used)
                )
            )
        return len(ids)

    @staticmethod
    def _keep_on(connection: sa.Connection, known: Alert, finding: Finding, now: datetime) -> None:
        values = {"severity": finding.severity, "count": finding.count, "facts": finding.facts}
        connection.execute(
            alert.update()
            .where(alert.c.id == known.id)
            .values(seen_at=now, since=min(known.since, finding.since), **values)
        )

    @staticmethod
    def _reopened(
        connection: sa.Connection, finding: Finding, now: datetime, since: datetime
    ) -> Alert | None:
        last = (
            sa.select(alert.c.id)
            .where(
                alert.c.kind == finding.kind,
                alert.c.feed == finding.feed,
                alert.c.subject == finding.subject,
                alert.c.closed_at > since,
            )
            .order_by(alert.c.id.desc())
            .limit(1)
        )
        number = connection.execute(last).scalar()
        if number is None:
            return None
        row = connection.execute(
            alert.update()
            .where(alert.c.id == number)
            .values(
                closed_at=None,
                seen_at=now,
                severity=finding.severity,
                count=finding.count,
                facts=finding.facts,
            )
            .returning(alert)
        ).one()
        return _alert(row)

    @staticmethod
    def _opened(connection: sa.Connection, finding: Finding, now: datetime) -> Alert:
        row = connection.execute(
            alert.insert()
            .values(**msgspec.structs.asdict(finding), opened_at=now, seen_at=now)
            .returning(alert)
        ).one()
        return _alert(row)


def _open() -> sa.Select[Any]:
    return sa.select(alert).where(sa.text(OPEN_ALERT)).order_by(alert.c.id)


def _alerts(connection: sa.Connection, query: sa.Select[Any]) -> list[Alert]:
    return [_alert(row) for row in connection.execute(query)]


def _alert(row: sa.Row[Any]) -> Alert:
    values = row._mapping  # noqa: SLF001 - the documented name of a row's mapping
    return Alert(**{name: values[name] for name in Alert.__struct_fields__})
