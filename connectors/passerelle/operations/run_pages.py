"""Run pages: one run as a person asks: did it work, what changed, what was refused, what waits, where?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from ..ledger import FileRecord, Ledger, Outcome, Run, StoredPlan
from ..sync import FileReport, RejectRow, RunReport

__all__ = ["Refusal", "RunFile", "RunPage", "run_page"]

#: So many of the things that are waited for, and of the fields that changed, are named.
_NAMED = 20
#: What stands in the parameters of a run although nobody asked for it.
_NOT_ASKED: tuple[Any, ...] = (None, "", [], False)


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Records that were refused for one cause: how many, one of them in full, and what to do."""

    code: str
    count: int
    example: str
    advice: str


class RunFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the run: what became of it and where its original is kept (below the workspace's home)."""

    name: str
    state: str
    note: str
    records: int
    archived_as: str | None = None
    sha256: str = ""


class RunPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one run that a person asks for, in the order of the questions.

    `worked` is None while it runs. `parked` records wait for something they point to; `awaited` counts what
    the feed waits for now. `plans` are those of this run that wait for a decision.
    """

    id: str
    feed: str
    mode: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    seconds: float | None
    host: str
    outcome: Outcome | None
    worked: bool | None
    interrupted: bool
    dry_run: bool
    message: str
    advice: str
    notes: list[str]
    counts: dict[str, int]
    fields: dict[str, int]
    refusals: list[Refusal]
    refused: int
    parked: int
    awaited: dict[str, int]
    held_files: list[RunFile]
    plans: list[int]
    files: list[RunFile]
    parameters: dict[str, str]


#: What changed in the shop, and what it cost; shown when it is not zero.
_COUNTS = (
    "received", "created", "updated", "unchanged", "left_alone", "removed", "pending", "superseded", "absent",
    "gone", "moved", "resumed", "repaired", "foreign", "foreign_left", "verified", "mismatched", "calls",
    "calls_again",
)  # fmt: skip


def run_page(ledger: Ledger, run: Run) -> RunPage:
    """Put the page of a run together from what the ledger kept of it."""
    report = _report(run)
    files = [_file(ledger, run.feed, file) for file in report.files]
    counts = {name: count for name in _COUNTS if (count := getattr(report, name))}
    refusals = [_refusal(row) for row in sorted(report.rejects, key=lambda row: (-row.count, row.code))]
    took = None if run.finished_at is None else (run.finished_at - run.started_at).total_seconds()
    return RunPage(
        id=run.id,
        feed=run.feed,
        mode=run.mode,
        started_at=run.started_at,
        finished_at=run.finished_at,
        seconds=took,
        host=run.owner.host.partition("/")[0],  # what follows tells containers of one host apart
        outcome=run.outcome,
        worked=None if run.outcome is None else run.outcome in {"succeeded", "completed_with_rejects"},
        interrupted=run.interrupted,
        dry_run=report.dry_run or run.mode in {"dry_run", "plan", "undo"},
        message=report.message or run.message,
        advice=report.advice,
        notes=report.notes,
        counts=counts,
        fields=dict(sorted(report.fields.items(), key=lambda pair: (-pair[1], pair[0]))[:_NAMED]),
        refusals=refusals,
        refused=report.quarantined + report.failed + report.mismatched,
        parked=report.parked,
        awaited=dict(list(ledger.parked.awaited(run.feed).items())[:_NAMED]),
        held_files=[file for file in files if file.state == "held"],
        plans=[plan.id for plan in _waiting(ledger, run)],
        files=files,
        parameters={name: _told(value) for name, value in run.parameters.items() if value not in _NOT_ASKED},
    )


def _told(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _report(run: Run) -> RunReport:
    """Read a run's totals as the report they were; a run that died has none."""
    known: dict[str, Any] = {"entity": "", **run.totals, "feed": run.feed, "run_id": run.id}
    return msgspec.convert(known, RunReport)


def _refusal(row: RejectRow) -> Refusal:
    return Refusal(code=row.code, count=row.count, example=row.example, advice=row.advice)


def _file(ledger: Ledger, feed: str, file: FileReport) -> RunFile:
    kept: FileRecord | None = ledger.files.last_named(
        feed, file.name, "applied", "collected", "refused", "held", "skipped"
    )
    return RunFile(
        name=file.name,
        state=file.state,
        note=file.note,
        records=file.records,
        archived_as=None if kept is None else kept.archived_as,
        sha256="" if kept is None else kept.sha256,
    )


def _waiting(ledger: Ledger, run: Run) -> list[StoredPlan]:
    now = dt.datetime.now(dt.UTC)
    plans = ledger.decisions.last(run.feed, states=("stored",), n=_NAMED)
    return [plan for plan in plans if plan.run_id == run.id and not plan.is_expired(now)]
