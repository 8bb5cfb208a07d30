"""Functions of what goes out: implied decimals, percentages, days, filling on the right, clean texts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from ...records import Money
from ..dates import DatePattern
from ..decimals import DecimalPattern
from ..unreadable import Unreadable
from .registry import Convert, writing
from .text import strip_control, substring

__all__ = ["day_out", "implied_decimals_out", "pad_right", "percent"]

_MOST_DIGITS = 20

writing("strip_control", "text", "text")(strip_control)
writing("substring", "text", "text")(substring)


@writing("pad_right", ("integer", "text"), "text")
def pad_right(width: int, fill: str = " ") -> Convert:
    """Fill up on the right to a width; what is longer is a fault, because the partner would cut it.

    Example: `{pad_right: 5, fill: "."}` makes `"AB..."` of `"AB"`.
    """
    if len(fill) != 1 or width < 1:
        raise ValueError("pad_right takes a width from 1 on and one character to fill with")

    def write(value: object) -> str:
        text = str(value)
        if len(text) > width:
            raise Unreadable("too_long", f"at most {width} characters")
        return text.ljust(width, fill)

    return write


@writing("implied_decimals", ("money", "decimal", "integer"), "text")
def implied_decimals_out(digits: int, width: int | None = None) -> Convert:
    """Write digits only, of which the last so many are decimals; with a width, zeros fill up on the left.

    A number with more decimals is a fault, never rounded; a minus stands in front and counts in the width.

    Example: `{implied_decimals: 2, width: 6}` makes `"000700"` of `7`.
    """
    if not 0 <= digits <= _MOST_DIGITS or (width is not None and width < 1):
        raise ValueError(f"implied_decimals takes 0 to {_MOST_DIGITS} digits, and a width from 1 on")

    def write(value: Any) -> str:
        number = value.amount if isinstance(value, Money) else Decimal(value)
        scaled = number.scaleb(digits)
        whole = int(scaled)
        if whole != scaled:
            raise Unreadable("too_many_decimals", f"at most {digits} decimals")
        text = str(whole) if width is None else f"{whole:0{width}d}"
        if width is not None and len(text) > width:
            raise Unreadable("too_long", f"a number of at most {width} digits, {digits} of them decimals")
        return text

    return write


@writing("percent", ("text", "decimal", "integer"), "text")
def percent(pattern: str) -> Convert:
    """Write a share of one in hundredths, as the example shows: a tax rate of 0.055 is 5.5.

    Example: `{percent: "1234.5"}` makes `"5.5"` of `"0.055"`.
    """
    example, plain = DecimalPattern(pattern), DecimalPattern("1234.5")

    def write(value: Any) -> str:
        share = plain.read(value) if isinstance(value, str) else Decimal(value)
        return example.write((share * 100).normalize() + 0)

    return write


@writing("day", "text", "text")
def day_out(pattern: str) -> Convert:
    """Write a calendar day (2026-11-01) as the pattern says; no zone moves it.

    Example: `{day: "JJ.MM.AAAA"}` makes `"01.11.2026"` of `"2026-11-01"`.
    """
    dates = DatePattern(pattern)
    dates.write(datetime(2000, 1, 1))  # noqa: DTZ001  # a day has no zone

    def write(text: str) -> str:
        try:
            return dates.write(datetime.fromisoformat(text))
        except ValueError as error:
            raise Unreadable("bad_date", "a day such as 2026-11-01") from error

    return write
