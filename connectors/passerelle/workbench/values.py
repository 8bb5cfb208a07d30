"""Values: what the texts of one column have in common: numbers by example, dates by pattern, few codes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any, Literal

from ..mapping.dates import DatePattern
from ..mapping.decimals import DecimalPattern
from ..mapping.unreadable import Unreadable

__all__ = ["Kind", "Values"]

#: What a column looks like. `code` is a text of few distinct values.
Kind = Literal["empty", "integer", "decimal", "date", "code", "text"]

#: Ways of writing numbers, the strictest first: what a stricter one reads, a looser one may read otherwise.
_DECIMALS = ("1234.5", "1234,5", "1 234,5", "1 234.5", "1.234,5", "1,234.5", "1'234.5")
_DATES = (
    "AAAAMMJJ",
    "AAAA-MM-JJ",
    "JJ/MM/AAAA",
    "MM/JJ/AAAA",
    "JJ.MM.AAAA",
    "JJ-MM-AAAA",
    "AAAA/MM/JJ",
    "JJMMAAAA",
    "AAMMJJ",
    "JJMMAA",
    "AAAAMMJJhhmm",
    "AAAAMMJJhhmmss",
    "AAAA-MM-JJ hh:mm",
    "AAAA-MM-JJ hh:mm:ss",
    "JJ/MM/AAAA hh:mm",
    "JJ/MM/AAAA hh:mm:ss",
    "JJ.MM.AAAA hh:mm:ss",
)
#: Texts that stand where a date would and mean that there is none.
SENTINELS = frozenset(
    {"0", "000000", "00000000", "0000-00-00", "00/00/0000", "00.00.0000"}
    | {"99991231", "9999-12-31", "31/12/9999", "31.12.9999"}
)
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,28}\s*")
#: Years in which a date of business falls; a number that happens to read as the year 1917 is a number.
_YEARS = range(1990, 2100)
_KEPT = 5_000
#: A column of codes repeats itself: so many times on average, and few of them.
_REPEATS = 3
_MOST_CODES = 60
_LONGEST_CODE = 40


def _decimal(pattern: str) -> Callable[[str], Any]:
    return DecimalPattern(pattern).read


def _date(pattern: str) -> Callable[[str], Any]:
    dates = DatePattern(pattern)

    def read(text: str) -> None:
        if dates.read(text).year not in _YEARS:
            raise Unreadable("bad_date", "a year of business")

    return read


class Values:
    """The texts of one column as they come; every one is looked at, the first 5,000 distinct ones are kept.

    `count` are all, `empty` those without a text. `decimals` and `dates` are the ways of writing that every
    text agrees with; sentinels are left out of dates and counted in `sentinels`.
    """

    def __init__(self) -> None:
        self.count = 0
        self.empty = 0
        self.shortest = 0
        self.longest = 0
        self.texts: Counter[str] = Counter()
        self.more = False
        self.integers = True
        self.leading_zero = False
        self.sentinels: Counter[str] = Counter()
        self._decimals = {pattern: _decimal(pattern) for pattern in _DECIMALS}
        self._dates = {pattern: _date(pattern) for pattern in _DATES}
        self._dated = 0

    def add(self, text: str) -> None:
        """Look at one text."""
        self.count += 1
        text = text.strip()
        if not text:
            self.empty += 1
            return
        length = len(text)
        self.shortest = length if self.filled == 1 else min(self.shortest, length)
        self.longest = max(self.longest, length)
        if text in self.texts:
            self.texts[text] += 1
            return
        if len(self.texts) < _KEPT:
            self.texts[text] = 1
        else:
            self.more = True
        self._judge(text)

    def _judge(self, text: str) -> None:
        if _INTEGER.fullmatch(text) is None:
            self.integers = False
        elif len(text) > 1 and text.startswith("0"):
            self.leading_zero = True
        _keep(self._decimals, text)
        if text not in SENTINELS:
            self._dated += 1
            _keep(self._dates, text)

    @property
    def filled(self) -> int:
        """Texts that are there."""
        return self.count - self.empty

    @property
    def distinct(self) -> int:
        """Distinct texts, at most those kept."""
        return len(self.texts)

    @property
    def unique(self) -> bool:
        """True when no text came twice, as far as they were kept."""
        return self.filled > 0 and not self.more and self.distinct == self.filled

    @property
    def decimals(self) -> tuple[str, ...]:
        """Ways of writing a number that all texts agree with."""
        return tuple(self._decimals) if self.filled else ()

    @property
    def rivals(self) -> tuple[str, ...]:
        """Ways of writing that give some text another number than the first way does."""
        first, *others = self._decimals or ("",)
        return tuple(
            pattern
            for pattern in others
            if any(self._decimals[pattern](text) != self._decimals[first](text) for text in self.texts)
        )

    @property
    def dates(self) -> tuple[str, ...]:
        """Ways of writing a date that all texts agree with, sentinels apart."""
        return tuple(self._dates) if self._dated else ()

    @property
    def date_sentinels(self) -> tuple[str, ...]:
        """Texts among them that mean "no date"."""
        return tuple(sorted(text for text in self.texts if text in SENTINELS))

    @property
    def kind(self) -> Kind:
        """What the column looks like; a number with a leading zero is a code."""
        if not self.filled:
            return "empty"
        if self.dates:
            return "date"
        if self.integers and not self.leading_zero:
            return "integer"
        if self.decimals and not self.leading_zero:
            return "decimal"
        if self.decimals and not self.integers:
            return "decimal"
        return "code" if self.is_code else "text"

    @property
    def is_code(self) -> bool:
        """True when few texts repeat."""
        few = not self.more and self.distinct <= _MOST_CODES and self.longest <= _LONGEST_CODE
        return few and self.distinct * _REPEATS <= self.filled

    def examples(self, count: int = 3) -> tuple[str, ...]:
        """Give the commonest texts."""
        return tuple(text for text, _ in self.texts.most_common(count))


def _keep(readers: dict[str, Callable[[str], Any]], text: str) -> None:
    """Leave out the ways of writing that this text contradicts."""
    for pattern, read in list(readers.items()):
        try:
            read(text)
        except Unreadable:
            del readers[pattern]
