"""Delimited text of a sample: the dialect in which every line has as many clean cells as the others."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..values import Values
from .guess import Guess, Layout, Sure

__all__ = ["guess_delimited"]

_DELIMITERS = (";", ",", "\t", "|", "^", "~")
_QUOTES = ('"', "'", None)
#: A cell that holds one of the other delimiters beside no blank was probably cut at the wrong one.
_CUT = re.compile(r"[;\t|^~]|,(?! |\d{1,3}$|\d{3}\b)")
_NAME = re.compile(r"[^\W\d][\w .()/%°#€$-]{0,60}")
_GOOD = 0.9
_RIVAL = 0.9
_WRITTEN = {"\t": "tab"}


@dataclass(frozen=True, slots=True)
class _Dialect:
    """One way of cutting the lines."""

    delimiter: str
    quote: str | None
    rows: Sequence[Sequence[str]]
    width: int
    share: float
    score: float


def guess_delimited(lines: Sequence[str], charset: Guess) -> Layout | None:
    """Find the dialect; None when no delimiter cuts the lines alike."""
    comments = sum(1 for line in lines if line.startswith("#"))
    plain = [line for line in lines if not line.startswith("#")]
    dialects = sorted(filter(None, (_try(plain, d, q) for d in _DELIMITERS for q in _QUOTES)), key=_order)
    if not dialects or dialects[0].share < 0.5:  # noqa: PLR2004  # half of the lines are no table
        return None
    best = dialects[0]
    rivals = list(
        dict.fromkeys(
            one.delimiter
            for one in dialects
            if one.score >= best.score * _RIVAL and one.delimiter != best.delimiter
        )
    )
    sure: Sure = "likely" if best.share >= _GOOD and not rivals else "unsure"
    spec: dict[str, Any] = {
        "charset": charset.value,
        "delimiter": _WRITTEN.get(best.delimiter, best.delimiter),
    }
    if best.quote != '"':
        spec["quote"] = best.quote or "none"
    why = f"{best.share:.0%} of the lines have {best.width} cells"
    notes = [f"charset: {charset}", f"delimiter: {sure}: {why}"]
    if rivals:
        notes[-1] += f"; or {', '.join(map(repr, rivals))}"
    if comments:
        spec["comment"] = "#"
    layout = Layout("csv", spec, sure, why, notes)
    rows = _skip(best, spec, notes)
    _header(rows, best.width, spec, notes)
    _trailer(rows, best.width, spec, layout)
    return layout


def _order(dialect: _Dialect) -> tuple[float, int]:
    return -dialect.score, _DELIMITERS.index(dialect.delimiter)


def _try(lines: Sequence[str], delimiter: str, quote: str | None) -> _Dialect | None:
    options: dict[str, Any] = {"quoting": csv.QUOTE_NONE} if quote is None else {"quotechar": quote}
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter, strict=True, **options) if row]
    except csv.Error:
        return None
    if not rows:
        return None
    width, count = Counter(map(len, rows)).most_common(1)[0]
    if width < 2:  # noqa: PLR2004  # one cell is no table
        return None
    cells = [cell for row in rows if len(row) == width for cell in row]
    clean = sum(_is_clean(cell, quote) for cell in cells) / len(cells)
    share = count / len(rows)
    # Quotes that never stand anywhere are no evidence; one that is there and read well is.
    used = quote is not None and any(quote in line for line in lines)
    usual = 0.001 if quote == '"' else 0.0
    return _Dialect(delimiter, quote, rows, width, share, share * clean * (1.0 if used else 0.999) + usual)


def _is_clean(cell: str, quote: str | None) -> bool:
    text = cell.strip()
    if quote != '"' and text.startswith('"') and text.endswith('"') and text:
        return False
    if '"' in text and (quote is None or text.startswith('"')):
        return False
    return _CUT.search(text) is None


def _skip(dialect: _Dialect, spec: dict[str, Any], notes: list[str]) -> Sequence[Sequence[str]]:
    """Leave out what stands in front of the table."""
    first = next(place for place, row in enumerate(dialect.rows) if len(row) == dialect.width)
    if first:
        spec["skip"] = first
        notes.append(f"skip: unsure: the first {first} lines have another number of cells")
    return dialect.rows[first:]


def _header(rows: Sequence[Sequence[str]], width: int, spec: dict[str, Any], notes: list[str]) -> None:
    """Judge whether the first line holds names: texts, each once, unlike what stands below."""
    names = [cell.strip() for cell in rows[0]]
    body = [row for row in rows[1:] if len(row) == width]
    named = all(_NAME.fullmatch(name) for name in names) and len(set(names)) == len(names)
    columns = [Values() for _ in names]
    for row in body:
        for column, cell in zip(columns, row, strict=True):
            column.add(cell)
    typed = sum(column.kind in ("integer", "decimal", "date") for column in columns)
    repeated = any(name in column.texts for name, column in zip(names, columns, strict=True))
    if named and not repeated:
        sure = "likely" if typed or not body else "unsure"
        notes.append(
            f"header: {sure}: the first line holds names, {typed} columns below hold numbers or dates"
        )
        return
    spec["header"] = "none"
    spec["columns"] = [f"C{number}" for number in range(1, width + 1)]
    notes.append("header: unsure: the first line looks like the others; the columns need names")


def _trailer(rows: Sequence[Sequence[str]], width: int, spec: dict[str, Any], layout: Layout) -> None:
    """Judge whether the last line closes the file: fewer cells, a word, and perhaps the count."""
    last = [cell.strip() for cell in rows[-1]]
    alike = sum(len(row) == width for row in rows[:-1])
    if len(last) == width or not last[0].isalpha() or alike < len(rows) - 1:
        return
    names = [f"T{number}" for number in range(1, len(last) + 1)]
    records = alike - ("header" not in spec)
    for place, cell in enumerate(last):
        if cell.isdecimal() and int(cell) == records:
            names[place] = "COUNT"
            layout.controls["count"] = "TRAILER/COUNT"
    spec["trailer"] = {"starts": last[0], "columns": names}
    layout.notes.append(f"trailer: likely: the last line starts with {last[0]} and has {len(last)} cells")
