"""Sequences: which file number of a series comes next, and what a wrong one means."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, NamedTuple

import sqlalchemy as sa

from .database import Database, repeatable, utc_now
from .schema import file, sequence

__all__ = ["Numbering", "Sequences", "Verdict", "VerdictKind", "advance", "judge"]

VerdictKind = Literal["next", "first", "repeated_same", "repeated_other", "gap", "late", "full_supersedes"]


class Verdict(NamedTuple):
    """What a sequence means: `expected` is the number that was due, None before the first file.

    Of a gap, `missing` are the numbers that did not come.
    """

    kind: VerdictKind
    expected: int | None
    message: str
    missing: str = ""


class Numbering(NamedTuple):
    """How the numbers of a series are written: from `first` up to `last`, then from `first` again.

    The ledger counts on: 99999 is followed by 100000, which is written 00001 when `first` is 1.
    """

    first: int = 1
    last: int | None = None

    def unwound(self, written: int, after: int | None) -> int:
        """Count a written number on: the one nearest to what follows `after`."""
        if self.last is None or after is None:
            return written
        span = self.last - self.first + 1
        due = after + 1
        below = written + (due - written) // span * span
        return below if due - below <= below + span - due else below + span

    def written(self, number: int) -> int:
        """Say how a number that was counted on is written."""
        if self.last is None:
            return number
        return self.first + (number - self.first) % (self.last - self.first + 1)


def judge(
    number: int,
    *,
    last: int | None,
    is_full: bool,
    is_same: bool | None,
    numbering: Numbering | None = None,
) -> Verdict:
    """Judge a file's number (counted on) against the last one applied.

    `is_same` says whether a file applied under this very number had the same content; None when none was.
    The verdict speaks of numbers as the `numbering` writes them.
    """
    write = (numbering or Numbering()).written
    if last is None:
        return Verdict("first", None, f"{write(number)} is the first file of this series")
    due = last + 1
    if number > due:
        missing = f"{write(due)}" if number == due + 1 else f"{write(due)} to {write(number - 1)}"
        if is_full:
            text = f"{missing} never came, and the full file {write(number)} replaces it"
            return Verdict("full_supersedes", write(due), text)
        text = f"received {write(number)}, expected {write(due)}: {missing} is missing"
        return Verdict("gap", write(due), text, missing)
    if number == due:
        return Verdict("next", write(due), f"{write(number)} follows {write(last)}")
    return _judge_old(write(number), write(due), last=write(last), is_same=is_same)


def _judge_old(number: int, due: int, *, last: int, is_same: bool | None) -> Verdict:
    if is_same is None:
        return Verdict("late", due, f"{number} came too late: {last} was applied before it")
    if is_same:
        return Verdict("repeated_same", due, f"{number} was applied before with the same content")
    return Verdict("repeated_other", due, f"{number} was applied before with other content")


class Sequences:
    """The last number applied of every series; a series is a feed, or a feed and a zone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @repeatable
    def last(self, series: str) -> int | None:
        """Tell the last number applied."""
        with self._database.read() as connection:
            return connection.execute(sa.select(sequence.c.last).where(sequence.c.series == series)).scalar()

    @repeatable
    def judge(
        self,
        series: str,
        number: int,
        sha256: str,
        mode: str | None,
        *,
        fulls: Collection[str] = ("full",),
        numbering: Numbering | None = None,
        after: int | None = None,
    ) -> Verdict:
        """Judge a file before it is applied; `fulls` names the modes that carry everything.

        `number` is counted on by `numbering`; `after` is what a series that is new follows, when it follows
        another one (the numbers of a new year).
        """
        applied = sa.select(file.c.sha256).where(
            file.c.series == series, file.c.sequence == number, file.c.state == "applied"
        )
        with self._database.read() as connection:
            last = connection.execute(sa.select(sequence.c.last).where(sequence.c.series == series)).scalar()
            before = set(connection.execute(applied).scalars())
        return judge(
            number,
            last=after if last is None else last,
            is_full=mode in fulls,
            is_same=sha256 in before if before else None,
            numbering=numbering,
        )

    @repeatable
    def advance(self, series: str, number: int, mode: str | None = None) -> None:
        """Move a series on to this number; it never goes back."""
        with self._database.write() as connection:
            advance(self._database, connection, series, number, mode)


def advance(
    database: Database, connection: sa.Connection, series: str, number: int, mode: str | None
) -> None:
    """Move a series on inside the caller's transaction."""
    insert = database.insert(sequence).values(series=series, last=number, mode=mode, moved_at=utc_now())
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["series"],
            set_={
                "last": insert.excluded.last,
                "mode": insert.excluded.mode,
                "moved_at": insert.excluded.moved_at,
            },
            where=insert.excluded.last > sequence.c.last,
        )
    )
