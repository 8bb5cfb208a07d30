"""What `reconcile` does: repair what is asked for, compare, and show it as a table, a page or JSON."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from rich.console import Console

from ..feeds import Workspace
from ..feeds.reconciling.comparing import Reconciliation, day_window, reconciled
from ..feeds.reconciling.repairs import collect_again, hear_again, send_again, show_again
from ..feeds.reconciling.rules import Repair
from ..ledger import person
from ..sync import RunReport
from .page import write_page
from .reconciling_views import difference_json, reconciliation_json, reconciliation_view
from .sheets import Line, terminal
from .tables import report_view
from .words import Language, say

__all__ = ["Asked", "reconcile_day"]

#: Differences of one kind: in a terminal, and on a page.
_ROWS, _ROWS_ON_PAGE = 25, 5_000


class Asked(NamedTuple):
    """What a person asked for."""

    day: date | None
    zone: str
    erp: Path | None
    repair: Repair | None
    orders: tuple[str, ...]
    because: str
    by: str
    html: Path | None
    as_json: bool
    lang: Language


async def reconcile_day(asked: Asked) -> int:
    """Compare, repair and compare again when that is asked for, show it, and give the exit code."""
    workspace = Workspace.load()
    day = asked.day or _yesterday(asked.zone)
    console = Console(stderr=asked.as_json)
    failed = False
    if asked.repair is not None:
        failed = not await _repair(workspace, day, asked, asked.repair, console)
    async with reconciled(workspace, day, zone=asked.zone, named=asked.erp) as done:
        _show(done, asked, console)
        agrees = done.agrees
    return 1 if failed else 0 if agrees else 3


def _yesterday(zone: str) -> date:
    # Through the window of some day, which knows how to refuse a zone that is none.
    day_window(date(2000, 1, 1), zone)
    return datetime.now(ZoneInfo(zone)).date() - timedelta(days=1)


async def _repair(workspace: Workspace, day: date, asked: Asked, kind: Repair, console: Console) -> bool:
    """Do one kind of repair; False when it did not succeed."""
    if kind == "export":
        sent = send_again(workspace, asked.orders, because=asked.because, by=person(asked.by))
        if sent.numbers:
            numbers = ", ".join(sent.numbers)
            told = say("reconcile_sent_again", asked.lang, count=len(sent.numbers), numbers=numbers)
            console.print(terminal([Line(told, "good")]))
        for number, reason in sent.left:
            told = say("reconcile_left_alone", asked.lang, number=number, reason=reason)
            console.print(terminal([Line(told, "warn")]))
        return not sent.left
    async with reconciled(workspace, day, zone=asked.zone, named=asked.erp) as done:
        found = [
            one for one in done.sheet.found(repair=kind) if not asked.orders or one.number in asked.orders
        ]
    if not found:
        console.print(terminal([Line(say("reconcile_nothing_to_repair", asked.lang, repair=kind), "dim")]))
        return True
    reports: list[RunReport]
    if kind == "collect":
        reports = await collect_again(workspace, [one.shop_id for one in found if one.shop_id is not None])
    elif kind == "project":
        reports = [await show_again(workspace, [one.number for one in found])]
    else:
        reports = await hear_again(workspace, day)
    for report in reports:
        console.print(report_view(report, asked.lang))
    return all(report.outcome != "failed" for report in reports)


def _show(done: Reconciliation, asked: Asked, console: Console) -> None:
    if asked.html is not None:
        title = say("reconcile_title", asked.lang, day=done.day.isoformat(), zone=done.zone)
        blocks = reconciliation_view(done, asked.lang, rows=_ROWS_ON_PAGE)
        write_page(asked.html, title, blocks, lang=asked.lang)
    if asked.as_json:
        _print_json(done, asked.lang)
    elif asked.html is None:
        console.print(terminal(reconciliation_view(done, asked.lang, rows=_ROWS)))


def _print_json(done: Reconciliation, lang: Language) -> None:
    """Write one document, the differences one after the other: there may be many."""
    head = msgspec.json.encode(reconciliation_json(done)).decode()
    sys.stdout.write(f'{head[:-1]},"differences":[')
    for place, found in enumerate(done.sheet.found()):
        sys.stdout.write("," if place else "")
        sys.stdout.write(msgspec.json.encode(difference_json(found, lang)).decode())
    sys.stdout.write("]}\n")
