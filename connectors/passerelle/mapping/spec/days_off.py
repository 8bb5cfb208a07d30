"""Days off: public holidays of a country, and days on which a house is closed, as a mapping writes them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from pydantic import AfterValidator

__all__ = ["ClosedDays", "HolidaysOf", "closed_days", "country_of"]

_COUNTRY = re.compile(r"[A-Z]{2}(-[0-9A-Z]{1,5})?")
#: A closed stretch is looked over day by day.
_LONGEST = 100
_DAY = dt.timedelta(days=1)


def country_of(text: str) -> tuple[str, str | None]:
    """Take apart `FR`, or `FR-57` for a part of a country that has holidays of its own."""
    country, _, part = text.partition("-")
    return country, part or None


def _holidays_of(text: str) -> str:
    if _COUNTRY.fullmatch(text) is None:
        raise ValueError("write a country such as FR, or a part of one such as FR-57")
    # Only a mapping that names a country pays for the calendars of the world.
    from holidays import list_supported_countries  # noqa: PLC0415 - 0.25 s of CPU

    country, part = country_of(text)
    known = list_supported_countries(include_aliases=False)
    if country not in known:
        raise ValueError(f"no public holidays are known of {country}; write its days under closed")
    if part is not None and part not in known[country]:
        parts = ", ".join(known[country]) or "none"
        raise ValueError(f"{country} has no part {part} with holidays of its own; there are: {parts}")
    return text


def closed_days(text: str) -> tuple[dt.date, ...]:
    """Give the days of `2026-12-31` or `2026-08-03..2026-08-14`; raises ValueError."""
    first, _, last = text.partition("..")
    try:
        begin = dt.date.fromisoformat(first)
        end = dt.date.fromisoformat(last) if last else begin
    except ValueError:
        raise ValueError("write a day such as 2026-12-31, or 2026-08-03..2026-08-14") from None
    if end < begin or (".." in text and not last):
        raise ValueError(f"{text} ends before it begins")
    if end - begin >= _LONGEST * _DAY:
        raise ValueError(f"{text} is longer than {_LONGEST} days: take expects out for so long")
    return tuple(begin + number * _DAY for number in range((end - begin).days + 1))


def _closed(text: str) -> str:
    closed_days(text)
    return text


#: `FR`, `FR-57`, `BE`: a country of ISO 3166-1, or a part of one that has public holidays of its own.
HolidaysOf = Annotated[str, AfterValidator(_holidays_of)]
#: `2026-12-31`, or `2026-08-03..2026-08-14` with both ends.
ClosedDays = Annotated[str, AfterValidator(_closed)]
