"""Functions of numbers: notation, exact arithmetic, declared rounding."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    DecimalException,
    localcontext,
)
from typing import Any, Literal, TypeAlias

from ...records import Money, minor_digits
from ..decimals import DecimalPattern, number_reader, read_implied
from ..spec.fields import OperandSpec
from ..unreadable import Unreadable
from .registry import Convert, NumberOrPlace, reading, writing

__all__ = ["ROUNDINGS", "Rounding", "number", "rounded"]

Rounding: TypeAlias = Literal["half_up", "half_even", "down", "up", "floor", "ceiling"]

ROUNDINGS = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "down": ROUND_DOWN,
    "up": ROUND_UP,
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
}
#: Enough that nothing is lost before a rounding that the mapping declares.
_PRECISION = 50
_MOST_DIGITS = 20
_HUNDRED = Decimal(100)


def number(text: str | int) -> Decimal:
    """Read a number that stands in a mapping, such as 1000 or "0.5".

    Raises:
        ValueError: it is none.
    """
    try:
        value = Decimal(text)
    except DecimalException as error:
        raise ValueError(f"{text!r} is no number: write it with a point, such as 0.5") from error
    if not value.is_finite():
        raise ValueError(f"{text!r} is no number")
    return value


def rounded(value: Decimal, digits: int, by: str) -> Decimal:
    """Round to so many decimals in a declared way."""
    with localcontext() as context:
        context.prec = _PRECISION
        return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUNDINGS[by])


def _with(by: OperandSpec | str | int, compute: Callable[[Decimal, Decimal], Decimal]) -> Convert:
    """Bind a number of the mapping, or leave the place for one of the file."""

    def exact(value: Decimal, other: Decimal) -> Decimal:
        with localcontext() as context:
            context.prec = _PRECISION
            return compute(Decimal(value), other)

    if isinstance(by, OperandSpec):
        return exact
    constant = number(by)
    return lambda value: exact(value, constant)


@reading("decimal", "text", "decimal")
def decimal(pattern: str) -> Convert:
    """Read a number written as the example of 1234.5 shows, or `auto` where nothing is in doubt.

    Example: `{decimal: "1 234,5"}` makes `"1999.99"` of `"1 999,99"`.
    """
    return number_reader(pattern)


@reading("implied_decimals", "text", "decimal")
def implied_decimals(digits: int) -> Convert:
    """Read digits of which the last so many are decimals, with a sign in front or a minus behind.

    Example: `{implied_decimals: 2}` makes `"-12.50"` of `"0001250-"`.
    """
    if not 0 <= digits <= _MOST_DIGITS:
        raise ValueError(f"implied_decimals takes 0 to {_MOST_DIGITS} digits")
    return lambda text: read_implied(text, digits)


@writing("decimal", ("money", "decimal", "integer"), "text")
def decimal_out(pattern: str, digits: int | None = None) -> Convert:
    """Write a number as the example shows; money gets the digits of its currency, unless told.

    Example: `{decimal: "1234,5", digits: 2}` makes `"7,00"` of `7`.
    """
    example = DecimalPattern(pattern)

    def write(value: Any) -> str:
        if isinstance(value, Money):
            return example.write(value.amount, minor_digits(value.currency) if digits is None else digits)
        return example.write(Decimal(value), digits)

    return write


@reading("integer", ("text", "decimal"), "integer")
def integer() -> Convert:
    """Read a whole number; decimals other than zeros are a fault, never rounded.

    Example: `integer` makes `12` of `"0012"`.
    """

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
def multiply(by: NumberOrPlace) -> Convert:
    """Multiply exactly, by a number or by what stands at a place: kilograms by 1000 are grams.

    Example: `[{decimal: "1234,5"}, {multiply: 1000}]` makes `"450.0"` of `"0,4500"`.
    """
    return _with(by, lambda value, factor: value * factor)


@reading("divide", "decimal", "decimal")
def divide(by: NumberOrPlace) -> Convert:
    """Divide by a number or by what stands at a place: a price for 100 pieces by 100.

    A quotient without an end needs `round` behind it, else what takes it says that it has too many decimals.

    Example: `[{decimal: "1234,5"}, {divide: 100}]` makes `"0.105"` of `"10,5"`.
    """
    if not isinstance(by, OperandSpec) and number(by) == 0:
        raise ValueError("nothing can be divided by 0")

    def quotient(value: Decimal, divisor: Decimal) -> Decimal:
        if divisor == 0:
            raise Unreadable("division_by_zero", "a number other than 0 to divide by")
        return value / divisor

    return _with(by, quotient)


@reading("add", "decimal", "decimal")
def add(number: NumberOrPlace) -> Convert:
    """Add a number or what stands at a place: the price impact of a variant.

    Example: `[{decimal: "1234,5"}, {add: "0.5"}]` makes `"12.5"` of `"12"`.
    """
    return _with(number, lambda value, other: value + other)


@reading("subtract", "decimal", "decimal")
def subtract(number: NumberOrPlace) -> Convert:
    """Take away a number or what stands at a place.

    Example: `[{decimal: "1234,5"}, {subtract: 2}]` makes `"10"` of `"12"`.
    """
    return _with(number, lambda value, other: value - other)


@reading("percent_off", "decimal", "decimal")
def percent_off(percent: NumberOrPlace) -> Convert:
    """Take off a percentage: a discount.

    Example: `[{decimal: "1234,5"}, {percent_off: 5}]` makes `"95"` of `"100"`.
    """
    return _with(percent, lambda value, share: value * (_HUNDRED - share) / _HUNDRED)


@reading("percent_on", "decimal", "decimal")
def percent_on(percent: NumberOrPlace) -> Convert:
    """Add a percentage: tax on a net price.

    Example: `[{decimal: "1234,5"}, {percent_on: 20}]` makes `"120"` of `"100"`.
    """
    return _with(percent, lambda value, share: value * (_HUNDRED + share) / _HUNDRED)


@reading("percent_out", "decimal", "decimal")
def percent_out(percent: NumberOrPlace) -> Convert:
    """Take out a percentage that is included: the net price of one with tax. `round` stands behind it.

    Example: `[{decimal: "1234,5"}, {percent_out: 20}]` makes `"100"` of `"120"`.
    """
    return _with(percent, lambda value, share: value * _HUNDRED / (_HUNDRED + share))


@reading("round", "decimal", "decimal")
def round_(digits: int, by: Rounding) -> Convert:
    """Round to so many decimals, in the way that is named: 10.5 is 10 by half_even and 11 by half_up.

    Example: `[{decimal: "1234,5"}, {round: 0, by: half_even}]` makes `"10"` of `"10,5"`.
    """
    if not -_MOST_DIGITS <= digits <= _MOST_DIGITS:
        raise ValueError(f"round takes up to {_MOST_DIGITS} decimals")
    return lambda value: rounded(Decimal(value), digits, by)


@reading("raise_to", ("decimal", "integer"), "decimal")
def raise_to(limit: str | int) -> Convert:
    """Make of what is less than a limit the limit: a negative stock is 0 to the shop.

    Example: `[{decimal: "1234,5"}, {raise_to: 0}]` makes `"0"` of `"-3"`.
    """
    least = number(limit)
    return lambda value: max(Decimal(value), least)


@reading("sum", "texts", "decimal")
def sum_(decimal: str) -> Convert:
    """Add up several numbers, written as the example shows; empty ones are left out.

    Example: `{sum: "1234,5"}` makes `"4.5"` of `["1", "", "3,5"]`.
    """
    read = number_reader(decimal)

    def add_up(texts: Sequence[str]) -> Decimal:
        return sum((read(text) for text in texts if text and not text.isspace()), Decimal(0))

    return add_up


@reading("fraction", "text", "text")
def fraction(digits: int) -> Convert:
    """Turn a number of so many digits into a fraction of one that sorts alike.

    Example: `{fraction: 4}` makes `"0.002"` of `"0020"`.
    """
    if digits < 1:
        raise ValueError("fraction takes a number of digits from 1 on")

    def read(text: str) -> str:
        text = text.strip()
        if re.fullmatch("[0-9]+", text) is None or len(text.lstrip("0")) > digits or not text.strip("0"):
            raise Unreadable("not_a_number", f"a whole number from 1 on of at most {digits} digits")
        return "0." + text.lstrip("0").rjust(digits, "0").rstrip("0")

    return read
