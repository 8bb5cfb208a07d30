"""Lists of orders as people see them: what is late, by step; orders by day, state and store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from ...fulfilment import STEPS
from ...ledger import OrderCount, OrderRow, Overdue
from ..sheets import Block, Cell, Line, Sheet
from ..words import Language, say
from .contradictions import about
from .views import duration, moment, money, word
from .words import ORDER_WORDS

__all__ = ["orders_view", "overdue_view"]


def overdue_view(
    late: Sequence[Overdue], counts: dict[int, int], lang: Language, *, now: datetime
) -> list[Block]:
    """What is late, a table a step with what to do about it; the longest late first."""
    if not counts:
        return [Line(say("overdue_none", lang), "good")]
    told = say("overdue_some", lang, count=sum(counts.values()), steps=len(counts))
    blocks: list[Block] = [Line(told, "strong")]
    steps = {one.number: one for one in STEPS}
    for number, these in groupby(late, key=lambda one: one.awaited.step):
        step = steps[number]
        advice = f"late_{step.slug}"
        title = say("overdue_title", lang, number=number, name=step.name(lang), count=counts.get(number, 0))
        blocks += [
            Line(""),
            Line(title, "bad"),
            Line(say(advice if advice in ORDER_WORDS else "late_other", lang), indent=1),
            _late_sheet(list(these), counts.get(number, 0), lang, now),
        ]
    return blocks


def orders_view(
    counts: Sequence[OrderCount], rows: Sequence[OrderRow], lang: Language, *, shown: int
) -> list[Block]:
    """Orders counted by state, then the first ones of them."""
    if not counts:
        return [Line(say("orders_none", lang), "dim")]
    sheet = Sheet(
        say("orders_title", lang),
        [say(name, lang) for name in ("kind", "state", "shipment", "orders", "amount")],
        right=frozenset({3, 4}),
    )
    totals: dict[str | None, int] = {}
    for one in counts:
        totals[one.currency] = totals.get(one.currency, 0) + one.amount
        sheet.rows.append(
            [
                say(f"kind_of_{one.kind}", lang),
                word(one.order_state, lang),
                word(one.shipment_state, lang),
                str(one.orders),
                money(one.amount, one.currency),
            ]
        )
    count = sum(one.orders for one in counts)
    amounts = ", ".join(money(amount, currency) for currency, amount in totals.items())
    return [
        sheet,
        Line(say("orders_sum", lang, count=count, amount=amounts), "strong"),
        _rows_sheet(rows, count, lang, shown),
    ]


def _late_sheet(late: Sequence[Overdue], count: int, lang: Language, now: datetime) -> Sheet:
    columns = ("order", "late_by", "since_when", "due", "about", "pieces", "store", "amount", "reason")
    sheet = Sheet("", [say(name, lang) for name in columns], right=frozenset({5, 7}))
    sheet.whole = frozenset({0, 1, 2, 3})
    for one in late:
        wait = one.awaited
        sheet.rows.append(
            [
                one.number,
                Cell("" if wait.due is None else duration(now - wait.due, lang), "bad"),
                moment(wait.since),
                moment(wait.due),
                about(wait, lang),
                str(wait.pieces or ""),
                one.store or "",
                money(one.total, one.currency),
                one.reason,
            ]
        )
    if count > len(late):
        sheet.caption = say("orders_more", lang, shown=len(late))
    return sheet


def _rows_sheet(rows: Sequence[OrderRow], count: int, lang: Language, shown: int) -> Sheet:
    columns = (
        "order", "when", "kind", "store", "state", "shipment", "payment", "erp_number", "amount",
    )  # fmt: skip
    sheet = Sheet(say("orders_rows_title", lang), [say(name, lang) for name in columns], right=frozenset({8}))
    sheet.whole = frozenset({0, 1, 7, 8})
    for row in rows:
        sheet.rows.append(
            [
                Cell(row.number, "bad" if row.contradictions else ""),
                moment(row.created_at),
                say(f"kind_of_{row.kind}", lang),
                row.store or "",
                word(row.order_state, lang),
                word(row.shipment_state, lang),
                word(row.payment_state, lang),
                row.erp_number or "",
                money(row.total, row.currency),
            ]
        )
    if count > len(rows):
        sheet.caption = say("orders_more", lang, shown=shown)
    return sheet
