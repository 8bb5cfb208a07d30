"""`passerelle status`: the last run of every feed, or one feed in detail; what waits, what is kept."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..feeds import Workspace
from ..feeds.peak import peak_now
from ..feeds.settings import Retention
from ..ledger import Ledger, Run
from .backfill_views import allowances_view
from .peak_views import peak_line, peak_told
from .running import GROUPS, feeds_named
from .sheets import terminal
from .tables import outcome_text
from .words import Language, cause, say

__all__ = ["show_status"]

#: So many of the things that are waited for are shown to people; the JSON has all.
_AWAITED = 20
_COUNTS = ("received", "created", "updated", "unchanged", "quarantined", "failed")


def show_status(feed: str | None, *, lang: Language, as_json: bool) -> None:
    """Print it; with `as_json` one JSON document instead."""
    workspace = Workspace.load()
    feeds = feeds_named(workspace, feed) if feed else feeds_named(workspace, "all")
    with workspace.ledger() as ledger:
        if as_json:
            bodies = [_as_json(ledger, name, workspace.settings.retention) for name in feeds]
            sys.stdout.write(msgspec.json.encode(bodies).decode() + "\n")
            return
        console = Console()
        if (peak := peak_now(ledger)) is not None:
            console.print(peak_line(peak, lang), style="yellow", highlight=False, markup=False)
        console.print(_board(ledger, feeds, lang))
        if len(feeds) == 1:
            _detail(console, ledger, feeds[0], lang)
        _waits(console, ledger, feeds, lang)
        allowances = ledger.allowances.now(feeds[0] if len(feeds) == 1 else None)
        if allowances:
            console.print(terminal(allowances_view(allowances, lang)))
        orders = ledger.orders.counts()
        if orders and (feed is None or feed.removesuffix("s") in GROUPS[-1:]):
            counted = " · ".join(f"{step} {state} {count}" for (step, state), count in sorted(orders.items()))
            console.print(f"{say('orders', lang)}: {counted}")
        console.print(_kept(ledger, feeds, workspace.settings.retention, lang), style="dim", highlight=False)


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


def _waits(console: Console, ledger: Ledger, feeds: list[str], lang: Language) -> None:
    """Show what is waited for, the most awaited first: a depot without a channel is one line."""
    awaited = [(count, name, feed) for feed in feeds for name, count in ledger.parked.awaited(feed).items()]
    if not awaited:
        return
    awaited.sort(key=lambda one: (-one[0], one[1], one[2]))
    table = Table(title=say("awaited_title", lang), title_justify="left", header_style="bold")
    table.add_column(say("awaited", lang), overflow="fold")
    table.add_column(say("feed", lang))
    table.add_column(say("records", lang), justify="right")
    for count, name, feed in awaited[:_AWAITED]:
        table.add_row(Text(name), feed, str(count))
    console.print(table)
    if len(awaited) > _AWAITED:
        console.print(say("more_awaited", lang, count=len(awaited) - _AWAITED), style="dim")


def _kept(ledger: Ledger, feeds: list[str], retention: Retention, lang: Language) -> str:
    since = ledger.before.oldest(feeds[0] if len(feeds) == 1 else None)
    moment = "" if since is None else f"{since.astimezone():%Y-%m-%d %H:%M}"
    reach = say("no_reach" if since is None else "reach", lang, days=retention.before_images, since=moment)
    return f"{say('kept', lang, **retention.model_dump())} {reach}"


def _as_json(ledger: Ledger, feed: str, retention: Retention) -> dict[str, Any]:
    quarantine = ledger.quarantine.grouped(feed)
    return {
        "feed": feed,
        "runs": ledger.runs.last(feed, 5),
        "files": ledger.files.last(feed, 10),
        "quarantine": {code: count for (_, code), count in quarantine.items()},
        "awaited": ledger.parked.awaited(feed),
        "kept_days": retention.model_dump(exclude={"seconds"}),
        "undo_since": ledger.before.oldest(feed),
        "allowances": ledger.allowances.now(feed),
        "peak": peak_told(peak_now(ledger)),
    }
