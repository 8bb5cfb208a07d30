"""When may a partner's server be asked? Ceilings, calm hours and maintenance, in the partner's own time."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

__all__ = ["Closed", "Hours", "NotNow", "VisitingRules"]

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Windows may follow each other; more than this many in a row are a week that never opens.
_MOST_STEPS = 64


class Hours(NamedTuple):
    """Hours of every day, or of one day of the week; those that end before they begin end the next day."""

    begin: dt.time
    end: dt.time
    weekday: int | None = None

    @classmethod
    def parse(cls, text: str) -> Hours:
        """Read `22:00-05:30` or `sunday 02:00-06:00`; raises ValueError."""
        *day, hours = text.split()
        begin, _, end = hours.partition("-")
        weekday = _DAYS.index(day[0]) if day else None
        return cls(dt.time.fromisoformat(begin), dt.time.fromisoformat(end), weekday)

    def end_of(self, moment: dt.datetime) -> dt.datetime | None:
        """Tell when the hours end that this moment (with its zone) lies in; None when it lies in none."""
        for days_before in (0, 1):
            day = moment.date() - dt.timedelta(days=days_before)
            if self.weekday is not None and day.weekday() != self.weekday:
                continue
            overnight = self.end <= self.begin
            begin = dt.datetime.combine(day, self.begin, moment.tzinfo)
            end = dt.datetime.combine(day + dt.timedelta(days=overnight), self.end, moment.tzinfo)
            if begin <= moment < end:
                return end
        return None


class Closed(NamedTuple):
    """Hours in which nobody visits, and why."""

    reason: Literal["calm hours", "maintenance"]
    hours: Hours


class NotNow(NamedTuple):
    """Why the partner is not visited now, and when it may be next (UTC)."""

    reason: str
    next_at: dt.datetime


class VisitingRules(NamedTuple):
    """The rules of one partner; `every` and `spread` are seconds, `zone` is where the hours are counted."""

    every: float = 0.0
    closed: Sequence[Closed] = ()
    zone: str = "Europe/Paris"
    spread: float = 0.0

    def check(self, now: dt.datetime, last: dt.datetime | None, *, who: str = "") -> NotNow | None:
        """Say why not now, or None: come. `who` (a feed) has a place of its own in the spread.

        Raises ValueError for a moment without zone.
        """
        if now.tzinfo is None:
            raise ValueError(f"{now} has no time zone")
        moment, reason = now, ""
        if last is not None and (due := last + dt.timedelta(seconds=self.every)) > moment:
            moment, reason = due, f"at most one visit in {dt.timedelta(seconds=int(self.every))} (h:mm:ss)"
        opened, why = self._opened(moment)
        reason = reason or why
        if self.spread:
            opened = self._spread(opened, who)
        return None if opened <= now else NotNow(reason or why, opened.astimezone(dt.UTC))

    def _opened(self, moment: dt.datetime) -> tuple[dt.datetime, str]:
        """Go forward to the next moment that lies in no closed hours."""
        reason = ""
        for _ in range(_MOST_STEPS):
            local = moment.astimezone(ZoneInfo(self.zone))
            ends = [(end, one.reason) for one in self.closed if (end := one.hours.end_of(local)) is not None]
            if not ends:
                break
            end, why = max(ends)
            moment, reason = end.astimezone(dt.UTC), reason or why
        return moment, reason

    def _spread(self, opened: dt.datetime, who: str) -> dt.datetime:
        """After closed hours, come a little later: each feed at a place of its own, the same every day."""
        place = int.from_bytes(hashlib.sha256(who.encode()).digest()[:4]) / 2**32
        delay = dt.timedelta(seconds=self.spread * place)
        local = opened.astimezone(ZoneInfo(self.zone))
        for one in self.closed:
            just_before = one.hours.end_of(local - delay - dt.timedelta(microseconds=1))
            if just_before is not None and local < just_before + delay:
                return just_before + delay
        return opened
