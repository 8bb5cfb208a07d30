"""Shelves: the rows of an input by their keys, in memory while they are few, in the database when not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from orjson import dumps, loads

from ...errors import Fault, FileRefused
from ...formats import Group
from ..origins import Found, Origin
from .database import Store, StoredRow, Table
from .drafts import Draft

__all__ = ["MOST_MATCHES", "Budget", "Shelf"]

#: Rows of one key: more are no list of variants but a key that says nothing, such as 0.
MOST_MATCHES = 10_000
_FILLED_AT_ONCE = 1_000
_encode_faults = msgspec.json.Encoder().encode
_decode_faults = msgspec.json.Decoder(tuple[Fault, ...]).decode


class Budget:
    """How many values all shelves of one assembly may hold in memory; what is more goes to the database."""

    def __init__(self, values: int) -> None:
        self._left = values

    def take(self, values: int) -> bool:
        """Take room for so many values; False when there is none left."""
        self._left -= values
        return self._left >= 0

    def give_back(self, values: int) -> None:
        """Give room back."""
        self._left += values


class Shelf:
    """Rows by key: filled once with `put`, closed with `ready`, then asked with `find`.

    `deep` says that groups below a row come from other rows, whose origins are to be kept. The rows that
    nobody asked for are its `orphans`.
    """

    def __init__(self, name: str, budget: Budget, store: Store, *, deep: bool = False) -> None:
        self.name = name
        self.rows = 0
        self._budget = budget
        self._store = store
        self._deep = deep
        self._taken = 0
        self._kept: dict[str, list[tuple[int, Found]]] = {}
        self._table: Table | None = None
        self._waiting: list[StoredRow] = []
        self._entries = 0
        self._files: list[str] = []
        self._used = bytearray()

    @property
    def on_disk(self) -> bool:
        """True when its rows stand in the database."""
        return self._table is not None

    def put(self, keys: Iterable[str], draft: Draft) -> None:
        """Add a row under each of its keys; the draft is not used again."""
        row, self.rows = self.rows, self.rows + 1
        if self._table is None:
            size = len(draft.values) + 1
            self._taken += size
            if self._budget.take(size):
                found = Found.of(draft.values, draft.origin, tuple(draft.faults))
                for key in dict.fromkeys(keys):
                    self._kept.setdefault(key, []).append((row, found))
                return
            self._move()
        self._store_row(keys, row, draft.values, draft.origin, tuple(draft.faults))

    def ready(self) -> None:
        """Close the filling."""
        self._used = bytearray(self.rows // 8 + 1)
        if self._table is not None:
            self._fill()
            self._table.index()

    def find(self, keys: Iterable[str]) -> dict[str, list[Found]]:
        """Give the rows of each key that has any, in the order in which they came.

        Raises:
            FileRefused: a key has more rows than any record could have.
        """
        wanted = dict.fromkeys(keys)
        found: dict[str, list[Found]] = {}
        used = self._used
        if self._table is None:
            kept = self._kept
            for key in wanted:
                if (entries := kept.get(key)) is not None:
                    for row, _ in entries:
                        used[row >> 3] |= 1 << (row & 7)
                    found[key] = [one for _, one in entries]
                    self._judge(key, found[key])
            return found
        restored = self._restored
        for stored in self._table.find(list(wanted)):
            key, row = stored[0], stored[2]
            rows = found.get(key)
            if rows is None:
                rows = found[key] = []
            rows.append(restored(stored))
            used[row >> 3] |= 1 << (row & 7)
            if len(rows) > MOST_MATCHES:
                self._judge(key, rows)
        return found

    def groups(self) -> Iterator[list[Found]]:
        """Give all rows key by key, the keys in the order of their first rows."""
        if self._table is None:
            for key, entries in self._kept.items():
                rows = [found for _, found in entries]
                self._judge(key, rows)
                yield rows
            return
        for some in self._table.key_batches():
            found = self.find(some)
            for key in some:
                yield found[key]

    @property
    def orphans(self) -> int:
        """How many rows nobody asked for."""
        return self.rows - int.from_bytes(self._used).bit_count()

    def some_orphans(self, most: int) -> Iterator[tuple[str, Found]]:
        """Give some of the rows that nobody asked for, each with its key."""
        unused = [row for row, _ in zip(self._unused(), range(most), strict=False)]
        if self._table is not None:
            for row in unused:
                stored = self._table.row(row)
                yield stored[0], self._restored(stored)
        elif unused:
            by_row = {row: (key, found) for key, entries in self._kept.items() for row, found in entries}
            for row in unused:
                yield by_row[row]

    def faulty_orphans(self) -> Iterator[Found]:
        """Give the rows with faults that nobody asked for: their faults are told nowhere else."""
        told: set[int] = set()
        entries: Iterable[tuple[int, Found]]
        if self._table is not None:
            entries = ((stored[2], self._restored(stored)) for stored in self._table.faulty())
        else:
            entries = (entry for kept in self._kept.values() for entry in kept if entry[1].faults)
        for row, found in entries:
            if row not in told and not self._used[row >> 3] >> (row & 7) & 1:
                told.add(row)
                yield found

    def _unused(self) -> Iterator[int]:
        return (row for row in range(self.rows) if not self._used[row >> 3] >> (row & 7) & 1)

    def _judge(self, key: str, rows: list[Found]) -> None:
        if len(rows) > MOST_MATCHES:
            raise FileRefused(
                Fault(
                    "too_many_rows",
                    rows[0].origin.at(),
                    key,
                    f"at most {MOST_MATCHES} rows of {self.name} with one key",
                    "The key says nothing: join or group by another value, or leave such rows out with where",
                )
            )

    # The way into the database and back -------------------------------------------------------------

    def _move(self) -> None:
        """Move what is in memory to the database."""
        self._table = self._store.table()
        self._budget.give_back(self._taken)
        keys: dict[int, list[str]] = {}
        rows: dict[int, Found] = {}
        for key, entries in self._kept.items():
            for row, found in entries:
                keys.setdefault(row, []).append(key)
                rows[row] = found
        self._kept = {}
        for row in sorted(rows):
            found = rows.pop(row)
            self._store_row(keys[row], row, found, found.origin, found.faults)

    def _store_row(
        self,
        keys: Iterable[str],
        row: int,
        values: Group,
        origin: Origin,
        faults: tuple[Fault, ...],
    ) -> None:
        if not self._files or self._files[-1] != origin.file:
            self._files.append(origin.file)
        body = dumps(_with_origins(values) if self._deep else values)
        told = _encode_faults(faults) if faults else None
        file = len(self._files) - 1
        for key in dict.fromkeys(keys):
            self._waiting.append((key, self._entries, row, file, origin.ordinal, origin.line, body, told))
            self._entries += 1
        if len(self._waiting) >= _FILLED_AT_ONCE:
            self._fill()

    def _fill(self) -> None:
        if self._table is not None:
            self._table.add(self._waiting)
            self._waiting = []

    def _restored(self, stored: StoredRow) -> Found:
        _, _, _, file, ordinal, line, body, faults = stored
        values = loads(body)
        return Found.of(
            _restored(values) if self._deep else values,
            Origin(self._files[file], ordinal, line),
            () if faults is None else _decode_faults(faults),
        )


def _with_origins(value: Any) -> Any:
    """Write every group with its origin: `[origin or null, names]`; a list stands in `{"list": …}`."""
    if isinstance(value, dict):
        origin = tuple(value.origin) if isinstance(value, Found) else None
        return [origin, {name: _with_origins(item) for name, item in value.items()}]
    if isinstance(value, list):
        return {"list": [_with_origins(item) for item in value]}
    return value


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        origin, names = value
        group = {name: _restored(item) for name, item in names.items()}
        return group if origin is None else Found.of(group, Origin(*origin))
    if isinstance(value, dict):
        return [_restored(item) for item in value["list"]]
    return value
