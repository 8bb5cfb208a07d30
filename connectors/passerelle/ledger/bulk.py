"""Statements for thousands of rows at once, in the words each database is fastest at.

They go to the driver's own cursor: SQLAlchemy's row objects double the cost of a look-up and treble that of
an upsert. Statements are written with `?` for a value and `{keys}` for the test on the list of keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import sqlalchemy as sa

__all__ = [
    "BATCH",
    "batches",
    "by_index",
    "change_in",
    "execute",
    "one",
    "row_by_row",
    "rows",
    "select_in",
    "write_rows",
]

T = TypeVar("T")

#: Keys in one statement: past a thousand nothing is gained, and every SQLite build takes that many values.
BATCH = 1000


def batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces of at most `size`."""
    if len(items) <= size:
        if items:
            yield items
        return
    for start in range(0, len(items), size):
        yield items[start : start + size]


def by_index(statement: str, name: str, *, is_sqlite: bool) -> str:
    """Put into `{by_index}` what makes SQLite take a partial index: it would rather read a whole feed.

    PostgreSQL counts what is in its tables, and chooses well by itself.
    """
    return statement.replace("{by_index}", f"INDEXED BY {name}" if is_sqlite else "")


def select_in(
    connection: sa.Connection, statement: str, values: tuple[Any, ...], keys: Sequence[str]
) -> Iterator[Any]:
    """Read the rows whose key is in a list of at most `BATCH`; `{keys}` is the statement's last value."""
    return iter(_run_in(connection, statement, values, keys))


def change_in(connection: sa.Connection, statement: str, values: tuple[Any, ...], keys: Sequence[str]) -> int:
    """Run an UPDATE or DELETE on the rows whose key is in a list of any length; count the rows."""
    return sum(int(_run_in(connection, statement, values, part).rowcount) for part in batches(keys))


def rows(connection: sa.Connection, statement: str, values: tuple[Any, ...]) -> Iterator[Any]:
    """Read rows by a plain statement."""
    if _is_sqlite(connection):
        return iter(_driver(connection).execute(statement, values))
    cursor = _driver(connection).cursor(binary=True)
    return iter(cursor.execute(_percent(statement), values))


def execute(connection: sa.Connection, statement: str, values: tuple[Any, ...]) -> int:
    """Run a plain statement that gives no rows; count the rows it touched."""
    if _is_sqlite(connection):
        return int(_driver(connection).execute(statement, values).rowcount)
    return int(_driver(connection).execute(_percent(statement), values).rowcount)


def one(connection: sa.Connection, statement: str, values: tuple[Any, ...]) -> Any:
    """Read the first row of a plain statement, None when there is none."""
    return next(rows(connection, statement, values), None)


def write_rows(
    connection: sa.Connection, *, sqlite: str, postgresql: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Write many rows: row by row inside the SQLite library, as one array a column to PostgreSQL.

    The PostgreSQL statement takes the columns in order, each as `%b::type[]` inside `unnest(...)`: measured
    at a fifth of the client's CPU of `executemany`.
    """
    if not rows:
        return
    if _is_sqlite(connection):
        row_by_row(connection, sqlite, rows)
        return
    for part in batches(rows, 5 * BATCH):
        columns = [list(column) for column in zip(*part, strict=True)]
        _driver(connection).cursor(binary=True).execute(postgresql, columns)


def row_by_row(connection: sa.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Run a statement for each of many rows, inside the SQLite library; count the rows it touched.

    One statement for all of them would keep a copy of every page that it touches, in a file of its own, to
    take them back should a later row fail: measured, two fifths of all writes of a run.
    """
    return int(_driver(connection).executemany(statement, rows).rowcount)


def _run_in(connection: sa.Connection, statement: str, values: tuple[Any, ...], keys: Sequence[str]) -> Any:
    if _is_sqlite(connection):
        return _driver(connection).execute(_in_list(statement, len(keys)), (*values, *keys))
    cursor = _driver(connection).cursor(binary=True)
    return cursor.execute(_any_array(statement), (*values, list(keys)))


@lru_cache(maxsize=256)
def _in_list(statement: str, count: int) -> str:
    return statement.replace("{keys}", f"IN ({','.join('?' * count)})")


@lru_cache(maxsize=256)
def _any_array(statement: str) -> str:
    # %b sends the list in binary: a third less CPU than the text that %s would choose.
    return _percent(statement).replace("{keys}", "= ANY(%b::text[])")


@lru_cache(maxsize=256)
def _percent(statement: str) -> str:
    return statement.replace("?", "%s")


def _is_sqlite(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection
