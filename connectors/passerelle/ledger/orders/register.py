"""Orders: every order of the shop we met and how far it came; one row per order, step and attempt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from ..database import Database, utc_now
from ..schema import order_cursor, order_event, order_step, outbox_file, run, shop_order
from ..table_rows import among
from .deriving import Deriver
from .events import OrderEvent, as_event
from .intake import Added, NewOrder, OrderIntake
from .out_of_order import UnknownOrder
from .steps import Answer, OrderSteps, Step, StepOutOfOrder, StepState, as_step

__all__ = ["Added", "NewOrder", "OrderCursor", "OrderEntry", "OrderEvent", "Orders", "UnknownOrder"]


class OrderEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An order in the ledger."""

    number: str
    shop_id: str
    destination: str
    created_at: datetime
    first_seen: datetime
    record: bytes | None


class OrderCursor(NamedTuple):
    """How far a source of orders was read: ordered by creation time, then id."""

    created_at: datetime
    shop_id: str


class Orders:
    """The journal of orders."""

    def __init__(self, database: Database, deriver: Deriver) -> None:
        self._database = database
        self._deriver = deriver
        self._intake = OrderIntake(database, deriver)

    def add_pending(
        self,
        orders: Iterable[NewOrder],
        *,
        step: str = "export",
        run_id: str | None = None,
        source: str | None = None,
        cursor: OrderCursor | None = None,
    ) -> Added:
        """Write down new orders with a first step to do, and move the source's cursor on with them.

        One transaction: a cursor never stands behind an order that is not written down. An order that is
        known and still the same changes nothing, however often it comes. One that changed takes the new
        record; if it had left for the ERP and the ERP must learn of the change, it becomes a new revision,
        and what it was is kept.
        """
        with self._database.write(durable=True) as connection:
            added = self._intake.take(connection, orders, step=step, run_id=run_id)
            if source is not None and cursor is not None:
                self._move_cursor(connection, source, cursor, only_on=True)
        return added

    def known(self, shop_ids: Sequence[str]) -> frozenset[str]:
        """Tell which of these shop ids the ledger has met."""
        with self._database.read() as connection:
            return among(connection, shop_order.c.shop_id, shop_ids)

    def get(self, number: str) -> OrderEntry | None:
        """Read one order."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(shop_order).where(shop_order.c.number == number)).first()
        return None if row is None else _entry(row)

    def by_shop_id(self, shop_id: str) -> OrderEntry | None:
        """Read one order by the shop's id."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(shop_order).where(shop_order.c.shop_id == shop_id)).first()
        return None if row is None else _entry(row)

    def in_state(
        self,
        step: str,
        *states: StepState,
        destination: str | None = None,
        before: datetime | None = None,
        limit: int = 1000,
    ) -> list[tuple[OrderEntry, Step]]:
        """Read the orders whose last attempt of a step is in one of these states, the oldest order first.

        `before` keeps those that are so since before that time: what an alarm asks.
        """
        later = order_step.alias("later")
        query = (
            sa.select(order_step, outbox_file.c.name.label("outbox_name"), *_ORDER_COLUMNS)
            .join(shop_order, shop_order.c.id == order_step.c.order_id)
            .outerjoin(outbox_file, outbox_file.c.id == order_step.c.outbox_id)
            .where(
                order_step.c.step == step,
                order_step.c.state.in_(states),
                ~sa.exists().where(
                    later.c.order_id == order_step.c.order_id,
                    later.c.step == order_step.c.step,
                    later.c.attempt > order_step.c.attempt,
                ),
            )
            .order_by(shop_order.c.created_at, shop_order.c.id)
            .limit(limit)
        )
        if destination is not None:
            query = query.where(shop_order.c.destination == destination)
        if before is not None:
            query = query.where(order_step.c.at < before)
        with self._database.read() as connection:
            return [(_entry(row), as_step(row, row.number)) for row in connection.execute(query)]

    def counts(self) -> dict[tuple[str, StepState], int]:
        """Count the attempts of every step by state."""
        query = sa.select(order_step.c.step, order_step.c.state, sa.func.count()).group_by(
            order_step.c.step, order_step.c.state
        )
        with self._database.read() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(query)}

    def step(self, number: str, step: str) -> Step | None:
        """Read the last attempt of a step."""
        with self._database.read() as connection:
            return self._steps(connection, number, step).last()

    def steps(self, number: str) -> list[Step]:
        """Read every attempt of every step of an order, in the order in which they last moved."""
        with self._database.read() as connection:
            order_id = self._id(connection, number)
            query = (
                sa.select(order_step, outbox_file.c.name.label("outbox_name"))
                .outerjoin(outbox_file, outbox_file.c.id == order_step.c.outbox_id)
                .where(order_step.c.order_id == order_id)
                .order_by(order_step.c.at, order_step.c.step, order_step.c.attempt)
            )
            return [as_step(row, number) for row in connection.execute(query)]

    def claim(
        self, number: str, step: str, *, run_id: str | None = None, after_reading: bool = False
    ) -> Step | None:
        """Claim a step before the call that does it; None when it is not ours to do.

        Only one of two processes gets it. A step whose answer was lost (`in_doubt`) is claimed again only
        with `after_reading`: the caller has looked and the other side does not have it.
        """
        states: tuple[StepState, ...] = ("pending", "in_doubt") if after_reading else ("pending",)
        with self._database.write(durable=True) as connection:
            steps = self._steps(connection, number, step)
            is_ours = steps.claim(states, run_id=run_id) or steps.open(1, "claimed", Answer(run_id=run_id))
            return steps.last() if is_ours else None

    def set_step(
        self,
        number: str,
        step: str,
        state: StepState,
        *,
        external_id: str | None = None,
        detail: dict[str, Any] | None = None,
        run_id: str | None = None,
    ) -> Step:
        """Say what became of a step. The same answer again changes nothing.

        Raises UnknownOrder, SecondAnswer (done before with another external id) and StepOutOfOrder.
        """
        with self._database.write(durable=True) as connection:
            steps = self._steps(connection, number, step)
            before = steps.last()
            after = steps.move(state, Answer(external_id, detail, run_id))
            if step == "export" and (before is None or before.state != after.state):
                # Whether an order left decides where its pieces are.
                self._deriver.refresh(connection, [steps.order_id], run_id=run_id)
            return after

    def try_again(self, number: str, step: str, *, run_id: str | None = None) -> Step:
        """Open the next attempt of a refused step; raises StepOutOfOrder when it was not refused."""
        with self._database.write(durable=True) as connection:
            steps = self._steps(connection, number, step)
            last = steps.last()
            if last is None:
                return steps.move("pending", Answer(run_id=run_id))
            if last.state != "refused" or not steps.open(last.attempt + 1, "pending", Answer(run_id=run_id)):
                raise StepOutOfOrder(last, "pending")
            return steps.last() or last

    def doubt_abandoned(self) -> list[Step]:
        """Put in doubt the claimed steps whose run is over: nobody will write their answer down any more.

        Steps that a file carries are left alone: the outbox knows how far the file came.
        """
        with self._database.write(durable=True) as connection:
            reason = Answer(detail={"reason": "the run ended before the answer was written down"})
            return [
                OrderSteps(self._database, connection, *row).move("in_doubt", reason)
                for row in connection.execute(_ABANDONED).all()
            ]

    def timeline(self, number: str) -> list[OrderEvent]:
        """Tell everything that happened to an order, in its order."""
        with self._database.read() as connection:
            query = (
                sa.select(order_event)
                .where(order_event.c.order_id == self._id(connection, number))
                .order_by(order_event.c.id)
            )
            return [as_event(row) for row in connection.execute(query)]

    def cursor(self, source: str) -> OrderCursor | None:
        """Tell how far a source was read."""
        with self._database.read() as connection:
            row = connection.execute(_CURSOR, {"of_source": source}).first()
        return None if row is None else OrderCursor(row.created_at, row.shop_id)

    def set_cursor(self, source: str, cursor: OrderCursor) -> None:
        """Set a cursor, also back: what is read again is recognised."""
        with self._database.write(durable=True) as connection:
            self._move_cursor(connection, source, cursor, only_on=False)

    def _move_cursor(
        self, connection: sa.Connection, source: str, cursor: OrderCursor, *, only_on: bool
    ) -> None:
        insert = self._database.insert(order_cursor).values(
            source=source, created_at=cursor.created_at, shop_id=cursor.shop_id, moved_at=utc_now()
        )
        new, old = insert.excluded, order_cursor.c
        on = sa.or_(
            new.created_at > old.created_at,
            sa.and_(new.created_at == old.created_at, new.shop_id > old.shop_id),
        )
        connection.execute(
            insert.on_conflict_do_update(
                index_elements=["source"],
                set_={"created_at": new.created_at, "shop_id": new.shop_id, "moved_at": new.moved_at},
                where=on if only_on else None,
            )
        )

    def _steps(self, connection: sa.Connection, number: str, step: str) -> OrderSteps:
        return OrderSteps(self._database, connection, self._id(connection, number), number, step)

    @staticmethod
    def _id(connection: sa.Connection, number: str) -> int:
        query = sa.select(shop_order.c.id).where(shop_order.c.number == number)
        found: int | None = connection.execute(query).scalar()
        if found is None:
            raise UnknownOrder([number])
        return found


_ORDER_COLUMNS = (
    shop_order.c.number,
    shop_order.c.shop_id,
    shop_order.c.destination,
    shop_order.c.created_at,
    shop_order.c.first_seen,
    shop_order.c.record,
)

#: Claimed by a run that is over; asked in every run, so it is made once.
_ABANDONED = (
    sa.select(order_step.c.order_id, shop_order.c.number, order_step.c.step)
    .join(shop_order, shop_order.c.id == order_step.c.order_id)
    .join(run, run.c.id == order_step.c.run_id)
    .where(
        order_step.c.state == "claimed",
        order_step.c.outbox_id.is_(None),
        run.c.outcome.is_not(None),
    )
    .order_by(order_step.c.order_id)
)
_CURSOR = sa.select(order_cursor.c.created_at, order_cursor.c.shop_id).where(
    order_cursor.c.source == sa.bindparam("of_source")
)


def _entry(row: sa.Row[Any]) -> OrderEntry:
    return OrderEntry(
        number=row.number,
        shop_id=row.shop_id,
        destination=row.destination,
        created_at=row.created_at,
        first_seen=row.first_seen,
        record=row.record,
    )
