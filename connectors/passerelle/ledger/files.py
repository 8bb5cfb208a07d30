"""Files: every file that came, by content, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from ..errors import Fatal
from .database import Database, repeatable, utc_now
from .schema import file
from .sequences import advance

__all__ = ["FileRecord", "FileState", "Files"]

FileState = Literal["collected", "applied", "refused", "held", "skipped"]


class FileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One file as it came; `series` is what its sequence counts in, such as a feed and a zone.

    `sequence` counts on where the numbers in the names begin again; `reference` is the file's own.
    """

    id: int
    feed: str
    series: str
    name: str
    sha256: str
    size: int
    sequence: int | None
    mode: str | None
    state: FileState
    note: str
    archived_as: str | None
    run_id: str | None
    recorded_at: datetime
    changed_at: datetime
    reference: str | None = None


class Files:
    """The journal of files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @repeatable
    def find(self, feed: str, sha256: str) -> FileRecord | None:
        """Find a file of this feed by its content: the applied one if there is one, else the newest."""
        query = (
            sa.select(file)
            .where(file.c.feed == feed, file.c.sha256 == sha256)
            .order_by(sa.case((file.c.state == "applied", 0), else_=1), file.c.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _record(row)

    @repeatable
    def last_named(self, feed: str, name: str, *states: FileState) -> FileRecord | None:
        """Read the file of this name that came last to one of these states: a name may come again."""
        query = (
            sa.select(file)
            .where(file.c.feed == feed, file.c.name == name, file.c.state.in_(states))
            .order_by(file.c.changed_at.desc(), file.c.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _record(row)

    @repeatable
    def get(self, file_id: int) -> FileRecord | None:
        """Read one file."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(file).where(file.c.id == file_id)).first()
        return None if row is None else _record(row)

    @repeatable
    def with_reference(self, feed: str, reference: str) -> FileRecord | None:
        """Find the file that was applied under this control reference first."""
        query = (
            sa.select(file)
            .where(file.c.feed == feed, file.c.reference == reference, file.c.state == "applied")
            .order_by(file.c.id)
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _record(row)

    @repeatable
    def last_in_mode(self, feed: str, mode: str) -> FileRecord | None:
        """Find the file of this mode that was applied last."""
        query = (
            sa.select(file)
            .where(file.c.feed == feed, file.c.mode == mode, file.c.state == "applied")
            .order_by(file.c.changed_at.desc(), file.c.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _record(row)

    @repeatable
    def applied_since(self, feed: str, moment: datetime) -> FileRecord | None:
        """Find the file of a feed that was applied last, when that was at this moment or later."""
        query = (
            sa.select(file)
            .where(file.c.feed == feed, file.c.state == "applied", file.c.changed_at >= moment)
            .order_by(file.c.changed_at.desc(), file.c.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _record(row)

    @repeatable
    def last(self, feed: str, n: int = 1) -> list[FileRecord]:
        """Read the last files of a feed, the newest first."""
        query = sa.select(file).where(file.c.feed == feed).order_by(file.c.id.desc()).limit(n)
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(query)]

    @repeatable
    def record(
        self,
        feed: str,
        name: str,
        sha256: str,
        size: int,
        *,
        sequence: int | None = None,
        mode: str | None = None,
        state: FileState = "collected",
        run_id: str | None = None,
        series: str | None = None,
        archived_as: str | None = None,
        note: str = "",
        reference: str | None = None,
    ) -> FileRecord:
        """Write a file down; the same name with the same content again is the same row.

        A row that is already applied stays so: a repetition does not undo what was done.
        """
        now = utc_now()
        insert = self._database.insert(file).values(
            feed=feed,
            series=series or feed,
            name=name,
            sha256=sha256,
            size=size,
            sequence=sequence,
            mode=mode,
            state=state,
            note=note,
            archived_as=archived_as,
            run_id=run_id,
            recorded_at=now,
            changed_at=now,
            reference=reference,
        )
        new = insert.excluded
        again = insert.on_conflict_do_update(
            index_elements=["feed", "name", "sha256"],
            set_={
                "state": new.state,
                "note": new.note,
                "run_id": new.run_id,
                "archived_as": sa.func.coalesce(new.archived_as, file.c.archived_as),
                "changed_at": now,
            },
            where=file.c.state != "applied",
        )
        with self._database.write() as connection:
            connection.execute(again)
            row = connection.execute(
                sa.select(file).where(file.c.feed == feed, file.c.name == name, file.c.sha256 == sha256)
            ).one()
            if state == "applied" and sequence is not None:
                advance(self._database, connection, series or feed, sequence, mode)
        return _record(row)

    @repeatable
    def set_state(self, file_id: int, state: FileState, note: str = "") -> FileRecord:
        """Say what became of a file. `applied` moves its series on in the same transaction."""
        with self._database.write() as connection:
            row = connection.execute(
                file.update()
                .where(file.c.id == file_id)
                .values(state=state, note=note, changed_at=utc_now())
                .returning(file)
            ).first()
            if row is None:
                raise Fatal(f"The ledger knows no file {file_id}", advice="Record the file before its state")
            if state == "applied" and row.sequence is not None:
                advance(self._database, connection, row.series, row.sequence, row.mode)
        return _record(row)


def _record(row: sa.Row[Any]) -> FileRecord:
    return FileRecord(**row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
