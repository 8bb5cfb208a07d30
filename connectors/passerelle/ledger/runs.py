"""Runs: what was started, by which process, and how it ended."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from ..errors import ConfigError, Fatal
from . import table_rows
from .database import Database, repeatable, utc_now
from .owners import Owner, is_alive, this_process
from .schema import before_image, run

__all__ = ["Outcome", "Run", "Runs"]

Outcome = Literal["succeeded", "completed_with_rejects", "stopped_by_guard", "failed"]


#: So much of an id names a run.
_SHORTEST = 6
_PAGE_ROWS = 1_000
_RUNNING = sa.select(run).where(run.c.outcome.is_(None)).order_by(run.c.no)
_RUNNING_OF = _RUNNING.where(run.c.feed == sa.bindparam("of_feed"))
_FINISH = (
    run.update()
    .where(run.c.id == sa.bindparam("of_run"), run.c.outcome.is_(None))
    .values({name: sa.bindparam(name) for name in ("finished_at", "outcome", "totals", "message")})
)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one feed; `outcome` is None while it runs; `interrupted` when its process died."""

    id: str
    feed: str
    mode: str
    parameters: dict[str, Any]
    owner: Owner
    started_at: datetime
    finished_at: datetime | None = None
    outcome: Outcome | None = None
    interrupted: bool = False
    totals: dict[str, Any] = {}
    message: str = ""


