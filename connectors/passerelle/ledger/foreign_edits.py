"""Foreign edits: fields that somebody else changed in the target after we wrote them, and what was done then.

One row a field of a record. `times` counts how often we set it right, or, of a field that is left to them,
how many of their values we met; it begins anew when nobody touched the field for a month.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec
import sqlalchemy as sa

from . import bulk
from .database import Database, repeatable, utc_now
from .schema import foreign_edit

__all__ = ["ForeignDecision", "ForeignEdit", "ForeignEdits", "Sighting"]

#: What is done: set right, left to them, left and told as a question, left because both sides insist, or
#: set right once because a person said so.
ForeignDecision: TypeAlias = Literal["overwrite", "keep", "report", "fight", "released"]

#: A field that nobody else touched for so long has a new story.
_CALM = timedelta(days=30)
#: An edit that is about to be set right, until the target took our value.
_UNDER_WAY = "overwriting"
_PAGE_ROWS = 1_000


class Sighting(NamedTuple):
    """A field that the target holds otherwise than we wrote it, and what is done about it."""

    key: str
    field: str
    ours: Any
    theirs: Any
    decision: ForeignDecision


class ForeignEdit(msgspec.Struct, frozen=True, kw_only=True):
    """A field, its two values as JSON holds them, and its story."""

    id: int
    feed: str
    key: str
    field: str
    ours: Any
    theirs: Any
    decision: ForeignDecision
    times: int
    first_run_id: str
    run_id: str
    first_seen: datetime
    last_seen: datetime


class ForeignEdits:
    """The foreign edits of every feed; settled ones are no longer given."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def met(self, run_id: str, feed: str, sightings: Iterable[Sighting]) -> None:
        """Write edits down; one that is to be set right counts when `overwritten` says that it was."""
        latest = {(one.key, one.field): one for one in sightings}
        if not latest:
            return
        now = utc_now()
        with self._database.write() as connection:
            before = self._stored(connection, feed, sorted({key for key, _ in latest}))
            insert = self._database.insert(foreign_edit)
            new = insert.excluded
            names = ("ours", "theirs", "policy", "times", "first_run_id", "run_id", "first_seen", "last_seen")
            again = insert.on_conflict_do_update(
                index_elements=["feed", "key", "field"],
                set_={**{name: new[name] for name in names}, "settled_at": None},
            )
            rows = [_row(latest[place], before.get(place), run_id, feed, now) for place in sorted(latest)]
            connection.execute(again, rows)

    def overwritten(self, run_id: str, feed: str, keys: Sequence[str]) -> int:
        """Count the edits of these records as set right: the target took our values; give their number."""
        done = 0
        with self._database.write() as connection:
            for batch in bulk.batches(sorted(set(keys))):
                found = connection.execute(
                    foreign_edit.update()
                    .where(
                        foreign_edit.c.feed == feed,
                        foreign_edit.c.key.in_(batch),
                        foreign_edit.c.run_id == run_id,
                        foreign_edit.c.policy == _UNDER_WAY,
                    )
                    .values(policy="overwrite", times=foreign_edit.c.times + 1)
                )
                done += found.rowcount
        return done

    @repeatable
    def of(self, feed: str, keys: Sequence[str]) -> dict[tuple[str, str], ForeignEdit]:
        """Read the edits of these records, by key and field."""
        with self._database.read() as connection:
            return {
                place: _edit(row)
                for place, row in self._stored(connection, feed, keys).items()
                if row["settled_at"] is None
            }

    @repeatable
    def settle(self, feed: str, places: Iterable[tuple[str, str]]) -> int:
        """Close edits that were left to them, by key and field: both sides agree again; count them."""
        closed = 0
        with self._database.write() as connection:
            for key, field in sorted(set(places)):
                done = connection.execute(
                    foreign_edit.update()
                    .where(
                        foreign_edit.c.feed == feed,
                        foreign_edit.c.key == key,
                        foreign_edit.c.field == field,
                        foreign_edit.c.settled_at.is_(None),
                        foreign_edit.c.policy.not_in(("overwrite", _UNDER_WAY)),
                    )
                    .values(settled_at=utc_now())
                )
                closed += done.rowcount
        return closed

    def release(self, feed: str, *, key: str | None = None, field: str | None = None) -> list[str]:
        """Let our values win once more for edits that were left to them; give the keys of their records."""
        chosen = [foreign_edit.c.feed == feed, *_LEFT]
        chosen += [] if key is None else [foreign_edit.c.key == key]
        chosen += [] if field is None else [foreign_edit.c.field == field]
        with self._database.write() as connection:
            keys = connection.execute(sa.select(foreign_edit.c.key).where(*chosen).distinct()).scalars().all()
            connection.execute(foreign_edit.update().where(*chosen).values(policy="released", times=0))
        return sorted(keys)

    def entries(self, feed: str | None = None) -> Iterator[ForeignEdit]:
        """Stream the edits, the oldest first; each page is a read of its own."""
        after = 0
        while True:
            query = (
                sa.select(foreign_edit)
                .where(foreign_edit.c.settled_at.is_(None), foreign_edit.c.id > after)
                .order_by(foreign_edit.c.id)
                .limit(_PAGE_ROWS)
            )
            if feed is not None:
                query = query.where(foreign_edit.c.feed == feed)
            with self._database.read() as connection:
                page = [_edit(row) for row in connection.execute(query).mappings()]
            if not page:
                return
            yield from page
            after = page[-1].id

    @repeatable
    def count_left(self, feed: str) -> int:
        """Count the edits that are left to them."""
        query = sa.select(sa.func.count()).select_from(foreign_edit)
        with self._database.read() as connection:
            return int(connection.execute(query.where(foreign_edit.c.feed == feed, *_LEFT)).scalar_one())

    @staticmethod
    def _stored(
        connection: sa.Connection, feed: str, keys: Sequence[str]
    ) -> dict[tuple[str, str], sa.RowMapping]:
        found: dict[tuple[str, str], sa.RowMapping] = {}
        for batch in bulk.batches(keys):
            query = sa.select(foreign_edit).where(foreign_edit.c.feed == feed, foreign_edit.c.key.in_(batch))
            for row in connection.execute(query).mappings():
                found[row["key"], row["field"]] = row
        return found


