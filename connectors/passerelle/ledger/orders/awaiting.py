"""What is awaited of orders: since when, when it is late, and the list for the morning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from ...fulfilment import STEPS
from ...fulfilment.states import Awaited
from .. import table_rows
from ..database import Database
from .schema import order_awaited, order_step, shop_order

__all__ = ["OrderAwaiting", "Overdue", "awaited_of", "write_awaited"]


class Overdue(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is late: which order it is about, who should have said or done it, and why it waits.

    `reason` is what a gate said when it kept the order back; amounts in minor units.
    """

    number: str
    awaited: Awaited
    destination: str
    kind: str
    store: str | None
    total: int | None
    currency: str | None
    created_at: datetime
    reason: str = ""


class OrderAwaiting:
    """Everything that is awaited."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def overdue(
        self,
        now: datetime,
        *,
        limit: int = 1000,
        step: int | None = None,
        store: str | None = None,
        until: datetime | None = None,
    ) -> list[Overdue]:
        """List what is late at `now`, by step and in a step the longest late first.

        With `until` also what will be late by then. `limit` counts for each step, so that one step with
        thousands of late orders hides no other.
        """
        late = self._late(sa.select(order_awaited), store=store).order_by(*_LONGEST_FIRST).limit(limit)
        rows = late.subquery("late")
        gate = order_step.alias("gate")
        query = (
            sa.select(rows, *_OF_ORDER, gate.c.detail)
            .join(shop_order, shop_order.c.id == rows.c.order_id)
            .outerjoin(
                gate,
                sa.and_(
                    rows.c.step == GATE,
                    gate.c.order_id == rows.c.order_id,
                    gate.c.step == "export",
                    gate.c.state == "pending",
                ),
            )
            .order_by(rows.c.due, rows.c.order_id, rows.c.subject)
        )
        with self._database.read() as connection:
            return [
                _overdue(row)
                for one in _steps(step)
                for row in connection.execute(query, {"late_step": one, "late_at": until or now})
            ]

    def counts(self, now: datetime, *, step: int | None = None, store: str | None = None) -> dict[int, int]:
        """Count what is late at `now` by step."""
        query = self._late(sa.select(sa.func.count()).select_from(order_awaited), store=store)
        with self._database.read() as connection:
            found = {
                one: connection.execute(query, {"late_step": one, "late_at": now}).scalar_one()
                for one in _steps(step)
            }
        return {one: count for one, count in found.items() if count}

    @staticmethod
    def _late(query: sa.Select[Any], *, store: str | None) -> sa.Select[Any]:
        """What is late of one step, by its own index: neither the other steps nor what has time are read."""
        query = query.where(
            order_awaited.c.step == sa.bindparam("late_step"),
            order_awaited.c.due.is_not(None),
            order_awaited.c.due <= sa.bindparam("late_at"),
        )
        if store is not None:
            query = query.join(shop_order, shop_order.c.id == order_awaited.c.order_id)
            query = query.where(shop_order.c.store == store)
        return query


def _steps(step: int | None) -> Sequence[int]:
    return [one.number for one in STEPS] if step is None else [step]


_LONGEST_FIRST = (order_awaited.c.due, order_awaited.c.order_id, order_awaited.c.subject)
#: The step in which an order waits for its payment, its age, a person.
GATE = 3
_OF_ORDER = (
    shop_order.c.number,
    shop_order.c.destination,
    shop_order.c.kind,
    shop_order.c.store,
    shop_order.c.total,
    shop_order.c.currency,
    shop_order.c.created_at,
)
_COLUMNS = ("order_id", "step", "subject", "name", "since", "due", "pieces")


def awaited_of(connection: sa.Connection, order_ids: Sequence[int]) -> dict[int, list[Awaited]]:
    """Read what is awaited of at most a batch of orders, by order, step and subject."""
    query = (
        sa.select(order_awaited)
        .where(order_awaited.c.order_id.in_(order_ids))
        .order_by(order_awaited.c.order_id, order_awaited.c.step, order_awaited.c.subject)
    )
    found: dict[int, list[Awaited]] = {}
    for row in connection.execute(query):
        found.setdefault(row.order_id, []).append(_awaited(row))
    return found


def write_awaited(
    database: Database,
    connection: sa.Connection,
    wanted: Mapping[int, Iterable[Awaited]],
    there: Mapping[int, Iterable[Awaited]],
) -> None:
    """Make what is awaited of these orders what it is now; only what is different is written."""
    rows: list[tuple[object, ...]] = []
    gone: list[tuple[object, ...]] = []
    for order_id, these in wanted.items():
        before = {(one.step, one.subject): one for one in there.get(order_id, ())}
        after = {(one.step, one.subject): one for one in these}
        gone += [(order_id, *key) for key in before if key not in after]
        rows += [
            (order_id, one.step, one.subject, one.name, one.since, one.due, one.pieces)
            for key, one in after.items()
            if before.get(key) != one
        ]
    table_rows.drop(database, connection, order_awaited, ("order_id", "step", "subject"), gone)
    table_rows.put(database, connection, order_awaited, _COLUMNS, rows, replace=True)


def _awaited(row: sa.Row[Any]) -> Awaited:
    return Awaited(
        step=row.step,
        name=row.name,
        subject=row.subject,
        since=row.since,
        due=row.due,
        pieces=row.pieces,
    )


def _overdue(row: sa.Row[Any]) -> Overdue:
    return Overdue(
        number=row.number,
        awaited=_awaited(row),
        destination=row.destination,
        kind=row.kind,
        store=row.store,
        total=row.total,
        currency=row.currency,
        created_at=row.created_at,
        reason=_reason(row.detail),
    )


def _reason(detail: dict[str, Any] | None) -> str:
    """What a gate said, or what ended a step."""
    said = detail or {}
    return str(said.get("why") or said.get("reason") or "")
