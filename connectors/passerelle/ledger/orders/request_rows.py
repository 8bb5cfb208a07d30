"""Rows of requests: read with their order and their file, written as they follow from the messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec
import sqlalchemy as sa

from ...fulfilment.states import Request
from ...records import Money
from .. import table_rows
from ..database import Database, utc_now
from ..schema import outbox_file
from .schema import order_request, shop_order

__all__ = [
    "REQUESTS",
    "SENT",
    "OpenRequest",
    "RequestState",
    "add_requests",
    "as_request",
    "requests_of",
    "write_requests",
]

#: `withdrawn`: nobody is to be asked any more, and nobody was. Else as the steps of an order.
RequestState: TypeAlias = Literal["pending", "claimed", "done", "in_doubt", "refused", "withdrawn"]

#: A request in these states is out, or may be: what it asks for stands.
SENT: frozenset[RequestState] = frozenset({"claimed", "in_doubt", "done"})


class OpenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request in the ledger, open or not; `outbox_name` is the file that carries it, if one does.

    `external_id` is the other side's number for it, `answer` what else it said.
    """

    id: int
    number: str
    request: Request
    state: RequestState
    origin: Literal["derived", "asked"]
    attempt: int
    external_id: str | None
    answer: dict[str, Any]
    run_id: str | None
    outbox_name: str | None
    opened_at: datetime
    at: datetime


#: All requests with the number of their order and the name of their file.
REQUESTS = (
    sa.select(order_request, shop_order.c.number, outbox_file.c.name.label("outbox_name"))
    .join(shop_order, shop_order.c.id == order_request.c.order_id)
    .outerjoin(outbox_file, outbox_file.c.id == order_request.c.outbox_id)
)


def as_request(row: sa.Row[Any]) -> OpenRequest:
    """Make a request of a row of `REQUESTS`."""
    return OpenRequest(
        id=row.id,
        number=row.number,
        request=Request(
            kind=row.kind,
            key=row.key,
            step=row.step,
            lines=tuple((line, pieces) for line, pieces in row.lines),
            amount=None if row.amount is None else Money(row.amount, row.currency),
            detail=row.detail,
        ),
        state=row.state,
        origin=row.origin,
        attempt=row.attempt,
        external_id=row.external_id,
        answer=row.answer,
        run_id=row.run_id,
        outbox_name=row.outbox_name,
        opened_at=row.opened_at,
        at=row.at,
    )


def requests_of(
    connection: sa.Connection, order_ids: Sequence[int], *, to_write: bool = False
) -> dict[int, list[OpenRequest]]:
    """Read the requests of at most a batch of orders, by order, the oldest first.

    With `to_write` nobody claims one of them until the transaction ends.
    """
    query = REQUESTS.where(order_request.c.order_id.in_(order_ids)).order_by(order_request.c.id)
    if to_write and connection.dialect.name != "sqlite":
        query = query.with_for_update(of=order_request)
    found: dict[int, list[OpenRequest]] = {}
    for row in connection.execute(query):
        found.setdefault(row.order_id, []).append(as_request(row))
    return found


def add_requests(
    database: Database,
    connection: sa.Connection,
    new: Iterable[tuple[int, Request]],
    *,
    origin: Literal["derived", "asked"],
    run_id: str | None,
) -> None:
    """Open requests; one whose key is there already stays as it is."""
    now = utc_now()
    rows: list[tuple[object, ...]] = [
        (
            order_id, one.key, one.kind, one.step, "pending", origin,
            None if one.amount is None else one.amount.cent_amount,
            None if one.amount is None else one.amount.currency,
            [list(line) for line in one.lines], one.detail, {}, run_id, now, now,
        )
        for order_id, one in new
    ]  # fmt: skip
    table_rows.put(database, connection, order_request, _COLUMNS, rows)


def write_requests(
    database: Database,
    connection: sa.Connection,
    wanted: Mapping[int, Iterable[Request]],
    there: Mapping[int, Iterable[OpenRequest]],
    *,
    run_id: str | None,
) -> list[tuple[int, Request]]:
    """Open what follows from the messages now, once; give what is new.

    A request that nobody sent yet keeps up with what follows: it is withdrawn when nothing is owed any more,
    and opened again when it is. What asks for something else than before is a new row: whoever read the old
    one and wrote its file cannot claim it. One that was sent stands as it was sent.

    `there` was read with `to_write` in this transaction.
    """
    new: list[tuple[int, Request]] = []
    changed: list[tuple[int, Request]] = []
    withdrawn: list[tuple[object, ...]] = []
    now = utc_now()
    for order_id, these in wanted.items():
        before = {one.request.key: one for one in there.get(order_id, ())}
        after = {one.key: one for one in these}
        for key, request in after.items():
            known = before.get(key)
            if known is None:
                new.append((order_id, request))
            elif known.state == "withdrawn" or (known.state == "pending" and known.request != request):
                changed.append((order_id, request))
        withdrawn += [
            (order_id, key, "withdrawn", now)
            for key, known in before.items()
            if key not in after and known.state == "pending" and known.origin == "derived"
        ]
    old = [(order_id, request.key) for order_id, request in changed]
    table_rows.drop(database, connection, order_request, ("order_id", "key"), old)
    add_requests(database, connection, [*new, *changed], origin="derived", run_id=run_id)
    table_rows.change(database, connection, order_request, ("order_id", "key", "state", "at"), withdrawn)
    return new


_COLUMNS = (
    "order_id", "key", "kind", "step", "state", "origin", "amount", "currency", "lines", "detail", "answer",
    "run_id", "opened_at", "at",
)  # fmt: skip
