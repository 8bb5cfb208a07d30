"""Dates by pattern, and instants from local time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.mapping.dates import DatePattern, local_instant, next_day
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
