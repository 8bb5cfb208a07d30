"""Orders to the shop: those of which the ledger learned something are read, compared and brought up to date.

What is told is a picture, not a message: after a crash, a lost answer or somebody else's write the order is
read again and compared again, and what is there already is not sent. One order never holds up another: what
the shop refuses is told and tried again with growing pauses, at once when something new is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from ...commercetools import Client
from ...commercetools.orders.projecting import OrderPlan, plan_view
from ...errors import Conflict, Retriable, Skippable
from ...ledger import Ledger, Picture, Step
from ...ledger.orders.dirt import DirtyOrder
from ...sync import ChangeRow, Progress, RunReport, Watch
from .showing import Showings

__all__ = ["OrderProjector", "Projected", "pause_after", "tell_projected"]

#: The step of an order's journal that says how showing it went, when the shop refused it.
STEP = "show"
#: Orders that are read together; a page of a query by number.
BATCH = 100
#: How often one order is read and planned again in a run before it is left for the next one.
TRIES = 5
_PAUSE = 0.1
#: So many orders in a row that could not be written mean that the shop is down.
DOWN_AFTER = 50
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=12)


class Projected(NamedTuple):
    """What became of orders: changed, found as they should be, refused, not taken for now, left for later."""

    changed: int = 0
    same: int = 0
    refused: int = 0
    failed: int = 0
    paused: int = 0

    def __add__(self, other: object) -> Projected:
        """Sum two counts."""
        if not isinstance(other, Projected):
            return NotImplemented
        return Projected(*(one + two for one, two in zip(self, other, strict=True)))


class _Answer(NamedTuple):
    """What became of one order: `error` says why it is not shown."""

    order: DirtyOrder
    fate: Literal["changed", "same", "refused", "failed"]
    version: int | None = None
    error: Skippable | Retriable | None = None


def pause_after(attempt: int) -> timedelta:
    """How long an order rests that the shop refused so many times."""
    return min(_FIRST_PAUSE * int(2 ** min(attempt - 1, 20)), _LONGEST_PAUSE)


def _unwatched(progress: Progress) -> None:
    """Nobody looks."""


class OrderProjector:
    """Brings orders to the shop; what it met there and left alone is told in the report."""

    def __init__(
        self,
        ledger: Ledger,
        client: Client,
        showings: Showings,
        report: RunReport,
        *,
        watch: Watch = _unwatched,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._showings = showings
        self._report = report
        self._watch = watch
        self._now = now
        self._in_a_row = 0

    async def carry(self) -> Projected:
        """Show every order that is not shown as it should be.

        Raises:
            Retriable: the shop does not answer; what it took is known.
            Fatal: it refuses us altogether.
        """
        done = Projected()
        resting: dict[str, Step] | None = None
        after = 0
        while page := self._ledger.order_book.dirty(BATCH, after=after):
            after = page[-1].id
            resting = self._resting() if resting is None else resting
            due = [order for order in page if not self._rests(order, resting)]
            done += Projected(paused=len(page) - len(due))
            if due:
                done += await self._show(due, resting)
            self._watch(Progress(self._report.feed, "apply", "orders", done.changed + done.same, sum(done)))
        return done

    async def foresee(self) -> int:
        """Tell what would change in the shop, and change nothing; count the orders."""
        after = count = 0
        while page := self._ledger.order_book.dirty(BATCH, after=after):
            after = page[-1].id
            pictures = self._ledger.order_pictures.of([order.number for order in page])
            bodies = await self._read(page)
            for order in page:
                picture, body = pictures.get(order.number), bodies.get(order.number)
                plan = None if picture is None or body is None else await self._plan(picture, body)
                if plan is None or not plan.actions:
                    continue
                count += 1
                for field in plan.fields:
                    self._report.fields[field.field] = self._report.fields.get(field.field, 0) + 1
                    self._report.changes.append(
                        ChangeRow(order.number, "update", field.field, _text(field.old), _text(field.new))
                    )
        return count

    def _resting(self) -> dict[str, Step]:
        """Orders that the shop refused the last time, with when and how often."""
        refused = self._ledger.orders.in_state(STEP, "refused", limit=100_000)
        return {entry.number: step for entry, step in refused}

    def _rests(self, order: DirtyOrder, resting: dict[str, Step]) -> bool:
        step = resting.get(order.number)
        if step is None or step.detail.get("generation") != order.generation:
            return False
        return self._now() < step.at + pause_after(step.attempt)

    async def _read(self, orders: Sequence[DirtyOrder]) -> dict[str, dict[str, Any]]:
        numbers = [order.number for order in orders]
        found = await self._client.query_in("orders", "orderNumber", numbers, most=BATCH)
        return {body["orderNumber"]: body for body in found}

    async def _show(self, orders: Sequence[DirtyOrder], resting: dict[str, Step]) -> Projected:
        # The pictures are read after the generations: what comes in between is shown, and shown again.
        pictures = self._ledger.order_pictures.of([order.number for order in orders])
        bodies = await self._read(orders)
        for destination in {picture.destination for picture in pictures.values()}:
            # Read once here, not by each of those that work side by side.
            await self._showings.of(destination)

        async def one(order: DirtyOrder) -> _Answer:
            picture = pictures.get(order.number)
            answer = (
                _Answer(order, "refused", error=_unreadable(order))
                if picture is None
                else await self._one(order, picture, bodies.get(order.number))
            )
            self._in_a_row = self._in_a_row + 1 if answer.fate == "failed" else 0
            if self._in_a_row >= DOWN_AFTER and isinstance(answer.error, Retriable):
                raise answer.error
            return answer

        answers: list[_Answer] = []

        async def kept(order: DirtyOrder) -> None:
            answers.append(await one(order))

        try:
            await self._client.each(orders, kept)
        finally:
            # Also when the shop is down: what it took is known.
            self._note(answers, resting)
        return sum((Projected(**{answer.fate: 1}) for answer in answers), Projected())

    async def _one(self, order: DirtyOrder, picture: Picture, body: dict[str, Any] | None) -> _Answer:
        """Bring one order up to date; the plan is made anew whenever the order moved."""
        sent = False
        try:
            for attempt in range(1, TRIES + 1):
                if body is None:
                    return _Answer(order, "refused", error=_gone(order))
                plan = await self._plan(picture, body)
                if not plan.actions:
                    self._remark(order, plan)
                    return _Answer(order, "changed" if sent else "same", body["version"])
                # Also when the answer is lost: what it says when it is read is what we sent, mostly.
                sent = True
                try:
                    body = await self._client.update("orders", body["id"], body["version"], plan.actions)
                except Conflict:
                    # Somebody else wrote, or our answer was lost: what is left to do is decided afresh.
                    if attempt == TRIES:
                        raise
                    await self._client.sleep(_PAUSE * attempt)
                    body = await self._client.get(f"orders/order-number={quote(order.number, safe='')}")
        except Retriable as error:
            return _Answer(order, "failed", error=error)
        except Skippable as error:
            return _Answer(order, "refused", error=error)
        return _Answer(order, "refused", error=_unsettled(order))

    async def _plan(self, picture: Picture, body: dict[str, Any]) -> OrderPlan:
        return plan_view(picture.view, body, await self._showings.of(picture.destination))

    def _remark(self, order: DirtyOrder, plan: OrderPlan) -> None:
        for remark in plan.remarks:
            self._report.reject(remark.code, f"order {order.number}: {remark.text}", remark.advice)

    def _note(self, answers: Sequence[_Answer], resting: dict[str, Step]) -> None:
        """Write down what became of a batch, in one transaction."""
        if not answers:
            return
        orders, run_id = self._ledger.orders, self._report.run_id
        with self._ledger.transaction():
            for answer in answers:
                number, generation = answer.order.number, answer.order.generation
                if answer.error is None:
                    self._ledger.order_book.clean(number, generation, shop_version=answer.version)
                    if number in resting:
                        orders.try_again(number, STEP, run_id=run_id)
                        orders.set_step(number, STEP, "done", run_id=run_id)
                elif answer.fate == "refused":
                    if number in resting:
                        orders.try_again(number, STEP, run_id=run_id)
                    detail = {"reason": answer.error.message, "generation": generation}
                    orders.set_step(number, STEP, "refused", detail=detail, run_id=run_id)
        for answer in answers:
            if answer.error is not None:
                code = answer.error.code if isinstance(answer.error, Skippable) else "not_taken"
                text = f"order {answer.order.number}: {answer.error.message}"
                self._report.reject(code, text, answer.error.advice)


async def tell_projected(projector: OrderProjector, report: RunReport) -> Projected:
    """Bring the shop up to date and say in the report how that went; a shop that is down is told, not raised.

    What could not be told is told by the next run: nothing of it is lost.
    """
    try:
        done = await projector.carry()
    except Retriable as error:
        report.settle(
            "completed_with_rejects",
            f"The ledger has everything, the shop does not say it yet: {error.message}",
            "The next run, or `passerelle orders project`, tells it",
        )
        return Projected()
    if not sum(done):
        return done
    parts = [
        f"{done.changed} brought up to date",
        f"{done.same} said so already" if done.same else "",
        f"{done.refused} refused" if done.refused else "",
        f"{done.failed} not taken for now" if done.failed else "",
        f"{done.paused} tried again later" if done.paused else "",
    ]
    report.notes.append(f"Orders in the shop: {', '.join(part for part in parts if part)}")
    return done


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _gone(order: DirtyOrder) -> Skippable:
    return Skippable(
        f"there is no order {order.number} in the shop",
        code="no_such_order",
        advice="Was it deleted there? What is known of it stays in the ledger",
    )


def _unreadable(order: DirtyOrder) -> Skippable:
    return Skippable(
        f"the ledger cannot read its record of order {order.number}",
        code="unknown_order",
        advice="Collect the order again",
    )


def _unsettled(order: DirtyOrder) -> Skippable:
    return Skippable(
        f"order {order.number} does not say what it was told, {TRIES} times over",
        code="accepted_not_applied",
        advice="Somebody else may write the same fields: look at the order in the shop",
    )
