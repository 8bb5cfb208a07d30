"""Dates by pattern: `AAAAMMJJ`, `JJ/MM/AAAA`, `AAAAMMJJhhmmss`; local times become instants in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from datetime import date as day
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from .unreadable import Unreadable

__all__ = ["DatePattern", "IsoPattern", "Twice", "local_instant", "next_day"]

#: Which of two it is when the clock shows a time twice.
Twice: TypeAlias = Literal["first", "last", "reject"]

# Months are MM and minutes mm, as in file names and in the partners' own specifications.
_TOKENS = {
    "AAAA": ("year", 4),
    "YYYY": ("year", 4),
    "AA": ("short_year", 2),
    "YY": ("short_year", 2),
    "MM": ("month", 2),
    "JJ": ("day", 2),
    "DD": ("day", 2),
    "hh": ("hour", 2),
    "mm": ("minute", 2),
    "ss": ("second", 2),
    # The century as AS/400 files count it: 0 is 19, 1 is 20.
    "C": ("century", 1),
}
_TOKEN = re.compile("|".join(_TOKENS))
_CENTURY = 2000
_FIRST_CENTURY = 1900
#: Outside these years a date is a typing error or a sentinel that the mapping does not name.
_YEARS = range(1900, 3000)


class DatePattern:
    """A way of writing dates or times, with French or English letters.

    Raises:
        ValueError: the pattern has an unknown letter, or no time and no complete date.
    """

    def __init__(self, pattern: str) -> None:
        pieces = re.split(f"({_TOKEN.pattern})", pattern)
        fields = [_TOKENS[piece][0] for piece in pieces if piece in _TOKENS]
        rest = "".join(piece for piece in pieces if piece not in _TOKENS)
        dated = {"month", "day"} <= set(fields) and not {"year", "short_year"}.isdisjoint(fields)
        if (
            re.search("[A-Za-z0-9]", rest)
            or len(set(fields)) != len(fields)
            or ("century" in fields and "short_year" not in fields)
            or not (dated or "hour" in fields)
        ):
            raise ValueError(f"{pattern!r} is no pattern of dates: use AAAA, AA, CAA, MM, JJ, hh, mm, ss")
        self.pattern = pattern
        self.dated = dated
        self.timed = "hour" in fields
        self._regex = re.compile(
            "".join(
                f"(?P<{_TOKENS[piece][0]}>[0-9]{{{_TOKENS[piece][1]}}})"
                if piece in _TOKENS
                else re.escape(piece)
                for piece in pieces
            )
        )
        self._format = "".join(_FORMATS.get(piece, piece.replace("%", "%%")) for piece in pieces)

    def read(self, text: str) -> datetime:
        """Read a local date and time (midnight when the pattern has no time), without zone."""
        found = self._regex.fullmatch(text.strip())
        if found is None:
            raise self._unreadable()
        values = {name: int(digits) for name, digits in found.groupdict().items()}
        start = _FIRST_CENTURY + 100 * values["century"] if "century" in values else _CENTURY
        year = values.get("year", start + values.get("short_year", 0))
        hour, minute, second = (values.get(name, 0) for name in ("hour", "minute", "second"))
        try:
            moment = datetime.combine(day(year, values["month"], values["day"]), time(hour, minute, second))
        except ValueError as error:
            raise self._unreadable() from error
        if moment.year not in _YEARS:
            raise Unreadable(
                "bad_date", f"a year from {_YEARS.start} on", "A sentinel is named with none: […]"
            )
        return moment

    def write(self, moment: datetime) -> str:
        """Write a local moment.

        Raises:
            ValueError: the pattern counts centuries, which only reading knows.
        """
        if "century" in self._regex.groupindex:
            raise ValueError(f"{self.pattern!r} is a pattern for reading only")
        return moment.strftime(self._format)

    def _unreadable(self) -> Unreadable:
        return Unreadable("bad_date", f"a date written {self.pattern}")


_FORMATS = {
    "AAAA": "%Y", "YYYY": "%Y", "AA": "%y", "YY": "%y", "MM": "%m", "JJ": "%d", "DD": "%d",
    "hh": "%H", "mm": "%M", "ss": "%S",
}  # fmt: skip


class IsoPattern:
    """ISO 8601 as systems write it: a day, or a day and a time, with or without an offset."""

    dated = True
    timed = False

    def read(self, text: str) -> datetime:
        """Read a moment; it carries a zone when the text has an offset."""
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError as error:
            raise Unreadable("bad_date", "a date of ISO 8601, such as 2026-11-01T08:30:00Z") from error
        if moment.year not in _YEARS:
            raise Unreadable(
                "bad_date", f"a year from {_YEARS.start} on", "A sentinel is named with none: […]"
            )
        return moment

    def write(self, moment: datetime) -> str:
        """Write a moment with its offset, to the second."""
        return moment.isoformat(timespec="seconds")


def local_instant(moment: datetime, zone: ZoneInfo, *, timed: bool, twice: Twice = "first") -> datetime:
    """Give the instant in UTC of a local moment; of one that the clock shows `twice`, the first or last.

    A moment that carries a zone of its own is that instant.

    Raises:
        Unreadable: the clock skips that time (the night summer time begins), or shows it twice and that is
            to be rejected. A day that skips its midnight starts at its first instant.
    """
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    instant = moment.replace(tzinfo=zone, fold=int(twice == "last")).astimezone(UTC)
    if timed and twice == "reject" and instant != moment.replace(tzinfo=zone, fold=1).astimezone(UTC):
        raise Unreadable("bad_date", f"a time that the clocks of {zone.key} show once")
    if timed and instant.astimezone(zone).replace(tzinfo=None) != moment:
        raise Unreadable("bad_date", f"a time that exists in {zone.key}")
    return instant


def next_day(moment: datetime) -> datetime:
    """Give the following local midnight."""
    return datetime.combine(moment.date() + timedelta(days=1), time())
