"""Placed orders: those of the shop that were placed elsewhere; nobody sends or counts them as ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec
import sqlalchemy as sa

from ...fulfilment import Contradiction
from ...records import OrderMessage, PlacedOrder
from .. import bulk
from ..database import Database, utc_now
from ..schema import run
from ..table_rows import among
from .schema import placed_order, shop_order

__all__ = [
    "ELSEWHERE",
    "MetOrder",
    "PlacedClaim",
    "PlacedElsewhere",
    "PlacedOrders",
    "PlacedState",
    "elsewhere",
    "told_of_elsewhere",
]

#: The code of what is said of an order that was placed elsewhere.
ELSEWHERE: Final = "placed_elsewhere"

#: `claimed`: about to be written into the shop, and whether it is there may be unknown; `done`: it is there.
PlacedState: TypeAlias = Literal["claimed", "done"]


class MetOrder(NamedTuple):
    """An order as the shop shows it: enough to tell whether it is one that was placed elsewhere."""

    number: str
    shop_id: str
    cents: int
    currency: str


class PlacedClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of an order that was placed elsewhere, and where it stood: nothing of the customer."""

    number: str
    placed_at: datetime
    total: int
    currency: str
    pieces: int
    sender_number: str | None = None
    file: str | None = None
    line: int | None = None

    @classmethod
    def of(cls, order: PlacedOrder, *, file: str | None = None, line: int | None = None) -> PlacedClaim:
        """Say it of a record."""
        return cls(
            number=order.order_number,
            placed_at=order.placed_at,
            total=order.total.cent_amount,
            currency=order.total.currency,
            pieces=sum(one.quantity for one in order.lines if one.kind == "article"),
            sender_number=order.sender_number,
            file=file,
            line=line,
        )


class PlacedElsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """An order that was placed elsewhere; `in_doubt` when its run ended without the shop's answer."""

    number: str
    feed: str
    sender_number: str | None
    state: PlacedState
    in_doubt: bool
    placed_at: datetime
    total: int
    currency: str
    pieces: int
    shop_id: str | None
    file: str | None
    line: int | None
    run_id: str | None
    at: datetime


class PlacedOrders:
    """Orders that were placed elsewhere, one row each; none of them has a life in the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, order: PlacedClaim, *, feed: str, run_id: str | None = None) -> bool:
        """Say, before the call that writes it into the shop, that an order is somebody else's.

        False when the ledger knows an order of the shop under that number: then nothing is written down.
        """
        with self._database.write(durable=True) as connection:
            if among(connection, shop_order.c.number, [order.number]):
                return False
            self._put(connection, order, "claimed", None, feed, run_id)
            # Claimed before, and not known to be there: this run answers for it now.
            connection.execute(
                placed_order.update()
                .where(placed_order.c.number == order.number, placed_order.c.state == "claimed")
                .values(feed=feed, run_id=run_id, total=order.total, currency=order.currency, at=utc_now())
            )
        return True

    def release(self, number: str) -> None:
        """Take a claim back: the shop said no, and has no such order."""
        claimed = sa.and_(placed_order.c.number == number, placed_order.c.state == "claimed")
        with self._database.write(durable=True) as connection:
            connection.execute(placed_order.delete().where(claimed))

    def settle(
        self, orders: Sequence[tuple[PlacedClaim, str | None]], *, feed: str, run_id: str | None = None
    ) -> None:
        """Note that the shop has these orders, each with the shop's id where it is known.

        One that the ledger knows as the shop's own stays that.
        """
        with self._database.write(durable=True) as connection:
            ours = among(connection, shop_order.c.number, [order.number for order, _ in orders])
            for order, shop_id in orders:
                if order.number in ours:
                    continue
                self._put(connection, order, "done", shop_id, feed, run_id)
                there = {} if shop_id is None else {"shop_id": shop_id}
                connection.execute(
                    placed_order.update()
                    .where(placed_order.c.number == order.number)
                    .values(state="done", at=utc_now(), **there)
                )

    def _put(
        self,
        connection: sa.Connection,
        order: PlacedClaim,
        state: PlacedState,
        shop_id: str | None,
        feed: str,
        run_id: str | None,
    ) -> None:
        said = {
            **msgspec.structs.asdict(order),
            "state": state,
            "shop_id": shop_id,
            "feed": feed,
            "run_id": run_id,
            "at": utc_now(),
        }
        connection.execute(self._database.insert(placed_order).values(said).on_conflict_do_nothing())

    def get(self, number: str) -> PlacedElsewhere | None:
        """Read one; None when it is not known to be placed elsewhere."""
        query = (
            sa.select(placed_order, run.c.outcome)
            .outerjoin(run, run.c.id == placed_order.c.run_id)
            .where(placed_order.c.number == number)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        in_doubt = row.state == "claimed" and row.outcome is not None
        return PlacedElsewhere(in_doubt=in_doubt, **{name: getattr(row, name) for name in _KEPT})

    def numbers(self, numbers: Iterable[str]) -> frozenset[str]:
        """Tell which of these orders were placed elsewhere, or are claimed to be."""
        with self._database.read() as connection:
            return elsewhere(connection, numbers)

    def among(self, met: Iterable[MetOrder]) -> frozenset[str]:
        """Tell which orders that the shop shows were placed elsewhere, by number.

        One that is claimed, and whose id is not known, must also have the amount: else the shop has made an
        order of its own under the number of one that never came in.
        """
        shown = {one.number: one for one in met}
        found: set[str] = set()
        columns = placed_order.c
        with self._database.read() as connection:
            for batch in bulk.batches(sorted(shown)):
                query = sa.select(columns.number, columns.shop_id, columns.total, columns.currency).where(
                    columns.number.in_(batch)
                )
                for row in connection.execute(query):
                    one = shown[row.number]
                    same = (one.cents, one.currency) == (row.total, row.currency)
                    if (one.shop_id == row.shop_id) if row.shop_id is not None else same:
                        found.add(row.number)
        return frozenset(found)


def elsewhere(connection: sa.Connection, numbers: Iterable[str]) -> frozenset[str]:
    """Tell which of these orders were placed elsewhere, in the caller's transaction."""
    return among(connection, placed_order.c.number, numbers)


def told_of_elsewhere(message: OrderMessage) -> Contradiction:
    """Say of a message that its order was placed elsewhere: nothing follows from it."""
    return Contradiction(
        code=ELSEWHERE,
        text=f"{message.kind} {message.ref} is about an order that was placed elsewhere: nothing was done",
        message=message,
        advice="Whoever took the order follows it; what the shop shall show of it is set in the shop",
    )


_KEPT = tuple(name for name in PlacedElsewhere.__struct_fields__ if name != "in_doubt")
