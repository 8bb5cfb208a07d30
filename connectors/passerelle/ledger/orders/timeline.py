"""The timeline: the life of an order as its 29 steps, what happened in each, and what is awaited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from ...fulfilment import STEPS, Awaited, OrderStep
from ...records import MessageKind
from .life import OrderLife
from .messages import StoredMessage
from .request_rows import OpenRequest

__all__ = ["LifeFact", "LifeStep", "StepStatus", "timeline"]

#: `open`: nothing happened yet, and nothing is awaited; `not_needed`: nothing will, as things stand.
StepStatus: TypeAlias = Literal["done", "awaited", "late", "in_doubt", "refused", "open", "not_needed"]


class LifeFact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened: what, when, and who said so in which file and line.

    `at` is when it happened, as its sender says, `heard_at` when the ledger learned of it. `what` is the kind
    of a message, the state of a step or of a request; `ref` the sender's number for it; `who` the feed,
    `shop` or `us`. `verdict` says that a message was not followed.
    """

    what: str
    at: datetime | None = None
    heard_at: datetime | None = None
    who: str = ""
    ref: str = ""
    place: str | None = None
    pieces: int | None = None
    text: str = ""
    file: str | None = None
    line: int | None = None
    run_id: str | None = None
    verdict: Literal["", "contradicted", "waiting"] = ""


class LifeStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the 29 steps in the life of one order."""

    step: OrderStep
    status: StepStatus
    facts: tuple[LifeFact, ...] = ()
    awaited: tuple[Awaited, ...] = ()


def timeline(life: OrderLife, now: datetime) -> tuple[LifeStep, ...]:
    """Tell a life as its steps, in their order; `now` decides what is late."""
    facts: dict[int, list[LifeFact]] = {one.number: [] for one in STEPS}
    for number, fact in _facts(life):
        facts[number].append(fact)
    awaited: dict[int, list[Awaited]] = {}
    for one in life.awaited:
        awaited.setdefault(one.step, []).append(one)
    return tuple(
        LifeStep(
            step=step,
            status=_status(step.number, life, facts, awaited.get(step.number, []), now),
            facts=tuple(sorted(facts[step.number], key=_when)),
            awaited=tuple(awaited.get(step.number, ())),
        )
        for step in STEPS
    )


_STEP_OF: dict[MessageKind, int] = {
    "taken": 6,
    "accepted": 7,
    "refused": 7,
    "changed": 8,
    "change_refused": 8,
    "allocated": 9,
    "claimed": 10,
    "declined": 10,
    "preparing": 11,
    "packed": 11,
    "short": 12,
    "shipped": 13,
    "tracked": 14,
    "captured": 15,
    "capture_failed": 15,
    "in_transit": 17,
    "delivered": 17,
    "delivery_failed": 17,
    "ready": 18,
    "collected": 19,
    "expired": 20,
    "held": 21,
    "hold_refused": 21,
    "hold_closed": 21,
    "cancel_asked": 22,
    "cancelled": 22,
    "cancel_refused": 22,
    "return_announced": 23,
    "returned": 24,
    "refunded": 25,
    "refund_failed": 25,
    "exchanged": 26,
    "invoiced": 27,
}
#: Steps of the ledger's own journal. Each delivery of an older ledger is a step `ship NUMBER`.
_STEP_OF_EVENT = {
    **{one.slug: one.number for one in STEPS},
    "mark": 5,
    "acknowledge": 7,
    "ship": 13,
    "reconcile": 29,
}
_REFUSALS = frozenset({"refused", "change_refused", "capture_failed", "hold_refused", "refund_failed"})
#: The step in which customers are told, whatever they are told of.
_TOLD = 16
#: Steps that are over when a later one happened, though nobody spoke of them.
_IMPLIED = {6: (7,), 9: (11, 13, 18, 19), 10: (11, 13, 18, 19), 11: (13, 18, 19), 18: (19,)}
#: Steps that most orders never come to.
_RARE = frozenset({8, 12, 16, 20, 21, 22, 23, 24, 25, 26, 29})
#: Steps that orders of a kind never come to.
_FOREIGN: dict[str, frozenset[int]] = {
    "delivery": frozenset({10, 18, 19}),
    "ship_from_store": frozenset({18, 19}),
    "click_and_collect": frozenset({13, 14, 17}),
    "reservation": frozenset(range(3, 28)) - {4, 21, 22},
}


def _facts(life: OrderLife) -> Iterator[tuple[int, LifeFact]]:
    yield 1, LifeFact(what="stock_held", at=life.created_at, who="shop")
    placed = LifeFact(
        what="placed", at=life.created_at, heard_at=life.first_seen, who="shop", ref=life.shop_id
    )
    yield 2, placed
    yield 4, LifeFact(what="numbered", at=life.first_seen, who="us", ref=life.number)
    feeds = {one.run_id: one.feed for one in life.runs}
    yield from _own_steps(life, feeds)
    for past in life.revisions:
        yield (
            8,
            LifeFact(
                what="revised",
                at=past.until,
                who="shop",
                ref=str(past.revision + 1),
                run_id=past.run_id,
            ),
        )
    for message in life.messages:
        yield _STEP_OF[message.message.kind], _said(message)
    for request in life.requests:
        if request.state != "withdrawn":
            yield _TOLD if request.request.kind == "mail" else request.request.step, _asked(request, feeds)
    if life.closed_at is not None and life.state is not None:
        yield 28, LifeFact(what=life.state.order_state, at=life.closed_at, who="us")


def _own_steps(life: OrderLife, feeds: dict[str, str]) -> Iterator[tuple[int, LifeFact]]:
    """Tell the ledger's own journal: what we did, and how it came that we did."""
    files = {(one.step, one.attempt): one.outbox_name for one in life.steps}
    why = next((one.detail for one in life.steps if one.step == "export"), {})
    let_go = next((one.at for one in life.events if one.step == "export" and one.state != "pending"), None)
    reason = str(why.get("why") or why.get("reason") or "")
    if life.exported is not None and life.exported.state == "pending":
        if reason:
            yield 3, LifeFact(what="waiting", at=_moment(why.get("since")), who="us", text=reason)
    elif life.exported is not None and life.exported.state == "refused":
        yield 3, LifeFact(what="refused", at=life.exported.at, who="us", text=reason)
    elif let_go is not None:
        yield 3, LifeFact(what="let_through", at=let_go, who="us")
    for event in life.events:
        name = event.step.partition(" ")[0]
        number = _STEP_OF_EVENT.get(name)
        # Moves of requests are told by the requests themselves.
        if (
            number is None
            or "request" in event.detail
            or (event.step == "export" and event.state in {"pending", "refused"})
        ):
            continue
        yield (
            number,
            LifeFact(
                what=f"{name}_{event.state}",
                at=event.at,
                who=feeds.get(event.run_id or "", "us"),
                ref=event.external_id or "",
                text=str(event.detail.get("reason") or ""),
                file=files.get((event.step, event.attempt)),
                run_id=event.run_id,
            ),
        )


