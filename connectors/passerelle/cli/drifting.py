"""What `drift` and `foreign` show: tables, a page, JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from ..feeds import Workspace
from ..feeds.drift import Drifted, drift_of
from ..sync import EXIT_CODES, Outcome, worst
from ..sync.drift import Slice
from .page import write_page
from .running import feeds_named
from .sheets import Block, Cell, Line, Sheet, terminal
from .words import Language, say

__all__ = ["look_at", "release_edits", "show_edits"]

#: Rows in a terminal; page and JSON hold more.
_ROWS = 40


async def look_at(
    name: str,
    *,
    part: tuple[int, int] | None,
    skus: tuple[str, ...],
    extra: int,
    repair: bool,
    tolerance: float = 0.0,
    html: Path | None,
    as_json: bool,
    lang: Language,
) -> int:
    """Look at one feed after the other, print what was found, and give the exit code of the worst."""
    workspace = Workspace.load()
    found: list[Drifted] = []
    outcome: Outcome = "succeeded"
    for feed in feeds_named(workspace, name):
        if not hasattr(workspace.mapping(feed), "record_type"):
            continue  # what goes out is in no shop
        slice_ = None if part is None else Slice(*part)
        one = await drift_of(
            workspace, feed, part=slice_, skus=skus, extra=extra, repair=repair, tolerance=tolerance
        )
        found.append(one)
        outcome = worst(outcome, found[-1].report.outcome)
    if html is not None:
        blocks = [block for one in found for block in _blocks(one, lang, rows=None)]
        write_page(html, say("shop_drift_title", lang, feed=name), blocks, lang=lang)
    if as_json:
        sys.stdout.write(msgspec.json.encode([_body(one) for one in found]).decode() + "\n")
    else:
        for one in found:
            Console().print(terminal(_blocks(one, lang, rows=_ROWS)))
    return EXIT_CODES[outcome]


def _body(one: Drifted) -> dict[str, Any]:
    return {
        "feed": one.report.feed,
        "run_id": one.report.run_id,
        "outcome": one.report.outcome,
        "message": one.report.message,
        "calls": one.report.calls,
        "drift": one.drift,
        "notes": one.report.notes,
        "plan": None if one.plan is None else one.plan.id,
    }


def _blocks(one: Drifted, lang: Language, *, rows: int | None) -> Sequence[Block]:
    drift, report = one.drift, one.report
    counts = {name: getattr(drift, name) for name in ("checked", "agreeing", "missing", "different", "extra")}
    blocks: list[Block] = [
        Line(say("shop_drift_title", lang, feed=report.feed), "strong"),
        Line(say("drift_counts", lang, **counts), "warn" if drift.found else "good"),
    ]
    if drift.unwanted:
        blocks.append(Line(say("drift_retired", lang, count=drift.unwanted), "warn"))
    if drift.unclear:
        blocks.append(Line(say("drift_unclear", lang, count=drift.unclear), "warn"))
    if drift.left or drift.moved:
        blocks.append(Line(say("drift_excused", lang, left=drift.left, moved=drift.moved), "dim"))
    if drift.rows:
        columns = ("key", "state", "field", "ours", "theirs", "cause", "since", "last_by")
        shown = drift.rows if rows is None else drift.rows[:rows]
        hidden = drift.found > drift.unclear and len(drift.rows) > len(shown)
        sheet = Sheet(
            "",
            [say(column, lang) for column in columns],
            whole=frozenset({0}),
            caption=say("more_changes", lang, shown=len(shown)) if hidden else "",
        )
        sheet.rows.extend(
            (
                row.key,
                say(f"drift_{row.state}", lang),
                row.field,
                Cell(_text(row.ours), "good"),
                Cell(_text(row.theirs), "bad"),
                say(row.cause, lang),
                "" if row.since is None else f"{row.since:%Y-%m-%d %H:%M}",
                row.by if row.at is None else f"{row.by} {row.at:%Y-%m-%d %H:%M}",
            )
            for row in shown
        )
        blocks.append(sheet)
    if drift.found and report.outcome == "succeeded":
        blocks.append(Line(say("drift_tolerated", lang, count=drift.found), "dim"))
    blocks += [Line(note, "dim") for note in report.notes]
    if report.outcome == "failed":
        blocks.append(Line(f"{report.message}. {report.advice}", "bad"))
    if one.plan is not None:
        blocks.append(Line(say("drift_plan", lang, plan=one.plan.id), "strong"))
    return blocks


def show_edits(feed: str | None, *, as_json: bool, lang: Language) -> None:
    """Print the fields that others changed, the oldest first."""
    workspace = Workspace.load()
    with workspace.ledger() as ledger:
        edits = list(ledger.foreign_edits.entries(feed))
    if as_json:
        sys.stdout.write(msgspec.json.encode(edits).decode() + "\n")
        return
    if not edits:
        Console().print(say("no_foreign", lang))
        return
    columns = ("feed", "key", "field", "ours", "theirs", "decision", "how_often", "since")
    sheet = Sheet(
        say("foreign_title", lang),
        [say(column, lang) for column in columns],
        right=frozenset({6}),
        whole=frozenset({1}),
    )
    sheet.rows.extend(
        (
            one.feed,
            one.key,
            one.field,
            _text(one.ours),
            _text(one.theirs),
            say(one.decision, lang),
            str(one.times),
            f"{one.first_seen:%Y-%m-%d}",
        )
        for one in edits
    )
    Console().print(terminal([sheet]))


def release_edits(feed: str, *, key: str | None, field: str | None, lang: Language) -> None:
    """Let our values win once more; the records are compared again when the feed brings them."""
    workspace = Workspace.load()
    workspace.incoming(feed)
    with workspace.ledger() as ledger, ledger.transaction():
        keys = ledger.foreign_edits.release(feed, key=key, field=field)
        ledger.fingerprints.invalidate(feed, keys)
    Console().print(say("released_keys", lang, count=len(keys)))


def _text(value: Any) -> str:
    if value is None:
        return "—"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
