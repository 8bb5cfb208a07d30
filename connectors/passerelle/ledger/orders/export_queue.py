"""Export queue: the orders that wait to leave, read page by page, their steps moved by hundreds.

What single steps are and which state may follow which is said in `steps`; here the same moves are made for a
batch in a bounded number of statements, each with its event.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from .. import bulk
from ..database import Database, utc_now
from .schema import order_event, order_request, order_step, shop_order

__all__ = ["ExportQueue", "Queued", "QueuedMark", "Settled"]

#: Asked in every run, so they are made once.
_QUEUED = (
    sa.select(
        shop_order.c.id,
        shop_order.c.number,
        shop_order.c.shop_id,
        shop_order.c.created_at,
        shop_order.c.record,
        order_step.c.detail,
        shop_order.c.order_state,
        order_step.c.attempt,
    )
    .join(order_step, order_step.c.order_id == shop_order.c.id)
    # An attempt that is pending is the last one: a new one is opened when the one before it is over.
    .where(order_step.c.step == "export", order_step.c.state == "pending")
)
_MOST = sa.bindparam("most", type_=sa.Integer())
# By the index on steps alone: what left long ago costs nothing.
_PAGE = (
    _QUEUED.where(
        shop_order.c.destination == sa.bindparam("of_destination"),
        order_step.c.order_id > sa.bindparam("after"),
    )
    .order_by(order_step.c.order_id)
    .limit(_MOST)
)
# The marks of orders that still wait to leave lie among them: page by page past these.
_MARKS = (
    sa.select(shop_order.c.id, shop_order.c.number, shop_order.c.shop_id, shop_order.c.record)
    .join(order_step, order_step.c.order_id == shop_order.c.id)
    .where(
        order_step.c.step == "mark",
        order_step.c.state == sa.bindparam("in_state"),
        order_step.c.order_id > sa.bindparam("after"),
        shop_order.c.destination == sa.bindparam("of_destination"),
    )
    .order_by(order_step.c.order_id)
    .limit(_MOST)
)


class Queued(NamedTuple):
    """An order that waits to leave, with the reason why it did not yet (empty: nobody has asked)."""

    id: int
    number: str
    shop_id: str
    created_at: datetime
    record: bytes | None
    detail: Mapping[str, Any]
    #: What follows from the messages about it: one that was cancelled before it left never goes.
    order_state: str
    #: Above 1 it left before and somebody asked for it to leave again.
    attempt: int = 1


class QueuedMark(NamedTuple):
    """An order that left and of which the shop must be told: under which name, and how we knew it last."""

    id: int
    number: str
    shop_id: str
    external_id: str
    record: bytes | None
    #: The answer to an earlier try was lost: the shop may know already.
    in_doubt: bool


class Settled(NamedTuple):
    """What became of a step of an order."""

    id: int
    state: Literal["done", "refused", "in_doubt"]
    external_id: str | None = None
    detail: Mapping[str, Any] | None = None


class ExportQueue:
    """The orders of one destination between their collection and their mark in the shop."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, destination: str, *, after: int, limit: int) -> list[Queued]:
        """Read the orders that wait to leave, as they were met; `after` is the last id of a page."""
        asked = {"of_destination": destination, "after": after, "most": limit}
        with self._database.read() as connection:
            return [_queued(row) for row in connection.execute(_PAGE, asked)]

    def of(self, destination: str, numbers: Collection[str]) -> list[Queued]:
        """Read those of these orders that wait to leave, the oldest first."""
        query = _QUEUED.where(shop_order.c.destination == destination)
        found: list[Queued] = []
        with self._database.read() as connection:
            for batch in bulk.batches(sorted(set(numbers))):
                found += [
                    _queued(row) for row in connection.execute(query.where(shop_order.c.number.in_(batch)))
                ]
        return sorted(found, key=lambda one: (one.created_at, one.id))

    def explain(self, reasons: Mapping[int, Mapping[str, Any]]) -> None:
        """Keep why orders (by id) do not leave yet; what is kept already costs no write."""
        if not reasons:
            return
        rows = [{"one": order_id, "why": dict(why)} for order_id, why in reasons.items()]
        with self._database.write() as connection:
            connection.execute(
                order_step.update()
                .where(
                    order_step.c.order_id == sa.bindparam("one"),
                    order_step.c.step == "export",
                    order_step.c.state == "pending",
                )
                .values(detail=sa.bindparam("why", type_=order_step.c.detail.type)),
                rows,
            )

    def reasons(self, destination: str) -> list[tuple[str, int, datetime]]:
        """Count what waits to leave by the code of its reason, with the time of the oldest order of each."""
        code = order_step.c.detail["code"].as_string()
        query = (
            sa.select(code, sa.func.count(), sa.func.min(shop_order.c.created_at))
            .join(shop_order, shop_order.c.id == order_step.c.order_id)
            .where(
                order_step.c.step == "export",
                order_step.c.state == "pending",
                shop_order.c.destination == destination,
            )
            .group_by(code)
            .order_by(code)
        )
        with self._database.read() as connection:
            return [(row[0] or "", row[1], row[2]) for row in connection.execute(query)]

    def close(
        self, settled: Sequence[Settled], *, steps: Iterable[str] = ("export", "mark"), run_id: str | None
    ) -> None:
        """End steps that nothing of ours is to be done about: known as exported, cancelled, never to go."""
        with self._database.write(durable=True) as connection:
            for step in steps:
                self._settle(connection, step, settled, ("pending", "in_doubt"), run_id)

    def open_marks(self, order_ids: Sequence[int], *, run_id: str | None = None) -> None:
        """Open the step that tells the shop, for orders that were just met; one that is open stays."""
        if not order_ids:
            return
        now = utc_now()
        values = {"step": "mark", "attempt": 1, "state": "pending", "detail": {}, "run_id": run_id, "at": now}
        with self._database.write(durable=True) as connection:
            opened: list[int] = []
            for batch in bulk.batches(sorted(order_ids)):
                opened += connection.execute(
                    self._database.insert(order_step)
                    .values([{"order_id": one, **values} for one in batch])
                    .on_conflict_do_nothing()
                    .returning(order_step.c.order_id)
                ).scalars()
            self._tell(connection, "mark", [(one, 1, "pending", None, {}) for one in opened], run_id)

    def ids(self, numbers: Sequence[str]) -> dict[str, int]:
        """Tell the row ids of these orders; what the ledger never met is left out."""
        found: dict[str, int] = {}
        with self._database.read() as connection:
            for batch in bulk.batches(sorted(set(numbers))):
                query = sa.select(shop_order.c.number, shop_order.c.id).where(shop_order.c.number.in_(batch))
                found.update((row.number, row.id) for row in connection.execute(query))
        return found

    def states(self, numbers: Sequence[str]) -> dict[str, str]:
        """Tell the order states that follow from what the ledger heard of these orders."""
        found: dict[str, str] = {}
        with self._database.read() as connection:
            for batch in bulk.batches(sorted(set(numbers))):
                query = sa.select(shop_order.c.number, shop_order.c.order_state).where(
                    shop_order.c.number.in_(batch)
                )
                found.update((row.number, row.order_state) for row in connection.execute(query))
        return found

    def erp_numbers(self, numbers: Sequence[str]) -> dict[str, str]:
        """Tell the ERP's own numbers of those of these orders that have one."""
        found: dict[str, str] = {}
        with self._database.read() as connection:
            for batch in bulk.batches(sorted(set(numbers))):
                query = sa.select(shop_order.c.number, shop_order.c.erp_number).where(
                    shop_order.c.number.in_(batch), shop_order.c.erp_number.is_not(None)
                )
                found.update((row.number, row.erp_number) for row in connection.execute(query))
        return found

    def carried(self, outbox_id: int) -> list[str]:
        """Tell the orders that a stored file carries, or that the requests in it are about."""
        found: dict[str, None] = {}
        with self._database.read() as connection:
            for carrier in (order_step, order_request):
                query = (
                    sa.select(shop_order.c.number)
                    .join(carrier, carrier.c.order_id == shop_order.c.id)
                    .where(carrier.c.outbox_id == outbox_id)
                    .order_by(shop_order.c.id)
                )
                found |= dict.fromkeys(connection.execute(query).scalars())
        return list(found)

    def count_in(self, outbox_id: int) -> int:
        """Count the orders and the requests that a stored file carries."""
        with self._database.read() as connection:
            return sum(
                connection.execute(
                    sa.select(sa.func.count()).select_from(carrier).where(carrier.c.outbox_id == outbox_id)
                ).scalar_one()
                for carrier in (order_step, order_request)
            )

    def marks(
        self, destination: str, state: Literal["pending", "in_doubt"], *, after: int, limit: int
    ) -> list[QueuedMark]:
        """Read the orders that left and of which the shop was not told; `after` is the last id of a page.

        In doubt are those of which an earlier call may have told it.
        """
        found: list[QueuedMark] = []
        with self._database.read() as connection:
            while len(found) < limit:
                asked = {"of_destination": destination, "in_state": state, "after": after, "most": limit}
                rows = connection.execute(_MARKS, asked).all()
                if not rows:
                    break
                after = rows[-1].id
                out = self._left(connection, [row.id for row in rows])
                found += [
                    QueuedMark(
                        row.id,
                        row.number,
                        row.shop_id,
                        out[row.id] or row.number,
                        row.record,
                        state == "in_doubt",
                    )
                    for row in rows
                    if row.id in out
                ]
        return found[:limit]

    @staticmethod
    def _left(connection: sa.Connection, order_ids: Sequence[int]) -> dict[int, str | None]:
        """Tell under which name those of these orders left that did."""
        query = sa.select(order_step.c.order_id, order_step.c.external_id).where(
            order_step.c.order_id.in_(order_ids),
            order_step.c.step == "export",
            order_step.c.state == "done",
        )
        return {row.order_id: row.external_id for row in connection.execute(query)}

    def claim_marks(self, order_ids: Sequence[int], *, run_id: str | None) -> frozenset[int]:
        """Claim marks before the calls that write them; tell which are ours to write."""
        claimed: list[Any] = []
        with self._database.write(durable=True) as connection:
            for batch in bulk.batches(sorted(order_ids)):
                claimed += connection.execute(
                    order_step.update()
                    .where(
                        order_step.c.order_id.in_(batch),
                        order_step.c.step == "mark",
                        order_step.c.state.in_(("pending", "in_doubt")),
                        order_step.c.outbox_id.is_(None),
                    )
                    .values(state="claimed", run_id=run_id, at=utc_now())
                    .returning(order_step.c.order_id, order_step.c.attempt)
                ).all()
            self._tell(connection, "mark", [(row[0], row[1], "claimed", None, {}) for row in claimed], run_id)
        return frozenset(row[0] for row in claimed)

    def settle_marks(self, settled: Sequence[Settled], *, run_id: str | None) -> None:
        """Say what became of claimed marks."""
        with self._database.write(durable=True) as connection:
            self._settle(connection, "mark", settled, ("claimed",), run_id)

    def _settle(
        self,
        connection: sa.Connection,
        step: str,
        settled: Sequence[Settled],
        states: tuple[str, ...],
        run_id: str | None,
    ) -> None:
        by_id = {one.id: one for one in settled}
        told: list[tuple[int, int, str, str | None, Mapping[str, Any]]] = []
        for batch in bulk.batches(sorted(by_id)):
            query = sa.select(order_step.c.order_id, order_step.c.attempt).where(
                order_step.c.order_id.in_(batch), order_step.c.step == step, order_step.c.state.in_(states)
            )
            for row in connection.execute(query).all():
                one = by_id[row.order_id]
                told.append((row.order_id, row.attempt, one.state, one.external_id, one.detail or {}))
        if not told:
            return
        connection.execute(
            order_step.update()
            .where(
                order_step.c.order_id == sa.bindparam("one"),
                order_step.c.step == step,
                order_step.c.attempt == sa.bindparam("try"),
            )
            .values(
                state=sa.bindparam("then"),
                external_id=sa.bindparam("theirs"),
                detail=sa.bindparam("told", type_=order_step.c.detail.type),
                run_id=run_id,
                at=utc_now(),
            ),
            [
                {"one": one, "try": attempt, "then": state, "theirs": external_id, "told": dict(detail)}
                for one, attempt, state, external_id, detail in told
            ],
        )
        self._tell(connection, step, told, run_id)

    @staticmethod
    def _tell(
        connection: sa.Connection,
        step: str,
        told: Sequence[tuple[int, int, str, str | None, Mapping[str, Any]]],
        run_id: str | None,
    ) -> None:
        if not told:
            return
        now = utc_now()
        connection.execute(
            order_event.insert(),
            [
                {
                    "order_id": order_id,
                    "step": step,
                    "attempt": attempt,
                    "state": state,
                    "external_id": external_id,
                    "detail": dict(detail),
                    "run_id": run_id,
                    "at": now,
                }
                for order_id, attempt, state, external_id, detail in told
            ],
        )


def _queued(row: sa.Row[Any]) -> Queued:
    return Queued(
        row.id,
        row.number,
        row.shop_id,
        row.created_at,
        row.record,
        row.detail or {},
        row.order_state,
        row.attempt,
    )
