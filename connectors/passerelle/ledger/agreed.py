"""Agreed: what of a plan the target holds already becomes known, thousands at a time.

The same as reading these items, storing their fingerprints and putting what is wanted; but PostgreSQL reads
its own plan, so that no item becomes a Python object, and SQLite is not asked of each whether it is known.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import sqlalchemy as sa

from . import bulk
from .database import Database, repeatable, utc_now
from .names import last_number, run_number
from .wanted import PACKED_FROM, Wanted

__all__ = ["Agreed", "AgreedPage"]

_PAGE = (
    "SELECT plan_id, seq, key, length(record) FROM plan_item"
    " WHERE plan_id = (SELECT id FROM plan WHERE run_id = ?) AND seq > ? AND kind = 'same'"
    " ORDER BY seq LIMIT ?"
)
_ROWS = _PAGE.replace("length(record)", "raw, strong, record")
# PostgreSQL takes a value in a SELECT for a text unless it is told.
_FIRST = (
    "INSERT INTO fingerprint (feed_id, key, id, raw, strong, run_no)"
    " SELECT CAST(? AS INTEGER), key, CAST(? AS BIGINT) + row_number() OVER (ORDER BY seq), raw, strong,"
    " CAST(? AS BIGINT) FROM plan_item AS item WHERE plan_id = ? AND seq > ? AND seq <= ? AND kind = 'same'"
    " AND NOT EXISTS (SELECT 1 FROM fingerprint AS known WHERE known.feed_id = ? AND known.key = item.key)"
)
_AGAIN = (
    "UPDATE fingerprint SET raw = ?, strong = ?, run_no = ?, absent_fulls = 0, absent_run_no = NULL"
    " WHERE feed_id = ? AND key = ?"
)
_IS_KNOWN = "SELECT 1 FROM fingerprint WHERE feed_id = ? AND key = ?"
_STORE = (
    "INSERT INTO fingerprint (feed_id, key, id, raw, strong, run_no)"
    " SELECT CAST(? AS INTEGER), key, 0, raw, strong, CAST(? AS BIGINT)"
    " FROM plan_item WHERE plan_id = ? AND seq > ? AND seq <= ? AND kind = 'same'"
    " ON CONFLICT (feed_id, key) DO UPDATE SET raw = excluded.raw, strong = excluded.strong,"
    " run_no = excluded.run_no, absent_fulls = 0, absent_run_no = NULL"
)
_PUT = (
    "INSERT INTO wanted (feed_id, key, record, run_no, since)"
    " SELECT CAST(? AS INTEGER), key, record, CAST(? AS BIGINT), CAST(? AS timestamptz)"
    " FROM plan_item WHERE plan_id = ? AND seq > ? AND seq <= ? AND kind = 'same' AND length(record) < ?"
    " ON CONFLICT (feed_id, key) DO UPDATE SET record = excluded.record, run_no = excluded.run_no,"
    " since = excluded.since"
)
_LONG = (
    "SELECT key, record FROM plan_item"
    " WHERE plan_id = ? AND seq > ? AND seq <= ? AND kind = 'same' AND length(record) >= ?"
)


class AgreedPage(NamedTuple):
    """Records that became known, in the order of the plan; `last` is the place of the last one."""

    keys: list[str]
    last: int


class Agreed:
    """Makes known what a plan holds as `same`; a key stands in it once (`Plans.supersede`)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wanted = Wanted(database)

    @repeatable
    def learn(self, run_id: str, feed: str, *, after: int, most: int) -> AgreedPage:
        """Store fingerprints and wanted records of up to `most` items behind a place; they stay in the plan.

        Whole or not at all; the same page again changes nothing.
        """
        work = self._row_by_row if self._database.is_sqlite else self._by_statements
        with self._database.write() as connection:
            return work(connection, run_id, feed, after, most)

    def _row_by_row(
        self, connection: sa.Connection, run_id: str, feed: str, after: int, most: int
    ) -> AgreedPage:
        page = list(bulk.rows(connection, _ROWS, (run_id, after, most)))
        if not page:
            return AgreedPage([], after)
        (feed_id, last_id), run_no = last_number(connection, feed), run_number(connection, run_id)
        plan_id, last = page[-1][:2]
        first = partial(self._first, connection, feed_id, last_id, run_no, (plan_id, after, last))
        # Nearly always all are new, or none is: one of them tells which is to be tried first.
        likely_known = bulk.one(connection, _IS_KNOWN, (feed_id, page[0][2])) is not None
        if likely_known or first() < len(page):
            again = [(raw, strong, run_no, feed_id, key) for _, _, key, raw, strong, _ in page]
            if bulk.row_by_row(connection, _AGAIN, again) < len(page):
                first()
        self._wanted.put(feed, [(key, record) for _, _, key, _, _, record in page], run_id)
        return AgreedPage([row[2] for row in page], last)

    def _by_statements(
        self, connection: sa.Connection, run_id: str, feed: str, after: int, most: int
    ) -> AgreedPage:
        # Other writers of this feed wait from here on.
        feed_id, last_id = last_number(connection, feed)
        page = list(bulk.rows(connection, _PAGE, (run_id, after, most)))
        if not page:
            return AgreedPage([], after)
        plan_id, last = page[-1][:2]
        run_no, span = run_number(connection, run_id), (plan_id, after, last)
        if self._first(connection, feed_id, last_id, run_no, span) < len(page):
            bulk.execute(connection, _STORE, (feed_id, run_no, *span))
        since = self._database.stamp(utc_now())
        bulk.execute(connection, _PUT, (feed_id, run_no, since, *span, PACKED_FROM))
        if any(size >= PACKED_FROM for _, _, _, size in page):
            self._wanted.put(feed, bulk.rows(connection, _LONG, (*span, PACKED_FROM)), run_id)
        return AgreedPage([row[2] for row in page], last)

    def _first(
        self,
        connection: sa.Connection,
        feed_id: int,
        last_id: int,
        run_no: int | None,
        span: tuple[int, int, int],
    ) -> int:
        """Store those that are new, each under a number of its own; count them."""
        new = bulk.execute(connection, _FIRST, (feed_id, last_id, run_no, *span, feed_id))
        if new:
            bulk.execute(connection, "UPDATE feed SET last_id = ? WHERE id = ?", (last_id + new, feed_id))
        return new