def _said(one: StoredMessage) -> LifeFact:
    said = one.message
    told = [
        said.reason,
        said.event,
        None if said.parcel is None else f"{said.carrier or ''} {said.tracking_id or said.parcel}".strip(),
        None if said.amount is None else str(said.amount),
        said.return_number,
        said.grade,
        said.document,
        said.url,
        said.new_order,
        said.pickup_code,
        None if said.erp_number in {None, said.ref} else said.erp_number,
    ]
    return LifeFact(
        what=said.kind,
        at=said.at,
        heard_at=one.received_at,
        who=one.feed,
        ref=said.ref,
        place=said.place,
        pieces=sum(line.quantity for line in said.lines) or None,
        text=" · ".join(text for text in told if text),
        file=one.file,
        line=one.line,
        run_id=one.run_id,
        verdict="" if one.verdict == "followed" else one.verdict,
    )


def _asked(one: OpenRequest, feeds: dict[str, str]) -> LifeFact:
    asked = one.request
    text = [None if asked.amount is None else str(asked.amount), *asked.detail.values()]
    return LifeFact(
        what=f"request_{one.state}",
        at=one.at,
        heard_at=one.opened_at,
        who=feeds.get(one.run_id or "", "us"),
        ref=one.external_id or asked.key,
        pieces=sum(count for _, count in asked.lines) or None,
        text=" · ".join(part for part in text if part),
        file=one.outbox_name,
        run_id=one.run_id,
    )


def _status(
    number: int,
    life: OrderLife,
    by_step: Mapping[int, Sequence[LifeFact]],
    waits: Sequence[Awaited],
    now: datetime,
) -> StepStatus:
    facts = [one for one in by_step[number] if not one.verdict]
    if any(one.due is not None and one.due <= now for one in waits):
        return "late"
    if any(one.what.endswith("in_doubt") for one in facts):
        return "in_doubt"
    if waits or any(one.what in {"waiting", "request_pending", "request_claimed"} for one in facts):
        return "awaited"
    if facts:
        last = max(facts, key=_when)
        return "refused" if last.what in _REFUSALS or last.what.endswith("_refused") else "done"
    if life.closed_at is not None or number in _RARE or number in _FOREIGN.get(life.kind, frozenset()):
        return "not_needed"
    return "not_needed" if any(by_step[later] for later in _IMPLIED.get(number, ())) else "open"


def _when(fact: LifeFact) -> tuple[float, str]:
    moment = fact.at or fact.heard_at
    return (0.0 if moment is None else moment.timestamp(), fact.what)


def _moment(text: object) -> datetime | None:
    """Read a time that a gate wrote down; without a zone, or as anything else, it tells nothing."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
