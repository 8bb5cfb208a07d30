"""A day that does not end while a test looks at it: that of a place where it is noon."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

__all__ = ["Day", "noon"]


class Day(NamedTuple):
    """A day, and the name of the time zone that it is of."""

    date: date
    zone: str


def noon() -> Day:
    """Give the day of a place where it is noon: its midnights are eleven hours away."""
    now = datetime.now(UTC)
    # In these names the sign is the other way round: Etc/GMT-5 is five hours ahead of UTC.
    zone = f"Etc/GMT{now.hour - 12:+d}"
    return Day(now.astimezone(ZoneInfo(zone)).date(), zone)
