"""Orders as people see them: the life of one as a timeline, its pieces, what is owed and what contradicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from ...fulfilment import Awaited
from ...ledger import LifeFact, LifeStep, OrderLife, StepStatus, timeline
from ...records import Money
from ..sheets import Block, Cell, Line, Sheet, Tone
from ..words import Language, cause, say
from .contradictions import about, telling
from .words import ORDER_WORDS

__all__ = ["duration", "life_json", "life_view", "moment", "money", "word"]

_TONES: dict[StepStatus, Tone] = {
    "done": "good",
    "awaited": "warn",
    "late": "bad",
    "in_doubt": "bad",
    "refused": "bad",
    "open": "",
    "not_needed": "dim",
}
_REQUEST_TONES: dict[str, Tone] = {
    "pending": "warn",
    "claimed": "warn",
    "done": "good",
    "in_doubt": "bad",
    "refused": "bad",
    "withdrawn": "dim",
}


def life_view(life: OrderLife, lang: Language, *, now: datetime) -> list[Block]:
    """Everything about one order, what is wrong first."""
    return [
        *_head(life, lang),
        *_contradictions(life, lang),
        *_put_aside(life, lang),
        _timeline(timeline(life, now), lang, now),
        *_pieces(life, lang),
        *_requests(life, lang),
        *_remarks(life, lang),
        *_runs(life, lang),
    ]


def life_json(life: OrderLife, *, now: datetime) -> dict[str, Any]:
    """Everything about one order for machines."""
    return {"life": life, "steps": timeline(life, now)}


def _head(life: OrderLife, lang: Language) -> Iterator[Block]:
    total = money(life.total, life.currency)
    store = "" if life.store is None else say("order_from_store", lang, store=life.store)
    told = say(
        "order_of",
        lang,
        kind=say(f"kind_of_{life.kind}", lang),
        store=store,
        total=total,
        placed=moment(life.created_at),
        destination=life.destination,
    )
    revision = "" if life.revision == 1 else say("order_revision", lang, revision=life.revision)
    yield Line(say("order_title", lang, number=life.number), "strong")
    yield Line(told + revision)
    state = life.state
    if life.forgotten_at is not None:
        yield Line(say("order_forgotten", lang, since=f"{life.forgotten_at:%Y-%m-%d}"))
        return
    if state is None:
        yield Line(say("order_unread", lang), "bad")
        return
    stands = say(
        "order_stands",
        lang,
        order=word(state.order_state, lang),
        shipment=word(state.shipment_state, lang),
        payment=word(state.payment_state, lang),
        erp=life.erp_number or "—",
    )
    paid = say("order_money", lang, paid=state.paid, refunded=state.refunded)
    yield Line(f"{stands} · {paid}", "strong")
    if life.is_stale:
        yield Line(say("order_stale", lang), "warn")
    if life.is_dirty:
        yield Line(say("order_dirty", lang), "warn")


def _contradictions(life: OrderLife, lang: Language) -> Iterator[Block]:
    found = () if life.state is None else life.state.contradictions
    if not found:
        return
    yield Line("")
    yield Line(say("contradictions_title", lang), "bad")
    where = {one.message: one for one in life.messages}
    for one in found:
        stored = None if one.message is None else where.get(one.message)
        told = "" if stored is None else f" ({_place_of(stored.feed, stored.file, stored.line)})"
        what = telling(one, lang)
        yield Line(f"✗ {what.text}{told}", "bad", indent=1)
        if what.advice:
            yield Line(say("what_to_do", lang, advice=what.advice), indent=2)


def _put_aside(life: OrderLife, lang: Language) -> Iterator[Block]:
    if life.quarantine:
        columns = [say(name, lang) for name in ("feed", "key", "cause", "example", "advice")]
        sheet = Sheet(say("put_aside_title", lang), columns)
        for entry in life.quarantine:
            fault = entry.faults[0]
            sheet.rows.append(
                [
                    entry.feed,
                    entry.record_key or "—",
                    Cell(cause(entry.code, lang), "bad"),
                    str(fault._replace(advice="")),
                    fault.advice,
                ]
            )
        yield sheet
    if life.parked:
        columns = [say(name, lang) for name in ("feed", "key", "waits_for", "where_said", "since_when")]
        sheet = Sheet(say("parked_title", lang), columns)
        sheet.rows += [
            [one.feed, one.key, ", ".join(one.waits_for), _line_of(one.file, one.line), moment(one.parked_at)]
            for one in life.parked
        ]
        yield sheet


def _timeline(steps: Sequence[LifeStep], lang: Language, now: datetime) -> Sheet:
    columns = ("order_no", "step", "state", "when", "happened", "who", "details", "where_said")
    sheet = Sheet(say("timeline_title", lang), [say(name, lang) for name in columns])
    sheet.right, sheet.whole = frozenset({0}), frozenset({0, 3})
    for one in steps:
        tone = _TONES[one.status]
        head: list[Cell | str] = [
            Cell(str(one.step.number), "dim"),
            Cell(one.step.name(lang), "dim" if one.status == "not_needed" else ""),
            Cell(say(f"step_{one.status}", lang), tone),
        ]
        rows = [*(_fact(fact, lang) for fact in one.facts), *(_wait(wait, lang, now) for wait in one.awaited)]
        for row in rows or [["", "", "", "", ""]]:
            sheet.rows.append([*head, *row])
            head = ["", "", ""]
    return sheet


def _fact(fact: LifeFact, lang: Language) -> list[Cell | str]:
    told = [fact.ref, fact.place or "", "" if fact.pieces is None else _count(fact.pieces, lang), fact.text]
    tone: Tone = ""
    if fact.verdict == "contradicted":
        tone = "bad"
        told.insert(0, say("not_followed", lang))
    elif fact.verdict == "waiting":
        tone = "warn"
        told.insert(0, say("still_waits", lang))
    if fact.at is not None and fact.heard_at is not None and fact.heard_at - fact.at > _LATE_NEWS:
        told.append(say("heard_later", lang, when=moment(fact.heard_at)))
    return [
        moment(fact.at or fact.heard_at),
        Cell(_happened(fact.what, lang), tone),
        fact.who,
        Cell(" · ".join(part for part in told if part), tone),
        _line_of(fact.file, fact.line),
    ]


def _wait(wait: Awaited, lang: Language, now: datetime) -> list[Cell | str]:
    is_late = wait.due is not None and wait.due <= now
    told = [about(wait, lang), "" if not wait.pieces else _count(wait.pieces, lang)]
    if wait.due is not None:
        told.append(say("awaited_due", lang, due=moment(wait.due)))
        if is_late:
            told.append(say("late_since", lang, late=duration(now - wait.due, lang)))
    since = say("awaited_since", lang, since=moment(wait.since))
    return [
        "",
        Cell(since, "bad" if is_late else "warn"),
        "",
        Cell(" · ".join(part for part in told if part), "bad" if is_late else ""),
        "",
    ]


def _pieces(life: OrderLife, lang: Language) -> Iterator[Block]:
    if not life.pieces:
        return
    names = {} if life.order is None else {line.id: line.name for line in life.order.lines}
    columns = (
        "sku", "line", "piece", "state", "since_when", "at_place", "delivery", "return", "known_at",
        "refunded",
    )  # fmt: skip
    sheet = Sheet(say("units_title", lang), [say(name, lang) for name in columns], right=frozenset({2, 9}))
    for piece in life.pieces:
        unit = piece.unit
        refunded = money(unit.refunded, life.currency) if unit.refunded else ""
        sheet.rows.append(
            [
                unit.sku,
                names.get(unit.line, unit.line),
                str(unit.index),
                say(f"unit_{unit.state}", lang) + (f" ({unit.why})" if unit.why else ""),
                "" if unit.since is None else moment(unit.since),
                unit.place or "",
                " · ".join(part for part in (unit.delivery, unit.parcel) if part),
                unit.return_number or "",
                "" if piece.known_at is None else moment(piece.known_at),
                refunded,
            ]
        )
    yield sheet


def _requests(life: OrderLife, lang: Language) -> Iterator[Block]:
    if not life.requests:
        return
    columns = ("asked_for", "key", "state", "since_when", "amount", "pieces", "details", "file")
    sheet = Sheet(say("requests_title", lang), [say(name, lang) for name in columns], right=frozenset({4, 5}))
    for one in life.requests:
        asked = one.request
        details = [*asked.detail.values(), one.external_id or "", str(one.answer.get("reason") or "")]
        sheet.rows.append(
            [
                say(f"asks_{asked.kind}", lang),
                asked.key,
                Cell(say(f"request_{one.state}", lang), _REQUEST_TONES[one.state]),
                moment(one.at),
                "" if asked.amount is None else str(asked.amount),
                str(sum(count for _, count in asked.lines) or ""),
                " · ".join(part for part in details if part),
                one.outbox_name or "",
            ]
        )
    yield sheet


def _remarks(life: OrderLife, lang: Language) -> Iterator[Block]:
    if life.state is None or not life.state.remarks:
        return
    yield Line(say("remarks_title", lang), "strong")
    for one in life.state.remarks:
        what = telling(one, lang)
        yield Line(f"· {what.text}", indent=1)
        if what.advice:
            yield Line(say("what_to_do", lang, advice=what.advice), "dim", indent=2)


def _runs(life: OrderLife, lang: Language) -> Iterator[Block]:
    if not life.runs:
        return
    columns = [say(name, lang) for name in ("feed", "started", "run", "host")]
    sheet = Sheet(say("runs_title", lang), columns)
    sheet.rows += [[one.feed, moment(one.started_at), one.run_id, one.host] for one in life.runs]
    yield sheet


def _happened(what: str, lang: Language) -> str:
    """Say what happened; what a feed of one's own wrote into the journal is told as it stands."""
    word = f"fact_{what}"
    return say(word, lang) if word in ORDER_WORDS else what.replace("_", " ")


#: News that come later than this after what they tell are worth a word.
_LATE_NEWS = timedelta(hours=1)


def word(state: str | None, lang: Language) -> str:
    """Say a state of an order, a shipment or a payment."""
    return "—" if state is None else say(f"word_{state}", lang)


def money(amount: int | None, currency: str | None) -> str:
    """Say an amount in minor units as people write it."""
    return "—" if amount is None or currency is None else str(Money(amount, currency))


def moment(at: datetime | None) -> str:
    """Say when, in the time of this machine."""
    return "—" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M}"


def duration(time: timedelta, lang: Language) -> str:
    """Say how long, in days and hours, or in hours and minutes."""
    minutes = int(time.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    day = "j" if lang == "fr" else "d"
    return f"{days} {day} {hours} h" if days else f"{hours} h {minutes:02}"


def _count(pieces: int, lang: Language) -> str:
    return say("one_piece", lang) if pieces == 1 else say("count_pieces", lang, count=pieces)


def _place_of(feed: str, file: str | None, line: int | None) -> str:
    return ", ".join(part for part in (feed, _line_of(file, line)) if part)


def _line_of(file: str | None, line: int | None) -> str:
    if file is None:
        return ""
    return file if line is None else f"{file}:{line}"
