"""The named functions of mappings: each makes one conversion from typed parameters, incoming or outgoing.

A function is registered under its name for one direction; some names exist in both, and then the outgoing
one writes what the incoming one reads. There are no expressions: what is missing here gets a name here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict

from ..records import Money, minor_digits
from .codes import CodeTable
from .dates import DatePattern, local_instant, next_day
from .decimals import DecimalPattern
from .entities import Kind
from .slugs import checked_key, slug_of, transliterate
from .unreadable import Unreadable

__all__ = ["READING", "WRITING", "Choice", "Convert", "Function"]

Convert: TypeAlias = Callable[[Any], Any]


class Function(NamedTuple):
    """A named conversion: which kinds it takes, which it gives, and how it is made from its parameters."""

    name: str
    takes: tuple[Kind, ...]
    gives: Kind
    make: Callable[..., Convert]
    doc: str
    parameters: Mapping[str, inspect.Parameter]
    nullable: Callable[[Mapping[str, Any]], bool]

    @property
    def main(self) -> str | None:
        """The parameter that stands beside the function's name: `{pad: 5}`."""
        return next(iter(self.parameters), None)


_GTIN = re.compile("[0-9]{8}|[0-9]{12,14}")

READING: dict[str, Function] = {}
WRITING: dict[str, Function] = {}


class Choice(BaseModel):
    """What to put for a code that the table does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str


class YesNo(BaseModel):
    """The two texts of a yes or no."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    yes: str
    no: str


def _never(_arguments: Mapping[str, Any]) -> bool:
    return False


def _register(
    registry: dict[str, Function],
    name: str,
    takes: Kind | tuple[Kind, ...],
    gives: Kind,
    nullable: Callable[[Mapping[str, Any]], bool] = _never,
) -> Callable[[Callable[..., Convert]], Callable[..., Convert]]:
    def register(make: Callable[..., Convert]) -> Callable[..., Convert]:
        kinds = (takes,) if isinstance(takes, str) else takes
        parameters = inspect.signature(make, eval_str=True).parameters
        registry[name] = Function(name, kinds, gives, make, inspect.getdoc(make) or "", parameters, nullable)
        return make

    return register


def reading(
    name: str,
    takes: Kind | tuple[Kind, ...],
    gives: Kind,
    nullable: Callable[[Mapping[str, Any]], bool] = _never,
) -> Callable[[Callable[..., Convert]], Callable[..., Convert]]:
    """Register a function for what comes in."""
    return _register(READING, name, takes, gives, nullable)


def writing(
    name: str, takes: Kind | tuple[Kind, ...], gives: Kind
) -> Callable[[Callable[..., Convert]], Callable[..., Convert]]:
    """Register a function for what goes out."""
    return _register(WRITING, name, takes, gives)


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone: use a name such as Europe/Paris") from error


# Text, in both directions ----------------------------------------------------------------------------


@writing("trim", "text", "text")
@reading("trim", "text", "text")
def trim() -> Convert:
    """Drop blanks at both ends, no-break blanks too."""
    return str.strip


@writing("squeeze", "text", "text")
@reading("squeeze", "text", "text")
def squeeze() -> Convert:
    """Make every run of blanks and line ends one blank, and drop those at both ends."""
    return lambda text: " ".join(text.split())


@writing("upper", "text", "text")
@reading("upper", "text", "text")
def upper() -> Convert:
    """Write in capitals."""
    return str.upper


@writing("lower", "text", "text")
@reading("lower", "text", "text")
def lower() -> Convert:
    """Write in small letters."""
    return str.lower


@writing("prefix", "text", "text")
@reading("prefix", "text", "text")
def prefix(text: str) -> Convert:
    """Put a text in front."""
    return lambda value: text + value


@reading("pad", "text", "text")
def pad(width: int, fill: str = "0") -> Convert:
    """Fill up on the left to a width; what is longer stays as it is."""
    if len(fill) != 1 or width < 1:
        raise ValueError("pad takes a width from 1 on and one character to fill with")
    return lambda text: text.rjust(width, fill)


@writing("pad", ("integer", "text"), "text")
def pad_out(width: int, fill: str = "0") -> Convert:
    """Fill up on the left to a width; what is longer is a fault, because the partner would cut it."""
    if len(fill) != 1 or width < 1:
        raise ValueError("pad takes a width from 1 on and one character to fill with")

    def write(value: Any) -> str:
        text = str(value)
        if len(text) > width:
            raise Unreadable("too_long", f"at most {width} characters")
        return text.rjust(width, fill)

    return write


@writing("cut", "text", "text")
@reading("cut", "text", "text")
def cut(length: int) -> Convert:
    """Keep the first characters."""
    if length < 1:
        raise ValueError("cut takes a length from 1 on")
    return lambda text: text[:length].rstrip()


@reading("strip_zeros", "text", "text")
def strip_zeros() -> Convert:
    """Drop leading zeros of a text of digits; other texts stay as they are."""
    return lambda text: (text.lstrip("0") or "0") if text.isdecimal() else text


@writing("ascii", "text", "text")
@reading("ascii", "text", "text")
def ascii_() -> Convert:
    """Write letters with marks as plain ones (żółty is zolty); what has no plain form is left out."""
    return transliterate


@writing("join", "texts", "text")
@reading("join", "texts", "text")
def join(by: str = " ") -> Convert:
    """Join several texts; empty ones are left out."""
    return lambda texts: by.join(text.strip() for text in texts if text and not text.isspace())


# Keys --------------------------------------------------------------------------------------------------


@reading("key", "text", "text")
def key(prefix: str = "") -> Convert:
    """Make a canonical key: prefix and code, in the characters that the target takes in keys."""
    return lambda text: checked_key(prefix + text.strip())


@reading("slug", ("text", "texts"), "text")
def slug() -> Convert:
    """Make a slug; of several texts the last is a code, which is kept as it is and makes it unique."""
    return lambda value: slug_of([value] if isinstance(value, str) else value)


@reading("ean", "text", "text")
def ean() -> Convert:
    """Check a GTIN of 8, 12, 13 or 14 digits by its check digit."""

    def read(text: str) -> str:
        digits = text.strip()
        if _GTIN.fullmatch(digits) is None:
            advice = "A spreadsheet may have dropped leading zeros or written 3,61E+12"
            raise Unreadable("bad_ean", "8, 12, 13 or 14 digits", advice)
        # From the right: weights 1 and 3 in turn (GS1 General Specifications, check digit).
        if (sum(map(int, digits[::-2])) + 3 * sum(map(int, digits[-2::-2]))) % 10:
            raise Unreadable("bad_ean", "a right check digit", "One of the digits is wrong")
        return digits

    return read


# Codes -------------------------------------------------------------------------------------------------


@reading("code", "text", "text")
def code(table: CodeTable, unknown: Literal["reject", "keep"] | Choice = "reject") -> Convert:
    """Translate by a code table; an unknown code is rejected, kept, or replaced by `{value: …}`."""
    entries = table.entries

    def read(text: str) -> str:
        meaning = entries.get(text.strip())
        if meaning is not None:
            return meaning
        if isinstance(unknown, Choice):
            return unknown.value
        if unknown == "keep":
            return text
        raise Unreadable(
            "unknown_code", f"a code of {table.name}", f"Add it to {table.file}, or have it corrected"
        )

    return read


@writing("code", "text", "text")
def code_out(table: CodeTable) -> Convert:
    """Translate a meaning back to its code."""
    entries = table.reversed()

    def write(text: str) -> str:
        try:
            return entries[text]
        except KeyError:
            raise Unreadable("unknown_code", f"a value of {table.name}", f"Add it to {table.file}") from None

    return write


@reading("boolean", "text", "boolean")
def boolean(texts: YesNo) -> Convert:
    """Read a yes or no written in two texts: `{boolean: {yes: A, no: R}}`."""
    if texts.yes == texts.no:
        raise ValueError("yes and no must be two texts")
    known = {texts.yes: True, texts.no: False}

    def read(text: str) -> bool:
        try:
            return known[text.strip()]
        except KeyError:
            raise Unreadable("unknown_code", f"{texts.yes} or {texts.no}") from None

    return read


