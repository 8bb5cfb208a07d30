"""Call shares: which process may make how many calls to a target, leased for some seconds at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from .database import Database, repeatable, utc_now
from .schema import call_share

__all__ = ["CallShare", "CallShares"]


class CallShare(NamedTuple):
    """What one holder has of a budget until its slice ends."""

    weight: int
    calls_per_second: float
    calls_at_once: int


class CallShares:
    """The common book of every budget; a write for each slice, none for a call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @repeatable
    def renew(
        self, budget: str, holder: str, *, seconds: float, share: Callable[[Sequence[CallShare]], CallShare]
    ) -> CallShare:
        """Lease a share for some seconds: `share` decides it from what the others hold, one holder at a time.

        Shares that have ended are gone, whoever held them.
        """
        here = call_share.c
        with self._database.write() as connection:
            now = self._now(connection, budget)
            ended = sa.or_(here.expires_at <= now, here.holder == holder)
            connection.execute(call_share.delete().where(here.budget == budget, ended))
            others = connection.execute(
                sa.select(here.weight, here.calls_per_second, here.calls_at_once).where(here.budget == budget)
            )
            mine = share([CallShare(*row) for row in others])
            connection.execute(
                call_share.insert().values(
                    budget=budget,
                    holder=holder,
                    expires_at=now + timedelta(seconds=seconds),
                    **mine._asdict(),
                )
            )
        return mine

    @repeatable
    def give_back(self, budget: str, holder: str) -> None:
        """End a share now; nothing happens when it has ended."""
        with self._database.write() as connection:
            connection.execute(
                call_share.delete().where(call_share.c.budget == budget, call_share.c.holder == holder)
            )

    def drop_ended(self, before: datetime) -> int:
        """Drop the shares of every budget that ended before a moment: nobody may ask for theirs again."""
        with self._database.write() as connection:
            return int(
                connection.execute(call_share.delete().where(call_share.c.expires_at < before)).rowcount
            )

    def _now(self, connection: sa.Connection, budget: str) -> datetime:
        """Tell the time, and let nobody else decide about this budget until the transaction ends."""
        if self._database.is_sqlite:
            return utc_now()  # the write lock is ours, and all holders are on this machine
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(budget))))
        # The clock of the database, not that of one of the machines.
        now: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return now
