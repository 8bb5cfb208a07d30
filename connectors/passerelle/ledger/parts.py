"""Parts: plans that several processes carry out together; who holds which part, and how far they are."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from . import bulk
from .database import Database, repeatable
from .names import run_number
from .owners import Owner, is_alive, this_process
from .parts_held import Division, HeldPart
from .parts_schema import plan_division, plan_part, plan_part_item, plan_part_note
from .schema import run

__all__ = ["Parts", "PartsState"]

_ADD_SQLITE = "INSERT INTO plan_part_item (run_no, part, seq) VALUES (?, ?, ?)"
_ADD_POSTGRESQL = (
    "INSERT INTO plan_part_item (run_no, part, seq)"
    " SELECT * FROM unnest(%b::bigint[], %b::int[], %b::bigint[])"
)
_PLACES = (
    "SELECT seq, key, record FROM plan_item"
    " WHERE plan_id = (SELECT id FROM plan WHERE run_id = ?) AND seq > ? ORDER BY seq LIMIT ?"
)
_NOTES = (
    "SELECT part, no, body FROM plan_part_note"
    " WHERE run_no = ? AND (part, no) > (?, ?) ORDER BY part, no LIMIT ?"
)

_PAGE_ROWS = 1_000
#: Rows written in one transaction: some tens of milliseconds, during which other writers wait.
_CHUNK = 20_000


class PartsState(msgspec.Struct, frozen=True):
    """Where a division stands: parts by who holds them, items that were answered, why all should stop."""

    free: int
    held: int
    done: int
    noted: int
    fault: tuple[str, str] | None


class Parts:
    """The divisions of plans, one a run at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @repeatable
    def places(
        self, run_id: str, after: int = 0, limit: int = 5 * _PAGE_ROWS
    ) -> list[tuple[int, str, bytes]]:
        """Read `(seq, key, record)` of a plan by which it is divided, in its order."""
        with self._database.read() as connection:
            return [
                (seq, key, b"" if record is None else bytes(record))
                for seq, key, record in bulk.rows(connection, _PLACES, (run_id, after, limit))
            ]

    @repeatable
    def divide(self, division: Division, waves: Sequence[Sequence[Sequence[int]]]) -> None:
        """Keep a division: for each wave its parts, each the places of its items; it is seen when whole."""
        self.drop(division.run_id)
        with self._database.write() as connection:
            run_no = _number(connection, division.run_id)
        parts = [(wave, seqs) for wave, parts in enumerate(waves) for seqs in parts if seqs]
        rows = ((run_no, part, seq) for part, (_, seqs) in enumerate(parts) for seq in sorted(seqs))
        for chunk in _chunks(rows, _CHUNK):
            with self._database.write() as connection:
                bulk.write_rows(connection, sqlite=_ADD_SQLITE, postgresql=_ADD_POSTGRESQL, rows=chunk)
        with self._database.write() as connection:
            connection.execute(
                plan_part.insert(),
                [
                    {"run_no": run_no, "part": part, "wave": wave, "items": len(seqs)}
                    for part, (wave, seqs) in enumerate(parts)
                ],
            )
            connection.execute(
                plan_division.insert().values(
                    run_no=run_no,
                    feed=division.feed,
                    file=division.file,
                    base=division.base,
                    recipe=division.recipe,
                    options=division.options,
                    foreign_met=division.foreign,
                    lease_seconds=division.lease_seconds,
                    began_at=self._database.now(connection),
                )
            )

    @repeatable
    def open(self, feeds: Sequence[str] = ()) -> list[Division]:
        """Read the divisions that are being carried out, the oldest first; of some feeds if named."""
        query = (
            sa.select(plan_division, run.c.id.label("run_id"))
            .join(run, run.c.no == plan_division.c.run_no)
            .where(run.c.outcome.is_(None), plan_division.c.fault.is_(None))
            .order_by(plan_division.c.run_no)
        )
        if feeds:
            query = query.where(plan_division.c.feed.in_(feeds))
        with self._database.read() as connection:
            return [_division(row) for row in connection.execute(query)]

    @repeatable
    def state(self, run_id: str) -> PartsState | None:
        """Tell where a division stands; None when there is none (any more)."""
        with self._database.read() as connection:
            run_no = run_number(connection, run_id)
            query = sa.select(plan_division.c.fault).where(plan_division.c.run_no == run_no)
            found = connection.execute(query).first()
            if found is None:
                return None
            now = self._database.now(connection)
            rows = connection.execute(sa.select(plan_part).where(plan_part.c.run_no == run_no)).all()
        free = sum(1 for row in rows if not row.is_done and _is_free(row, now))
        done = sum(1 for row in rows if row.is_done)
        return PartsState(
            free=free,
            held=len(rows) - free - done,
            done=done,
            noted=sum(row.noted for row in rows),
            fault=None if found.fault is None else (found.fault["message"], found.fault["advice"]),
        )

    def claim(self, division: Division) -> HeldPart | None:
        """Take a part that nobody holds, or whose holder is dead or silent; None when there is none now."""
        token = secrets.token_hex(16)
        return self._database.again(lambda: self._claim(division, token))

    def _claim(self, division: Division, token: str) -> HeldPart | None:
        me, here = this_process(), plan_part.c
        with self._database.write() as connection:
            run_no = _number(connection, division.run_id)
            now = self._database.now(connection)
            rows = connection.execute(
                sa.select(plan_part)
                .where(here.run_no == run_no, sa.not_(here.is_done))
                .order_by(here.wave, here.part)
            ).all()
            for row in rows:
                if row.wave != rows[0].wave:
                    break
                if row.token == token:  # taken, and the answer was lost
                    return self._held(division, row, token)
                if not _is_free(row, now):
                    continue
                same = here.token.is_(None) if row.token is None else here.token == row.token
                same_beat = here.beat_at.is_(None) if row.beat_at is None else here.beat_at == row.beat_at
                taken = connection.execute(
                    plan_part.update()
                    .where(
                        here.run_no == run_no, here.part == row.part, sa.not_(here.is_done), same, same_beat
                    )
                    .values(
                        token=token,
                        host=me.host,
                        pid=me.pid,
                        process_started=me.process_started,
                        beat_at=now,
                        expires_at=now + timedelta(seconds=division.lease_seconds),
                        times=here.times + 1,
                    )
                    .returning(here.notes)
                ).first()
                # Of several that see it free the first one has it.
                if taken is not None:
                    return self._held(division, row, token)
        return None

    def _held(self, division: Division, row: sa.Row[Any], token: str) -> HeldPart:
        return HeldPart(
            self._database,
            division,
            row.run_no,
            row.part,
            token,
            notes=row.notes,
            left=row.items - row.noted,
        )

    @repeatable
    def stop(self, run_id: str, message: str, advice: str) -> None:
        """Ask all who work on a plan to stop, and say why; the first reason stays."""
        with self._database.write() as connection:
            connection.execute(
                plan_division.update()
                .where(
                    plan_division.c.run_no == run_number(connection, run_id), plan_division.c.fault.is_(None)
                )
                .values(fault={"message": message, "advice": advice})
            )

    def notes(self, run_id: str) -> Iterator[bytes]:
        """Stream what was noted for the report, part by part."""
        part, no = -1, -1
        while page := self._notes(run_id, part, no):
            yield from (bytes(body) for _, _, body in page)
            part, no, _ = page[-1]

    @repeatable
    def _notes(self, run_id: str, part: int, no: int) -> list[tuple[int, int, bytes]]:
        with self._database.read() as connection:
            values = (run_number(connection, run_id), part, no, _PAGE_ROWS)
            return list(bulk.rows(connection, _NOTES, values))

    @repeatable
    def drop(self, run_id: str) -> None:
        """End a division: who still holds a part of it writes nothing any more."""
        with self._database.write() as connection:
            run_no = run_number(connection, run_id)
            for table in (plan_division, plan_part, plan_part_note, plan_part_item):
                connection.execute(table.delete().where(table.c.run_no == run_no))


def _number(connection: sa.Connection, run_id: str) -> int:
    number = run_number(connection, run_id)
    if number is None:
        raise ValueError(f"received the run id {run_id!r}, expected one that this ledger started")
    return number


def _is_free(row: sa.Row[Any], now: datetime) -> bool:
    if row.token is None or row.expires_at <= now:
        return True
    return is_alive(Owner(row.host, row.pid, row.process_started)) is False


def _division(row: sa.Row[Any]) -> Division:
    return Division(
        run_id=row.run_id,
        feed=row.feed,
        file=row.file,
        base=row.base,
        recipe=row.recipe,
        options=row.options,
        foreign=row.foreign_met,
        lease_seconds=row.lease_seconds,
    )


def _chunks(rows: Iterable[tuple[int, int, int]], size: int) -> Iterator[list[tuple[int, int, int]]]:
    chunk: list[tuple[int, int, int]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