@writing("boolean", "boolean", "text")
def boolean_out(texts: YesNo) -> Convert:
    """Write a yes or no in two texts."""
    return lambda value: texts.yes if value else texts.no


# Numbers -----------------------------------------------------------------------------------------------


@reading("decimal", "text", "decimal")
def decimal(pattern: str) -> Convert:
    """Read a number written as the example shows: `1 234,5`."""
    return DecimalPattern(pattern).read


@writing("decimal", ("money", "decimal", "integer"), "text")
def decimal_out(pattern: str, digits: int | None = None) -> Convert:
    """Write a number as the example shows; money gets the digits of its currency, unless told."""
    example = DecimalPattern(pattern)

    def write(value: Any) -> str:
        if isinstance(value, Money):
            return example.write(value.amount, minor_digits(value.currency) if digits is None else digits)
        return example.write(Decimal(value), digits)

    return write


@reading("integer", ("text", "decimal"), "integer")
def integer() -> Convert:
    """Read a whole number; decimals other than zeros are a fault, never rounded."""

    def read(value: Any) -> int:
        if isinstance(value, str):
            if re.fullmatch(r"\s*[+-]?[0-9]{1,28}\s*", value) is None:
                raise Unreadable("not_a_number", "a whole number")
            return int(value)
        whole = int(value)
        if whole != value:
            raise Unreadable("not_whole", "a whole number")
        return whole

    return read


@reading("multiply", "decimal", "decimal")
def multiply(by: str | int) -> Convert:
    """Multiply exactly: kilograms by 1000 are grams."""
    try:
        factor = Decimal(by)
    except ArithmeticError as error:
        raise ValueError(f"{by!r} is no number") from error
    return lambda number: number * factor


@reading("fraction", "text", "text")
def fraction(digits: int) -> Convert:
    """Turn a number of so many digits into a fraction of one that sorts alike: 0020 is 0.002."""
    if digits < 1:
        raise ValueError("fraction takes a number of digits from 1 on")

    def read(text: str) -> str:
        text = text.strip()
        if re.fullmatch("[0-9]+", text) is None or len(text.lstrip("0")) > digits or not text.strip("0"):
            raise Unreadable("not_a_number", f"a whole number from 1 on of at most {digits} digits")
        return "0." + text.lstrip("0").rjust(digits, "0").rstrip("0")

    return read


@reading("default", "text", "text")
def default(value: str | int | bool | None) -> Convert:  # noqa: ARG001, FBT001  # see pipeline.build
    """Stand in for an absent or empty value; any place in `via` will do."""
    return str


# Dates -------------------------------------------------------------------------------------------------


@reading("date", "text", "instant", nullable=lambda arguments: bool(arguments.get("none")))
def date(pattern: str, zone: str, *, end_of_day: bool = False, none: tuple[str, ...] = ()) -> Convert:
    """Read a local date or time as an instant in UTC.

    With `end_of_day` it is the first instant after that day. The texts in `none` mean that there is no date.
    """
    dates, place, nothing = DatePattern(pattern), _zone(zone), frozenset(none)
    if not dates.dated:
        raise ValueError(f"{pattern!r} has no day")
    if end_of_day and dates.timed:
        raise ValueError("end_of_day is for days without a time")

    def read(text: str) -> datetime | None:
        text = text.strip()
        if text in nothing:
            return None
        moment = dates.read(text)
        return local_instant(next_day(moment) if end_of_day else moment, place, timed=dates.timed)

    return read


@writing("date", "instant", "text")
def date_out(pattern: str, zone: str) -> Convert:
    """Write an instant as the clock shows it in a zone."""
    dates, place = DatePattern(pattern), _zone(zone)
    return lambda instant: dates.write(instant.astimezone(place))


@reading("none_if", "text", "text", nullable=lambda _arguments: True)
def none_if(texts: tuple[str, ...]) -> Convert:
    """Read certain texts as "there is none"."""
    nothing = frozenset(texts)
    return lambda text: None if text.strip() in nothing else text
