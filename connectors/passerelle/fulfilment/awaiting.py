"""Awaiting: what should happen next to an order, since when, and when somebody should look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from ..records import Order, OrderKind, OrderMessage
from .messages import settled
from .states import Awaited, OrderState, Request, Unit, UnitState
from .steps import step
from .timers import Timers

__all__ = ["awaited"]

#: Pieces that nobody has begun to work on.
_KEPT: frozenset[UnitState] = frozenset({"ordered", "exported"})
#: What a piece awaits next, as slugs of steps.
_NEXT: dict[UnitState, str] = {
    "confirmed": "allocation",
    "allocated": "preparation",
    "claimed": "preparation",
    "preparing": "partial_shipment",
    "packed": "partial_shipment",
    "shipped": "delivered",
    "in_transit": "delivered",
    "return_announced": "return_received",
}
#: The same where a customer collects it, and where a store sends it.
_NEXT_OF: dict[OrderKind, dict[UnitState, str]] = {
    "click_and_collect": {
        "confirmed": "ready",
        "allocated": "store_claim",
        "claimed": "ready",
        "preparing": "ready",
        "packed": "ready",
    },
    "ship_from_store": {"allocated": "store_claim"},
}


def awaited(
    order: Order,
    state: OrderState,
    messages: Sequence[OrderMessage],
    timers: Timers,
    *,
    exported_at: datetime | None,
    now: datetime | None = None,
) -> tuple[Awaited, ...]:
    """Name what should happen next to an order, since when and when it is late, in the order of the steps.

    A piece awaits one thing at a time, money and answers are awaited beside it. A step whose timer is None is
    not awaited. With `now` an overdue collection awaits the store's word that it expired.
    """
    watch = _Watch(order, state, messages, timers, exported_at, now)
    found: dict[tuple[int, str], Awaited] = {}
    for one in watch.all():
        same = found.get((one.step, one.subject))
        if same is not None:
            since = min(same.since, one.since)
            due = min((due for due in (same.due, one.due) if due is not None), default=None)
            one = Awaited(  # noqa: PLW2901 - the two become one
                step=one.step,
                name=one.name,
                subject=one.subject,
                since=since,
                due=due,
                pieces=same.pieces + one.pieces,
            )
        found[one.step, one.subject] = one
    return tuple(found[key] for key in sorted(found))


class _Watch:
    """Looks at one order; every method yields what it finds missing."""

    def __init__(
        self,
        order: Order,
        state: OrderState,
        messages: Sequence[OrderMessage],
        timers: Timers,
        exported_at: datetime | None,
        now: datetime | None,
    ) -> None:
        self._order = order
        self._state = state
        self._timers = timers
        self._now = now
        self._exported_at = exported_at
        self._told = settled(messages)
        accepted = [saying.message.at for saying in self._told.of("accepted")]
        self._begin = (accepted[0] if accepted else None) or exported_at or order.created_at

    def all(self) -> Iterator[Awaited]:
        if self._order.kind == "reservation":
            yield from self._reservation()
        else:
            yield from self._erp()
            for unit in self._state.units:
                yield from self._piece(unit)
        for request in self._state.requests:
            yield from self._owed(request)
        yield from self._others()

    def _erp(self) -> Iterator[Awaited]:
        state, timers, exported_at = self._state, self._timers, self._exported_at
        accepted = bool(self._told.of("accepted"))
        refused = self._told.of("refused")
        if state.order_state in {"Cancelled", "Complete"}:
            return
        if exported_at is None and not accepted:
            yield from self._hold(self._order.created_at)
            yield from self._one("gate", "", self._order.created_at, timers.gate)
        elif not accepted and refused:
            at = refused[-1].message.at or exported_at or self._order.created_at
            yield from self._hold(at)
            yield from self._one("functional_ack", f"refused: {state.refused}", at, timedelta(0))
        elif not accepted and exported_at is not None:
            if not self._told.of("taken"):
                yield from self._one("technical_ack", "", exported_at, timers.technical_ack)
            yield from self._one("functional_ack", "", exported_at, timers.functional_ack)

    def _hold(self, since: datetime) -> Iterator[Awaited]:
        """Yield until when pieces that may never leave are kept from being sold, as the stock law asks."""
        kept = sum(unit.state in _KEPT for unit in self._state.units)
        if kept:
            yield from self._one("stock_hold", "", since, self._timers.stock, kept)

    def _piece(self, unit: Unit) -> Iterator[Awaited]:
        since = unit.since or self._begin
        if unit.state == "ready":
            yield from self._collection(_place(unit), since)
            return
        slug = _next(unit.state, self._order.kind)
        if slug is None:
            return
        subject = _place(unit)
        if slug == "delivered":
            subject = f"delivery {unit.delivery}"
            if unit.parcel is None:
                left = unit.shipped_at or since
                yield from self._one("parcel_tracking", subject, left, self._timers.tracking, 1)
        elif slug == "return_received":
            subject = f"return {unit.return_number}"
        elif slug == "allocation":
            subject = ""
        timer: timedelta | None = getattr(self._timers, step(slug).timer or "")
        yield from self._one(slug, subject, since, timer, 1)

    def _collection(self, place: str, since: datetime) -> Iterator[Awaited]:
        timers, until = self._timers, self._state.pickup_until
        within = timers.collection if until is None else max(until - since, timedelta(0))
        yield from self._one("collected", place, since, within, 1)
        end = until if until is not None or timers.collection is None else since + timers.collection
        if end is not None and self._now is not None and self._now > end:
            yield from self._one("expired", place, end, timers.expiry, 1)

    def _reservation(self) -> Iterator[Awaited]:
        timers, until = self._timers, self._state.pickup_until
        for unit in self._state.units:
            place = f"place {unit.place or self._order.store or '-'}"
            since = unit.since or self._order.created_at
            if unit.state == "ordered":
                yield from self._one("reservation", place, since, timers.reservation, 1)
            elif unit.state == "ready":
                within = timers.hold if until is None else max(until - since, timedelta(0))
                yield from self._one("reservation", place, since, within, 1)

    def _owed(self, request: Request) -> Iterator[Awaited]:
        """Yield answers to what we asked of others."""
        timers = self._timers
        pieces = sum(count for _, count in request.lines)
        match request.kind:
            case "capture":
                yield from self._one("capture", request.key, self._since(request), timers.capture, pieces)
            case "refund":
                yield from self._one("refund", request.key, self._since(request), timers.refund, pieces)
            case "change":
                since = self._exported_at or self._begin
                yield from self._one("change", f"revision {self._order.revision}", since, timers.change)
            case "cancel":
                asked = (one.message for one in self._told.of("cancel_asked"))
                at = next((one.at for one in asked if request.key == f"cancel/{one.ref}"), None)
                yield from self._one("cancel", request.key, at or self._begin, timers.cancel, pieces)
            case _:
                pass

    def _since(self, request: Request) -> datetime:
        """When the pieces of a request came to be where they are."""
        lines = {line for line, _ in request.lines}
        known = [unit.since for unit in self._state.units if unit.line in lines and unit.since is not None]
        return max(known, default=self._begin)

    def _others(self) -> Iterator[Awaited]:
        state, timers = self._state, self._timers
        for message in state.waiting:
            since = message.at or self._begin
            subject = f"{message.kind} {message.ref}"
            if message.kind == "exchanged":
                yield from self._one("exchange", subject, since, timers.exchange)
            else:
                yield from self._one("partial_shipment", subject, since, timers.shipment)
        gone = [unit for unit in state.units if unit.delivery is not None or unit.state == "collected"]
        if gone and not state.documents:
            left = min((unit.shipped_at or unit.since or self._begin) for unit in gone)
            yield from self._one("invoice", "", left, timers.invoice, len(gone))
        if state.order_state in {"Open", "Confirmed"}:
            yield from self._one("complete", "", self._order.created_at, timers.complete)

    def _one(
        self, slug: str, subject: str, since: datetime, within: timedelta | None, pieces: int = 0
    ) -> Iterator[Awaited]:
        if within is None:
            return
        at = since if since.tzinfo is not None else since.replace(tzinfo=UTC)
        yield Awaited(
            step=step(slug).number, name=slug, subject=subject, since=at, due=at + within, pieces=pieces
        )


def _next(state: UnitState, kind: OrderKind) -> str | None:
    return _NEXT_OF.get(kind, {}).get(state) or _NEXT.get(state)


def _place(unit: Unit) -> str:
    return "" if unit.place is None else f"place {unit.place}"
