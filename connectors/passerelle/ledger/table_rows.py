"""Rows of any table by hundreds: one statement a batch, in the words of each database.

The statements are made from the tables themselves; values go in as Python has them (aware times, JSON as
objects) and leave as the driver wants them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from . import bulk
from .columns import UtcTime
from .database import Database

# ruff: noqa: S608  # the names are those of our own tables, every value is a parameter

__all__ = ["among", "append", "change", "drop", "put"]

Rows = Sequence[tuple[Any, ...]]


class _Statement(NamedTuple):
    sqlite: str
    postgresql: str


def append(
    database: Database, connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: Rows
) -> None:
    """Insert rows that the database numbers by itself."""
    _run(database, connection, _plain_insert(table, columns), table, columns, rows)


def put(
    database: Database,
    connection: sa.Connection,
    table: sa.Table,
    columns: tuple[str, ...],
    rows: Rows,
    *,
    replace: bool = False,
) -> None:
    """Insert rows; one that is there already stays as it is, or with `replace` takes these values.

    The key that two rows may share is the table's primary key, or its first unique constraint when the
    primary key is not among `columns`. With `replace` no two rows may have the same key.
    """
    _run(database, connection, _insert(table, columns, replace), table, columns, rows)


def change(
    database: Database, connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: Rows
) -> None:
    """Give rows new values: `columns` are the key as `put` takes it, then what changes."""
    _run(database, connection, _update(table, columns), table, columns, rows)


def drop(
    database: Database, connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: Rows
) -> None:
    """Delete the rows with these keys."""
    _run(database, connection, _delete(table, columns), table, columns, rows)


def among(
    connection: sa.Connection,
    column: sa.Column[str],
    values: Iterable[str],
    *where: sa.ColumnElement[bool],
) -> frozenset[str]:
    """Tell which of these values stand in a column, in rows that meet the conditions."""
    found: set[str] = set()
    for batch in bulk.batches(sorted(set(values))):
        query = sa.select(column).where(column.in_(batch), *where)
        found.update(connection.execute(query).scalars())
    return frozenset(found)


def _run(
    database: Database,
    connection: sa.Connection,
    statement: _Statement,
    table: sa.Table,
    columns: tuple[str, ...],
    rows: Rows,
) -> None:
    if not rows:
        return
    made = _makers(database, table, columns)
    bulk.write_rows(
        connection,
        sqlite=statement.sqlite,
        postgresql=statement.postgresql,
        rows=[
            tuple(
                value if make is None or value is None else make(value)
                for make, value in zip(made, row, strict=True)
            )
            for row in rows
        ],
    )


def _makers(
    database: Database, table: sa.Table, columns: tuple[str, ...]
) -> list[Callable[[Any], Any] | None]:
    kinds = [table.c[name].type for name in columns]
    return [
        database.stamp if isinstance(kind, UtcTime) else _as_json if isinstance(kind, sa.JSON) else None
        for kind in kinds
    ]


def _as_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


@lru_cache(maxsize=64)
def _plain_insert(table: sa.Table, columns: tuple[str, ...]) -> _Statement:
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    values = ", ".join("?" * len(columns))
    return _Statement(f"{into} VALUES ({values})", f"{into} SELECT * FROM {_unnest(table, columns)}")


@lru_cache(maxsize=64)
def _insert(table: sa.Table, columns: tuple[str, ...], replace: bool) -> _Statement:  # noqa: FBT001 - cached
    keys = _key(table, columns)
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    others = [name for name in columns if name not in keys]
    then = (
        "DO UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in others)
        if replace and others
        else "DO NOTHING"
    )
    clash = f"ON CONFLICT ({', '.join(keys)}) {then}"
    values = ", ".join("?" * len(columns))
    return _Statement(
        f"{into} VALUES ({values}) {clash}", f"{into} SELECT * FROM {_unnest(table, columns)} {clash}"
    )


@lru_cache(maxsize=64)
def _update(table: sa.Table, columns: tuple[str, ...]) -> _Statement:
    keys = _key(table, columns)
    others = [name for name in columns if name not in keys]
    # SQLite takes the values by number: the key comes first in the row and last in the statement.
    place = {name: f"?{number}" for number, name in enumerate(columns, 1)}
    return _Statement(
        f"UPDATE {table.name} SET {', '.join(f'{name} = {place[name]}' for name in others)}"
        f" WHERE {' AND '.join(f'{name} = {place[name]}' for name in keys)}",
        f"UPDATE {table.name} SET {', '.join(f'{name} = new.{name}' for name in others)}"
        f" FROM {_unnest(table, columns)} AS new ({', '.join(columns)})"
        f" WHERE {' AND '.join(f'{table.name}.{name} = new.{name}' for name in keys)}",
    )


@lru_cache(maxsize=64)
def _delete(table: sa.Table, columns: tuple[str, ...]) -> _Statement:
    return _Statement(
        f"DELETE FROM {table.name} WHERE {' AND '.join(f'{name} = ?' for name in columns)}",
        f"DELETE FROM {table.name} USING {_unnest(table, columns)} AS gone ({', '.join(columns)})"
        f" WHERE {' AND '.join(f'{table.name}.{name} = gone.{name}' for name in columns)}",
    )


def _key(table: sa.Table, columns: tuple[str, ...]) -> list[str]:
    primary = [column.name for column in table.primary_key.columns]
    if set(primary) <= set(columns):
        return primary
    for constraint in sorted(table.constraints, key=lambda one: str(one.name)):
        if isinstance(constraint, sa.UniqueConstraint):
            unique = [column.name for column in constraint.columns]
            if set(unique) <= set(columns):
                return unique
    raise ValueError(f"received rows of {table.name} with {', '.join(columns)}, expected a whole key in them")


def _unnest(table: sa.Table, columns: tuple[str, ...]) -> str:
    return f"unnest({', '.join(f'%b::{_array(table.c[name].type)}[]' for name in columns)})"


#: PostgreSQL's words for the types of our columns; what is none of these is text.
_WORDS: tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...] = (
    (UtcTime, "timestamptz"),
    (sa.JSON, "json"),
    (sa.BigInteger, "bigint"),
    (sa.Integer, "int"),
    (sa.Boolean, "boolean"),
    (sa.Double, "double precision"),
    (sa.LargeBinary, "bytea"),
)


def _array(kind: sa.types.TypeEngine[Any]) -> str:
    return next((word for python, word in _WORDS if isinstance(kind, python)), "text")
