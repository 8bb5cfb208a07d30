"""What `plan`, `plans`, `apply`, `refuse` and `undo` do: plan, show, write page and document, decide."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec
from rich.console import Console

from ..errors import ConfigError
from ..feeds import RunOptions, RunReport, Workspace
from ..feeds.approving import Planned, apply_decided, plan_feed, refuse_plan, undo_run
from ..ledger import Ledger, StoredPlan, person
from ..sync import EXIT_CODES, ChangeRow, Outcome, PlanRow, Removal, plan_rows, worst
from .page import write_page
from .plan_views import plan_view, plans_view
from .running import feeds_named
from .sheets import Block, terminal
from .tables import report_view
from .watching import watched
from .words import Language, say

__all__ = ["apply", "list_plans", "make_plans", "make_undo", "refuse", "show_plan"]

#: Rows of one kind of change: in a terminal, and on a page, which a browser must bear.
_ROWS = 25
_ROWS_ON_PAGE = 2_000
#: Stands for standard output where a file is named.
STDOUT = "-"


async def make_plans(
    name: str, options: RunOptions, *, hours: float, html: Path | None, document: str, lang: Language
) -> int:
    """Plan a feed or a group, show what would change, and give the exit code of the worst outcome."""
    workspace = Workspace.load()
    console = Console(stderr=document == STDOUT)
    made: list[Planned] = []
    for feed in feeds_named(workspace, name):
        with watched(console, lang) as watch:
            made.append(
                await plan_feed(workspace, feed, options, lifetime=dt.timedelta(hours=hours), progress=watch)
            )
    return _tell(workspace, made, html=html, document=document, lang=lang, title=name)


async def make_undo(
    run: str,
    *,
    published: Removal,
    hours: float,
    now: bool,
    reason: str,
    by: str,
    despite_peak: str,
    html: Path | None,
    document: str,
    lang: Language,
) -> int:
    """Plan what takes a run back and show it; with `now` carry it out at once."""
    workspace = Workspace.load()
    console = Console(stderr=document == STDOUT)
    with watched(console, lang) as watch:
        made = await undo_run(
            workspace, run, published=published, lifetime=dt.timedelta(hours=hours), progress=watch
        )
    code = _tell(workspace, [made], html=html, document=document, lang=lang, title=f"undo {run}")
    if not now or made.plan is None:
        return code
    with watched(console, lang) as watch:
        report = await apply_decided(
            workspace,
            str(made.plan.id),
            by=person(by),
            reason=reason,
            despite_peak=despite_peak,
            progress=watch,
        )
    console.print(report_view(report, lang))
    return EXIT_CODES[worst(made.report.outcome, report.outcome)]


async def apply(
    plan: str, *, reason: str, by: str, options: RunOptions, as_json: bool, lang: Language
) -> int:
    """Approve a plan, carry it out, print what happened; the exit code is the run's."""
    workspace = Workspace.load()
    console = Console(stderr=as_json)
    with watched(console, lang) as watch:
        report = await apply_decided(
            workspace,
            plan,
            by=person(by),
            reason=reason,
            despite_peak=options.despite_peak,
            options=options,
            progress=watch,
        )
    if as_json:
        sys.stdout.write(report.to_json().decode() + "\n")
    else:
        console.print(report_view(report, lang))
    return report.exit_code


def refuse(plan: str, *, reason: str, by: str, lang: Language) -> None:
    """Decide against a plan, and say so."""
    refused = refuse_plan(Workspace.load(), plan, by=person(by), reason=reason)
    Console().print(say("plan_refused", lang, number=refused.id, hash=refused.short), highlight=False)


def list_plans(feed: str | None, *, waiting: bool, limit: int, as_json: bool, lang: Language) -> None:
    """Print the stored plans, the newest first."""
    with Workspace.load().ledger() as ledger:
        plans = ledger.decisions.last(feed, states=("stored", "approved") if waiting else (), n=limit)
    if waiting:
        plans = [plan for plan in plans if not plan.is_expired(dt.datetime.now(dt.UTC))]
    if as_json:
        sys.stdout.write(msgspec.json.encode([_facts(plan) for plan in plans]).decode() + "\n")
    else:
        Console().print(terminal(plans_view(plans, lang)))


