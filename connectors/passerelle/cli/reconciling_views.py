"""A reconciliation as people and machines see it: counts a side, then differences by kind, order by order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ..feeds.reconciling.comparing import Reconciliation
from ..feeds.reconciling.rules import Difference
from .orders.views import moment, money
from .sheets import Block, Cell, Line, Sheet
from .words import Language, say

__all__ = ["difference_json", "reconciliation_json", "reconciliation_view"]


def reconciliation_view(done: Reconciliation, lang: Language, *, rows: int) -> list[Block]:
    """Show the counts, then the differences of each kind with cause and advice; at most `rows` of each."""
    blocks: list[Block] = [
        Line(say("reconcile_title", lang, day=done.day.isoformat(), zone=done.zone), "strong"),
        _list_line(done, lang),
        _counts(done, lang),
    ]
    if done.unreadable:
        blocks.append(Line(say("reconcile_unreadable", lang, count=done.unreadable), "bad"))
        blocks += [Line(fault, "dim", indent=1) for fault in done.faults]
    codes = done.sheet.codes()
    if not codes:
        agrees = "reconcile_agrees" if done.statement is not None else "reconcile_agrees_two"
        return [*blocks, Line(say(agrees, lang), "good")]
    blocks.append(Line(say("reconcile_differs", lang, count=sum(codes.values())), "strong"))
    for code, count in codes.items():
        blocks += [
            Line(""),
            Line(f"{say(f'reconcile_{code}', lang)}: {count}", "bad"),
            Line(say(f"reconcile_do_{code}", lang), indent=1),
            _differences(done, code, count, lang, rows),
        ]
    return blocks


def reconciliation_json(done: Reconciliation) -> dict[str, Any]:
    """Everything but the differences, for a machine."""
    return {
        "day": done.day,
        "zone": done.zone,
        "since": done.since,
        "until": done.until,
        "statement": done.statement,
        "stated_at": done.stated_at,
        "unreadable": done.unreadable,
        "faults": done.faults,
        "agrees": done.agrees,
        "counts": [one._asdict() for one in done.counts],
        "codes": done.sheet.codes(),
    }


def difference_json(found: Difference, lang: Language) -> dict[str, Any]:
    """One difference, with its cause and its advice in words."""
    return {
        **msgspec.to_builtins(found),
        "why": say(f"reconcile_why_{found.cause}", lang),
        "advice": say(f"reconcile_do_{found.code}", lang),
    }


def _list_line(done: Reconciliation, lang: Language) -> Line:
    if done.statement is None:
        return Line(say("reconcile_no_list", lang), "warn")
    return Line(say("reconcile_list", lang, file=done.statement, at=moment(done.stated_at)), "dim")


def _counts(done: Reconciliation, lang: Language) -> Sheet:
    columns = ("reconcile_side", "state", "orders", "amount")
    sheet = Sheet(
        say("reconcile_counts", lang), [say(name, lang) for name in columns], right=frozenset({2, 3})
    )
    for one in done.counts:
        sheet.rows.append(
            [
                Cell(say(f"reconcile_{one.side}", lang), "strong"),
                one.state,
                str(one.orders),
                money(one.amount, one.currency or None),
            ]
        )
    return sheet


def _differences(done: Reconciliation, code: str, count: int, lang: Language, rows: int) -> Sheet:
    columns = (
        "order", "reconcile_says_shop", "reconcile_says_ledger", "reconcile_says_erp", "amount",
        "reconcile_probably", "reconcile_repair",
    )  # fmt: skip
    sheet = Sheet("", [say(name, lang) for name in columns], right=frozenset({4}), whole=frozenset({0}))
    sheet.rows += list(_rows(done, code, lang, rows))
    if count > rows:
        sheet.caption = say("reconcile_more", lang, shown=rows, count=count)
    return sheet


def _rows(done: Reconciliation, code: str, lang: Language, rows: int) -> Iterator[list[Cell | str]]:
    for one in done.sheet.found(code=code, limit=rows):
        why = say(f"reconcile_why_{one.cause}", lang)
        yield [
            Cell(one.number, "bad" if one.grave else "warn"),
            one.shop or "",
            one.ledger or "",
            one.erp or "",
            money(one.amount, one.currency),
            f"{why} ({one.detail})" if one.detail else why,
            one.repair or "",
        ]
