"""Columns of a sample with fixed positions: where a character column is blank in every line, one ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .guess import Guess, Layout

__all__ = ["guess_fixed"]

_ALIKE = 0.95
_SHORTEST = 8
_FEWEST = 2
_LINES = 2_000


def guess_fixed(lines: Sequence[str], charset: Guess) -> Layout | None:
    """Find columns by alignment; None when the lines have too many lengths. Always for a person to check."""
    body = [line for line in lines[:_LINES] if line.strip()]
    if len(body) < _FEWEST:
        return None
    longest = max(map(len, body))
    alike = sum(len(line) == longest for line in body) / len(body)
    if longest < _SHORTEST or alike < _ALIKE:
        return None
    columns = {
        f"C{number}": {"at": start + 1, "width": end - start}
        for number, (start, end) in enumerate(_columns(body, longest), 1)
    }
    spec: dict[str, Any] = {"charset": charset.value, "columns": columns}
    why = f"{alike:.0%} of the lines have {longest} characters"
    notes = [
        f"charset: {charset}",
        "columns: unsure: a column ends where a blank stands in every line; two that touch look like one,",
        "  so lay the partner's description over this one:",
        "  " + "".join(str(place // 10 % 10) if place % 10 == 0 else "." for place in range(1, longest + 1)),
        "  " + body[0],
    ]
    return Layout("fixed", spec, "unsure", why, notes)


def _columns(lines: Sequence[str], longest: int) -> list[tuple[int, int]]:
    """Cut where a column of characters is blank throughout and the next one is not; no character is lost."""
    blank = [all(line[place : place + 1] in ("", " ") for line in lines) for place in range(longest)]
    starts = [place for place in range(longest) if not blank[place] and (place == 0 or blank[place - 1])]
    if not starts:
        return [(0, longest)]
    # What fills a column up belongs to it: an amount may be longer in another file.
    ends = [*starts[1:], longest]
    return list(zip(starts, ends, strict=True))
