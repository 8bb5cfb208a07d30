"""Expectations: when something of a feed is due, when it is late, and which hours are calm, in true time.

Hours are written in local time and counted in UTC: in the night in which the clock goes back, hours that come
twice last twice; in the night in which it goes forward, hours that do not exist are those that follow.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator
from typing import Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from ..mapping import ExpectsSpec
from .days_off import DaysOn

__all__ = ["Expectation", "Occurrence", "Standing", "State"]

State: TypeAlias = Literal["fresh", "due", "late"]

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = dt.timedelta(days=1)
#: Nothing is looked for further away than this, and the days on which the house is closed: a feed that comes
#: more rarely has no hours of its own.
_HORIZON_DAYS = 16


class Occurrence(NamedTuple):
    """One time that something should come, in UTC: it counts from `counts_from`, it is late at `late_at`."""

    counts_from: dt.datetime
    begins: dt.datetime
    ends: dt.datetime
    late_at: dt.datetime


class Standing(NamedTuple):
    """How an expectation stands now: what comes next, or should have come, between which moments (UTC).

    `late_since` is when the first one turned late that did not come.
    """

    state: State
    begins: dt.datetime | None
    ends: dt.datetime | None
    late_at: dt.datetime | None
    late_since: dt.datetime | None = None


class _Weekday:
    """One day of every week, whatever else holds on it; all of them when none is named."""

    def __init__(self, number: int | None = None) -> None:
        self._number = number

    def __contains__(self, day: object) -> bool:
        return isinstance(day, dt.date) and self._number in {None, day.weekday()}


_EVERY_DAY = _Weekday()


class _Hours(NamedTuple):
    begin: dt.time
    end: dt.time
    days: Container[dt.date]

    def on(self, day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime] | None:
        """Give begin and end (UTC) of these hours when they begin on this day."""
        if day not in self.days:
            return None
        until = day + _DAY if self.end <= self.begin else day
        return _first(day, self.begin, zone), _last(until, self.end, zone)

    def awaited_on(self, day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime] | None:
        """Give them as hours in which something comes: those that a clock skips come behind the change."""
        found = self.on(day, zone)
        if found is None or found[0] < found[1]:
            return found
        length = dt.datetime.combine(day, self.end) - dt.datetime.combine(day, self.begin)
        return found[0], found[0] + length


class Expectation:
    """What a feed's `expects:` says, ready to be asked about moments."""

    def __init__(self, spec: ExpectsSpec) -> None:
        self.spec = spec
        self.zone = ZoneInfo(spec.zone)
        self._days = DaysOn(spec)
        self._horizon = (_HORIZON_DAYS + self._days.most_closed) * _DAY
        self._hours = [_hours(text, self._days) for text in spec.between]
        self._calm = [_hours(text, _EVERY_DAY) for text in spec.calm]
        self._late_after = dt.timedelta(seconds=spec.late_after)
        self._early = dt.timedelta(seconds=spec.early)

    def is_calm(self, moment: dt.datetime) -> bool:
        """Say whether nothing is expected at this moment (with its zone): calm hours."""
        return self.calm_until(moment) is not None

    def calm_until(self, moment: dt.datetime) -> dt.datetime | None:
        """Tell when the calm hours end that this moment lies in (UTC); None when it lies in none."""
        end: dt.datetime | None = None
        for begins, ends in self._closed(moment, off_days=False):
            if begins > (end or moment):
                break
            if ends > moment and ends > (end or moment):
                end = ends
        return end

    def occurrences(self, since: dt.datetime, until: dt.datetime) -> Iterator[Occurrence]:
        """Give the times of `between` that begin in this stretch of time, in order; none for `every`."""
        first, last = (moment.astimezone(self.zone).date() for moment in (since, until))
        day, before = first - 2 * _DAY, None
        while day <= last + _DAY:
            found = [one for hours in self._hours if (one := hours.awaited_on(day, self.zone)) is not None]
            for begins, ends in sorted(found):
                counts_from = begins - self._early
                if before is not None and before > counts_from:
                    counts_from = min(before, begins)
                before = ends
                if since <= begins < until:
                    late_at = self._after(ends, self._late_after, off_days=False)
                    yield Occurrence(counts_from, begins, ends, late_at or ends + self._late_after)
            day += _DAY

    def standing(
        self, now: dt.datetime, arrived: dt.datetime | None, *, since: dt.datetime | None = None
    ) -> Standing:
        """Say how it stands at a moment, when something arrived last at another.

        `since` is when the feed was begun to be watched: what was expected earlier is nobody's lateness. A
        feed that never had anything and is not watched yet (both None) is late for its last hours.
        """
        if self.spec.every is not None:
            return self._again(now, arrived or since or now)
        return self._in_hours(now, arrived, since)

    def _again(self, now: dt.datetime, last: dt.datetime) -> Standing:
        every = dt.timedelta(seconds=self.spec.every or 0.0)
        due_at = self._after(last, every, off_days=True)
        late_at = self._after(last, every + self._late_after, off_days=True)
        if due_at is None or late_at is None:
            return Standing("fresh", None, None, None)
        if now >= late_at:
            return Standing("late", last, due_at, late_at, late_at)
        return Standing("due" if now >= due_at else "fresh", last, due_at, late_at)

    def _in_hours(self, now: dt.datetime, arrived: dt.datetime | None, since: dt.datetime | None) -> Standing:
        # What began before the last arrival did come; what began long ago is told no more.
        begin = now - self._horizon
        if arrived is not None and begin < arrived - 2 * _DAY < now:
            begin = arrived - 2 * _DAY
        missed: list[Occurrence] = []
        for one in self.occurrences(begin, now + self._horizon):
            if _came(one, arrived) or (since is not None and one.late_at <= since):
                missed.clear()
                continue
            if one.begins > now:
                if not missed:
                    return Standing("fresh", one.begins, one.ends, one.late_at)
                break
            missed.append(one)
        late = [one for one in missed if one.late_at <= now]
        if not late:
            if not missed:
                return Standing("fresh", None, None, None)
            return Standing("due", missed[-1].begins, missed[-1].ends, missed[-1].late_at)
        # Of a feed that never came only the last time is told: nobody knows when it should have begun.
        first = late[0] if arrived is not None or since is not None else late[-1]
        return Standing("late", late[-1].begins, late[-1].ends, late[-1].late_at, first.late_at)

    def _after(self, moment: dt.datetime, open_time: dt.timedelta, *, off_days: bool) -> dt.datetime | None:
        """Go forward by so much time that is not calm (nor, if asked, of an off day); None: it never is."""
        if not self._calm and not (off_days and not self._days.all_count):
            return moment + open_time
        at, left = moment, open_time
        for begins, ends in self._closed(moment, off_days=off_days):
            if begins > at:
                if begins - at > left:
                    return at + left
                left -= begins - at
            at = max(at, ends)
        return at + left if at < moment + self._horizon - _DAY else None

    def _closed(self, moment: dt.datetime, *, off_days: bool) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """Give the stretches in which nothing is expected, in order of their beginning; they may overlap."""
        day = moment.astimezone(self.zone).date() - 2 * _DAY
        for _ in range(self._horizon.days + 2):
            found = [one for hours in self._calm if (one := hours.on(day, self.zone)) is not None]
            if off_days and day not in self._days:
                midnight = dt.time()
                found.append((_first(day, midnight, self.zone), _first(day + _DAY, midnight, self.zone)))
            for begins, ends in sorted(found):
                if ends > moment:
                    yield begins, ends
            day += _DAY


def _came(one: Occurrence, arrived: dt.datetime | None) -> bool:
    return arrived is not None and arrived >= one.counts_from


def _hours(text: str, days: Container[dt.date]) -> _Hours:
    *day, hours = text.split()
    begin, _, end = hours.partition("-")
    on = _Weekday(_WEEK.index(day[0])) if day else days
    return _Hours(dt.time.fromisoformat(begin), dt.time.fromisoformat(end), on)


def _first(day: dt.date, clock: dt.time, zone: ZoneInfo) -> dt.datetime:
    """Give the first moment at which the clock shows this, or the one that comes in its place."""
    return dt.datetime.combine(day, clock, zone).astimezone(dt.UTC)


def _last(day: dt.date, clock: dt.time, zone: ZoneInfo) -> dt.datetime:
    """Give the last moment at which the clock shows this: an hour that comes twice ends the second time."""
    once = dt.datetime.combine(day, clock, zone)
    return max(once.astimezone(dt.UTC), once.replace(fold=1).astimezone(dt.UTC))
