"""Requests: what we owe others because of what we learned; each is sent once under its business key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ...errors import Skippable
from ...fulfilment.states import Request, RequestKind
from .. import bulk
from ..database import Database, utc_now
from ..schema import run
from .out_of_order import OutOfOrder, UnknownOrder
from .request_rows import REQUESTS, OpenRequest, RequestState, add_requests, as_request, requests_of
from .schema import order_event, order_request, shop_order

__all__ = ["RequestOutOfOrder", "Requests", "UnknownRequest"]

_FOLLOWING: dict[RequestState, frozenset[RequestState]] = {
    "pending": frozenset({"claimed", "done", "refused", "withdrawn"}),
    "claimed": frozenset({"done", "in_doubt", "refused"}),
    # The answer was lost: reading the other side ends it, or shows that it may be sent again.
    "in_doubt": frozenset({"done", "refused", "claimed"}),
    "done": frozenset(),
    "refused": frozenset({"pending"}),
    "withdrawn": frozenset({"pending"}),
}
_OPEN: frozenset[RequestState] = frozenset({"pending", "claimed", "in_doubt"})
#: Word for word the condition of the index: rows that are done are a hundred times as many.
_IS_OPEN = sa.text("order_request.state IN ('pending', 'claimed', 'in_doubt')")


class UnknownRequest(Skippable):
    """An answer came to a request that the ledger does not have."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The ledger knows no request {what}",
            code="unknown_request",
            advice="Compare its order with `passerelle order`: the number or the key is wrong",
        )


class RequestOutOfOrder(OutOfOrder):
    """A request was to go to a state that cannot follow the one it is in."""

    def __init__(self, request: OpenRequest, wanted: str) -> None:
        super().__init__(
            request.number,
            f"the request {request.request.key}",
            request.state,
            request.at,
            wanted,
            code="request_out_of_order",
            advice="What was done is not undone; what was refused is asked again with `again`",
        )
        self.request = request


