"""Aging: rows that are over go in small pieces, the oldest first, so that nobody waits long for the ledger.

Rows are numbered in the order in which they began, so the search ends at the first one that began too late
to be over for long: it reads the old rows alone, and needs no index of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

import sqlalchemy as sa

from .database import Database

__all__ = ["drop_ended"]

_PAGE_ROWS = 1_000


def drop_ended(
    database: Database, table: sa.Table, *, began: str, ended: str, before: datetime, limit: int
) -> int:
    """Drop at most `limit` rows that ended before a moment, the oldest first; count them."""
    with database.write() as connection:
        ids = list(islice(_ended(connection, table, began, ended, before), limit))
        for start in range(0, len(ids), _PAGE_ROWS):
            connection.execute(table.delete().where(table.c.id.in_(ids[start : start + _PAGE_ROWS])))
    return len(ids)


def _ended(
    connection: sa.Connection, table: sa.Table, began: str, ended: str, before: datetime
) -> Iterator[int]:
    query = sa.select(table.c.id, table.c[began], table.c[ended]).order_by(table.c.id).limit(_PAGE_ROWS)
    after = 0
    while page := connection.execute(query.where(table.c.id > after)).all():
        for number, start, end in page:
            if start >= before:
                return
            if end is not None and end < before:
                yield number
        after = page[-1][0]
