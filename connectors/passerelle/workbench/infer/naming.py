"""Names of a sample's file: which parts of it are dates and numbers that change every day."""

from __future__ import annotations

import datetime as dt
import re

__all__ = ["feed_name", "name_pattern"]

_DIGITS = re.compile(r"\d+|[{}]")
_DAY = 8
_SECOND = 14
_SHORTEST = 3


def name_pattern(name: str) -> str:
    """Make a file name pattern: `STOCK_00012_20261101.csv` is `STOCK_{sequence:5}_{date:AAAAMMJJ}.csv`."""
    used: set[str] = set()

    def part(found: re.Match[str]) -> str:
        digits = found[0]
        if not digits.isdecimal():
            return "{*}"
        for form, what in ((_SECOND, "{date:AAAAMMJJhhmmss}"), (_DAY, "{date:AAAAMMJJ}")):
            if len(digits) == form and _is_day(digits[:_DAY]) and "date" not in used:
                used.add("date")
                return what
        if len(digits) >= _SHORTEST and "sequence" not in used:
            used.add("sequence")
            return f"{{sequence:{len(digits)}}}"
        return digits

    return _DIGITS.sub(part, name)


def _is_day(digits: str) -> bool:
    try:
        return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year > 1989  # noqa: PLR2004  # before that, no feed
    except ValueError:
        return False


def feed_name(name: str) -> str:
    """Make a feed's name of a file's name: its letters."""
    words = re.findall("[A-Za-z]+", name.partition(".")[0])
    return "-".join(word.lower() for word in words) or "feed"
