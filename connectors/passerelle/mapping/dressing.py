"""Dressing: rows get the names that no file brings, and one row of prices becomes one a scope."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any

import msgspec
from xxhash import xxh3_64_intdigest, xxh3_128_digest

from ..errors import DataError, Fault, Position
from ..formats import BadRow, Group, Reader, Row
from .around import ReaderAround
from .origins import AssembledRow
from .scopes import Scopes
from .unreadable import Unreadable

__all__ = ["DressedReader"]

_FILE = "#file."


class DressedReader(ReaderAround):
    """A reader whose rows carry `#ordinal`, `#line`, `#file.PART` and their scope, as far as the fields ask.

    `parts` are the named parts of the file's name. `known` gives the key and the canonical record of a row,
    for scopes in which two prices may not differ. Count, header and trailer are those of the file.
    """

    def __init__(
        self,
        inner: Reader,
        *,
        file: str,
        parts: Mapping[str, str],
        names: frozenset[str],
        scopes: Scopes | None,
        known: Callable[[Row, Group], tuple[str, Any]],
    ) -> None:
        super().__init__(inner)
        self._file = file
        self._names = names
        self._fixed = {
            name: parts.get(name.removeprefix(_FILE), file if name == f"{_FILE}name" else "")
            for name in sorted(names)
            if name.startswith(_FILE)
        }
        self._scopes = scopes
        self._known = known

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield the rows with their names, in the order of the file."""
        self._header = self._header or self._inner.read_header()
        if self._scopes is None:
            for row in self._inner.rows():
                yield row if isinstance(row, BadRow) else self._with(row, self._own(row))
        elif self._scopes.reject_clashes:
            yield from self._without_clashes(self._spread(self._scopes))
        else:
            yield from self._spread(self._scopes)

    def _own(self, row: Row) -> dict[str, str]:
        names = dict(self._fixed)
        if "#ordinal" in self._names:
            names["#ordinal"] = str(row.ordinal)
        if "#line" in self._names and row.line is not None:
            names["#line"] = str(row.line)
        return names

    @staticmethod
    def _with(row: Row, names: Mapping[str, str]) -> Row:
        dressed = row._replace(values={**row.values, **names})
        if isinstance(row, AssembledRow) and isinstance(dressed, AssembledRow):
            dressed.faults = row.faults
        return dressed

    def _spread(self, scopes: Scopes) -> Iterator[Row | BadRow]:
        for row in self._inner.rows():
            if isinstance(row, BadRow):
                yield row
                continue
            own = self._own(row)
            try:
                names = list(scopes.of(self._header, {**row.values, **own}))
            except Unreadable as error:
                position = Position(self._file, row.ordinal, row.line, error.path)
                fault = Fault(error.code, position, error.received, error.expected, error.advice)
                yield _bad(row, fault)
                continue
            for scope in names:
                yield self._with(row, {**own, **scope})

    def _without_clashes(self, rows: Iterator[Row | BadRow]) -> Iterator[Row | BadRow]:
        """Reject what says another price for a scope that the file has spoken of; the same again is no clash.

        What was met stands in a database of its own, in memory while it is small, on disk when it grows.
        """
        with closing(sqlite3.connect("", isolation_level=None)) as database:
            database.execute(
                "CREATE TABLE met (key INTEGER PRIMARY KEY, record BLOB, place TEXT) WITHOUT ROWID"
            )
            for row in rows:
                if isinstance(row, BadRow):
                    yield row
                    continue
                try:
                    key, record = self._known(row, self._header)
                except DataError:
                    # It goes to quarantine for what is wrong with it.
                    yield row
                    continue
                clash = _met(database, key, record, row)
                yield row if clash is None else _bad(row, self._clash(row, key, clash))

    def _clash(self, row: Row, key: str, place: str) -> Fault:
        return Fault(
            "scope_clash",
            Position(self._file, row.ordinal, row.line),
            key,
            f"one price in this scope, not another than in {place}",
            "Ask the sender which of the two holds",
        )


def _met(database: sqlite3.Connection, key: str, record: Any, row: Row) -> str | None:
    """Note a record; gives the place of an earlier one with the same key and another meaning."""
    number = xxh3_64_intdigest(key.encode(), seed=0) - (1 << 63)
    digest = xxh3_128_digest(msgspec.json.encode(record, order="deterministic"))
    found = database.execute("SELECT record, place FROM met WHERE key = ?", (number,)).fetchone()
    if found is None:
        place = f"record {row.ordinal}" if row.line is None else f"line {row.line}"
        database.execute("INSERT INTO met VALUES (?, ?, ?)", (number, digest, place))
        return None
    return None if found[0] == digest else str(found[1])


def _bad(row: Row, fault: Fault) -> BadRow:
    return BadRow(row.ordinal, row.line, msgspec.json.encode(row.values).decode(), (fault,))
