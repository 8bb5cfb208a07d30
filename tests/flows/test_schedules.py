from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule

from flows.deployments import DeclaredSchedule, read_declared

from .conftest import PROJECT

PARIS = ZoneInfo("Europe/Paris")
#: The nights in which Paris changes its clocks, by the date of the morning after.
FORWARD, BACK = dt.date(2027, 3, 28), dt.date(2027, 10, 31)
SCHEDULES = [schedule for entry in read_declared(PROJECT / "prefect.yaml") for schedule in entry.schedules]
each = pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.slug)
on_both_days = pytest.mark.parametrize("day", [FORWARD, BACK], ids=["forward", "back"])

Schedule = CronSchedule | IntervalSchedule


def _as_the_server_has_it(schedule: DeclaredSchedule) -> Schedule:
    if schedule.cron is not None:
        return CronSchedule(cron=schedule.cron, timezone=schedule.timezone)
    assert schedule.interval is not None
    return IntervalSchedule.model_validate(
        {
            "interval": schedule.interval,
            "anchor_date": schedule.anchor_date,
            "timezone": schedule.timezone,
        }
    )


def _utc(moment: dt.datetime) -> dt.datetime:
    """Read a date of the server, which has an arithmetic of its own, as a plain one."""
    return dt.datetime.fromtimestamp(moment.timestamp(), dt.UTC)


def _gaps(planned: list[dt.datetime]) -> set[dt.timedelta]:
    return {later - earlier for earlier, later in pairwise(planned)}


async def _planned(schedule: Schedule, day: dt.date, *, look_every: dt.timedelta) -> list[dt.datetime]:
    """Plan one local day as the server's scheduler does: again and again, from the present moment on."""
    begin = dt.datetime.combine(day, dt.time(), PARIS).astimezone(dt.UTC)
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), PARIS).astimezone(dt.UTC)
    planned: set[dt.datetime] = set()
    moment = begin
    while moment < end:
        for date in await schedule.get_dates(n=12, start=moment, end=end - dt.timedelta(seconds=1)):
            planned.add(_utc(date))
        moment += look_every
    return sorted(planned)


@on_both_days
async def test_a_half_past_two_job_runs_once_on_both_days(day: dt.date) -> None:
    """The night without a 2 o'clock and that with two of them have one run, whenever it was planned."""
    schedule = CronSchedule(cron="30 2 * * *", timezone="Europe/Paris")
    assert len(await _planned(schedule, day, look_every=dt.timedelta(minutes=5))) == 1


@pytest.mark.parametrize(
    "schedule",
    [
        CronSchedule(cron="*/10 * * * *", timezone="Europe/Paris"),
        IntervalSchedule.model_validate(
            {"interval": 600, "anchor_date": "2026-01-01T00:00:00+01:00", "timezone": "Europe/Paris"}
        ),
    ],
    ids=["cron", "interval"],
)
async def test_what_is_frequent_in_paris_pauses_for_an_hour_when_the_clocks_go_back(
    schedule: Schedule,
) -> None:
    """The reason why our intervals are in UTC: so Prefect is, and the day it is mended this test says so."""
    whole = await schedule.get_dates(
        n=200,
        start=dt.datetime(2027, 10, 30, 20, tzinfo=dt.UTC),
        end=dt.datetime(2027, 10, 31, 8, tzinfo=dt.UTC),
    )
    assert _gaps([_utc(date) for date in whole]) == {dt.timedelta(minutes=10), dt.timedelta(minutes=70)}


@each
@on_both_days
async def test_a_schedule_survives_the_change_of_clocks(schedule: DeclaredSchedule, day: dt.date) -> None:
    """What runs at an hour runs once, at that hour; what runs every so often has no gap and no double run."""
    served = _as_the_server_has_it(schedule)
    planned = await _planned(served, day, look_every=dt.timedelta(minutes=30))
    if schedule.cron is not None:
        (only,) = planned
        minute, hour, *_ = schedule.cron.split()
        local = only.astimezone(PARIS)
        assert (local.date(), local.hour, local.minute) == (day, int(hour), int(minute))
        return
    assert schedule.interval is not None
    every = dt.timedelta(seconds=schedule.interval)
    whole = [_utc(date) for date in await served.get_dates(start=planned[0], end=planned[-1])]
    hours = 23 if day == FORWARD else 25
    assert len(whole) == dt.timedelta(hours=hours) / every
    assert _gaps(whole) == {every}
    assert set(planned) <= set(whole)


@each
def test_a_schedule_carries_for_real_in_the_zone_of_the_retailer(schedule: DeclaredSchedule) -> None:
    """A scheduled run writes; its hours are those of Paris; none is due in the hour that one night lacks."""
    assert schedule.parameters["dry_run"] is False
    if schedule.cron is not None:
        assert schedule.timezone == "Europe/Paris"
        minute, hour, *days = schedule.cron.split()
        assert days == ["*", "*", "*"]
        assert minute.isdigit()
        assert hour.isdigit()
        assert int(hour) != 2
    else:
        assert schedule.interval is not None
        assert dt.timedelta(days=1) % dt.timedelta(seconds=schedule.interval) == dt.timedelta(0)


def test_no_two_feeds_start_in_the_same_second() -> None:
    """Every start costs a second of CPU: a server with two cores feels eight at once."""
    due: list[tuple[int, int]] = []
    for schedule in SCHEDULES:
        if schedule.interval is not None:
            assert schedule.anchor_date is not None
            due.append((schedule.interval, int(schedule.anchor_date.timestamp()) % schedule.interval))
    day = dt.timedelta(days=1) // dt.timedelta(seconds=1)
    starts = [second for every, first in due for second in range(first, day, every)]
    assert len(starts) == len(set(starts))
