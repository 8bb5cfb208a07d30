"""Reports as people see them in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..sync import Outcome, RunReport
from ..sync.guard_words import stop_told
from .words import Language, cause, say

__all__ = ["closing_line", "outcome_text", "report_view", "runs_table"]

_COLOURS: dict[Outcome, str] = {
    "succeeded": "green",
    "completed_with_rejects": "yellow",
    "stopped_by_guard": "magenta",
    "failed": "red",
}
_COUNTS = ("received", "mapped", "created", "updated", "unchanged", "quarantined", "failed")
#: Counts that are told in a sentence, when there are any.
_NOTED = (
    "superseded", "left_alone", "repaired", "absent", "gone", "removed", "moved", "foreign", "foreign_left",
)  # fmt: skip
#: Changes and files shown in a terminal; the JSON report holds more.
_ROWS = 25


def outcome_text(outcome: Outcome, lang: Language) -> Text:
    """The outcome in its colour."""
    word = "failed_outcome" if outcome == "failed" else outcome
    return Text(say(word, lang), style=f"bold {_COLOURS[outcome]}")


def runs_table(reports: Sequence[RunReport], lang: Language, title: str = "") -> Table:
    """One line a feed: received → mapped → created / updated / unchanged / quarantined."""
    table = Table(
        title=title or None,
        title_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
    )
    table.add_column(say("feed", lang), no_wrap=True)
    # Records that were not taken are rare: their column shows when there are any.
    shown = [count for count in _COUNTS if count != "failed" or any(report.failed for report in reports)]
    for count in shown:
        table.add_column(say(count, lang), justify="right", no_wrap=True)
    table.add_column(say("outcome", lang), no_wrap=True)
    for report in reports:
        counts = [getattr(report, count) for count in shown]
        table.add_row(
            report.feed,
            *(Text(f"{n:,}".replace(",", "\u202f"), style="" if n else "dim") for n in counts),
            outcome_text(report.outcome, lang),
        )
    return table


def report_view(report: RunReport, lang: Language) -> RenderableType:
    """Everything about one run that fits on a screen."""
    parts: list[RenderableType] = [runs_table([report], lang)]
    if report.files:
        files = Table(title=say("files_title", lang), title_justify="left", header_style="bold")
        for column in ("file", "state", "records", "note"):
            files.add_column(say(column, lang), justify="right" if column == "records" else "left")
        for file in report.files:
            files.add_row(Text(file.name), say(file.state, lang), str(file.records), Text(file.note))
        parts.append(files)
    if report.changes:
        parts.append(_changes(report, lang))
    if report.rejects:
        rejects = Table(title=say("rejects_title", lang), title_justify="left", header_style="bold")
        rejects.add_column(say("cause", lang))
        rejects.add_column(say("count", lang), justify="right")
        rejects.add_column(say("example", lang), overflow="fold")
        rejects.add_column(say("advice", lang), overflow="fold")
        for row in report.rejects:
            rejects.add_row(cause(row.code, lang), str(row.count), Text(row.example), Text(row.advice))
        parts.append(rejects)
    counted = [(word, getattr(report, word)) for word in _NOTED]
    parts += [Text(f"· {say(word, lang, count=count)}", style="dim") for word, count in counted if count]
    if report.calls:
        used = say("calls", lang, count=report.calls, again=report.calls_again)
        parts.append(Text(f"· {used}", style="dim"))
    parts += [Text(f"· {note}", style="dim") for note in report.notes]
    parts.append(Panel(closing_line(report, lang), style=_COLOURS[report.outcome], expand=False))
    return Group(*parts)


def _changes(report: RunReport, lang: Language) -> RenderableType:
    counted = " · ".join(
        f"{field} {count}" for field, count in sorted(report.fields.items(), key=lambda f: -f[1])
    )
    table = Table(
        title=say("changes_title", lang), title_justify="left", header_style="bold", caption_justify="left"
    )
    table.add_column(say("key", lang), no_wrap=True)
    table.add_column(say("field", lang), no_wrap=True)
    table.add_column(say("old", lang), overflow="fold")
    table.add_column(say("new", lang), overflow="fold")
    for row in report.changes[:_ROWS]:
        table.add_row(
            Text(row.key),
            Text(row.field),
            Text(row.old or "—", style="red"),
            Text(row.new or "—", style="green"),
        )
    hidden = len(report.changes) > _ROWS
    table.caption = say("more_changes", lang, shown=_ROWS) if hidden else None
    return Group(table, Text(f"{say('fields_title', lang)}: {counted}", style="dim"))


def closing_line(report: RunReport, lang: Language) -> Text:
    """The last line: what happened and what to do."""
    # The message is in English; what the guard said is known in numbers, too.
    if lang == "fr" and report.outcome == "stopped_by_guard":
        stop = stop_told(report.breaches, lang)
        if stop is not None:
            return Text(f"{stop.what}. {stop.advice}.")
    if report.message:
        text = report.message if report.message.endswith((".", "!", "?")) else f"{report.message}."
        return Text(f"{text} {report.advice}".strip())
    if report.dry_run:
        return Text(say("dry_run", lang, feed=report.feed))
    rejected = report.quarantined + report.failed + report.mismatched
    if rejected:
        return Text(say("with_rejects", lang, feed=report.feed, count=rejected))
    if not report.received and not report.files:
        return Text(say("nothing_new", lang, feed=report.feed))
    return Text(say("all_good", lang, feed=report.feed, changed=report.created + report.updated))
