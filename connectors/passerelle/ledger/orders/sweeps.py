"""Order sweeps: when each look for orders in the shop began and ended, and how the shop's queue is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

import msgspec
import sqlalchemy as sa

from .. import bulk, table_rows
from ..columns import UtcTime
from ..database import Database, utc_now
from .schema import order_sweep, shop_order

__all__ = ["OrderSweep", "OrderSweeps", "SweepKind"]

#: What is looked through: orders by their creation, the messages about them, a queue of notifications; and
#: the health of the Subscription that fills that queue.
SweepKind: TypeAlias = Literal["orders", "messages", "notifications", "subscription"]


class OrderSweep(msgspec.Struct, frozen=True, kw_only=True):
    """The last look of one feed at one source; `every` is how often it should be, where the feed says.

    `state` is the shop's word for the health of a subscription, since `state_since`.
    """

    feed: str
    kind: SweepKind
    began_at: datetime
    ended_at: datetime | None = None
    every: timedelta | None = None
    state: str | None = None
    state_since: datetime | None = None
    run_id: str | None = None


class OrderSweeps:
    """The last look of every feed at every source, and the last message that was heard of each order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, feed: str, kind: SweepKind, *, every: timedelta | None = None, run_id: str | None = None
    ) -> None:
        """Note that a look begins; the end of the one before stays until this one ends."""
        seconds = None if every is None else int(every.total_seconds())
        said = {"feed": feed, "kind": kind, "began_at": utc_now(), "every": seconds, "run_id": run_id}
        with self._database.write() as connection:
            table_rows.put(
                self._database, connection, order_sweep, tuple(said), [tuple(said.values())], replace=True
            )

    def end(self, feed: str, kind: SweepKind, *, state: str | None = None) -> None:
        """Note that a look came to its end, and the health that was read; the same health keeps its time."""
        now = utc_now()
        if state is None:
            row = (feed, kind, now)
            with self._database.write() as connection:
                table_rows.change(
                    self._database, connection, order_sweep, ("feed", "kind", "ended_at"), [row]
                )
            return
        same = order_sweep.c.state == state
        since = sa.case((same, order_sweep.c.state_since), else_=sa.literal(now, UtcTime()))
        said = {"ended_at": now, "state": state, "state_since": since}
        with self._database.write() as connection:
            connection.execute(
                order_sweep.update()
                .where(order_sweep.c.feed == feed, order_sweep.c.kind == kind)
                .values(said)
            )

    def all(self) -> list[OrderSweep]:
        """Give the last looks, by feed and source."""
        query = sa.select(order_sweep).order_by(order_sweep.c.feed, order_sweep.c.kind)
        with self._database.read() as connection:
            return [_sweep(row) for row in connection.execute(query)]

    def drop(self, feed: str, kind: SweepKind) -> None:
        """Forget a source that a feed looks at no more."""
        with self._database.write() as connection:
            connection.execute(
                order_sweep.delete().where(order_sweep.c.feed == feed, order_sweep.c.kind == kind)
            )

    def message_numbers(self, shop_ids: Sequence[str]) -> dict[str, int]:
        """Tell the number of the last message that was heard of each of these orders; others are left out."""
        found: dict[str, int] = {}
        query = sa.select(shop_order.c.shop_id, shop_order.c.message_number)
        with self._database.read() as connection:
            for batch in bulk.batches(sorted(set(shop_ids))):
                rows = connection.execute(
                    query.where(shop_order.c.shop_id.in_(batch), shop_order.c.message_number.is_not(None))
                )
                found |= {row.shop_id: row.message_number for row in rows}
        return found

    def heard(self, numbers: Mapping[str, int]) -> None:
        """Note the number of the last message of each of these orders, by shop id; it never goes back.

        Orders that the ledger does not have are passed over.
        """
        if not numbers:
            return
        number = sa.bindparam("last", type_=sa.BigInteger())
        statement = (
            shop_order.update()
            .where(
                shop_order.c.shop_id == sa.bindparam("of_order"),
                sa.or_(shop_order.c.message_number.is_(None), shop_order.c.message_number < number),
            )
            .values(message_number=number)
        )
        with self._database.write() as connection:
            rows = [{"of_order": of, "last": last} for of, last in sorted(numbers.items())]
            connection.execute(statement, rows)


def _sweep(row: sa.Row[Any]) -> OrderSweep:
    return OrderSweep(
        feed=row.feed,
        kind=row.kind,
        began_at=row.began_at,
        ended_at=row.ended_at,
        every=None if row.every is None else timedelta(seconds=row.every),
        state=row.state,
        state_since=row.state_since,
        run_id=row.run_id,
    )
