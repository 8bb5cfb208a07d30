"""Steps that a file carries: claimed with it, done with it; hundreds in a few statements, each with an event.

The moves are those of `steps`: only the last attempt of a step, only from a state that it may leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from .. import bulk, table_rows
from ..database import Database, utc_now
from .schema import order_event, order_step
from .steps import Answer, StepState

__all__ = ["claim_for_file", "finish_carried"]


def claim_for_file(
    database: Database,
    connection: sa.Connection,
    step: str,
    order_ids: Sequence[int],
    *,
    outbox_id: int,
    run_id: str | None,
) -> frozenset[int]:
    """Claim a pending step of orders (row ids, ascending) for the file that carries it; tell whose it got."""
    later = order_step.alias("later")
    claimed: list[tuple[int, int]] = []
    for batch in bulk.batches(order_ids):
        query = (
            sa.select(order_step.c.order_id, order_step.c.attempt)
            .where(
                order_step.c.order_id.in_(batch),
                order_step.c.step == step,
                order_step.c.state == "pending",
                order_step.c.outbox_id.is_(None),
                ~sa.exists().where(
                    later.c.order_id == order_step.c.order_id,
                    later.c.step == order_step.c.step,
                    later.c.attempt > order_step.c.attempt,
                ),
            )
            .order_by(order_step.c.order_id)
        )
        # In one order of rows, so that two processes never wait for each other in a ring. What another one
        # claimed while we waited is not pending any more, and is not given.
        claimed += [(row.order_id, row.attempt) for row in connection.execute(_locked(database, query))]
    now = utc_now()
    table_rows.change(
        database,
        connection,
        order_step,
        ("order_id", "step", "attempt", "state", "run_id", "outbox_id", "at"),
        [(order_id, step, attempt, "claimed", run_id, outbox_id, now) for order_id, attempt in claimed],
    )
    moved = [(order_id, step, attempt) for order_id, attempt in claimed]
    _write_events(database, connection, moved, "claimed", Answer(run_id=run_id), now)
    return frozenset(order_id for order_id, _ in claimed)


def finish_carried(
    database: Database, connection: sa.Connection, outbox_id: int, answer: Answer
) -> list[tuple[int, str]]:
    """Make done what a file carries and nobody ended before; tell the orders (by row id) and their steps."""
    query = (
        sa.select(order_step.c.order_id, order_step.c.step, order_step.c.attempt)
        .where(order_step.c.outbox_id == outbox_id, order_step.c.state.in_(("claimed", "in_doubt")))
        .order_by(order_step.c.order_id, order_step.c.step)
    )
    carried = [(row.order_id, row.step, row.attempt) for row in connection.execute(_locked(database, query))]
    now, detail = utc_now(), answer.detail or {}
    table_rows.change(
        database,
        connection,
        order_step,
        ("order_id", "step", "attempt", "state", "external_id", "detail", "run_id", "at"),
        [(*one, "done", answer.external_id, detail, answer.run_id, now) for one in carried],
    )
    _write_events(database, connection, carried, "done", answer, now)
    return [(order_id, step) for order_id, step, _ in carried]


def _locked(database: Database, query: sa.Select[tuple[int, ...]]) -> sa.Select[tuple[int, ...]]:
    return query if database.is_sqlite else query.with_for_update(of=order_step)


def _write_events(
    database: Database,
    connection: sa.Connection,
    moved: Sequence[tuple[int, str, int]],
    state: StepState,
    answer: Answer,
    now: datetime,
) -> None:
    table_rows.append(
        database,
        connection,
        order_event,
        ("order_id", "step", "attempt", "state", "external_id", "detail", "run_id", "at"),
        [(*one, state, answer.external_id, answer.detail or {}, answer.run_id, now) for one in moved],
    )
