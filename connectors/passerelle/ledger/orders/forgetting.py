"""Order forgetting: of an order that was closed long ago one row stays, so that nothing is done twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from ...fulfilment import Contradiction
from ...records import OrderMessage
from ..database import Database, utc_now
from ..schema import outbox_file
from .schema import (
    order_awaited,
    order_event,
    order_message,
    order_request,
    order_revision,
    order_step,
    order_unit,
    shop_order,
)

__all__ = ["FORGOTTEN", "OrderForgetting", "forgotten_of", "told_of_forgotten"]

#: The code of what is said of an order that is forgotten.
FORGOTTEN: Final = "forgotten_order"

#: What an order has besides its own row and its steps.
_PARTS: Final = (order_message, order_unit, order_revision, order_event, order_request, order_awaited)
#: Orders that go in one transaction: each has some ten kilobytes.
_BATCH: Final = 500
#: Somebody still has to do something.
_OPEN: Final = ("pending", "claimed", "in_doubt")


class OrderForgetting:
    """Lets go what was kept of closed orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget(self, before: datetime, limit: int) -> int:
        """Forget at most `limit` orders that were closed before a moment; count them.

        Kept are number, ids, dates, amounts, states, that it was exported and marked, and a digest. An order
        of which something is awaited, owed or not shown yet is not forgotten, however old it is. Files that
        carried nothing but forgotten orders lose their content.
        """
        with self._database.write(durable=True) as connection:
            rows = connection.execute(_old(before).limit(min(limit, _BATCH))).all()
            ids = [row.id for row in rows]
            if not ids:
                return 0
            digests = _digests(connection, rows)
            now = utc_now()
            connection.execute(
                shop_order.update()
                .where(shop_order.c.id == sa.bindparam("of_order"))
                .values(record=None, forgotten_at=now, digest=sa.bindparam("what")),
                [{"of_order": one, "what": digests[one]} for one in ids],
            )
            for part in _PARTS:
                connection.execute(part.delete().where(part.c.order_id.in_(ids)))
            # Under which name it left stays: the reasons and answers of its steps do not.
            connection.execute(order_step.update().where(order_step.c.order_id.in_(ids)).values(detail={}))
            _empty_files(connection, ids)
        return len(ids)


def _old(before: datetime) -> sa.Select[tuple[int, bytes | None]]:
    """Ask for orders that are closed for so long that nobody waits for anything, the oldest first."""
    owed = sa.exists().where(order_request.c.order_id == shop_order.c.id, order_request.c.state.in_(_OPEN))
    awaited = sa.exists().where(order_awaited.c.order_id == shop_order.c.id, order_awaited.c.due.is_not(None))
    on_the_way = sa.exists().where(order_step.c.order_id == shop_order.c.id, order_step.c.state.in_(_OPEN))
    return (
        sa.select(shop_order.c.id, shop_order.c.record)
        .where(
            shop_order.c.closed_at < before,
            sa.text("shop_order.closed_at IS NOT NULL AND shop_order.forgotten_at IS NULL"),
            shop_order.c.dirty == 0,
            ~owed,
            ~awaited,
            ~on_the_way,
        )
        .order_by(shop_order.c.closed_at, shop_order.c.id)
    )


def _digests(connection: sa.Connection, rows: Sequence[sa.Row[tuple[int, bytes | None]]]) -> dict[int, bytes]:
    """Hash what each order was and what was said of it, as it came: who has it elsewhere can prove it."""
    found = {row.id: hashlib.blake2b(row.record or b"", digest_size=16) for row in rows}
    said = (
        sa.select(order_message.c.order_id, order_message.c.digest)
        .where(order_message.c.order_id.in_(list(found)))
        .order_by(order_message.c.id)
    )
    for row in connection.execute(said):
        found[row.order_id].update(row.digest)
    return {order_id: one.digest() for order_id, one in found.items()}


def _empty_files(connection: sa.Connection, ids: Sequence[int]) -> None:
    """Take away the content of delivered files in which nothing but forgotten orders stood."""
    held = order_step.alias("held")
    files = sa.select(order_step.c.outbox_id).where(
        order_step.c.order_id.in_(ids), order_step.c.outbox_id.is_not(None)
    )
    kept = (
        sa.exists()
        .select_from(held.join(shop_order, shop_order.c.id == held.c.order_id))
        .where(held.c.outbox_id == outbox_file.c.id, shop_order.c.forgotten_at.is_(None))
    )
    asked = sa.exists().where(order_request.c.outbox_id == outbox_file.c.id)
    connection.execute(
        outbox_file.update()
        .where(outbox_file.c.id.in_(files), outbox_file.c.delivered_at.is_not(None), ~kept, ~asked)
        .values(content=b"")
    )


def forgotten_of(connection: sa.Connection, numbers: Iterable[str]) -> dict[str, datetime]:
    """Tell which of at most a batch of orders are forgotten, and since when."""
    query = sa.select(shop_order.c.number, shop_order.c.forgotten_at).where(
        shop_order.c.number.in_(sorted(numbers)), shop_order.c.forgotten_at.is_not(None)
    )
    return {row.number: row.forgotten_at for row in connection.execute(query)}


def told_of_forgotten(message: OrderMessage, since: datetime) -> Contradiction:
    """Say of a message that its order is forgotten: nothing follows from it."""
    return Contradiction(
        code=FORGOTTEN,
        text=f"{message.kind} {message.ref} is about an order that is closed and of which the ledger keeps"
        f" one line since {since:%Y-%m-%d}: nothing was done",
        message=message,
        advice="A message that is this late is mostly an old one come again; if it is news, act in the shop",
    )
