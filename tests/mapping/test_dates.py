"""Dates by pattern, and instants from local time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.mapping import READING
from passerelle.mapping.dates import DatePattern, local_instant, next_day
from passerelle.mapping.spec.fields import OperandSpec
from passerelle.mapping.unreadable import Unreadable

PARIS = ZoneInfo("Europe/Paris")


@given(
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2999, 12, 31)),  # noqa: DTZ001  # local
    st.sampled_from(["AAAAMMJJhhmmss", "JJ/MM/AAAA hh:mm:ss", "YYYY-MM-DD hh.mm.ss"]),
)
def test_what_is_written_is_read_back(moment: datetime, pattern: str) -> None:
    """Writing a moment and reading it gives the moment, to the second."""
    moment = moment.replace(microsecond=0)
    assert DatePattern(pattern).read(DatePattern(pattern).write(moment)) == moment


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("AAAAMMJJ", "20261101", "2026-11-01T00:00:00"),
        ("JJ.MM.AAAA", " 01.11.2026 ", "2026-11-01T00:00:00"),
        ("JJMMAA", "011126", "2026-11-01T00:00:00"),
        ("AAAAMMJJ hhmm", "20261101 0215", "2026-11-01T02:15:00"),
    ],
)
def test_dates_by_pattern(pattern: str, text: str, expected: str) -> None:
    """French and English letters; MM are months, mm minutes."""
    assert DatePattern(pattern).read(text).isoformat() == expected


@pytest.mark.parametrize(
    "text", ["20261301", "20260230", "2026-11-01", "00000000", "99991231", "2026110", "", "18991231"]
)
def test_no_date(text: str) -> None:
    """Days that do not exist, sentinels that nobody named and other notations are refused."""
    with pytest.raises(Unreadable) as caught:
        DatePattern("AAAAMMJJ").read(text)
    assert caught.value.code == "bad_date"


@pytest.mark.parametrize("pattern", ["", "AAAA", "AAAAMM", "JJMM", "AAAAMMJX", "AAAAMMMMJJ", "2026MMJJ"])
def test_a_pattern_that_is_none(pattern: str) -> None:
    """A pattern names a whole day or a time."""
    with pytest.raises(ValueError, match="no pattern"):
        DatePattern(pattern)


@pytest.mark.parametrize(
    ("day", "start", "after"),
    [
        ((2026, 11, 1), "2026-10-31T23:00:00+00:00", "2026-11-01T23:00:00+00:00"),
        ((2026, 7, 1), "2026-06-30T22:00:00+00:00", "2026-07-01T22:00:00+00:00"),
        # The days on which the clocks change have 23 and 25 hours.
        ((2026, 3, 29), "2026-03-28T23:00:00+00:00", "2026-03-29T22:00:00+00:00"),
        ((2026, 10, 25), "2026-10-24T22:00:00+00:00", "2026-10-25T23:00:00+00:00"),
    ],
)
def test_a_day_in_paris(day: tuple[int, int, int], start: str, after: str) -> None:
    """A day begins at local midnight and ends where the next begins, whatever the clocks do."""
    moment = datetime(*day)  # noqa: DTZ001  # local
    assert local_instant(moment, PARIS, timed=False).isoformat() == start
    assert local_instant(next_day(moment), PARIS, timed=False).isoformat() == after


def test_times_that_the_clock_skips_or_repeats() -> None:
    """A time that does not exist is a fault; of one that comes twice, the first is meant."""
    skipped = datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001  # local
    with pytest.raises(Unreadable, match="Europe/Paris"):
        local_instant(skipped, PARIS, timed=True)
    twice = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001  # local
    assert local_instant(twice, PARIS, timed=True) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_day_that_skips_its_midnight_starts_at_its_first_instant() -> None:
    """In some zones summer time begins at midnight."""
    zone = ZoneInfo("America/Sao_Paulo")
    moment = datetime(2018, 11, 4)  # noqa: DTZ001  # local
    assert local_instant(moment, zone, timed=False) == datetime(2018, 11, 4, 3, tzinfo=UTC)


# More notations ------------------------------------------------------------------------------------


def date(pattern: str, text: str, **options: Any) -> Any:
    """Read a date as a mapping does."""
    return READING["date"].make(**{"pattern": pattern, "zone": "Europe/Paris", **options})(text)


@pytest.mark.parametrize(
    ("pattern", "text", "day"),
    [
        ("CAAMMJJ", "1261101", "2026-11-01"),
        ("CYYMMDD", "0991231", "1999-12-31"),
        ("AAMMJJ", "261101", "2026-11-01"),
        ("JJMMAA", "310725", "2025-07-31"),
        ("JJ/MM/AAAA", "01/11/2026", "2026-11-01"),
        ("iso", "2026-11-01", "2026-11-01"),
    ],
)
def test_days_as_partners_write_them(pattern: str, text: str, day: str) -> None:
    """The century of an AS/400 file, two digits of a year, ISO."""
    assert READING["day"].make(pattern=pattern)(text) == day


@pytest.mark.parametrize("pattern", ["CMMJJ", "CAAAAMMJJ"])
def test_a_century_goes_with_two_digits_of_a_year(pattern: str) -> None:
    """Alone, or beside four digits, it says nothing."""
    with pytest.raises(ValueError, match="no pattern"):
        DatePattern(pattern)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-01T08:30:00+02:00", "2026-11-01T06:30:00+00:00"),
        ("2026-11-01T08:30:00Z", "2026-11-01T08:30:00+00:00"),
        ("2026-11-01T08:30:00.123", "2026-11-01T07:30:00.123000+00:00"),
        ("2026-11-01", "2026-10-31T23:00:00+00:00"),
    ],
)
def test_iso_with_and_without_an_offset(text: str, instant: str) -> None:
    """The offset of the text comes before the zone of the mapping."""
    assert date("iso", text).isoformat() == instant


def test_which_of_two_times() -> None:
    """The night summer time ends has an hour twice: first, last, or a fault, as the mapping says."""
    night = "20261025 0230"
    assert date("AAAAMMJJ hhmm", night).isoformat() == "2026-10-25T00:30:00+00:00"
    assert date("AAAAMMJJ hhmm", night, twice="last").isoformat() == "2026-10-25T01:30:00+00:00"
    with pytest.raises(Unreadable, match="once"):
        date("AAAAMMJJ hhmm", night, twice="reject")
    assert date("AAAAMMJJ hhmm", "20261025 0330", twice="reject").isoformat() == "2026-10-25T02:30:00+00:00"


@given(
    st.datetimes(
        min_value=datetime(1970, 1, 1),  # noqa: DTZ001  # hypothesis wants naive bounds
        max_value=datetime(2100, 1, 1),  # noqa: DTZ001  # as above
        timezones=st.timezones(),
        allow_imaginary=False,
    )
)
def test_iso_gives_the_instant_that_was_written(moment: datetime) -> None:
    """Whatever the offset, the instant is the same."""
    assert date("iso", moment.isoformat()) == moment.astimezone(UTC)


@pytest.mark.parametrize(
    ("code", "text", "part", "instant"),
    [
        ("102", "20261101", "start", "2026-11-01T00:00:00+00:00"),
        ("203", "202611010830", "start", "2026-11-01T08:30:00+00:00"),
        ("101", "261101", "start", "2026-11-01T00:00:00+00:00"),
        ("718", "20261101-20261130", "start", "2026-11-01T00:00:00+00:00"),
        ("718", "2026110120261130", "end", "2026-12-01T00:00:00+00:00"),
    ],
)
def test_a_date_whose_format_stands_beside_it(code: str, text: str, part: str, instant: str) -> None:
    """The format code of a DTM segment says how the date is written; a period has a start and an end."""
    place = OperandSpec.model_validate({"from": "e1.3"})
    read = READING["edifact_date"].make(format=place, zone="UTC", part=part)
    assert read(text, code).isoformat() == instant
    with pytest.raises(Unreadable, match="format code"):
        read(text, "999")
