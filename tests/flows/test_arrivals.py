from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import NamedTuple

import pytest
from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule

from flows.deployments import DeclaredSchedule, read_declared
from passerelle.feeds import Settings, Workspace
from passerelle.mapping import ExpectsSpec
from passerelle.operations.expectations import Expectation

from .conftest import PROJECT

#: Two weeks with the change of clocks between them.
SINCE = dt.datetime(2027, 10, 25, tzinfo=dt.UTC)
UNTIL = SINCE + dt.timedelta(days=14)


class Fit(NamedTuple):
    """A feed with its schedules and one thing that its mapping expects."""

    feed: str
    schedules: list[DeclaredSchedule]
    spec: ExpectsSpec


def _fits() -> list[Fit]:
    workspace = Workspace(Settings(mappings=PROJECT / "mappings"))
    served = {
        entry.parameters["feed"]: entry.schedules
        for entry in read_declared(PROJECT / "prefect.yaml")
        if "feed" in entry.parameters and entry.schedules
    }
    return [
        Fit(feed, schedules, spec)
        for feed, schedules in served.items()
        if (mapping := workspace.mapping(feed)) is not None
        for spec in mapping.spec.expects
    ]


async def _dates(schedule: DeclaredSchedule, since: dt.datetime, until: dt.datetime) -> list[dt.datetime]:
    served: CronSchedule | IntervalSchedule
    if schedule.cron is not None:
        served = CronSchedule(cron=schedule.cron, timezone=schedule.timezone)
    else:
        served = IntervalSchedule.model_validate(
            {"interval": schedule.interval, "anchor_date": schedule.anchor_date, "timezone": "UTC"}
        )
    dates: list[dt.datetime] = []
    while since < until:  # the server gives a thousand at most
        end = min(until, since + dt.timedelta(days=1))
        found = await served.get_dates(start=since, end=end - dt.timedelta(seconds=1), n=1000)
        dates += [dt.datetime.fromtimestamp(date.timestamp(), dt.UTC) for date in found]
        since = end
    return dates


async def _faults(fit: Fit) -> list[str]:
    expectation = Expectation(fit.spec)
    dates = sorted({date for schedule in fit.schedules for date in await _dates(schedule, SINCE, UNTIL)})
    faults = [
        f"{fit.feed}: nobody looks between {one.ends:%a %H:%M} and {one.late_at:%H:%M} UTC"
        for one in expectation.occurrences(SINCE, UNTIL - dt.timedelta(days=2))
        if not any(one.ends <= date < one.late_at for date in dates)
    ]
    if fit.spec.every is not None:
        patience = dt.timedelta(seconds=fit.spec.every + fit.spec.late_after)
        faults += [
            f"{fit.feed}: nobody looks from {earlier:%a %H:%M} to {later:%H:%M} UTC"
            for earlier, later in pairwise(dates)
            if later - earlier > patience and not expectation.is_calm(earlier)
        ]
    for schedule in fit.schedules:
        if schedule.cron is not None:
            calm = [date for date in await _dates(schedule, SINCE, UNTIL) if expectation.is_calm(date)]
            faults += [
                f"{fit.feed}: {schedule.slug} begins in calm hours, {date:%a %H:%M} UTC" for date in calm
            ]
    return faults


FITS = _fits()


@pytest.mark.parametrize("fit", FITS or [None], ids=lambda fit: "none" if fit is None else fit.feed)
async def test_schedules_look_before_a_feed_counts_as_late(fit: Fit | None) -> None:
    """Between the end of a window and its lateness a run is due; nothing daily begins in calm hours."""
    assert fit is None or await _faults(fit) == []


def _cron(text: str) -> DeclaredSchedule:
    return DeclaredSchedule(slug="s", cron=text, timezone="Europe/Paris")


@pytest.mark.parametrize(
    ("cron", "expects", "fault"),
    [
        ("45 6 * * *", {"between": "05:00-06:30"}, ""),
        ("15 6 * * *", {"between": "05:00-06:30"}, "nobody looks between"),
        ("0 23 * * *", {"every": "1d", "calm": "22:00-05:00"}, "begins in calm hours"),
        ("0 4 * * mon", {"every": "1d"}, "nobody looks from"),
    ],
)
async def test_what_does_not_fit_is_found(cron: str, expects: dict[str, str], fault: str) -> None:
    """The comparison finds a run before its file, a run in calm hours and a gap between runs."""
    found = await _faults(Fit("stock", [_cron(cron)], ExpectsSpec.model_validate(expects)))
    assert all(fault in one for one in found)
    assert bool(found) is bool(fault)
