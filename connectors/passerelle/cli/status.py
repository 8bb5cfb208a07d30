"""`passerelle status`: the last run of every feed, or one feed with its files and its quarantine."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..feeds import Workspace
from ..ledger import Ledger, Run
from .running import GROUPS, feeds_named
from .tables import outcome_text
from .words import Language, cause, say

__all__ = ["show_status"]

_COUNTS = ("received", "created", "updated", "unchanged", "quarantined", "failed")


def show_status(feed: str | None, *, lang: Language, as_json: bool) -> None:
    """Print it; with `as_json` one JSON document instead."""
    workspace = Workspace.load()
    feeds = feeds_named(workspace, feed) if feed else feeds_named(workspace, "all")
    with workspace.ledger() as ledger:
        if as_json:
            bodies = [_as_json(ledger, name) for name in feeds]
            sys.stdout.write(msgspec.json.encode(bodies).decode() + "\n")
            return
        console = Console()
        console.print(_board(ledger, feeds, lang))
        if len(feeds) == 1:
            _detail(console, ledger, feeds[0], lang)
        orders = ledger.orders.counts()
        if orders and (feed is None or feed.removesuffix("s") in GROUPS[-1:]):
            counted = " · ".join(f"{step} {state} {count}" for (step, state), count in sorted(orders.items()))
            console.print(f"{say('orders', lang)}: {counted}")


def _board(ledger: Ledger, feeds: list[str], lang: Language) -> Table:
    table = Table(header_style="bold")
    for column in ("feed", "started", *_COUNTS):
        table.add_column(say(column, lang), justify="left" if column in {"feed", "started"} else "right")
    table.add_column(say("outcome", lang))
    for name in feeds:
        runs = ledger.runs.last(name, 1)
        if not runs:
            table.add_row(name, "—", *("" for _ in _COUNTS), Text("—", style="dim"))
            continue
        run = runs[0]
        started = f"{run.started_at.astimezone():%Y-%m-%d %H:%M:%S}"
        counts = (str(run.totals.get(count, "")) for count in _COUNTS)
        table.add_row(name, started, *counts, _outcome(run, lang))
    return table


def _outcome(run: Run, lang: Language) -> Text:
    return Text("…", style="dim") if run.outcome is None else outcome_text(run.outcome, lang)


def _detail(console: Console, ledger: Ledger, feed: str, lang: Language) -> None:
    files = Table(title=say("files_title", lang), title_justify="left", header_style="bold")
    for column in ("file", "state", "note"):
        files.add_column(say(column, lang), overflow="fold")
    for record in ledger.files.last(feed, 10):
        files.add_row(Text(record.name), say(record.state, lang), Text(record.note))
    if files.row_count:
        console.print(files)
    entries = ledger.quarantine.entries(feed, limit=20)
    if not entries:
        return
    table = Table(title=say("rejects_title", lang), title_justify="left", header_style="bold")
    for column in ("key", "cause", "example", "advice"):
        table.add_column(say(column, lang), overflow="fold")
    for entry in entries:
        fault = entry.faults[0]
        text = str(fault._replace(advice=""))
        table.add_row(Text(entry.record_key or "—"), cause(entry.code, lang), Text(text), Text(fault.advice))
    console.print(table)
    for (_, code), count in ledger.quarantine.grouped(feed).items():
        console.print(f"· {cause(code, lang)}: {count}", style="dim")


def _as_json(ledger: Ledger, feed: str) -> dict[str, Any]:
    quarantine = ledger.quarantine.grouped(feed)
    return {
        "feed": feed,
        "runs": ledger.runs.last(feed, 5),
        "files": ledger.files.last(feed, 10),
        "quarantine": {code: count for (_, code), count in quarantine.items()},
    }
