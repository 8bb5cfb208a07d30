"""Outbox: every file we send, byte for byte, numbered and tied to its orders before anything leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec
import sqlalchemy as sa

from ..errors import Fatal
from . import bulk
from .database import Database, utc_now
from .orders.deriving import Deriver
from .orders.out_of_order import UnknownOrder
from .orders.requests import Requests
from .orders.schema import order_message
from .orders.step_batches import claim_for_file, finish_carried
from .orders.steps import Answer, OrderSteps, Step
from .schema import order_step, outbox_file, outbox_sequence, shop_order

__all__ = ["AlreadyExported", "Content", "Outbox", "OutboxFile", "OutboxState", "RequestsTaken", "Unanswered"]

OutboxState = Literal["prepared", "uploading", "renaming", "marking", "delivered"]


class AlreadyExported(Fatal):
    """Orders were to go into a file that are in one already, or whose step is not to be done."""

    def __init__(self, blocked: Sequence[Step]) -> None:
        what = "; ".join(
            f"{step.number}: {step.step} is {step.state}"
            + (f" in {step.outbox_name}" if step.outbox_name else "")
            for step in blocked
        )
        super().__init__(
            f"No file was prepared, these orders are not to be exported: {what}",
            advice="Deliver the pending files; an order that the other side refused needs a new attempt",
        )
        self.blocked = tuple(blocked)


class RequestsTaken(Fatal):
    """Requests were to go into a file that are not to be sent: another has them, or nobody owes them now."""

    def __init__(self, ids: Sequence[int]) -> None:
        super().__init__(
            f"No file was prepared: the requests {', '.join(map(str, ids))} are not pending any more",
            advice="Read the pending requests again; another run may have sent them",
        )
        self.ids = tuple(ids)


class Content(NamedTuple):
    """The name and the exact bytes of a file to send."""

    name: str
    content: bytes


class OutboxFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to send, and how far it came."""

    id: int
    feed: str
    sequence: int
    name: str
    content: bytes
    sha256: str
    size: int
    state: OutboxState
    note: str
    run_id: str | None
    prepared_at: datetime
    changed_at: datetime
    delivered_at: datetime | None


class Unanswered(NamedTuple):
    """A delivered file, and those of its orders that the other side has not spoken of."""

    name: str
    delivered_at: datetime
    numbers: tuple[str, ...]


_PENDING = (
    sa.select(outbox_file)
    .where(outbox_file.c.delivered_at.is_(None))
    .order_by(outbox_file.c.feed, outbox_file.c.sequence)
)
_PENDING_OF = _PENDING.where(outbox_file.c.feed == sa.bindparam("of_feed"))


