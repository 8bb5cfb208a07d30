"""What the workbench found, as people see it: flaws, records with their sources, cases."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..workbench.cases import CaseResult, Difference, Suite
from ..workbench.checking import Checked, FlawReport
from ..workbench.explaining import Explained
from ..workbench.lineage import Lineage, Origin, shown
from ..workbench.telling import Told
from ..workbench.trying import Tried
from .sheets import Block, Cell, Code, Line, Sheet, Tone
from .words import Language, cause, say

__all__ = ["cases_view", "checked_view", "explained_view", "tried_view"]

#: Differences of one case that are shown; the JSON report holds all.
_MOST = 50
_LONGEST = 200


# Check -----------------------------------------------------------------------------------------------


def checked_view(checked: Checked, lang: Language) -> list[Block]:
    """Every flaw in a table, then each with the lines around it."""
    total = len(checked.files)
    if not checked.flaws:
        return [Line(say("no_flaw", lang, count=total), "good")]
    sheet = Sheet(say("flaws_title", lang), [say("place", lang), say("flaw", lang)], whole=frozenset({0}))
    blocks: list[Block] = [sheet]
    for flaw in checked.flaws:
        sheet.rows.append([Cell(_place(flaw), "strong"), flaw.message])
        blocks += [Line(f"{_place(flaw)}  {flaw.message}", "bad"), Code(_frame(flaw))]
    files = len({flaw.file for flaw in checked.flaws})
    blocks.append(Line(say("flaws", lang, count=len(checked.flaws), files=files, total=total), "bad"))
    return blocks


def _place(flaw: FlawReport) -> str:
    return f"{flaw.file}:{flaw.line}:{flaw.column}"


def _frame(flaw: FlawReport) -> str:
    lines: list[str] = []
    for line in flaw.frame:
        here = line.number == flaw.line
        lines.append(f"{'>' if here else ' '} {line.number:>4} | {line.text}")
        if here:
            lines.append(f"       | {' ' * (flaw.column - 1)}^")
    return "\n".join(lines) + "\n"


# Try and explain -------------------------------------------------------------------------------------


def tried_view(tried: Tried, lang: Language) -> list[Block]:
    """Record by record: the raw text beside what became of it."""
    blocks: list[Block] = []
    for told in tried.records:
        blocks += _record(told, lang)
    good = sum(not told.faults for told in tried.records)
    count = len(tried.records)
    told_all = say("tried", lang, good=good, count=count, file=tried.file, feed=tried.feed)
    blocks.append(Line(told_all, "good" if good == count else "warn"))
    if tried.more:
        blocks.append(Line(say("tried_more", lang), "dim"))
    return blocks


def explained_view(explained: Explained, lang: Language) -> list[Block]:
    """Why these records, then each field of them with every function that ran."""
    words = {
        "found": explained.found,
        "file": explained.file,
        "key": explained.key,
        "read": explained.read,
    }
    blocks: list[Block] = [Line(say(f"found_{explained.how or 'none'}", lang, **words), "strong")]
    if explained.nearest:
        blocks.append(Line(say("nearest", lang, keys=", ".join(explained.nearest)), "warn"))
    if explained.how == "key" and explained.found > 1:
        blocks.append(Line(say("last_counts", lang), "warn"))
    for told in explained.records:
        blocks += _record(told, lang, rules=True)
    if explained.hooks:
        blocks.append(Line(say("hooked", lang, hooks=", ".join(explained.hooks)), "warn"))
    return blocks


def _record(told: Told, lang: Language, *, rules: bool = False) -> Iterator[Block]:
    title = say(
        "record_head",
        lang,
        ordinal=told.ordinal,
        line="" if told.line is None else say("in_line", lang, line=told.line),
        key="" if told.key is None else say("of_key", lang, key=told.key),
    )
    if told.faults:
        title += f" · {say('rejected', lang)}"
    columns = [say(word, lang) for word in ("to", "from", "raw", *(("rule",) if rules else ()), "result")]
    sheet = Sheet(title, columns, whole=frozenset({0}))
    for field in told.fields:
        sheet.rows += _explained_rows(field, lang) if rules else [_tried_row(field, lang)]
    if told.fields:
        yield sheet
    else:
        yield Line(title, "strong")
    if told.raw is not None:
        yield Code(told.raw[:_LONGEST])
    for fault in told.faults:
        text = f"{cause(fault.code, lang)}: {fault}"
        yield Line(text, "bad", indent=1)


def _tried_row(field: Lineage, lang: Language) -> Sequence[Cell | str]:
    sources = ", ".join(origin.source for origin in field.origins)
    raws = " + ".join(_raw(field, place, lang).text for place in range(len(field.origins)))
    return [Cell(field.fills, "strong"), Cell(sources, "dim"), raws, _result(field, lang)]


def _explained_rows(field: Lineage, lang: Language) -> Iterator[Sequence[Cell | str]]:
    """One row a source, then one a function, the result in the last of them."""
    rows: list[list[Cell | str]] = [
        ["", Cell(_where(origin), "dim"), _raw(field, place, lang), "", ""]
        for place, origin in enumerate(field.origins)
    ]
    for run in field.rules:
        if run.error is None:
            gave = Cell(shown(run.result))
        else:
            gave = Cell(say("expected_instead", lang, expected=run.error), "bad")
        rows.append(["", "", "", run.rule, gave])
    if not rows:
        rows.append(["", "", "", "", ""])
    rows[0][0] = Cell(field.fills, "strong")
    rows[-1][-1] = _result(field, lang)
    yield from rows


def _where(origin: Origin) -> str:
    path = origin.path or origin.source
    return f"{path} ({origin.row})" if origin.row else path


def _raw(field: Lineage, place: int, lang: Language) -> Cell:
    origin = field.origins[place]
    if not origin.found:
        return Cell(say("nothing_there", lang), "dim")
    if not origin.raw:
        return Cell(say("empty_there", lang), "dim")
    return Cell(origin.raw)


def _result(field: Lineage, lang: Language) -> Cell:
    if field.faults:
        return Cell("; ".join(_short(field, lang)), "bad")
    match field.state:
        case "absent":
            return Cell(say("left_out", lang), "dim")
        case "list":
            return Cell(say("items", lang, count=field.result or 0), "dim")
        case "constant":
            return Cell(f"{shown(field.result)} {say('constant', lang)}")
        case "stand_in":
            return Cell(f"{shown(field.result)} {say('stands_in', lang)}")
        case _:
            return Cell(shown(field.result), "good")


def _short(field: Lineage, lang: Language) -> Iterable[str]:
    for fault in field.faults:
        yield f"{cause(fault.code, lang)} ({say('expected_instead', lang, expected=fault.expected)})"


# Test ------------------------------------------------------------------------------------------------


def cases_view(suites: Sequence[Suite], lang: Language, *, update: bool) -> list[Block]:
    """One line a case; where it differs, what was expected and what came."""
    columns = [say(word, lang) for word in ("case", "records", "state")]
    sheet = Sheet("", columns, right=frozenset({1}))
    blocks: list[Block] = [sheet]
    total = passed = 0
    for suite in suites:
        if not suite.results:
            text = say("no_cases", lang, mapping=suite.mapping, folder=suite.folder)
            blocks.append(Line(text, "warn"))
        for result in suite.results:
            total += 1
            passed += result.state == "passed"
            name = f"{suite.mapping} · {result.case}"
            sheet.rows.append([name, str(result.records), _state(result, lang)])
            if result.state != "passed":
                blocks += _differences(name, result, lang)
                if update:
                    blocks.append(Line(say("written", lang, file=result.expected), "warn"))
    blocks.append(
        Line(say("cases_done", lang, passed=passed, total=total), "good" if passed == total else "bad")
    )
    if passed < total and not update:
        blocks.append(Line(say("update_hint", lang), "dim"))
    return blocks


def _state(result: CaseResult, lang: Language) -> Cell:
    tones: dict[str, tuple[str, Tone]] = {
        "passed": ("passed", "good"),
        "differs": ("differs", "bad"),
        "new": ("new_case", "warn"),
    }
    word, tone = tones[result.state]
    return Cell(say(word, lang), tone)


def _differences(name: str, result: CaseResult, lang: Language) -> Iterator[Block]:
    columns = [say(word, lang) for word in ("key", "path", "expected", "got")]
    sheet = Sheet(name, columns)
    for difference in result.differences[:_MOST]:
        sheet.rows.append(_difference(difference))
    hidden = len(result.differences) - _MOST
    if hidden > 0:
        sheet.caption = f"… +{hidden}"
    yield sheet


def _difference(difference: Difference) -> Sequence[Cell | str]:
    expected = "" if difference.change == "unexpected" else _json(difference.expected)
    got = "" if difference.change == "missing" else _json(difference.got)
    return [difference.record, Cell(difference.path, "strong"), Cell(expected, "bad"), Cell(got, "good")]


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
