"""Summary: a run told in Markdown: did it work, what changed, what was refused, what waits, where is it?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from passerelle.feeds import RunReport

__all__ = ["headline", "plain", "summary"]

#: What acts anywhere: emphasis, code, links, images, HTML, entities, tables, strike-through, formulas.
_MARKS = re.compile(r"([\\`*_\[\]<>!&|~$^{}])")
#: What acts at the start of a line: headings, lists, rules, quotes.
_LEADING = re.compile(r"^([#+=-]|\d+(?=[.)]))")
#: What turns into a link by itself: `https://…`, `www.…`, `name@host`.
_ADDRESSES = re.compile(r"(?<=\w)(:)(?=//)|(?<=www)(\.)|(@)", re.IGNORECASE)
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LONGEST = 300


def plain(text: str) -> str:
    """Write foreign text so that Markdown shows it and never obeys it: no HTML, links, images or tables.

    Line breaks and control characters become one blank; text over 300 characters is cut.
    """
    line = _BLANKS.sub(" ", text).strip()
    if len(line) > _LONGEST:
        line = line[: _LONGEST - 1] + "…"
    marked = _ADDRESSES.sub(r"\\\g<0>", _MARKS.sub(r"\\\1", line))
    return _LEADING.sub(_escape_start, marked)


def _escape_start(start: re.Match[str]) -> str:
    text = start.group()
    return f"{text}\u200b" if text[0].isdigit() else f"\\{text}"


def headline(report: RunReport) -> str:
    """Say in one sentence whether the run worked, and whether the shop was written to."""
    lost = report.quarantined + report.failed
    match report.outcome:
        case "succeeded":
            verdict = "Yes"
        case "completed_with_rejects" if lost:
            verdict = f"Yes, but {_count(lost, 'record')} not carried"
        case "completed_with_rejects":
            verdict = "Yes, but something was refused"
        case "stopped_by_guard":
            verdict = "No: the guard stopped it"
        case _:
            verdict = "No: it failed"
    if report.dry_run:
        return f"{verdict}. Dry run: {_count(report.pending, 'record')} would change, nothing was written."
    return f"{verdict}. {_count(report.created + report.updated, 'record')} changed."


def summary(report: RunReport, *, report_file: Path) -> str:
    """Tell one run, in the order in which a person asks."""
    parts = [f"## Did it work?\n\n**{headline(report)}**"]
    parts += [plain(text) for text in (report.message, report.advice) if text]
    parts.append(_counts(report))
    parts += [f"- {plain(note)}" for note in report.notes]
    parts.append(f"## {'What would change?' if report.dry_run else 'What changed?'}\n\n{_changes(report)}")
    if report.foreign:
        parts.append(f"## What did others change?\n\n{_foreign(report)}")
    parts.append(f"## What was refused, and why?\n\n{_rejects(report)}")
    parts.append(f"## What is waited for?\n\n{_waits(report)}")
    parts.append(f"## Where is the file?\n\n{_files(report)}")
    parts.append(f"Run `{report.run_id}`. Whole report: {plain(str(report_file))}")
    return "\n\n".join(parts) + "\n"


def _counts(report: RunReport) -> str:
    always = {"Received": report.received, "Created": report.created, "Updated": report.updated}
    if report.dry_run:
        always = {"Received": report.received, "Would change": report.pending}
    else:
        always |= {"Not written": report.pending} if report.pending else {}
    sometimes = {
        "Wait for something": report.parked,
        "Waited and came": report.resumed,
        "Superseded": report.superseded,
        "Left alone by a hook": report.left_alone,
        "Absent": report.absent,
        "Gone": report.gone,
        "Removed": report.removed,
        "Changed by others": report.foreign,
        "Left to others": report.foreign_left,
        "Texts repaired": report.repaired,
        "Read back": report.verified,
        "Read back different": report.mismatched,
        "Calls": report.calls,
        "Calls repeated": report.calls_again,
    }
    counts = {
        **always,
        "Unchanged": report.unchanged,
        "Quarantined": report.quarantined,
        "Failed": report.failed,
        **{head: count for head, count in sometimes.items() if count},
    }
    return _table(tuple(counts), [tuple(_number(count) for count in counts.values())])


def _changes(report: RunReport) -> str:
    if not report.fields:
        return "Nothing: the shop already agreed." if report.unchanged else "Nothing."
    counted = sorted(report.fields.items(), key=lambda item: (-item[1], item[0]))
    fields = _table(("Field", "Records"), [(plain(name), _number(count)) for name, count in counted])
    return f"{fields}\n\nThe first {_count(len(report.changes), 'change')}: artifact `{report.feed}-changes`."


def _foreign(report: RunReport) -> str:
    """Say how many fields others changed since we wrote them, and what becomes of them."""
    right = report.foreign - report.foreign_left
    would = "would be set right" if report.dry_run else "set right"
    told = f"{_count(report.foreign, 'field')} since we wrote them: {_number(right)} {would}, "
    told += f"{_number(report.foreign_left)} left to them."
    if not report.foreign_edits:
        return told
    return f"{told} The first {_number(len(report.foreign_edits))}: artifact `{report.feed}-foreign`."


def _rejects(report: RunReport) -> str:
    if not report.rejects:
        return "Nothing."
    ordered = sorted(report.rejects, key=lambda row: -row.count)
    return "\n".join(
        "\n".join(
            [
                f"- **{_count(row.count, 'record')}: {plain(row.code)}**",
                *([f"  - What to do: {plain(row.advice)}"] if row.advice else []),
                f"  - For example: {plain(row.example)}",
            ]
        )
        for row in ordered
    )


def _waits(report: RunReport) -> str:
    """Say what goes on without this run: records that point to what is not there yet, files that are held."""
    told = []
    if report.parked:
        told.append(f"- {_count(report.parked, 'record')} until what they point to is in the shop")
    told += [
        f"- {plain(file.name)} is held{f': {plain(file.note)}' if file.note else ''}"
        for file in report.files
        if file.state == "held"
    ]
    if report.failed:
        told.append(f"- {_count(report.failed, 'record')} the shop did not take: the next run tries again")
    return "\n".join(told) or "Nothing."


def _files(report: RunReport) -> str:
    if not report.files:
        return "There was no file to take."
    return _table(
        ("File", "State", "Note"),
        [(plain(file.name), plain(file.state), plain(file.note)) for file in report.files],
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (heads, ["---"] * len(heads), *rows)]
    return "\n".join(lines)


def _number(count: int) -> str:
    return f"{count:,}".replace(
        ",", "\u202f"
    )  # narrow no-break space, as French and Slovenian readers expect


def _count(count: int, noun: str) -> str:
    return f"{_number(count)} {noun}" + ("" if count == 1 else "s")