class Outbox:
    """The files to send."""

    def __init__(self, database: Database, deriver: Deriver, requests: Requests) -> None:
        self._database = database
        self._deriver = deriver
        self._requests = requests

    def prepare(
        self,
        feed: str,
        numbers: Sequence[str],
        build: Callable[[int], Content],
        *,
        step: str = "export",
        run_id: str | None = None,
    ) -> OutboxFile:
        """Number a file, keep its bytes and claim its orders, all in one transaction or nothing at all.

        `build` gets the sequence number and gives name and bytes; it must be quick and touch nothing else.
        Raises AlreadyExported or UnknownOrder: then no number is used up. On the disk when this returns.
        """
        if not numbers or len(set(numbers)) != len(numbers):
            raise ValueError(f"received {len(numbers)} order numbers, expected at least one and none twice")
        with self._database.write(durable=True) as connection:
            order_ids = self._order_ids(connection, numbers)
            row = self._store(connection, feed, build, run_id)
            ids = sorted(order_ids.values())
            claimed = claim_for_file(self._database, connection, step, ids, outbox_id=row.id, run_id=run_id)
            blocked = [
                OrderSteps(self._database, connection, order_id, number, step).last()
                or _missing(number, step)
                for number, order_id in sorted(order_ids.items(), key=lambda pair: pair[1])
                if order_id not in claimed
            ]
            if blocked:
                raise AlreadyExported(blocked)
        return _file(row)

    def prepare_requests(
        self, feed: str, ids: Sequence[int], build: Callable[[int], Content], *, run_id: str | None = None
    ) -> OutboxFile:
        """Number a file that carries requests and claim them, as `prepare` does with orders.

        Raises RequestsTaken: then no number is used up, and none of them is claimed.
        """
        if not ids or len(set(ids)) != len(ids):
            raise ValueError(f"received {len(ids)} requests, expected at least one and none twice")
        with self._database.write(durable=True) as connection:
            row = self._store(connection, feed, build, run_id)
            missed = self._requests.put_in_file(ids, row.id, run_id=run_id)
            if missed:
                raise RequestsTaken(missed)
        return _file(row)

    def set_state(self, file_id: int, state: OutboxState, note: str = "") -> OutboxFile:
        """Say how far a file came. `delivered` is final, and makes the steps of its orders done with it."""
        now = utc_now()
        delivered = state == "delivered"
        with self._database.write(durable=True) as connection:
            row = connection.execute(
                outbox_file.update()
                .where(outbox_file.c.id == file_id, outbox_file.c.delivered_at.is_(None))
                .values(state=state, note=note, changed_at=now, delivered_at=now if delivered else None)
                .returning(outbox_file)
            ).first()
            if row is None:
                return self._unchanged(connection, file_id, state)
            if delivered:
                answer = Answer(row.name, {"file": row.name, "sequence": row.sequence}, row.run_id)
                carried = finish_carried(self._database, connection, file_id, answer)
                # From now on the ERP may know of these orders, and its answer is awaited.
                for batch in bulk.batches([order_id for order_id, step in carried if step == "export"], 500):
                    self._deriver.refresh(connection, list(batch), run_id=row.run_id)
                self._requests.file_delivered(file_id, external_id=row.name, run_id=row.run_id)
        return _file(row)

    def pending(self, feed: str | None = None) -> list[OutboxFile]:
        """Read the files that are not delivered yet, in the order in which they must leave."""
        with self._database.read() as connection:
            if feed is None:
                return [_file(row) for row in connection.execute(_PENDING)]
            return [_file(row) for row in connection.execute(_PENDING_OF, {"of_feed": feed})]

    def get(self, feed: str, name: str) -> OutboxFile | None:
        """Read one file by its name."""
        query = sa.select(outbox_file).where(outbox_file.c.feed == feed, outbox_file.c.name == name)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _file(row)

    def unanswered(self, feed: str, *, before: datetime, step: str = "acknowledge") -> list[Unanswered]:
        """List the files delivered before a moment with orders that the other side has said nothing about.

        The oldest first; an order that was refused is answered too.
        """
        answer = order_step.alias("answer")
        query = (
            sa.select(outbox_file.c.name, outbox_file.c.delivered_at, shop_order.c.number)
            .join(order_step, order_step.c.outbox_id == outbox_file.c.id)
            .join(shop_order, shop_order.c.id == order_step.c.order_id)
            .where(
                outbox_file.c.feed == feed,
                outbox_file.c.delivered_at < before,
                ~sa.exists().where(
                    answer.c.order_id == order_step.c.order_id,
                    answer.c.step == step,
                    answer.c.state.in_(("done", "refused")),
                ),
                ~sa.exists().where(
                    order_message.c.order_id == order_step.c.order_id,
                    order_message.c.kind.in_(("accepted", "refused")),
                ),
            )
            .order_by(outbox_file.c.delivered_at, outbox_file.c.id, shop_order.c.id)
        )
        found: dict[str, tuple[datetime, list[str]]] = {}
        with self._database.read() as connection:
            for row in connection.execute(query):
                found.setdefault(row.name, (row.delivered_at, []))[1].append(row.number)
        return [Unanswered(name, at, tuple(numbers)) for name, (at, numbers) in found.items()]

    def numbers(self, file_id: int) -> list[str]:
        """Tell the orders in a file, in the order in which the ledger met them."""
        query = (
            sa.select(shop_order.c.number)
            .join(order_step, order_step.c.order_id == shop_order.c.id)
            .where(order_step.c.outbox_id == file_id)
            .order_by(shop_order.c.id)
        )
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def _store(
        self, connection: sa.Connection, feed: str, build: Callable[[int], Content], run_id: str | None
    ) -> sa.Row[Any]:
        """Number a file and keep its bytes."""
        sequence = self._next_sequence(connection, feed)
        name, content = build(sequence)
        now = utc_now()
        return connection.execute(
            outbox_file.insert()
            .values(
                feed=feed,
                sequence=sequence,
                name=name,
                content=content,
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
                state="prepared",
                run_id=run_id,
                prepared_at=now,
                changed_at=now,
            )
            .returning(outbox_file)
        ).one()

    def _next_sequence(self, connection: sa.Connection, feed: str) -> int:
        insert = self._database.insert(outbox_sequence).values(feed=feed, last=1)
        return int(
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["feed"], set_={"last": outbox_sequence.c.last + 1}
                ).returning(outbox_sequence.c.last)
            ).scalar_one()
        )

    @staticmethod
    def _order_ids(connection: sa.Connection, numbers: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for batch in bulk.batches(numbers):
            query = sa.select(shop_order.c.number, shop_order.c.id).where(shop_order.c.number.in_(batch))
            found.update((row.number, row.id) for row in connection.execute(query))
        if len(found) != len(numbers):
            raise UnknownOrder([number for number in numbers if number not in found])
        return found

    @staticmethod
    def _unchanged(connection: sa.Connection, file_id: int, state: OutboxState) -> OutboxFile:
        row = connection.execute(sa.select(outbox_file).where(outbox_file.c.id == file_id)).first()
        if row is None:
            raise Fatal(f"The outbox knows no file {file_id}", advice="Prepare the file before its state")
        if state != "delivered":
            raise Fatal(
                f"{row.name} was delivered at {row.delivered_at:%Y-%m-%d %H:%M:%S} UTC and cannot be {state}",
                advice="Another process delivered it; do not send it again",
            )
        return _file(row)


def _missing(number: str, step: str) -> Step:
    return Step(
        number=number,
        step=step,
        attempt=0,
        state="refused",
        external_id=None,
        detail={"reason": "the order has no such step to do"},
        run_id=None,
        outbox_name=None,
        at=utc_now(),
    )


def _file(row: sa.Row[Any]) -> OutboxFile:
    return OutboxFile(**row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