_LEFT = (
    foreign_edit.c.settled_at.is_(None),
    foreign_edit.c.policy.in_(("keep", "report", "fight")),
)


def _row(
    seen: Sighting, before: sa.RowMapping | None, run_id: str, feed: str, now: datetime
) -> dict[str, Any]:
    known = before is not None and before["settled_at"] is None and now - before["last_seen"] < _CALM
    return {
        "feed": feed,
        "key": seen.key,
        "field": seen.field,
        "ours": seen.ours,
        "theirs": seen.theirs,
        "policy": _UNDER_WAY if seen.decision == "overwrite" else seen.decision,
        "times": _times(seen, before if known else None),
        "first_run_id": before["first_run_id"] if known and before is not None else run_id,
        "run_id": run_id,
        "first_seen": before["first_seen"] if known and before is not None else now,
        "last_seen": now,
    }


def _times(seen: Sighting, before: sa.RowMapping | None) -> int:
    ours_wins = seen.decision == "overwrite"
    if before is None:
        return 0 if ours_wins else 1
    if ours_wins:
        return int(before["times"]) if before["policy"] in ("overwrite", _UNDER_WAY) else 0
    if seen.decision == "fight":
        return int(before["times"])
    if before["policy"] in ("keep", "report"):
        return int(before["times"]) + int(before["theirs"] != seen.theirs)
    return 1


def _edit(row: sa.RowMapping) -> ForeignEdit:
    values = {name: row[name] for name in row if name not in ("settled_at", "policy")}
    decision: ForeignDecision = "overwrite" if row["policy"] == _UNDER_WAY else row["policy"]
    return ForeignEdit(**values, decision=decision)