class Runs:
    """The journal of runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(
        self,
        feed: str,
        *,
        mode: str,
        parameters: Mapping[str, Any] | None = None,
        owner: Owner | None = None,
    ) -> Run:
        """Open a run; its id sorts by the time of its start."""
        now = utc_now()
        started = Run(
            id=_run_id(now),
            feed=feed,
            mode=mode,
            parameters=dict(parameters or {}),
            owner=owner or this_process(),
            started_at=now,
        )
        self._open(started)
        return started

    @repeatable
    def _open(self, started: Run) -> None:
        row = {
            "id": started.id,
            "feed": started.feed,
            "mode": started.mode,
            "parameters": started.parameters,
            "host": started.owner.host,
            "pid": started.owner.pid,
            "process_started": started.owner.process_started,
            "started_at": started.started_at,
            "totals": {},
        }
        with self._database.write() as connection:
            table_rows.put(self._database, connection, run, tuple(row), [tuple(row.values())])

    def finish(
        self,
        run_id: str,
        outcome: Outcome,
        totals: Mapping[str, Any] | None = None,
        message: str = "",
    ) -> None:
        """Close a run; raises Fatal when it is not open, so that no outcome is ever written over."""
        values = {
            "finished_at": utc_now(),
            "outcome": outcome,
            "totals": dict(totals or {}),
            "message": message,
        }
        self._database.again(lambda: self._finish(run_id, values))

    def _finish(self, run_id: str, values: Mapping[str, Any]) -> None:
        with self._database.write() as connection:
            done = connection.execute(_FINISH, {"of_run": run_id, **values})
            if done.rowcount == 1:
                return
            row = connection.execute(
                sa.select(run.c.outcome, run.c.finished_at).where(run.c.id == run_id)
            ).first()
        found, outcome = None if row is None else row.outcome, values["outcome"]
        if row is not None and (found, row.finished_at) == (outcome, values["finished_at"]):
            return  # closed by us, and the answer was lost
        state = "not known" if found is None else f"over ({found})"
        raise Fatal(
            f"Run {run_id} cannot end as {outcome}: it is {state}",
            advice="Another process took it for dead and closed it, or the id is from another ledger",
        )

    @repeatable
    def get(self, run_id: str) -> Run | None:
        """Read one run."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(run).where(run.c.id == run_id)).first()
        return None if row is None else _run(row)

    def named(self, name: str) -> Run:
        """Find a run by its id, or by a part of it that no other run has (6 characters at least).

        Raises:
            ConfigError: there is none, or several have that part.
        """
        wanted = name.strip().lower()
        query = sa.select(run).where(run.c.id.contains(wanted, autoescape=True)).order_by(run.c.no).limit(2)
        found: list[Run] = []
        if len(wanted) >= _SHORTEST:
            with self._database.read() as connection:
                found = [_run(row) for row in connection.execute(query)]
        if len(found) == 1:
            return found[0]
        told = "means several runs" if found else "is no run that the ledger knows"
        raise ConfigError(
            f"{name!r} {told}", advice="`passerelle status FEED --json` tells the ids of the last runs"
        )

    @repeatable
    def last(self, feed: str | None = None, n: int = 1) -> list[Run]:
        """Read the last runs of a feed (of all feeds without one), the newest first."""
        query = sa.select(run).order_by(run.c.no.desc()).limit(n)
        if feed is not None:
            query = query.where(run.c.feed == feed)
        with self._database.read() as connection:
            return [_run(row) for row in connection.execute(query)]

    @repeatable
    def running(self, feed: str | None = None) -> list[Run]:
        """Read the runs that nobody closed yet, the oldest first: at work, or dead."""
        with self._database.read() as connection:
            if feed is None:
                return [_run(row) for row in connection.execute(_RUNNING)]
            return [_run(row) for row in connection.execute(_RUNNING_OF, {"of_feed": feed})]

    @repeatable
    def left_behind(self, modes: Sequence[str], since: datetime) -> list[Run]:
        """Read the runs that died since a moment and were followed by none of these modes, the oldest first.

        Nobody needs to have noticed: a run that is still open may live, or be dead.
        """
        later = run.alias("later")
        followed = sa.exists().where(
            later.c.feed == run.c.feed, later.c.no > run.c.no, later.c.mode.in_(modes)
        )
        dead = sa.and_(
            run.c.interrupted, run.c.id >= _lowest_id(since), run.c.mode.in_(modes), sa.not_(followed)
        )
        open_or_dead = sa.union_all(sa.select(run).where(run.c.outcome.is_(None)), sa.select(run).where(dead))
        with self._database.read() as connection:
            return [_run(row) for row in connection.execute(open_or_dead.order_by("no"))]

    def drop_older(self, than: datetime, limit: int) -> int:
        """Drop at most `limit` runs that were started before a moment; count them.

        The last run of each feed stays, and so does one that is at work or whose before-images are kept.
        """
        pages = sa.select(run.c.no, run.c.feed, run.c.started_at, run.c.outcome).order_by(run.c.no)
        dropped, after = 0, 0
        with self._database.write() as connection:
            while dropped < limit:
                page = connection.execute(pages.where(run.c.no > after).limit(_PAGE_ROWS)).all()
                old = [row for row in page if row.started_at < than]
                last = {feed: _last_number(connection, feed) for feed in {row.feed for row in old}}
                over = [row.no for row in old if row.outcome is not None and row.no != last[row.feed]]
                kept = sa.exists().where(before_image.c.run_no == run.c.no)
                done = connection.execute(
                    run.delete().where(run.c.no.in_(over[: limit - dropped]), sa.not_(kept))
                )
                dropped += done.rowcount
                if len(old) < _PAGE_ROWS:
                    break
                after = page[-1].no
        return dropped

    def sweep_dead(
        self,
        feed: str | None = None,
        *,
        lives: Callable[[Run], bool] = lambda _: True,
    ) -> list[Run]:
        """Close as failed and interrupted the runs whose process is gone; give them back.

        A process on another host cannot be asked: `lives` says what is known of it. How long a run takes
        says nothing, since a backfill may rightly take days.
        """
        now = utc_now()
        swept = []
        for one in self.running(feed):
            alive = is_alive(one.owner)
            if alive or (alive is None and lives(one)):
                continue
            message = f"interrupted: {one.owner} ended without closing the run"
            with self._database.write() as connection:
                done = connection.execute(
                    run.update()
                    .where(run.c.id == one.id, run.c.outcome.is_(None))
                    .values(finished_at=now, outcome="failed", interrupted=True, message=message)
                )
            if done.rowcount == 1:
                swept.append(
                    msgspec.structs.replace(
                        one, finished_at=now, outcome="failed", interrupted=True, message=message
                    )
                )
        return swept


def _last_number(connection: sa.Connection, feed: str) -> int | None:
    found: int | None = connection.execute(
        sa.select(sa.func.max(run.c.no)).where(run.c.feed == feed)
    ).scalar()
    return found


def _run(row: sa.Row[Any]) -> Run:
    values = dict(row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
    values.pop("no")
    owner = Owner(values.pop("host"), values.pop("pid"), values.pop("process_started"))
    return Run(owner=owner, **values)


def _run_id(now: datetime) -> str:
    """Make a UUID of version 7 (RFC 9562): 48 bits of milliseconds, then chance."""
    chance = 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=_milliseconds(now) << 80 | chance))


def _lowest_id(moment: datetime) -> str:
    """Tell the id before all that are made from a moment on."""
    return str(uuid.UUID(int=_milliseconds(moment) << 80))


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
