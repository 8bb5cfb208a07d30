"""Aging: rows that are over go in small pieces, the oldest first, so that nobody waits long for the ledger.

Rows are numbered in the order in which they began, so the search ends at the first one that began too late
to be over for long: it reads the old rows alone, and needs no index of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import sqlalchemy as sa

from . import bulk
from .database import Database

__all__ = ["Oldest", "drop_ended", "oldest"]

_PAGE_ROWS = 1_000

#: Each part reads one row by a primary key; shares of call budgets are a few.
_OLDEST = (
    "SELECT (SELECT opened_at FROM quarantine ORDER BY id LIMIT 1),"
    " (SELECT parked_at FROM parked ORDER BY id LIMIT 1),"
    " (SELECT started_at FROM run ORDER BY no LIMIT 1),"
    " (SELECT created_at FROM plan WHERE id = (SELECT min(plan_id) FROM plan_item)),"
    " (SELECT started_at FROM run WHERE no >= (SELECT min(run_no) FROM before_image) ORDER BY no LIMIT 1),"
    " (SELECT min(expires_at) FROM call_share),"
    " (SELECT closed_at FROM shop_order WHERE closed_at IS NOT NULL AND forgotten_at IS NULL"
    " ORDER BY closed_at, id LIMIT 1)"
)


class Oldest(NamedTuple):
    """When the oldest row of each kind began (a call share: when it ends, an order: when it was closed).

    None where there is none. The kinds have the names of the settings that say how long they are kept.
    """

    closed_rejects: datetime | None = None
    closed_waits: datetime | None = None
    runs: datetime | None = None
    plans: datetime | None = None
    before_images: datetime | None = None
    call_shares: datetime | None = None
    orders: datetime | None = None


def oldest(database: Database) -> Oldest:
    """Tell by one statement since when there is something of each kind: nothing younger is sought."""
    with database.read() as connection:
        found = bulk.one(connection, _OLDEST, ())
    return Oldest(*(None if at is None else Database.moment(at) for at in found))


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
