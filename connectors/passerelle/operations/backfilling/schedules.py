"""Schedules: when runs begin by themselves, from prefect.yaml as data, and which a stretch of time meets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import yaml

from ...errors import ConfigError

__all__ = ["Collision", "ScheduledRun", "due_between", "read_schedules"]

#: Of one schedule so many starts are looked at: what begins every ten minutes is told once, with its number.
_MOST = 500


class ScheduledRun(msgspec.Struct, frozen=True, kw_only=True):
    """What begins by itself: at hours of the day (`cron`), or every so many seconds from `anchor` on."""

    name: str
    feed: str
    zone: str
    cron: str | None = None
    every: float | None = None
    anchor: dt.datetime | None = None


class Collision(msgspec.Struct, frozen=True, kw_only=True):
    """Runs that would begin meanwhile: the first, how many, how long one usually takes (seconds)."""

    name: str
    feed: str
    first: dt.datetime
    times: int
    seconds: float | None
    same_feed: bool


def read_schedules(path: Path) -> list[ScheduledRun]:
    """Read the active schedules of the feeds from a prefect.yaml; none when there is no such file.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    deployments = content.get("deployments", []) if isinstance(content, dict) else []
    return [one for entry in deployments if isinstance(entry, dict) for one in _of_deployment(entry)]


def _of_deployment(entry: dict[str, Any]) -> Iterator[ScheduledRun]:
    for schedule in entry.get("schedules") or ():
        feed = {**(entry.get("parameters") or {}), **(schedule.get("parameters") or {})}.get("feed")
        if not feed or not schedule.get("active", True):
            continue
        anchor = schedule.get("anchor_date")
        yield ScheduledRun(
            name=str(schedule.get("slug") or entry.get("name")),
            feed=str(feed),
            zone=str(schedule.get("timezone") or "UTC"),
            cron=schedule.get("cron"),
            every=schedule.get("interval"),
            anchor=dt.datetime.fromisoformat(anchor) if isinstance(anchor, str) else anchor,
        )


def due_between(
    runs: Iterable[ScheduledRun], since: dt.datetime, until: dt.datetime
) -> list[tuple[ScheduledRun, dt.datetime, int]]:
    """Name the schedules that begin runs in a stretch of time: the first start (UTC), and how many."""
    found: list[tuple[ScheduledRun, dt.datetime, int]] = []
    for run in runs:
        starts = list(islice(_starts(run, since, until), _MOST))
        if starts:
            found.append((run, starts[0], len(starts)))
    return sorted(found, key=lambda one: (one[1], one[0].name))


def _starts(run: ScheduledRun, since: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
    if run.every is not None:
        every = dt.timedelta(seconds=run.every)
        anchor = run.anchor or dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        at = anchor + every * max(0, -((anchor - since) // every))
        while at <= until:
            if at >= since:
                yield at.astimezone(dt.UTC)
            at += every
    elif run.cron is not None:
        for at in _cron(run.cron, since.astimezone(ZoneInfo(run.zone))):
            if at > until:
                return
            yield at.astimezone(dt.UTC)


def _cron(expression: str, after: dt.datetime) -> Iterator[dt.datetime]:
    try:
        from cronsim import CronSim, CronSimError  # noqa: PLC0415 - comes with Prefect, and only then is there a schedule
    except ImportError as error:
        raise ConfigError(
            "The hours of prefect.yaml cannot be read without Prefect",
            advice="pip install 'passerelle[prefect]'",
        ) from error
    try:
        yield from CronSim(expression, after)
    except CronSimError as error:
        raise ConfigError(f"{expression!r} is no cron expression: {error}") from error
