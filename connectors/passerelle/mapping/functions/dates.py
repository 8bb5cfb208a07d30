"""Functions of time: patterns, zones, sentinels, days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..dates import DatePattern, IsoPattern, Twice, local_instant, next_day
from ..spec.fields import OperandSpec
from ..unreadable import Unreadable
from .registry import Convert, TextOrPlace, reading, writing

#: UN/EDIFACT code list 2379: how a date in a DTM segment is written. A period has two of them.
_EDIFACT = {
    "2": "JJMMAA",
    "101": "AAMMJJ",
    "102": "AAAAMMJJ",
    "201": "AAMMJJhhmm",
    "202": "AAMMJJhhmmss",
    "203": "AAAAMMJJhhmm",
    "204": "AAAAMMJJhhmmss",
    "718": "AAAAMMJJ",
    "719": "AAAAMMJJhhmm",
}
_PERIODS = frozenset({"718", "719"})


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone: use a name such as Europe/Paris") from error


def _zone_of(text: str) -> ZoneInfo:
    try:
        return _zone(text.strip())
    except ValueError as error:
        raise Unreadable("bad_zone", "the name of a time zone such as Europe/Paris") from error


@cache
def _pattern(text: str) -> DatePattern | IsoPattern:
    return IsoPattern() if text == "iso" else DatePattern(text)


def _nullable(arguments: Mapping[str, Any]) -> bool:
    return bool(arguments.get("none"))


@reading("date", "text", "instant", nullable=_nullable)
def date(
    pattern: str,
    zone: TextOrPlace,
    *,
    end_of_day: bool = False,
    none: tuple[str, ...] = (),
    twice: Twice = "first",
) -> Convert:
    """Read a local date or time as an instant in UTC; the pattern is written as a date, or `iso`.

    The zone is a name, or the place where it stands; an offset in an ISO text comes before it. With
    `end_of_day` the instant is the first after that day. The texts in `none` mean that there is no date. Of
    a time that the clock shows `twice` (the night summer time ends) it is the `first`, the `last`, or a
    fault (`reject`); a time that the clock skips is always a fault.

    Example: `{date: AAAAMMJJ, zone: Europe/Paris}` makes `"2026-10-31T23:00:00+00:00"` of `"20261101"`.
    """
    dates, nothing = _pattern(pattern), frozenset(none)
    if not dates.dated:
        raise ValueError(f"{pattern!r} has no day")
    if end_of_day and dates.timed:
        raise ValueError("end_of_day is for days without a time")

    def read_in(text: str, place: ZoneInfo) -> datetime | None:
        text = text.strip()
        if text in nothing:
            return None
        moment = dates.read(text)
        timed = dates.timed or isinstance(dates, IsoPattern)
        return local_instant(next_day(moment) if end_of_day else moment, place, timed=timed, twice=twice)

    if isinstance(zone, OperandSpec):
        return lambda text, name: read_in(text, _zone_of(name))
    known = _zone(zone)
    return lambda text: read_in(text, known)


@reading("edifact_date", "text", "instant", nullable=_nullable)
def edifact_date(
    format: OperandSpec,  # noqa: A002, ARG001  # the standard's word; what stands there is `code`
    zone: str,
    *,
    part: Literal["start", "end"] = "start",
    none: tuple[str, ...] = (),
) -> Convert:
    """Read a date whose format code stands beside it (102, 203, …); of a period (718) its start or its end.

    The end of a period of days is the first instant after its last day.

    Example: `{edifact_date: {from: e1.3}, zone: UTC}` makes an instant of `20261101` when 102 stands there.
    """
    place, nothing = _zone(zone), frozenset(none)

    def read(text: str, code: str) -> datetime | None:
        text, code = text.strip(), code.strip()
        if text in nothing:
            return None
        known = _EDIFACT.get(code)
        if known is None:
            raise Unreadable("bad_date", f"a format code among {', '.join(_EDIFACT)}, not {code}")
        dates = _pattern(known)
        if code not in _PERIODS:
            return local_instant(dates.read(text), place, timed=dates.timed)
        half = len(text) // 2
        begin, end = text.split("-", 1) if "-" in text else (text[:half], text[half:])
        moment = dates.read(begin if part == "start" else end)
        if part == "end" and not dates.timed:
            moment = next_day(moment)
        return local_instant(moment, place, timed=dates.timed)

    return read


@reading("day", "text", "text", nullable=_nullable)
def day(pattern: str, *, none: tuple[str, ...] = ()) -> Convert:
    """Read a day as the text 2026-11-01, for an attribute of type date; no zone moves it.

    Example: `{day: "JJ.MM.AAAA"}` makes `"2026-11-01"` of `"01.11.2026"`.
    """
    dates, nothing = _pattern(pattern), frozenset(none)
    if not dates.dated:
        raise ValueError(f"{pattern!r} has no day")

    def read(text: str) -> str | None:
        text = text.strip()
        return None if text in nothing else dates.read(text).date().isoformat()

    return read


@writing("date", "instant", "text")
def date_out(pattern: str, zone: str) -> Convert:
    """Write an instant as the clock shows it in a zone; `iso` is ISO 8601 with the offset of that zone.

    Example: `{date: AAAAMMJJ, zone: Europe/Paris}` makes `"20261101"` of an instant of that day.
    """
    dates, place = _pattern(pattern), _zone(zone)
    # A pattern that only reading knows is a flaw of the mapping, not of the first record.
    dates.write(datetime(2000, 1, 1, tzinfo=place))
    return lambda instant: dates.write(instant.astimezone(place))
