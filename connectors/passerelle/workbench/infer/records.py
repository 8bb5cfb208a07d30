"""Lines of several record types in a sample: the first cell says which, and each type has its own width."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from .guess import Guess, Layout

__all__ = ["guess_lines"]

_TYPE = re.compile("[A-Z][A-Z0-9]{0,3}|[0-9]{1,2}")
_DELIMITERS = (";", "|", ",", "\t", "^")
_FEWEST_TYPES = 2
_MOST_TYPES = 15
_FEWEST_CELLS = 2
_SAME_WIDTH = 0.8


def guess_lines(lines: Sequence[str], charset: Guess) -> Layout | None:
    """Find record types; None when the first cells are no types, or all lines are alike."""
    body = [line for line in lines if line.strip() and not line.startswith("\x1a")]
    for delimiter in _DELIMITERS:
        for place in ({"field": 1}, {"at": 1, "width": 1}):
            widths: defaultdict[str, Counter[int]] = defaultdict(Counter)
            kinds = [line[:1] if "at" in place else line.split(delimiter)[0].strip() for line in body]
            for kind, line in zip(kinds, body, strict=True):
                widths[kind][line.count(delimiter) + 1] += 1
            # A letter in front is a type when most cells there are one letter, not the start of a word.
            cells = sum(line[1:2] == delimiter for line in body) / len(body) if body else 0
            if _are_types(widths, len(body)) and ("field" in place or cells >= _SAME_WIDTH):
                return _layout(delimiter, place, kinds, widths, charset)
    return None


def _are_types(widths: dict[str, Counter[int]], lines: int) -> bool:
    if not _FEWEST_TYPES <= len(widths) <= _MOST_TYPES or lines < len(widths) + 2:
        return False
    cut = any(max(one) >= _FEWEST_CELLS for one in widths.values())
    if not cut or not all(_TYPE.fullmatch(kind) for kind in widths):
        return False
    usual = {kind: one.most_common(1)[0][0] for kind, one in widths.items()}
    same = sum(one.most_common(1)[0][1] for one in widths.values()) / lines
    return same >= _SAME_WIDTH and len(set(usual.values())) > 1


def _layout(
    delimiter: str,
    place: dict[str, int],
    kinds: list[str],
    widths: dict[str, Counter[int]],
    charset: Guess,
) -> Layout:
    counts = Counter(kinds)
    header = kinds[0] if counts[kinds[0]] == 1 else None
    trailer = kinds[-1] if counts[kinds[-1]] == 1 and kinds[-1] != header else None
    inner = [kind for kind in counts if kind not in (header, trailer)]
    record = inner[0]
    records: dict[str, Any] = {}
    for kind in counts:
        names = [f"{kind}{number}" for number in range(1, max(widths[kind]) + 1)]
        records[kind] = {"columns": names}
        if kind in inner and kind != record:
            records[kind]["below"] = record
    spec: dict[str, Any] = {
        "charset": charset.value,
        "delimiter": "tab" if delimiter == "\t" else delimiter,
        "type": place,
        "records": records,
        "record": record,
    }
    if header is not None:
        spec["header"] = header
    if trailer is not None:
        spec["trailer"] = trailer
    counted = ", ".join(f"{kind} {count} times" for kind, count in counts.items())
    notes = [
        f"charset: {charset}",
        f"record types: likely: {counted}",
        f"record: unsure: {record} comes first; what stands below it is a guess by the order of the lines",
    ]
    return Layout("lines", spec, "unsure", f"lines of {len(counts)} types", notes)
