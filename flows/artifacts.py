"""Artifacts: what a run leaves on its page, under keys that stay the same from run to run of a feed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from prefect.artifacts import acreate_link_artifact, acreate_markdown_artifact, acreate_table_artifact
from prefect.runtime import flow_run

from passerelle.feeds import RunReport

from .summary import headline, plain, summary

__all__ = ["change_rows", "foreign_rows", "publish_report", "reject_rows"]

#: Rows shown in a table; the report file has what the report has.
SHOWN_ROWS = 200
#: What is done about a foreign edit, for people who do not know our words.
_DECISIONS = {
    "overwrite": "set right",
    "keep": "left to them",
    "report": "left, and you are asked",
    "fight": "left: both sides insist",
    "released": "set right, as asked",
}


async def publish_report(home: Path, report: RunReport) -> Path:
    """Write the report file, then the artifacts `<feed>-summary`, `-changes`, `-foreign`, `-rejects`, `-run`.

    Called from the flow and not from a task, so that they stand first on the run's page.
    """
    feed = report.feed
    path = await asyncio.to_thread(_write, home / "reports", report)
    if report.changes:
        written = " (dry run: nothing was written)" if report.dry_run else ""
        await acreate_table_artifact(
            table=change_rows(report),
            key=f"{feed}-changes",
            description=f"Field by field, before and after{written}",
        )
    if report.foreign_edits:
        await acreate_table_artifact(
            table=foreign_rows(report),
            key=f"{feed}-foreign",
            description="Fields that others changed in the shop since we wrote them, and what became of them",
        )
    if report.rejects:
        await acreate_table_artifact(
            table=reject_rows(report), key=f"{feed}-rejects", description="Refused records by reason"
        )
    page = flow_run.ui_url
    if page is not None:
        await acreate_link_artifact(
            link=page,
            link_text=f"Run of {plain(feed)}",
            key=f"{feed}-run",
            description=f"Whole report: {plain(str(path))}",
        )
    await acreate_markdown_artifact(
        markdown=summary(report, report_file=path),
        key=f"{feed}-summary",
        description=headline(report),
    )
    return path


def change_rows(report: RunReport) -> list[dict[str, Any]]:
    """Lay out the first changes; the UI reads each cell of a table as Markdown."""
    return [
        {
            "record": _cell(row.key),
            "field": _cell(row.field),
            "before": _cell(row.old),
            "after": _cell(row.new),
        }
        for row in report.changes[:SHOWN_ROWS]
    ]


def foreign_rows(report: RunReport) -> list[dict[str, Any]]:
    """Lay out the first fields that others changed: our value, theirs, and who has the word."""
    return [
        {
            "record": _cell(row.key),
            "field": _cell(row.field),
            "we wrote": _cell(row.ours),
            "the shop has": _cell(row.theirs),
            "what is done": _DECISIONS[row.decision],
        }
        for row in report.foreign_edits[:SHOWN_ROWS]
    ]


def reject_rows(report: RunReport) -> list[dict[str, Any]]:
    """Lay out the causes of rejects, the most frequent first."""
    ordered = sorted(report.rejects, key=lambda row: -row.count)
    return [
        {
            "reason": _cell(row.code),
            "records": row.count,
            "example": _cell(row.example),
            "what to do": _cell(row.advice),
        }
        for row in ordered[:SHOWN_ROWS]
    ]


def _cell(text: str | None) -> str:
    return "" if text is None else plain(text)


def _write(folder: Path, report: RunReport) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report.feed}-{report.run_id or 'not-started'}.json"
    path.write_bytes(report.to_json())
    return path
