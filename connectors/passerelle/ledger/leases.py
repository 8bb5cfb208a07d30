"""Leases: one process at a time works on a feed, and a dead one does not block the night."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from ..errors import Fatal
from . import table_rows
from .database import Database, repeatable, utc_now
from .owners import Owner, is_alive, this_process
from .schema import lease

__all__ = ["Lease", "LeaseHeld", "LeaseLost", "Leases"]

_HELD = sa.select(lease).where(lease.c.name == sa.bindparam("named"))


class LeaseHeld(Fatal):
    """Another process works on this; `holder`, `since` and `expires_at` say which and how long."""

    def __init__(
        self, name: str, holder: Owner, *, purpose: str, since: datetime, expires_at: datetime
    ) -> None:
        doing = f" for {purpose}" if purpose else ""
        super().__init__(
            f"{name!r} is held by {holder}{doing} since {since:%Y-%m-%d %H:%M:%S} UTC",
            advice="Wait until that process ends; when it is dead on this host the next start takes over, "
            f"on another host after {expires_at:%Y-%m-%d %H:%M:%S} UTC",
        )
        self.name = name
        self.holder = holder
        self.purpose = purpose
        self.since = since
        self.expires_at = expires_at


class LeaseLost(Fatal):
    """This process is no longer the holder: stop before writing anything more."""


class Lease:
    """A lease that this process holds; as a context manager it is given back at the end."""

    def __init__(self, database: Database, name: str, token: str, ttl: float) -> None:
        self._database = database
        self._token = token
        self._ttl = timedelta(seconds=ttl)
        self._beat_at = utc_now()
        self.name = name

    @repeatable
    def heartbeat(self) -> None:
        """Say that the work goes on; raises LeaseLost when another process took over."""
        began = utc_now()
        with self._database.write() as connection:
            now = self._database.now(connection)
            done = connection.execute(
                lease.update()
                .where(lease.c.name == self.name, lease.c.token == self._token)
                .values(heartbeat_at=now, expires_at=now + self._ttl)
            )
        if done.rowcount != 1:
            raise LeaseLost(
                f"The lease {self.name!r} went to another process",
                advice="This process was silent for longer than the lease lasts; start the run again",
            )
        self._beat_at = began

    def heartbeat_if_due(self) -> None:
        """Beat when a third of the lease's time has passed: cheap enough for every batch."""
        if utc_now() - self._beat_at >= self._ttl / 3:
            self.heartbeat()

    @repeatable
    def release(self) -> None:
        """Give the lease back; nothing happens when it is no longer ours."""
        with self._database.write() as connection:
            table_rows.drop(self._database, connection, lease, ("name", "token"), [(self.name, self._token)])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class Leases:
    """Who works on what."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, name: str, *, ttl: float, purpose: str = "") -> Lease:
        """Take a lease for `ttl` seconds or raise LeaseHeld.

        A holder on this host is asked itself: alive it keeps the lease however silent, dead it loses it at
        once. A holder on another host keeps it until it expires.
        """
        token = secrets.token_hex(16)
        return self._database.again(lambda: self._take(name, token, ttl=ttl, purpose=purpose))

    def _take(self, name: str, token: str, *, ttl: float, purpose: str) -> Lease:
        me = this_process()
        with self._database.write() as connection:
            # Machines may differ by more than a lease lasts: the time is the database's.
            now = self._database.now(connection)
            values: dict[str, Any] = {
                "token": token,
                "host": me.host,
                "pid": me.pid,
                "process_started": me.process_started,
                "purpose": purpose,
                "taken_at": now,
                "heartbeat_at": now,
                "expires_at": now + timedelta(seconds=ttl),
            }
            row = {"name": name, **values}
            table_rows.put(self._database, connection, lease, tuple(row), [tuple(row.values())])
            held = connection.execute(_HELD, {"named": name}).first()
            if held is not None and held.token == token:  # taken; perhaps before, and the answer was lost
                return Lease(self._database, name, token, ttl)
            if held is not None and not _is_free(held, now):
                raise _held(held)
            # Only the process that still sees the same dead holder wins the take-over.
            taken = connection.execute(
                lease.update()
                .where(lease.c.name == name, lease.c.token == (None if held is None else held.token))
                .values(**values)
            )
            if taken.rowcount == 1:
                return Lease(self._database, name, token, ttl)
        winner = self.holder(name)
        if winner is None:  # released between our two looks: nothing stands in the way now
            return self.take(name, ttl=ttl, purpose=purpose)
        raise winner

    @repeatable
    def holder(self, name: str) -> LeaseHeld | None:
        """Say who holds a lease, as the error that a second taker gets; None when it is free."""
        with self._database.read() as connection:
            now = self._database.now(connection)
            held = connection.execute(_HELD, {"named": name}).first()
        return None if held is None or _is_free(held, now) else _held(held)

    @repeatable
    def is_heard(self, name: str, owner: Owner) -> bool:
        """Say whether a process that took a lease was heard within twice the time for which it is taken.

        Who cannot reach the ledger for a moment finds its lease as it was, unless somebody else took it:
        only a second silence of the same length tells that nobody is there.
        """
        with self._database.read() as connection:
            now = self._database.now(connection)
            row = connection.execute(_HELD, {"named": name}).first()
        if row is None or Owner(row.host, row.pid, row.process_started) != owner:
            return False
        return bool(now < row.expires_at + (row.expires_at - row.heartbeat_at))

    def drop_all(self) -> None:
        """Give up every lease: of a ledger that was restored, where nobody who held one works."""
        with self._database.write() as connection:
            connection.execute(lease.delete())


def _is_free(held: sa.Row[Any], now: datetime) -> bool:
    alive = is_alive(Owner(held.host, held.pid, held.process_started))
    return bool(held.expires_at <= now) if alive is None else not alive


def _held(held: sa.Row[Any]) -> LeaseHeld:
    return LeaseHeld(
        held.name,
        Owner(held.host, held.pid, held.process_started),
        purpose=held.purpose,
        since=held.taken_at,
        expires_at=held.expires_at,
    )
