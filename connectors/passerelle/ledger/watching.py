"""Watching: what a look over all feeds reads to find what is wrong; each question is one short query."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from .database import Database
from .files import FileRecord
from .owners import Owner, is_alive
from .runs import Run
from .schema import STOPPED_FILE, file, foreign_edit, lease, quarantine, run, sequence

__all__ = ["CallsMade", "HeldFile", "HeldLease", "OpenRejects", "RunLook", "Watching"]

#: Runs that only look, or make a plan for a person: they say nothing of how a feed is carried.
_LOOKS = ("dry_run", "drift", "plan", "undo")
#: How a look ends that looked at all.
_LOOKED = ("succeeded", "completed_with_rejects")
#: So far back the last run that received something is sought.
_BACK = 300
_MOST = 50
_STOPPED = sa.text(f"file.{STOPPED_FILE}")


class RunLook(NamedTuple):
    """A run as a watch sees it; `is_alive` is None when its process is on another host."""

    run: Run
    is_alive: bool | None


class HeldLease(msgspec.Struct, frozen=True, kw_only=True):
    """A lease as its holder left it; `is_alive` is None when the holder is on another host."""

    name: str
    owner: Owner
    purpose: str
    taken_at: datetime
    heartbeat_at: datetime
    expires_at: datetime
    is_alive: bool | None


class HeldFile(NamedTuple):
    """A file that stays where it is, and the last number that was applied of its series."""

    file: FileRecord
    last: int | None


class OpenRejects(msgspec.Struct, frozen=True):
    """Rejects that nobody mended, and since when there are some."""

    count: int
    since: datetime | None


class CallsMade(NamedTuple):
    """The calls of one run that ended, and how many of them repeated one before."""

    feed: str
    run_id: str
    started_at: datetime
    finished_at: datetime
    calls: int
    again: int


class Watching:
    """Reads facts; writes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recent(self, feed: str, n: int = 3) -> list[Run]:
        """Read the last runs of a feed that carried and are over, the newest first."""
        return self._runs(_ended(feed).order_by(run.c.no.desc()).limit(n))

    def last_good(self, feed: str) -> Run | None:
        """Read the last run of a feed that carried and did not fail."""
        query = _ended(feed).where(run.c.outcome != "failed").order_by(run.c.no.desc()).limit(1)
        found = self._runs(query)
        return found[0] if found else None

    def last_received(self, feed: str) -> Run | None:
        """Read the last run of a feed that received records, among its last three hundred."""
        last = _ended(feed).order_by(run.c.no.desc()).limit(_BACK).subquery()
        query = sa.select(last).where(last.c.totals["received"].as_integer() > 0)
        found = self._runs(query.order_by(last.c.no.desc()).limit(1))
        return found[0] if found else None

    def last_look(self, feed: str) -> Run | None:
        """Read the last run that looked for drift in a whole feed, or a slice of it, however long ago."""
        # Back along the index of the feed's runs, and no further than what is found: of the runs between
        # nothing is read but their kind and end. Somebody's look at some SKUs says nothing of the rest.
        here = run.c
        look = (
            sa.select(here.no, here.parameters)
            .where(here.feed == feed, here.mode == "drift", here.outcome.in_(_LOOKED))
            .order_by(here.no.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            found = connection.execute(look).first()
            while found is not None and found.parameters.get("skus"):
                found = connection.execute(look.where(here.no < found.no)).first()
            if found is None:
                return None
            return _run(connection.execute(sa.select(run).where(here.no == found.no)).one())

    def at_work(self) -> list[RunLook]:
        """Read the runs that are not over, with what is known of their processes."""
        found = self._runs(sa.select(run).where(run.c.outcome.is_(None)).order_by(run.c.no))
        return [RunLook(one, is_alive(one.owner)) for one in found]

    def leases(self) -> list[HeldLease]:
        """Read every lease, with what is known of its holder."""
        with self._database.read() as connection:
            found = connection.execute(sa.select(lease).order_by(lease.c.name)).all()
        held = []
        for row in found:
            owner = Owner(row.host, row.pid, row.process_started)
            held.append(
                HeldLease(
                    name=row.name,
                    owner=owner,
                    purpose=row.purpose,
                    taken_at=row.taken_at,
                    heartbeat_at=row.heartbeat_at,
                    expires_at=row.expires_at,
                    is_alive=is_alive(owner),
                )
            )
        return held

    def held(self, feed: str) -> list[HeldFile]:
        """Read the numbered files of a feed that stay where they are, by number."""
        query = (
            sa.select(file, sequence.c.last)
            .outerjoin(sequence, sequence.c.series == file.c.series)
            .where(_STOPPED, file.c.feed == feed, file.c.state == "held", file.c.sequence.is_not(None))
            # In the order of the index of stopped files, which is a few rows of very many.
            .order_by(file.c.changed_at)
            .limit(_BACK)
        )
        with self._database.read() as connection:
            held = [HeldFile(_file(row), row.last) for row in connection.execute(query)]
        return sorted(held, key=lambda one: (one.file.sequence or 0, one.file.id))

    def refused(self, feed: str) -> list[FileRecord]:
        """Read the files of a feed that were refused since one was applied, the oldest first."""
        applied = file.alias("applied")
        since = sa.exists().where(
            applied.c.feed == feed, applied.c.state == "applied", applied.c.changed_at > file.c.changed_at
        )
        query = (
            sa.select(file)
            .where(_STOPPED, file.c.feed == feed, file.c.state == "refused", sa.not_(since))
            .order_by(file.c.changed_at)
            .limit(_MOST)
        )
        with self._database.read() as connection:
            return [_file(row) for row in connection.execute(query)]

    def fights(self) -> dict[str, OpenRejects]:
        """Count by feed the fields about which both sides insist, and since when."""
        query = (
            sa.select(foreign_edit.c.feed, sa.func.count(), sa.func.min(foreign_edit.c.first_seen))
            .where(foreign_edit.c.policy == "fight", foreign_edit.c.settled_at.is_(None))
            .group_by(foreign_edit.c.feed)
        )
        return self._counts(query)

    def rejects(self, feeds: list[str]) -> dict[str, OpenRejects]:
        """Count by feed the rejects that are open, and since when."""
        query = (
            sa.select(quarantine.c.feed, sa.func.count(), sa.func.min(quarantine.c.opened_at))
            .where(quarantine.c.feed.in_(feeds), quarantine.c.closed_at.is_(None))
            .group_by(quarantine.c.feed)
        )
        return self._counts(query)

    def calls_since(self, moment: datetime) -> list[CallsMade]:
        """Read what each run that ended since a moment called, among the last three hundred runs."""
        query = sa.select(run).where(run.c.outcome.is_not(None)).order_by(run.c.no.desc()).limit(_BACK)
        return [
            CallsMade(
                one.feed,
                one.id,
                one.started_at,
                one.finished_at,
                int(one.totals.get("calls", 0)),
                int(one.totals.get("calls_again", 0)),
            )
            for one in self._runs(query)
            if one.finished_at is not None and one.finished_at >= moment
        ]

    def _runs(self, query: sa.Select[Any]) -> list[Run]:
        with self._database.read() as connection:
            return [_run(row) for row in connection.execute(query)]

    def _counts(self, query: sa.Select[Any]) -> dict[str, OpenRejects]:
        with self._database.read() as connection:
            return {row[0]: OpenRejects(row[1], row[2]) for row in connection.execute(query)}


def _ended(feed: str) -> sa.Select[Any]:
    return sa.select(run).where(run.c.feed == feed, run.c.mode.not_in(_LOOKS), run.c.outcome.is_not(None))


def _file(row: sa.Row[Any]) -> FileRecord:
    values = row._mapping  # noqa: SLF001 - the documented name of a row's mapping
    return FileRecord(**{name: values[name] for name in FileRecord.__struct_fields__})


def _run(row: sa.Row[Any]) -> Run:
    values = row._mapping  # noqa: SLF001 - the documented name of a row's mapping
    known = {name: values[name] for name in Run.__struct_fields__ if name != "owner"}
    return Run(owner=Owner(values["host"], values["pid"], values["process_started"]), **known)
