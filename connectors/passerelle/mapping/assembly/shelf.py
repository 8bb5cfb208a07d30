"""Shelves: the rows of an input by their keys, in memory while they are few, in the database when not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
import orjson

from ...errors import Fault, FileRefused, Position
from ..origins import Found, Origin
from .database import Store, Stored, Table
from .drafts import Draft

__all__ = ["MOST_MATCHES", "Budget", "Match", "Shelf"]

#: Rows of one key: more are no list of variants but a key that says nothing, such as 0.
MOST_MATCHES = 10_000
_FILLED_AT_ONCE = 1_000
_encode_faults = msgspec.json.Encoder().encode
_decode_faults = msgspec.json.Decoder(tuple[Fault, ...]).decode


class Match(NamedTuple):
    """A row that was found, and what is wrong with it."""

    found: Found
    faults: tuple[Fault, ...]


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
        self._kept: dict[str, list[tuple[int, Match]]] = {}
        self._table: Table | None = None
        self._waiting: list[Stored] = []
        self._numbers = 0
        self._files: list[str] = []
        self._used = bytearray()

    @property
    def on_disk(self) -> bool:
        """True when its rows stand in the database."""
        return self._table is not None

    def put(self, keys: Iterable[str], draft: Draft) -> None:
        """Add a row under each of its keys."""
        row, self.rows = self.rows, self.rows + 1
        match = Match(Found(draft.values, draft.origin), tuple(draft.faults))
        if self._table is None:
            size = len(draft.values) + 1
            self._taken += size
            if self._budget.take(size):
                for key in dict.fromkeys(keys):
                    self._kept.setdefault(key, []).append((row, match))
                return
            self._move()
        for key in dict.fromkeys(keys):
            self._waiting.append(self._stored(key, row, match))
        if len(self._waiting) >= _FILLED_AT_ONCE:
            self._fill()

    def ready(self) -> None:
        """Close the filling."""
        self._used = bytearray(self.rows // 8 + 1)
        if self._table is not None:
            self._fill()
            self._table.index()

    def find(self, keys: Iterable[str]) -> dict[str, list[Match]]:
        """Give the rows of each key that has any, in the order in which they came.

        Raises:
            FileRefused: a key has more rows than any record could have.
        """
        wanted = dict.fromkeys(keys)
        found: dict[str, list[Match]] = {}
        if self._table is None:
            kept = self._kept
            for key in wanted:
                if (entries := kept.get(key)) is not None:
                    for row, _ in entries:
                        self._use(row)
                    found[key] = [match for _, match in entries]
                    self._judge(key, found[key])
            return found
        for stored in self._table.find(list(wanted)):
            matches = found.setdefault(stored.key, [])
            matches.append(self._match(stored))
            self._use(stored.row)
            self._judge(stored.key, matches)
        return found

    def groups(self) -> Iterator[tuple[str, list[Match]]]:
        """Give all rows key by key, the keys in the order of their first rows."""
        if self._table is None:
            for key, entries in self._kept.items():
                matches = [match for _, match in entries]
                self._judge(key, matches)
                yield key, matches
            return
        for some in self._table.key_batches():
            found = self.find(some)
            for key in some:
                yield key, found[key]

    @property
    def orphans(self) -> int:
        """How many rows nobody asked for."""
        return self.rows - int.from_bytes(self._used).bit_count()

    def some_orphans(self, most: int) -> Iterator[tuple[str, Found]]:
        """Give some of the rows that nobody asked for, each with its key."""
        rows = (row for row in range(self.rows) if not self._used[row >> 3] >> (row & 7) & 1)
        first = [row for row, _ in zip(rows, range(most), strict=False)]
        if self._table is not None:
            for row in first:
                stored = self._table.row(row)
                yield stored.key, self._match(stored).found
        elif first:
            by_row = {
                row: (key, match.found) for key, entries in self._kept.items() for row, match in entries
            }
            for row in first:
                yield by_row[row]

    def faulty_orphans(self) -> Iterator[Match]:
        """Give the rows with faults that nobody asked for: their faults are told nowhere else."""
        told: set[int] = set()
        entries: Iterable[tuple[int, Match]]
        if self._table is not None:
            entries = ((stored.row, self._match(stored)) for stored in self._table.faulty())
        else:
            entries = (entry for kept in self._kept.values() for entry in kept if entry[1].faults)
        for row, match in entries:
            if row not in told and not self._used[row >> 3] >> (row & 7) & 1:
                told.add(row)
                yield match

    def _use(self, row: int) -> None:
        self._used[row >> 3] |= 1 << (row & 7)

    def _judge(self, key: str, matches: list[Match]) -> None:
        if len(matches) > MOST_MATCHES:
            origin = matches[0].found.origin
            raise FileRefused(
                Fault(
                    "too_many_rows",
                    Position(origin.file, origin.ordinal, origin.line),
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
        ordered = sorted(((row, key, match) for key, kept in self._kept.items() for row, match in kept),
                         key=lambda entry: entry[0])  # fmt: skip
        self._kept = {}
        for row, key, match in ordered:
            self._waiting.append(self._stored(key, row, match))
        self._fill()

    def _fill(self) -> None:
        if self._table is not None:
            self._table.add(self._waiting)
            self._waiting = []

    def _stored(self, key: str, row: int, match: Match) -> Stored:
        number, self._numbers = self._numbers, self._numbers + 1
        origin = match.found.origin
        if not self._files or self._files[-1] != origin.file:
            self._files.append(origin.file)
        body = orjson.dumps(_with_origins(match.found) if self._deep else match.found)
        faults = _encode_faults(match.faults) if match.faults else None
        return Stored(key, number, row, len(self._files) - 1, origin.ordinal, origin.line, body, faults)

    def _match(self, stored: Stored) -> Match:
        values = orjson.loads(stored.body)
        if self._deep:
            values = _restored(values)
        origin = Origin(self._files[stored.file], stored.ordinal, stored.line)
        faults = () if stored.faults is None else _decode_faults(stored.faults)
        return Match(Found(values, origin), faults)


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
        return group if origin is None else Found(group, Origin(*origin))
    if isinstance(value, dict):
        return [_restored(item) for item in value["list"]]
    return value
