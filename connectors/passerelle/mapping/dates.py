"""Dates by pattern: `AAAAMMJJ`, `JJ/MM/AAAA`, `AAAAMMJJhhmmss`; local times become instants in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from datetime import date as day
from zoneinfo import ZoneInfo

from .unreadable import Unreadable

__all__ = ["DatePattern", "local_instant", "next_day"]

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
}
_TOKEN = re.compile("|".join(_TOKENS))
_CENTURY = 2000
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
            or not (dated or "hour" in fields)
        ):
            raise ValueError(f"{pattern!r} is no pattern of dates: use AAAA, MM, JJ, hh, mm, ss")
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
        year = values.pop("short_year", 0) + _CENTURY
        year = values.pop("year", year)
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
        """Write a local moment."""
        return moment.strftime(self._format)

    def _unreadable(self) -> Unreadable:
        return Unreadable("bad_date", f"a date written {self.pattern}")


_FORMATS = {
    "AAAA": "%Y", "YYYY": "%Y", "AA": "%y", "YY": "%y", "MM": "%m", "JJ": "%d", "DD": "%d",
    "hh": "%H", "mm": "%M", "ss": "%S",
}  # fmt: skip


def local_instant(moment: datetime, zone: ZoneInfo, *, timed: bool) -> datetime:
    """Give the instant in UTC of a local moment; of one that the clock shows twice, the first.

    Raises:
        Unreadable: the clock skips that time (the night summer time begins). A day that skips its midnight
            starts at its first instant.
    """
    instant = moment.replace(tzinfo=zone).astimezone(UTC)
    if timed and instant.astimezone(zone).replace(tzinfo=None) != moment:
        raise Unreadable("bad_date", f"a time that exists in {zone.key}")
    return instant


def next_day(moment: datetime) -> datetime:
    """Give the following local midnight."""
    return datetime.combine(moment.date() + timedelta(days=1), time())
