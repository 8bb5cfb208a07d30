"""Days off: when a feed is not expected, by the week, the public holidays and the house's own days."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from ..mapping import ExpectsSpec
from ..mapping.spec.days_off import closed_days, country_of
from ..mapping.spec.expects import WEEK, days_of

__all__ = ["DaysOn", "public_holidays"]


@lru_cache(maxsize=256)
def public_holidays(country: str, year: int) -> frozenset[dt.date]:
    """Give the public holidays of `FR` or `FR-57` in a year, with the days on which they are made up for."""
    from holidays import country_holidays  # noqa: PLC0415 - 0.7 s of CPU, only where holidays are expected

    name, part = country_of(country)
    return frozenset(country_holidays(name, subdiv=part, years=year))


class DaysOn:
    """Which days count for what a feed's `expects:` says."""

    def __init__(self, spec: ExpectsSpec) -> None:
        self._week = days_of(spec.days)
        self._countries = () if spec.on_holidays == "expected" else spec.holidays
        self._only_holidays = spec.on_holidays == "only"
        self._closed = frozenset(day for text in spec.closed for day in closed_days(text))

    @property
    def all_count(self) -> bool:
        """Whether there is no day off at all."""
        return len(self._week) == len(WEEK) and not self._countries and not self._closed

    @property
    def most_closed(self) -> int:
        """Tell how many days in a row may be off because the house is closed."""
        return len(self._closed)

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, dt.date) or day.weekday() not in self._week or day in self._closed:
            return False
        if not self._countries:
            return True
        is_holiday = any(day in public_holidays(one, day.year) for one in self._countries)
        return is_holiday == self._only_holidays
