"""When a file was counted: from its header, its name, its own time, and never later than it can be."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import FileRefused
from passerelle.feeds.stock.snapshots import Snapshot, earliest, snapshot_of
from passerelle.files import FileName
from passerelle.mapping import Mapping, load_incoming
from passerelle.mapping.spec import StockSpec

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
NAME = FileName("STOCK.xml", 1, "full", date(2026, 11, 1), None, {})


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    """The shipped feed of stock; its law is replaced."""
    return load_incoming(Path(__file__).parents[3] / "mappings/erp/stock.yaml")


def counted(mapping: Mapping, at: Any, *, header: Any = None, name: FileName = NAME, **law: Any) -> Snapshot:
    """When a file was counted of which the feed says so."""
    spec = StockSpec.model_validate({"means": "physical", "at": at, **law})
    return snapshot_of(mapping, spec, header or {}, name, NOW.timestamp() - 60, now=lambda: NOW)


def test_a_header_says_it_in_one_place_or_in_two(mapping: Mapping) -> None:
    """A day and a time are read one after the other, in the zone of the feed."""
    both = {"H": {"D": "20261101", "T": " 021500 "}}
    at = {"header": ["H/D", "H/T"], "form": "AAAAMMJJhhmmss"}
    assert counted(mapping, at, header=both).at == datetime(2026, 11, 1, 1, 15, tzinfo=UTC)
    assert counted(mapping, at, header=both, zone="UTC").at == datetime(2026, 11, 1, 2, 15, tzinfo=UTC)
    iso = {"H": {"AT": "2026-11-01T02:15:00+05:00"}}
    told = counted(mapping, {"header": "H/AT", "form": "iso"}, header=iso)
    assert told.at == datetime(2026, 10, 31, 21, 15, tzinfo=UTC)


def test_a_day_in_the_name_is_its_first_moment(mapping: Mapping) -> None:
    """Nobody knows when on that day; with a time in the name it is that time."""
    assert counted(mapping, "name").at == datetime(2026, 10, 31, 23, 0, tzinfo=UTC)
    timed = NAME._replace(time=time(2, 15))
    assert counted(mapping, "name", name=timed).at == datetime(2026, 11, 1, 1, 15, tzinfo=UTC)


def test_the_files_own_time_and_the_records(mapping: Mapping) -> None:
    """When it was written; or nothing, where each record says it for itself."""
    assert counted(mapping, "mtime").at == NOW - timedelta(minutes=1)
    assert counted(mapping, "record") == Snapshot(None)


@pytest.mark.parametrize("header", [{}, {"H": {"AT": ""}}, {"H": {"AT": "yesterday"}}])
def test_a_moment_that_cannot_be_read_refuses_the_file(mapping: Mapping, header: Any) -> None:
    """What was sold since could not be told: it is not guessed."""
    with pytest.raises(FileRefused, match=r"H/AT: .* expected a moment written AAAAMMJJhhmmss"):
        counted(mapping, {"header": "H/AT"}, header=header)
    with pytest.raises(FileRefused, match="a date in the name"):
        counted(mapping, "name", name=NAME._replace(date=None))


def test_a_moment_in_the_future_is_none_at_all(mapping: Mapping) -> None:
    """A wrong zone: it is told, and no sale is taken for known to it; a little ahead is let pass."""
    tomorrow = NAME._replace(date=date(2026, 11, 23))
    told = counted(mapping, "name", name=tomorrow)
    assert told.at is None
    assert "2026-11-23 00:00:00, which is still to come" in told.note
    soon = NAME._replace(date=date(2026, 11, 22), time=time(10, 5))
    assert counted(mapping, "name", name=soon, ahead="10min").at == NOW + timedelta(minutes=5)
    assert counted(mapping, "name", name=soon, ahead="1min").at is None


@given(local=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1)))  # noqa: DTZ001 - local times are what is read
def test_a_local_time_is_the_first_instant_that_it_can_be(local: datetime) -> None:
    """Never later than any reading of it; and where the clocks show it, they show it at that instant."""
    at = earliest(local, PARIS)
    for fold in (0, 1):
        instant = local.replace(tzinfo=PARIS, fold=fold).astimezone(UTC)
        assert at <= instant
        assert instant - at in (timedelta(0), timedelta(hours=1))


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00"),
        ("2026-03-29T02:30:00", "2026-03-29T00:30:00+00:00"),
        ("2026-07-01T02:30:00", "2026-07-01T00:30:00+00:00"),
        ("2026-12-01T02:30:00", "2026-12-01T01:30:00+00:00"),
    ],
    ids=["shown-twice", "skipped", "summer", "winter"],
)
def test_the_nights_on_which_the_clocks_change(local: str, instant: str) -> None:
    """Half past two shown twice is the first one; skipped, it is before the gap."""
    assert earliest(datetime.fromisoformat(local), PARIS) == datetime.fromisoformat(instant)
