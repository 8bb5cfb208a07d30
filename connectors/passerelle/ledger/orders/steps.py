"""Order steps: the states a step of an order goes through, and which may follow which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec
import sqlalchemy as sa

from ...errors import Fatal, Skippable
from ..database import Database, utc_now
from ..schema import order_event, order_step, outbox_file
from .out_of_order import OutOfOrder

__all__ = ["Answer", "OrderSteps", "SecondAnswer", "Step", "StepOutOfOrder", "StepState", "as_step"]

StepState = Literal["pending", "claimed", "done", "in_doubt", "refused"]

#: Which state may follow which. `in_doubt` (the answer was lost) ends only by reading the other side.
_FOLLOWING: dict[StepState, frozenset[StepState]] = {
    "pending": frozenset({"claimed", "done", "refused"}),
    "claimed": frozenset({"done", "in_doubt", "refused"}),
    "in_doubt": frozenset({"done", "refused", "claimed"}),
    "done": frozenset(),
    "refused": frozenset(),
}


class StepOutOfOrder(OutOfOrder):
    """A step was to go to a state that cannot follow the one it is in."""

    def __init__(self, step: Step, wanted: str) -> None:
        super().__init__(
            step.number,
            step.step,
            step.state,
            step.at,
            wanted,
            code="step_out_of_order",
            advice="A refused step is tried again with a new attempt; a done one is not undone",
        )
        self.step = step


class SecondAnswer(Skippable):
    """A done step was answered again with another external id: the other side may hold the order twice."""

    def __init__(self, step: Step, external_id: str) -> None:
        super().__init__(
            f"Order {step.number}: {step.step} was answered with {step.external_id!r} "
            f"and now with {external_id!r}",
            code="second_external_id",
            advice="Ask the other side which one is right: the order may be there twice",
        )
        self.step = step
        self.external_id = external_id


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of one order at one attempt: `outbox_name` is the file that carries it, if one does."""

    number: str
    step: str
    attempt: int
    state: StepState
    external_id: str | None
    detail: dict[str, Any]
    run_id: str | None
    outbox_name: str | None
    at: datetime


class Answer(NamedTuple):
    """What is written down with a state: the other side's id, anything worth keeping, and the run."""

    external_id: str | None = None
    detail: dict[str, Any] | None = None
    run_id: str | None = None


@dataclass(frozen=True)
class OrderSteps:
    """The attempts of one step of one order, inside the caller's transaction."""

    database: Database
    connection: sa.Connection
    order_id: int
    number: str
    step: str

    def last(self) -> Step | None:
        """Read the last attempt."""
        query = (
            sa.select(order_step, outbox_file.c.name.label("outbox_name"))
            .outerjoin(outbox_file, outbox_file.c.id == order_step.c.outbox_id)
            .where(order_step.c.order_id == self.order_id, order_step.c.step == self.step)
            .order_by(order_step.c.attempt.desc())
            .limit(1)
        )
        row = self.connection.execute(query).first()
        return None if row is None else as_step(row, self.number)

    def open(self, attempt: int, state: StepState, answer: Answer) -> bool:
        """Write down a new attempt; False when it is there already."""
        added = self.connection.execute(
            self.database.insert(order_step)
            .values(
                order_id=self.order_id,
                step=self.step,
                attempt=attempt,
                state=state,
                external_id=answer.external_id,
                detail=answer.detail or {},
                run_id=answer.run_id,
                at=utc_now(),
            )
            .on_conflict_do_nothing()
            .returning(order_step.c.attempt)
        ).first()
        if added is None:
            return False
        self._write_event(attempt, state, answer)
        return True

    def move(self, state: StepState, answer: Answer) -> Step:
        """Bring the last attempt to a state.

        The same state with the same external id again changes nothing. Raises SecondAnswer, StepOutOfOrder.
        """
        before = self.last()
        if before is None:
            if self.open(1, state, answer):
                return self._read()
            before = self._read()  # another process was faster
        if before.state == state:
            if answer.external_id is None or answer.external_id == before.external_id:
                return before
            raise SecondAnswer(before, answer.external_id)
        if state not in _FOLLOWING[before.state]:
            raise StepOutOfOrder(before, state)
        values: dict[str, Any] = {"state": state, "at": utc_now(), "run_id": answer.run_id or before.run_id}
        if answer.external_id is not None:
            values["external_id"] = answer.external_id
        if answer.detail is not None:
            values["detail"] = answer.detail
        done = self.connection.execute(
            order_step.update()
            .where(
                order_step.c.order_id == self.order_id,
                order_step.c.step == self.step,
                order_step.c.attempt == before.attempt,
                order_step.c.state == before.state,
            )
            .values(**values)
        )
        if done.rowcount != 1:  # another process moved it between our reading and our writing
            raise StepOutOfOrder(self._read(), state)
        self._write_event(before.attempt, state, answer)
        return self._read()

    def claim(
        self, from_states: tuple[StepState, ...], *, run_id: str | None, outbox_id: int | None = None
    ) -> bool:
        """Claim the last attempt, in one statement that only one process can win.

        What a file carries is claimed by its file alone, once.
        """
        last = (
            sa.select(sa.func.max(order_step.c.attempt))
            .where(order_step.c.order_id == self.order_id, order_step.c.step == self.step)
            .scalar_subquery()
        )
        done = self.connection.execute(
            order_step.update()
            .where(
                order_step.c.order_id == self.order_id,
                order_step.c.step == self.step,
                order_step.c.attempt == last,
                order_step.c.state.in_(from_states),
                order_step.c.outbox_id.is_(None),
            )
            .values(state="claimed", run_id=run_id, outbox_id=outbox_id, at=utc_now())
            .returning(order_step.c.attempt)
        ).first()
        if done is None:
            return False
        self._write_event(done.attempt, "claimed", Answer(run_id=run_id))
        return True

    def _read(self) -> Step:
        found = self.last()
        if found is None:
            raise Fatal(
                f"Order {self.number}: the step {self.step!r} vanished from the ledger meanwhile",
                advice="Passerelle never drops a step: look for a person or a program that did",
            )
        return found

    def _write_event(self, attempt: int, state: StepState, answer: Answer) -> None:
        self.connection.execute(
            order_event.insert().values(
                order_id=self.order_id,
                step=self.step,
                attempt=attempt,
                state=state,
                external_id=answer.external_id,
                detail=answer.detail or {},
                run_id=answer.run_id,
                at=utc_now(),
            )
        )


def as_step(row: sa.Row[Any], number: str) -> Step:
    """Make a step of a row of `order_step` with its `outbox_name`."""
    return Step(
        number=number,
        step=row.step,
        attempt=row.attempt,
        state=row.state,
        external_id=row.external_id,
        detail=row.detail,
        run_id=row.run_id,
        outbox_name=row.outbox_name,
        at=row.at,
    )
