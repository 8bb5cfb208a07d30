"""Expects: when a feed should hear of its partner, and how late is late."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from .base import Duration, Spec, several
from .days_off import ClosedDays, HolidaysOf
from .visits import Window

__all__ = ["WEEK", "Expected", "ExpectsSpec", "days_of"]

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
_HOURS = re.compile(rf"{_CLOCK}-{_CLOCK}")
_DAY = "|".join(WEEK)
_DAYS = re.compile(rf"(?:{_DAY})(?:-(?:{_DAY}))?")


def _hours(text: str) -> str:
    if _HOURS.fullmatch(text) is None or text[:5] == text[-5:]:
        raise ValueError("write hours such as 05:00-06:30")
    return text


def _days(text: str) -> str:
    if _DAYS.fullmatch(text) is None:
        raise ValueError("write days such as mon-fri, or sat")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("write a time zone such as Europe/Paris") from None
    return text


def days_of(texts: tuple[str, ...]) -> frozenset[int]:
    """Number the days of the week (Monday is 0) that `mon-fri`, `sat`, `fri-mon` name."""
    found: set[int] = set()
    for text in texts:
        first, _, last = text.partition("-")
        begin, end = WEEK.index(first), WEEK.index(last or first)
        found.update(
            day % len(WEEK) for day in range(begin, end + 1 if end >= begin else end + 1 + len(WEEK))
        )
    return frozenset(found)


class ExpectsSpec(Spec):
    """When something should come: in hours of the day (`between`), or again and again (`every`).

    `{between: "05:00-06:30", days: mon-fri, late_after: 30min}`, `{every: 10min, calm: "22:00-05:00"}`. Of a
    feed that goes out it is the run that should have ended well.
    """

    model_config = ConfigDict(use_attribute_docstrings=True)

    between: Annotated[
        tuple[Annotated[str, AfterValidator(_hours)], ...],
        BeforeValidator(several, json_schema_input_type=str | tuple[str, ...]),
    ] = ()
    """Hours in which it should come, one arrival for each: `05:00-06:30`; those that end before they begin
    end the next day."""
    every: Duration | None = None
    """It should come again within this time of the last one."""
    days: Annotated[
        tuple[Annotated[str, AfterValidator(_days)], ...],
        BeforeValidator(several, json_schema_input_type=str | tuple[str, ...]),
    ] = ("mon-sun",)
    """The days of the week: `mon-fri`, `[mon, thu]`. On others nothing is expected."""
    holidays: Annotated[
        tuple[HolidaysOf, ...], BeforeValidator(several, json_schema_input_type=str | tuple[str, ...])
    ] = ()
    """Whose public holidays count: `FR`, `FR-57` (a part with days of its own), `[FR, BE]`."""
    on_holidays: Literal["not expected", "expected", "only"] = "not expected"
    """What holds on the public holidays of `holidays`: nothing is expected, it is as on other days, or it is
    only expected on them (hours of their own: `between` once with `not expected`, once with `only`)."""
    closed: Annotated[
        tuple[ClosedDays, ...], BeforeValidator(several, json_schema_input_type=str | tuple[str, ...])
    ] = ()
    """Days on which nothing is expected, once: `2026-12-31`, `2026-08-03..2026-08-14` (both ends are
    closed)."""
    zone: Annotated[str, AfterValidator(_zone)] = "Europe/Paris"
    """The time zone of the hours and of the days."""
    early: Duration = 3600.0
    """What comes so long before the hours of `between` counts for them, unless other hours end later."""
    late_after: Duration = 1800.0
    """So long after it should have been there it is late."""
    calm: Annotated[
        tuple[Window, ...], BeforeValidator(several, json_schema_input_type=str | tuple[str, ...])
    ] = ()
    """Hours in which nothing is expected and nothing turns late: `22:00-05:00`, `sunday 02:00-06:00`."""
    mode: Literal["full", "delta"] | None = None
    """Only files of this kind count."""

    @model_validator(mode="after")
    def _one_way(self) -> ExpectsSpec:
        if bool(self.between) == (self.every is not None):
            raise ValueError("say between (hours) or every (a duration)")
        if self.every is not None and self.every <= 0:
            raise ValueError("every must be longer than no time at all")
        if self.on_holidays != "not expected" and not self.holidays:
            raise ValueError("on_holidays needs holidays: FR, the country whose holidays are meant")
        if self.on_holidays == "only" and self.every is not None:
            raise ValueError("what comes only on holidays has hours: say between")
        return self


#: One expectation or several: `- {between: "05:00-06:30", mode: full}`, `- {every: 10min, mode: delta}`.
Expected = Annotated[
    tuple[ExpectsSpec, ...],
    BeforeValidator(several, json_schema_input_type=ExpectsSpec | tuple[ExpectsSpec, ...]),
    Field(
        description="When something of the feed should come, and how late is late; of several the worst"
        " counts"
    ),
]
