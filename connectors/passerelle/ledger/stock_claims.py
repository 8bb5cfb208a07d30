"""Stock claims: the last word of each feed on each SKU and place, when it was counted, what was published.

One row a record of a feed that has a stock law. It is written when the shop has taken the record; a snapshot
that says the same again only moves `at`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from ..fulfilment.availability import Reason
from . import bulk, table_rows
from .database import Database, utc_now
from .names import feed_number
from .schema import feed as feed_table
from .stock_schema import stock_claim, stock_law

__all__ = ["HeldClaim", "LawState", "StockClaims"]

_COLUMNS = (
    "feed_id", "key", "sku", "place", "quantity", "at", "file", "available", "written", "unknown", "because",
    "rules", "since",
)  # fmt: skip
_COUNTED = (
    "UPDATE stock_claim SET at = ? WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
    " AND (at IS NULL OR at < ?) AND key {keys}"
)
_MOMENTS = (
    "SELECT key, at FROM stock_claim WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
    " AND at IS NOT NULL AND key {keys}"
)
_FORGET = "DELETE FROM stock_claim WHERE feed_id = (SELECT id FROM feed WHERE name = ?) AND key {keys}"
# The condition is the partial index's own, word for word; SQLite refuses another.
_UNKNOWN = (
    "SELECT key FROM stock_claim {by_index} WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
    " AND unknown > 0 AND key > ? ORDER BY key LIMIT ?"
)
_PAGE_ROWS = 1000


class HeldClaim(NamedTuple):
    """What a feed says of one record (`quantity`, counted at `at`), and what it came to.

    `available` may be sold, `written` is the stock that the shop was told, `unknown` the pieces that the
    number does not know of, `rules` the digest of what holds for the place. Times in UTC.
    """

    key: str
    sku: str
    place: str | None
    quantity: int
    at: datetime | None
    file: str | None
    available: int
    written: int
    unknown: int
    because: tuple[Reason, ...]
    rules: bytes
    since: datetime | None = None
    feed: str = ""


class LawState(NamedTuple):
    """How far the law of a feed is carried; see the table."""

    full_at: datetime | None = None
    looked_at: datetime | None = None
    rules: bytes | None = None


class StockClaims:
    """The stock claims of every feed that has a stock law."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, feed: str, claims: Iterable[HeldClaim]) -> None:
        """Keep claims; of a key given twice the last one counts."""
        latest = {one.key: one for one in claims}
        if not latest:
            return
        now = utc_now()
        with self._database.write() as connection:
            feed_id = feed_number(connection, feed)
            rows = [
                (
                    feed_id, key, one.sku, one.place, one.quantity, one.at, one.file, one.available,
                    one.written, one.unknown, msgspec.to_builtins(one.because), one.rules, now,
                )
                for key, one in sorted(latest.items())
            ]  # fmt: skip
            table_rows.put(self._database, connection, stock_claim, _COLUMNS, rows, replace=True)

    def moments(self, feed: str, keys: Sequence[str]) -> dict[str, datetime]:
        """Tell when the claims on these records were counted; those that nobody knows it of are left out."""
        found: dict[str, datetime] = {}
        with self._database.read() as connection:
            for batch in bulk.batches(keys):
                for key, at in bulk.select_in(connection, _MOMENTS, (feed,), batch):
                    found[key] = Database.moment(at)
        return found

    def get(self, feed: str, keys: Sequence[str]) -> dict[str, HeldClaim]:
        """Read the claims of these records; those without one are left out."""
        found: dict[str, HeldClaim] = {}
        with self._database.read() as connection:
            for batch in bulk.batches(keys):
                query = _CLAIMS.where(feed_table.c.name == feed, stock_claim.c.key.in_(batch))
                found |= {one.key: one for one in _read(connection, query)}
        return found

    def of_skus(self, feed: str | None, skus: Sequence[str]) -> list[HeldClaim]:
        """Read the claims of a feed (of all feeds without one) on these SKUs, in the order of their keys."""
        found: list[HeldClaim] = []
        with self._database.read() as connection:
            for batch in bulk.batches(skus):
                query = _CLAIMS.where(stock_claim.c.sku.in_(batch)).order_by(stock_claim.c.key)
                found += _read(connection, query if feed is None else query.where(feed_table.c.name == feed))
        return found

    def with_unknown(self, feed: str) -> Iterator[list[HeldClaim]]:
        """Stream the claims that a later snapshot may change: their numbers do not know of some pieces."""
        statement = bulk.by_index(_UNKNOWN, "ix_stock_claim_unknown", is_sqlite=self._database.is_sqlite)
        after = ""
        while True:
            with self._database.read() as connection:
                keys = [row[0] for row in bulk.rows(connection, statement, (feed, after, _PAGE_ROWS))]
            if keys:
                found = self.get(feed, keys)
                yield [found[key] for key in keys if key in found and found[key].unknown > 0]
            if len(keys) < _PAGE_ROWS:
                return
            after = keys[-1]

    def pages(self, feed: str) -> Iterator[list[HeldClaim]]:
        """Stream all claims of a feed in the order of their keys, a page at a time."""
        after = ""
        while True:
            query = (
                _CLAIMS.where(feed_table.c.name == feed, stock_claim.c.key > after)
                .order_by(stock_claim.c.key)
                .limit(_PAGE_ROWS)
            )
            with self._database.read() as connection:
                page = list(_read(connection, query))
            if page:
                yield page
            if len(page) < _PAGE_ROWS:
                return
            after = page[-1].key

    def counted(self, feed: str, keys: Sequence[str], at: datetime) -> int:
        """Note that a later snapshot said the same of these records; counts those that were older."""
        stamp = self._database.stamp(at)
        with self._database.write() as connection:
            return bulk.change_in(connection, _COUNTED, (stamp, feed, stamp), keys)

    def forget(self, feed: str, keys: Sequence[str]) -> int:
        """Drop the claims of records that were taken away."""
        with self._database.write() as connection:
            return bulk.change_in(connection, _FORGET, (feed,), keys)

    def drop(self, feed: str) -> None:
        """Drop everything that is kept of a feed: the law does not hold for it any more."""
        with self._database.write() as connection:
            feed_id = feed_number(connection, feed)
            for table in (stock_claim, stock_law):
                connection.execute(sa.delete(table).where(table.c.feed_id == feed_id))

    def law(self, feed: str) -> LawState:
        """Tell how far the law of a feed is carried."""
        query = (
            sa.select(stock_law.c.full_at, stock_law.c.looked_at, stock_law.c.rules)
            .join(feed_table, feed_table.c.id == stock_law.c.feed_id)
            .where(feed_table.c.name == feed)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return LawState() if row is None else LawState(*row)

    def carried(self, feed: str, **state: datetime | bytes | None) -> None:
        """Note how far the law of a feed is carried: of `full_at`, `looked_at`, `rules` those given."""
        with self._database.write() as connection:
            row = {"feed_id": feed_number(connection, feed), **state}
            statement = self._database.insert(stock_law).values(**row)
            connection.execute(
                statement.on_conflict_do_update(index_elements=[stock_law.c.feed_id], set_=state)
            )


_CLAIMS = sa.select(
    *(stock_claim.c[name] for name in _COLUMNS[1:]),
    feed_table.c.name,
).join(feed_table, feed_table.c.id == stock_claim.c.feed_id)


def _read(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[HeldClaim]:
    for row in connection.execute(query):
        claim = HeldClaim(*row)
        yield claim._replace(because=msgspec.convert(claim.because, tuple[Reason, ...]))
