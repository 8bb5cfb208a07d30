"""Latest: what came last of a feed, what of it reached the shop, and how many records stand on that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from . import bulk
from .database import Database

__all__ = ["Came", "Latest", "LatestFile", "LatestRun"]

_FILE = "SELECT id, name, mode, state, note, recorded_at, run_id FROM file WHERE feed = ?"
_LAST = " ORDER BY id DESC LIMIT 1"
#: What is told as the same again is carried as well: the shop has what it says.
_CARRIED = " AND state IN ('applied', 'skipped')"
#: Runs that only look are no word about how a feed stands.
_RUN = (
    "SELECT id, mode, started_at, finished_at, outcome, message FROM run"
    " WHERE feed = ? AND mode NOT IN ('dry_run', 'plan', 'undo')"
)
_WELL = " AND outcome IN ('succeeded', 'completed_with_rejects')"
_FIRST_RUN = "SELECT started_at FROM run WHERE feed = ? ORDER BY no LIMIT 1"
#: Both are answered by the partial index of what is open, whatever was closed before.
_REFUSED = "SELECT feed, count(*) FROM quarantine WHERE closed_at IS NULL GROUP BY feed"
_WAITING = "SELECT feed, count(*) FROM parked WHERE closed_at IS NULL GROUP BY feed"
_COUNT = "SELECT count(*) FROM fingerprint WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
#: Jumps from one first part of a key (`SKU|PLACE`) to the next: one descent for each, whatever lies between.
#: `}` is the sign after the bar, so that what is skipped are the keys that begin alike.
_FIRST_PARTS = """
WITH RECURSIVE one(key) AS (
  SELECT (SELECT min(key) FROM fingerprint WHERE feed_id = (SELECT id FROM feed WHERE name = ?))
  UNION ALL
  SELECT (SELECT key FROM fingerprint WHERE feed_id = (SELECT id FROM feed WHERE name = ?)
          AND key > {first}(one.key, 1, {place} - 1) || '}}' ORDER BY key LIMIT 1)
  FROM one WHERE one.key IS NOT NULL
) SELECT count(key) FROM one
"""


class LatestFile(NamedTuple):
    """One file: `recorded_at` is when it came."""

    id: int
    name: str
    mode: Literal["full", "delta"] | None
    state: str
    note: str
    recorded_at: datetime
    run_id: str | None


class LatestRun(NamedTuple):
    """One run; `outcome` is None while it is at work."""

    id: str
    mode: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    message: str


class Came(NamedTuple):
    """What came last of a feed: any file, one that was carried; a run that wrote, a good one, the first."""

    file: LatestFile | None
    carried: LatestFile | None
    run: LatestRun | None
    good_run: LatestRun | None
    first_run_at: datetime | None


class Latest:
    """The last of everything, by feed; a few rows of an index each, so that hundreds are read at a glance."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, feeds: Iterable[str], *, mode: Literal["full", "delta"] | None = None) -> dict[str, Came]:
        """Read what came last of each of these feeds; with `mode` only its full files or deltas count."""
        kind, values = ("", ()) if mode is None else (" AND mode = ?", (mode,))
        found: dict[str, Came] = {}
        with self._database.read() as connection:
            for feed in feeds:
                of_feed = (feed, *values)
                file = self._file(connection, _FILE + kind + _LAST, of_feed)
                carried = file
                if file is not None and file.state not in {"applied", "skipped"}:
                    carried = self._file(connection, _FILE + kind + _CARRIED + _LAST, of_feed)
                run = self._run(connection, f"{_RUN} ORDER BY no DESC LIMIT 1", (feed,))
                good = run
                if run is not None:
                    good = self._run(connection, f"{_RUN}{_WELL} ORDER BY no DESC LIMIT 1", (feed,))
                first = None if run is None else bulk.one(connection, _FIRST_RUN, (feed,))
                found[feed] = Came(
                    file, carried, run, good, None if first is None else self._database.moment(first[0])
                )
        return found

    def refused(self) -> dict[str, int]:
        """Count the records in quarantine by feed."""
        return self._by_feed(_REFUSED)

    def waiting(self) -> dict[str, int]:
        """Count the records that wait for something they point to, by feed."""
        return self._by_feed(_WAITING)

    def records(self, feed: str) -> int:
        """Count the records of a feed that the shop has."""
        with self._database.read() as connection:
            return int(bulk.one(connection, _COUNT, (feed,))[0])

    def first_parts(self, feed: str) -> int:
        """Count the different first parts of the keys (`SKU` of `SKU|PLACE`) of a feed's records."""
        sqlite = self._database.is_sqlite
        statement = _FIRST_PARTS.format(
            first="substr", place="instr(one.key || '|', '|')" if sqlite else "strpos(one.key || '|', '|')"
        )
        with self._database.read() as connection:
            return int(bulk.one(connection, statement, (feed, feed))[0])

    def _by_feed(self, statement: str) -> dict[str, int]:
        with self._database.read() as connection:
            return {row[0]: int(row[1]) for row in bulk.rows(connection, statement, ())}

    def _file(self, connection: sa.Connection, statement: str, values: tuple[Any, ...]) -> LatestFile | None:
        row = bulk.one(connection, statement, values)
        if row is None:
            return None
        number, name, mode, state, note, recorded_at, run_id = row
        return LatestFile(number, name, mode, state, note, self._database.moment(recorded_at), run_id)

    def _run(self, connection: sa.Connection, statement: str, values: tuple[Any, ...]) -> LatestRun | None:
        row = bulk.one(connection, statement, values)
        if row is None:
            return None
        run_id, mode, started_at, finished_at, outcome, message = row
        ended = None if finished_at is None else self._database.moment(finished_at)
        return LatestRun(run_id, mode, self._database.moment(started_at), ended, outcome, message)
