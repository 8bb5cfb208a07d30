"""What the workbench counted, as people see it: coverage and drift."""

from __future__ import annotations

from ..workbench.coverage_report import Covered, PathUse
from ..workbench.drift import Change, Drifted
from .sheets import Block, Cell, Line, Sheet
from .words import Language, say

__all__ = ["covered_view", "drifted_view"]


def covered_view(covered: Covered, lang: Language) -> list[Block]:
    """What is never read first; tables without a line are left out."""
    unread = [use for use in covered.paths if not use.read]
    read = [use for use in covered.paths if use.read]
    sheets = [
        _paths("unread_title", unread, lang),
        _missing(covered, lang),
        _never(covered, lang),
        _unknown(covered, lang),
        _unused(covered, lang),
        _skipped(covered, lang),
        _rules(covered, lang),
        _paths("read_title", read, lang),
    ]
    counted = say(
        "covered",
        lang,
        records=covered.records,
        files=len(covered.files),
        rejected=covered.rejected + covered.bad,
    )
    shares = say(
        "shares",
        lang,
        read=_percent(covered.read_share),
        fields=_percent(covered.fields_share),
        codes=_percent(covered.codes_share),
        rules=_percent(covered.rules_share),
    )
    return [*(sheet for sheet in sheets if sheet.rows), Line(counted), Line(shares, "strong")]


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.0%}"


def _paths(title: str, uses: list[PathUse], lang: Language) -> Sheet:
    columns = [say(word, lang) for word in ("part", "path", "times", "filled", "example")]
    sheet = Sheet(say(title, lang), columns, right=frozenset({2, 3}))
    tone: Cell
    for use in uses:
        tone = Cell(use.path, "good" if use.read else "warn")
        sheet.rows.append([Cell(use.part, "dim"), tone, str(use.count), str(use.filled), use.example])
    return sheet


def _missing(covered: Covered, lang: Language) -> Sheet:
    sheet = Sheet(say("missing_title", lang), [say("path", lang)])
    sheet.rows += [[Cell(path, "bad")] for path in covered.missing]
    return sheet


def _never(covered: Covered, lang: Language) -> Sheet:
    columns = [say(word, lang) for word in ("to", "absent_times", "faulty")]
    sheet = Sheet(say("never_title", lang), columns, right=frozenset({1, 2}))
    for field in covered.fields:
        if not field.filled:
            sheet.rows.append([Cell(field.to, "warn"), str(field.absent), str(field.faulty)])
    return sheet


def _unknown(covered: Covered, lang: Language) -> Sheet:
    columns = [say(word, lang) for word in ("to", "table", "code", "times")]
    sheet = Sheet(say("codes_title", lang), columns, right=frozenset({3}))
    for used in covered.codes:
        for code, count in used.unknown.items():
            sheet.rows.append([used.to, used.table, Cell(code, "bad"), str(count)])
    return sheet


def _unused(covered: Covered, lang: Language) -> Sheet:
    columns = [say(word, lang) for word in ("to", "table", "hits", "code")]
    sheet = Sheet(say("rows_title", lang), columns, right=frozenset({2}))
    for used in covered.codes:
        if used.unused:
            hits = f"{used.hit}/{used.rows}"
            sheet.rows.append([used.to, used.table, hits, Cell(", ".join(used.unused), "dim")])
    return sheet


def _skipped(covered: Covered, lang: Language) -> Sheet:
    sheet = Sheet(say("skipped_title", lang), [say("code", lang), say("times", lang)], right=frozenset({1}))
    sheet.rows += [[Cell(where, "warn"), str(count)] for where, count in covered.unknown.items()]
    return sheet


def _rules(covered: Covered, lang: Language) -> Sheet:
    columns = [say(word, lang) for word in ("to", "rule", "hits")]
    sheet = Sheet(say("rules_title", lang), columns, right=frozenset({2}))
    for rule in covered.rules:
        sheet.rows.append([rule.to, rule.rule, Cell(str(rule.hits), "" if rule.hits else "warn")])
    return sheet


def drifted_view(drifted: Drifted, lang: Language) -> list[Block]:
    """The differences in what the mapping reads first."""
    title = say("drift_title", lang, old=drifted.old, new=drifted.new)
    columns = [say(word, lang) for word in ("read_by", "part", "path", "change", "before", "after")]
    sheet = Sheet(title, columns, whole=frozenset({0, 1}))
    sheet.rows += [_change(change, lang) for change in drifted.changes]
    count = len(drifted.read_changes)
    closing = say("drifted", lang, count=count) if count else say("no_drift", lang)
    line = Line(closing, "bad" if count else "good")
    return [sheet, line] if drifted.changes else [line]


def _change(change: Change, lang: Language) -> list[Cell | str]:
    read = Cell(say("yes" if change.read else "no", lang), "bad" if change.read else "dim")
    word = say(f"drift_{change.kind}", lang)
    return [read, Cell(change.part, "dim"), Cell(change.path, "strong"), word, change.before, change.after]
