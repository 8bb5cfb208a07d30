"""The embedded database: rows that are too many for the memory stand in one temporary SQLite file."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

__all__ = ["NumberSet", "Store", "StoredRow", "Table"]

#: Keys that are asked for in one statement: the batch of the main rows decides, this is the most.
_ASKED_AT_ONCE = 500
# Nothing in it outlives the run: no journal, no waiting for the disk, no other reader. 8 MB of pages stay.
_SETTINGS = (
    "journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "temp_store=FILE", "cache_size=-8000",
)  # fmt: skip


#: A row under one of its keys: key, number of the entry, number of the row, number of the file, ordinal and
#: line there, its values as JSON, its faults as JSON (None: none).
StoredRow: TypeAlias = tuple[str, int, int, int, int, int | None, bytes, bytes | None]


class Store:
    """One temporary database, opened when the first row goes there, gone when it is closed.

    `folder` is where its file stands; None is the system's place for temporary files.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._file: Path | None = None
        self._connection: sqlite3.Connection | None = None
        self._tables = 0

    def table(self) -> Table:
        """Make a new table of rows."""
        return Table(self._opened(), self._name())

    def number_set(self, numbers: Iterable[int]) -> NumberSet:
        """Make a new set of numbers."""
        return NumberSet(self._opened(), self._name(), numbers)

    def _name(self) -> str:
        self._tables += 1
        return f"rows{self._tables}"

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            handle = tempfile.NamedTemporaryFile(  # noqa: SIM115  # SQLite keeps it open; close removes it
                dir=self._folder, prefix="assembly-", suffix=".sqlite", delete=False
            )
            handle.close()
            self._file = Path(handle.name)
            self._connection = sqlite3.connect(self._file, isolation_level=None)
            for setting in _SETTINGS:
                self._connection.execute(f"PRAGMA {setting}")
            # One transaction for all: nothing is ever rolled back, the file just goes.
            self._connection.execute("BEGIN")
        return self._connection

    def close(self) -> None:
        """Close the database and remove its file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._file is not None:
            self._file.unlink(missing_ok=True)
            self._file = None


class Table:
    """Rows with a key that need not be unique, in the order in which they came."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._do(
            "CREATE TABLE these (key, number INTEGER PRIMARY KEY, row, file, ordinal, line, body, faults)"
        )

    def add(self, rows: Iterable[StoredRow]) -> None:
        """Append rows; their numbers rise."""
        statement = self._own("INSERT INTO these VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        self._connection.executemany(statement, rows)

    def index(self) -> None:
        """End the filling: afterwards keys can be asked for. Sorting once costs less than sorted inserts."""
        self._do("CREATE INDEX these_key ON these (key)")

    def find(self, keys: list[str]) -> Iterator[StoredRow]:
        """Give the rows of some keys: key by key, those of a key in their order."""
        for start in range(0, len(keys), _ASKED_AT_ONCE):
            some = keys[start : start + _ASKED_AT_ONCE]
            marks = ", ".join("?" * len(some))
            query = "SELECT * FROM these WHERE key IN (…) ORDER BY key, number".replace("…", marks)
            yield from self._do(query, some)

    def key_batches(self) -> Iterator[list[str]]:
        """Give every key once, in the order of their first rows, so many at a time as `find` asks for."""
        # A table of its own, so that neither keys nor rows are ever sorted in memory.
        self._do("CREATE TABLE these_firsts AS SELECT key, min(number) AS first FROM these GROUP BY key")
        ordered = self._do("SELECT key FROM these_firsts ORDER BY first")
        while some := [key for (key,) in ordered.fetchmany(_ASKED_AT_ONCE)]:
            yield some

    def row(self, row: int) -> StoredRow:
        """Give one row, under the first of its keys."""
        query = "SELECT * FROM these WHERE number >= ? AND row = ? ORDER BY number LIMIT 1"
        found: StoredRow = self._do(query, (row, row)).fetchone()
        return found

    def faulty(self) -> Iterator[StoredRow]:
        """Give the rows with faults, under each of their keys."""
        return iter(self._do("SELECT * FROM these WHERE faults IS NOT NULL ORDER BY number"))

    def _do(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        return self._connection.execute(self._own(statement), values)

    def _own(self, statement: str) -> str:
        # Our own name, made by the store: no name from outside stands in a statement.
        return statement.replace("these", self._name)


class NumberSet:
    """A set of whole numbers of 64 bits."""

    def __init__(self, connection: sqlite3.Connection, name: str, numbers: Iterable[int]) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE these (number INTEGER PRIMARY KEY)".replace("these", name))
        self._add = "INSERT OR IGNORE INTO these VALUES (?)".replace("these", name)
        connection.executemany(self._add, ((number,) for number in sorted(numbers)))

    def add(self, number: int) -> bool:
        """Add a number; False when it is in the set already."""
        return self._connection.execute(self._add, (number,)).rowcount == 1
