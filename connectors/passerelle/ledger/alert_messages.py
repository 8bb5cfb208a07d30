"""Messages about alerts: what was sent to which channel, what did not leave, and when it is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec
import sqlalchemy as sa

from .alert_schema import alert_message, alert_told
from .database import Database

__all__ = ["AlertMessage", "AlertMessages", "MessageState"]

#: `trying` is under way, or its process died: whether it left is not known, and it goes again as the same.
MessageState: TypeAlias = Literal["trying", "sent", "failed"]


class AlertMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one channel; `key` says what it tells, `error` why it has not left or who refused it."""

    id: int
    channel: str
    key: str
    severity: str
    subject: str
    state: MessageState
    tries: int
    error: str
    made_at: datetime
    tried_at: datetime
    next_try_at: datetime | None


class AlertMessages:
    """The messages of every channel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, channel: str, key: str, *, severity: str, subject: str, now: datetime) -> AlertMessage:
        """Note that a message is being sent; one that did not leave and tells the same is tried again."""
        with self._database.write(durable=True) as connection:
            row = connection.execute(
                alert_message.update()
                .where(
                    alert_message.c.channel == channel,
                    alert_message.c.key == key,
                    alert_message.c.state != "sent",
                )
                .values(state="trying", tries=alert_message.c.tries + 1, tried_at=now, next_try_at=None)
                .returning(alert_message)
            ).first()
            if row is None:
                row = connection.execute(
                    alert_message.insert()
                    .values(
                        channel=channel,
                        key=key,
                        severity=severity,
                        subject=subject,
                        state="trying",
                        tries=1,
                        made_at=now,
                        tried_at=now,
                    )
                    .returning(alert_message)
                ).one()
        return _message(row)

    def sent(self, message: AlertMessage, states: Mapping[int, str], *, note: str = "") -> None:
        """Note that a message left, and which states of which alerts the channel knows by it.

        What did not leave before it is dropped: this one told what was to be told.
        """
        with self._database.write(durable=True) as connection:
            connection.execute(
                alert_message.delete().where(
                    alert_message.c.channel == message.channel,
                    alert_message.c.state != "sent",
                    alert_message.c.id != message.id,
                    alert_message.c.severity == message.severity,
                )
            )
            connection.execute(
                alert_message.update()
                .where(alert_message.c.id == message.id)
                .values(state="sent", error=note, next_try_at=None)
            )
            if states:
                rows = [
                    {"alert_id": number, "channel": message.channel, "message_id": message.id, "state": state}
                    for number, state in states.items()
                ]
                connection.execute(alert_told.insert(), rows)

    def failed(self, message: AlertMessage, error: str, *, next_try_at: datetime) -> None:
        """Note that a message did not leave, why, and when it is tried again."""
        with self._database.write() as connection:
            connection.execute(
                alert_message.update()
                .where(alert_message.c.id == message.id)
                .values(state="failed", error=error, next_try_at=next_try_at)
            )

    def unsent(self, channel: str | None = None) -> list[AlertMessage]:
        """List what did not leave, the oldest first."""
        query = sa.select(alert_message).where(sa.text("state <> 'sent'")).order_by(alert_message.c.id)
        if channel is not None:
            query = query.where(alert_message.c.channel == channel)
        return self._read(query)

    def drop_unsent(self, channel: str) -> int:
        """Forget what did not leave to a channel: there is nothing left to tell it; count the messages."""
        with self._database.write() as connection:
            done = connection.execute(
                alert_message.delete().where(
                    alert_message.c.channel == channel, alert_message.c.state != "sent"
                )
            )
        return int(done.rowcount)

    def last_sent(self, channel: str, severity: str) -> AlertMessage | None:
        """Read the message of this severity that left last."""
        query = sa.select(alert_message).where(
            alert_message.c.channel == channel,
            alert_message.c.state == "sent",
            alert_message.c.severity == severity,
        )
        found = self._read(query.order_by(alert_message.c.id.desc()).limit(1))
        return found[0] if found else None

    def last(self, n: int = 20) -> list[AlertMessage]:
        """Read the last messages of all channels, the newest first."""
        return self._read(sa.select(alert_message).order_by(alert_message.c.id.desc()).limit(n))

    def _read(self, query: sa.Select[Any]) -> list[AlertMessage]:
        with self._database.read() as connection:
            return [_message(row) for row in connection.execute(query)]


def _message(row: sa.Row[Any]) -> AlertMessage:
    return AlertMessage(**row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