class Requests:
    """The requests of all orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, number: str, request: Request, *, run_id: str | None = None) -> OpenRequest:
        """Open a request that no message gave rise to (a person, the shop); the same key again is the same.

        Raises UnknownOrder when the ledger does not know the order.
        """
        with self._database.write(durable=True) as connection:
            order_id = connection.execute(
                sa.select(shop_order.c.id).where(shop_order.c.number == number)
            ).scalar()
            if order_id is None:
                raise UnknownOrder([number])
            one = (order_id, request)
            add_requests(self._database, connection, [one], origin="asked", run_id=run_id)
            asked = requests_of(connection, [order_id])[order_id]
            return next(one for one in asked if one.request.key == request.key)

    def pending(
        self,
        kinds: Sequence[RequestKind] | None = None,
        *,
        states: Sequence[RequestState] = ("pending",),
        after: int = 0,
        limit: int = 1000,
    ) -> list[OpenRequest]:
        """Read the requests in these states by id, the oldest first; `after` is the last id of a page."""
        query = REQUESTS.where(order_request.c.state.in_(tuple(states)), order_request.c.id > after).order_by(
            order_request.c.id
        )
        if not set(states) - _OPEN:
            query = query.where(_IS_OPEN)
        if kinds is not None:
            query = query.where(order_request.c.kind.in_(tuple(kinds)))
        with self._database.read() as connection:
            return [as_request(row) for row in connection.execute(query.limit(limit))]

    def get(self, number: str, key: str) -> OpenRequest | None:
        """Read one request."""
        query = REQUESTS.where(shop_order.c.number == number, order_request.c.key == key)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else as_request(row)

    def of(self, number: str) -> list[OpenRequest]:
        """Read the requests of an order, the oldest first."""
        query = REQUESTS.where(shop_order.c.number == number).order_by(order_request.c.id)
        with self._database.read() as connection:
            return [as_request(row) for row in connection.execute(query)]

    def counts(self) -> dict[tuple[str, RequestState], int]:
        """Count all requests by kind and state."""
        query = sa.select(order_request.c.kind, order_request.c.state, sa.func.count()).group_by(
            order_request.c.kind, order_request.c.state
        )
        with self._database.read() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(query)}

    def claim(
        self, request_id: int, *, run_id: str | None = None, after_reading: bool = False
    ) -> OpenRequest | None:
        """Claim a request before the call that sends it; None when it is not ours to send.

        Only one of two processes gets it, and none while a file carries it. One whose answer was lost is
        claimed again only with `after_reading`: the caller has looked and the other side does not have it.
        """
        states: tuple[RequestState, ...] = ("pending", "in_doubt") if after_reading else ("pending",)
        with self._database.write(durable=True) as connection:
            done = connection.execute(
                order_request.update()
                .where(
                    order_request.c.id == request_id,
                    order_request.c.state.in_(states),
                    order_request.c.outbox_id.is_(None),
                )
                .values(state="claimed", run_id=run_id, at=utc_now())
            )
            if done.rowcount != 1:
                return None
            claimed = self._read(connection, request_id)
            self._write_events(connection, [claimed])
            return claimed

    def settle(
        self,
        request_id: int,
        state: RequestState,
        *,
        external_id: str | None = None,
        answer: dict[str, Any] | None = None,
        run_id: str | None = None,
    ) -> OpenRequest:
        """Say what became of a request. The same again changes nothing.

        Raises UnknownRequest and RequestOutOfOrder.
        """
        with self._database.write(durable=True) as connection:
            before = self._read(connection, request_id)
            if before.state == state and external_id in {None, before.external_id}:
                return before
            if state not in _FOLLOWING[before.state]:
                raise RequestOutOfOrder(before, state)
            values: dict[str, Any] = {"state": state, "at": utc_now(), "run_id": run_id or before.run_id}
            if external_id is not None:
                values["external_id"] = external_id
            if answer is not None:
                values["answer"] = answer
            if state == "pending":
                values |= {"attempt": before.attempt + 1, "outbox_id": None}
            done = connection.execute(
                order_request.update()
                .where(order_request.c.id == request_id, order_request.c.state == before.state)
                .values(**values)
            )
            after = self._read(connection, request_id)
            if done.rowcount != 1:  # another process moved it between our reading and our writing
                raise RequestOutOfOrder(after, state)
            self._write_events(connection, [after])
            return after

    def again(self, request_id: int, *, run_id: str | None = None) -> OpenRequest:
        """Ask again what was refused: a new attempt; raises RequestOutOfOrder when it was not refused."""
        return self.settle(request_id, "pending", run_id=run_id)

    def put_in_file(self, ids: Sequence[int], outbox_id: int, *, run_id: str | None = None) -> list[int]:
        """Claim requests for the file that carries them; give those that were not to be claimed.

        Call it in the transaction that stores the file (`Outbox.prepare_requests` does).
        """
        missed: list[int] = []
        with self._database.write(durable=True) as connection:
            for batch in bulk.batches(sorted(ids)):
                claimed = connection.execute(
                    order_request.update()
                    .where(
                        order_request.c.id.in_(batch),
                        order_request.c.state == "pending",
                        order_request.c.outbox_id.is_(None),
                    )
                    .values(state="claimed", run_id=run_id, outbox_id=outbox_id, at=utc_now())
                    .returning(order_request.c.id)
                ).scalars()
                missed += sorted(set(batch).difference(claimed))
            query = REQUESTS.where(order_request.c.outbox_id == outbox_id).order_by(order_request.c.id)
            self._write_events(connection, [as_request(row) for row in connection.execute(query)])
        return missed

    def file_delivered(self, outbox_id: int, *, external_id: str, run_id: str | None = None) -> int:
        """Make done what a delivered file carries; count it. Call it in the file's own transaction."""
        with self._database.write(durable=True) as connection:
            done = connection.execute(
                order_request.update()
                .where(
                    order_request.c.outbox_id == outbox_id, order_request.c.state.in_(("claimed", "in_doubt"))
                )
                .values(state="done", external_id=external_id, run_id=run_id, at=utc_now())
            )
            if done.rowcount:
                query = REQUESTS.where(order_request.c.outbox_id == outbox_id).order_by(order_request.c.id)
                self._write_events(connection, [as_request(row) for row in connection.execute(query)])
            return int(done.rowcount)

    def doubt_abandoned(self) -> list[OpenRequest]:
        """Put in doubt what runs claimed that are over: nobody will write the answer down any more.

        What a file carries is left alone: the outbox knows how far the file came.
        """
        query = (
            REQUESTS.join(run, run.c.id == order_request.c.run_id)
            .where(
                _IS_OPEN,
                order_request.c.state == "claimed",
                order_request.c.outbox_id.is_(None),
                run.c.outcome.is_not(None),
            )
            .order_by(order_request.c.id)
        )
        answer = {"reason": "the run ended before the answer was written down"}
        with self._database.write(durable=True) as connection:
            found = [row.id for row in connection.execute(query)]
            return [self.settle(one, "in_doubt", answer=answer) for one in found]

    def _read(self, connection: sa.Connection, request_id: int) -> OpenRequest:
        row = connection.execute(REQUESTS.where(order_request.c.id == request_id)).first()
        if row is None:
            raise UnknownRequest(f"number {request_id}")
        return as_request(row)

    def _write_events(self, connection: sa.Connection, moved: Sequence[OpenRequest]) -> None:
        ids = {
            row.id: row.order_id
            for batch in bulk.batches([one.id for one in moved])
            for row in connection.execute(
                sa.select(order_request.c.id, order_request.c.order_id).where(order_request.c.id.in_(batch))
            )
        }
        if moved:
            connection.execute(
                order_event.insert(),
                [
                    {
                        "order_id": ids[one.id],
                        "step": one.request.kind,
                        "attempt": one.attempt,
                        "state": one.state,
                        "external_id": one.external_id,
                        "detail": {"request": one.request.key, **one.answer},
                        "run_id": one.run_id,
                        "at": one.at,
                    }
                    for one in moved
                ],
            )