def show_plan(name: str, *, html: Path | None, document: str, lang: Language) -> None:
    """Show a stored plan again, as it was made and with what became of it."""
    with Workspace.load().ledger() as ledger:
        plan = ledger.decisions.named(name)
        if document:
            with _opened(document) as out:
                _write(out, {}, plan, _rows(ledger, plan))
                out.write(b"\n")
        if html is not None:
            _page(ledger, [plan], html, lang, title=f"Plan {plan.id} · {plan.feed}")
        if document != STDOUT:
            Console().print(terminal(plan_view(plan, _rows(ledger, plan), lang, shown=_ROWS)))


def _tell(
    workspace: Workspace, made: list[Planned], *, html: Path | None, document: str, lang: Language, title: str
) -> int:
    """Show plans in the terminal, or as a document there; write the files that are asked for."""
    console = Console(stderr=document == STDOUT)
    with workspace.ledger() as ledger:
        if document:
            _document(ledger, made, document)
        if html is not None:
            _page(ledger, [one.plan for one in made if one.plan is not None], html, lang, title=title)
            console.print(say("page_written", lang, path=html), style="dim", highlight=False)
        if document != STDOUT:
            for report, plan in made:
                if plan is not None:
                    console.print(terminal(plan_view(plan, _rows(ledger, plan), lang, shown=_ROWS)))
                elif report.outcome == "succeeded" and not report.planned:
                    console.print(say("nothing_to_decide", lang), highlight=False)
                else:
                    console.print(report_view(report, lang))
                    continue
                for note in report.notes:
                    console.print(f"· {note}", style="dim", markup=False, highlight=False)
    outcome: Outcome = "succeeded"
    for report, _ in made:
        outcome = worst(outcome, report.outcome)
    return EXIT_CODES[outcome]


def _page(ledger: Ledger, plans: list[StoredPlan], path: Path, lang: Language, *, title: str) -> None:
    blocks: list[Block] = []
    for plan in plans:
        blocks += plan_view(plan, _rows(ledger, plan), lang, shown=_ROWS_ON_PAGE)
    write_page(path, title, blocks or plans_view([], lang), lang=lang)


def _document(ledger: Ledger, made: list[Planned], where: str) -> None:
    """Write each plan with its report and every row, flat in memory; several as a list."""
    with _opened(where) as out:
        for place, (report, plan) in enumerate(made):
            if len(made) > 1:
                out.write(b"," if place else b"[")
            rows: Iterable[PlanRow | ChangeRow] = report.changes if plan is None else _rows(ledger, plan)
            _write(out, _report(report), plan, rows)
        out.write(b"]\n" if len(made) > 1 else b"\n")


def _write(
    out: IO[bytes],
    head: dict[str, Any],
    plan: StoredPlan | None,
    rows: Iterable[PlanRow | ChangeRow],
) -> None:
    told = {**head, "plan": None if plan is None else _facts(plan)}
    out.write(msgspec.json.encode(told)[:-1] + b',"changes":[')
    for place, row in enumerate(rows):
        body = {"key": row.key, "kind": row.kind, "field": row.field, "old": row.old, "new": row.new}
        out.write((b"," if place else b"") + msgspec.json.encode(body))
    out.write(b"]}")


def _report(report: RunReport) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.json.decode(report.to_json())
    del told["changes"]
    return told


def _facts(plan: StoredPlan) -> dict[str, Any]:
    return {**msgspec.structs.asdict(plan), "expired": plan.is_expired(dt.datetime.now(dt.UTC))}


def _rows(ledger: Ledger, plan: StoredPlan) -> Iterator[PlanRow]:
    return plan_rows(ledger.plans.stream(plan.run_id))


@contextmanager
def _opened(where: str) -> Iterator[IO[bytes]]:
    if where == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with Path(where).open("wb") as out:
            yield out
    except OSError as error:
        raise ConfigError(f"{where} cannot be written: {error.strerror}") from error
