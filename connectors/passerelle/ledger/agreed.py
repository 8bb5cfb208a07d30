"""Agreed: what of a plan the target holds already becomes known, by a few statements for thousands.

The same as reading these items, storing their fingerprints and putting what is wanted; but the database reads
its own plan, and no item becomes a Python object.
"""

from __future__ import annotations

from typing import NamedTuple

from . import bulk
from .database import Database, repeatable, utc_now
from .names import feed_number, run_number
from .wanted import PACKED_FROM, Wanted

__all__ = ["Agreed", "AgreedPage"]

_PAGE = (
    "SELECT plan_id, seq, key, length(record) FROM plan_item"
    " WHERE plan_id = (SELECT id FROM plan WHERE run_id = ?) AND seq > ? AND kind = 'same'"
    " ORDER BY seq LIMIT ?"
)
# PostgreSQL takes a value in a SELECT for a text unless it is told.
_FIRST = (
    "INSERT INTO fingerprint (feed_id, key, id, raw, strong, run_no)"
    " SELECT CAST(? AS INTEGER), key, CAST(? AS BIGINT) + row_number() OVER (ORDER BY seq), raw, strong,"
    " CAST(? AS BIGINT) FROM plan_item AS item WHERE plan_id = ? AND seq > ? AND seq <= ? AND kind = 'same'"
    " AND NOT EXISTS (SELECT 1 FROM fingerprint AS known WHERE known.feed_id = ? AND known.key = item.key)"
)
_STORE = (
    "INSERT INTO fingerprint (feed_id, key, id, raw, strong, run_no)"
    " SELECT CAST(? AS INTEGER), key, 0, raw, strong, CAST(? AS BIGINT)"
    " FROM plan_item WHERE plan_id = ? AND seq > ? AND seq <= ? AND kind = 'same'"
    " ON CONFLICT (feed_id, key) DO UPDATE SET raw = excluded.raw, strong = excluded.strong,"
    " run_no = excluded.run_no, absent_fulls = 0, absent_run_no = NULL"
)
_PUT = (
    "INSERT INTO wanted (feed_id, key, record, run_no, since)"
    " SELECT CAST(? AS INTEGER), key, record, CAST(? AS BIGINT), {since}"
    " FROM plan_item WHERE plan_id = ? AND seq > ? AND seq <= ? AND kind = 'same' AND length(record) < ?"
    " ON CONFLICT (feed_id, key) DO UPDATE SET record = excluded.record, run_no = excluded.run_no,"
    " since = excluded.since"
)
_LONG = (
    "SELECT key, record FROM plan_item"
    " WHERE plan_id = ? AND seq > ? AND seq <= ? AND kind = 'same' AND length(record) >= ?"
)
_LAST_ID = "SELECT last_id FROM feed WHERE id = ?"
_LAST_ID_LOCKED = "SELECT last_id FROM feed WHERE id = ? FOR UPDATE"


class AgreedPage(NamedTuple):
    """Records that became known, in the order of the plan; `last` is the place of the last one."""

    keys: list[str]
    last: int


class Agreed:
    """Makes known what a plan holds as `same`; a key stands in it once (`Plans.supersede`)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wanted = Wanted(database)
        since = "?" if database.is_sqlite else "CAST(? AS timestamptz)"
        self._put = _PUT.replace("{since}", since)

    @repeatable
    def learn(self, run_id: str, feed: str, *, after: int, most: int) -> AgreedPage:
        """Store fingerprints and wanted records of up to `most` items behind a place; they stay in the plan.

        Whole or not at all; the same page again changes nothing.
        """
        with self._database.write() as connection:
            feed_id = feed_number(connection, feed)
            statement = _LAST_ID if self._database.is_sqlite else _LAST_ID_LOCKED
            last_id = int(bulk.one(connection, statement, (feed_id,))[0])
            page = list(bulk.rows(connection, _PAGE, (run_id, after, most)))
            if not page:
                return AgreedPage([], after)
            plan_id, last = page[-1][:2]
            run_no, span = run_number(connection, run_id), (plan_id, after, last)
            new = bulk.execute(connection, _FIRST, (feed_id, last_id, run_no, *span, feed_id))
            if new:
                bulk.execute(connection, "UPDATE feed SET last_id = ? WHERE id = ?", (last_id + new, feed_id))
            if new < len(page):
                bulk.execute(connection, _STORE, (feed_id, run_no, *span))
            since = self._database.stamp(utc_now())
            bulk.execute(connection, self._put, (feed_id, run_no, since, *span, PACKED_FROM))
            if any(size >= PACKED_FROM for _, _, _, size in page):
                self._wanted.put(feed, bulk.rows(connection, _LONG, (*span, PACKED_FROM)), run_id)
        return AgreedPage([row[2] for row in page], last)
