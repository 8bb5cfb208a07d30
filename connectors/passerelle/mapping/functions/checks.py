"""Functions that check: what does not pass is a fault, what passes stays as it is."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from ..patterns import TextPattern
from ..unreadable import Unreadable
from .numbers import number
from .registry import Convert, reading

_GTIN = re.compile("[0-9]{8}|[0-9]{12,14}")
_SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_LONGEST_GTIN = 14


@reading("ean", "text", "text")
def ean(digits: int | None = None) -> Convert:
    """Check a GTIN of 8, 12, 13 or 14 digits by its check digit; `digits` writes it with so many.

    A number in a spreadsheet's notation (`3,61E+12`) has lost digits: it is a fault of its own.

    Example: `{ean: 13}` makes `"4006381333931"` of `"04006381333931"`.
    """
    if digits not in (None, 8, 12, 13, 14):
        raise ValueError("a GTIN has 8, 12, 13 or 14 digits")

    def read(text: str) -> str:
        code = text.strip()
        if _SCIENTIFIC.fullmatch(code) is not None:
            advice = "A spreadsheet shortened it, its last digits are lost: ask for a text column"
            raise Unreadable("scientific_notation", "all digits of the number", advice)
        if _GTIN.fullmatch(code) is None:
            advice = "A spreadsheet may have dropped leading zeros"
            raise Unreadable("bad_ean", "8, 12, 13 or 14 digits", advice)
        _check_digit(code)
        return code if digits is None else _with_digits(code, digits)

    return read


def _check_digit(code: str) -> None:
    # From the right: weights 1 and 3 in turn (GS1 General Specifications, check digit).
    if (sum(map(int, code[::-2])) + 3 * sum(map(int, code[-2::-2]))) % 10:
        raise Unreadable("bad_ean", "a right check digit", "One of the digits is wrong")


def _with_digits(code: str, digits: int) -> str:
    surplus = code.rjust(_LONGEST_GTIN, "0")[: _LONGEST_GTIN - digits]
    if surplus.strip("0"):
        raise Unreadable("bad_ean", f"a number that fits into {digits} digits")
    return code.rjust(_LONGEST_GTIN, "0")[-digits:]


@reading("check_digit", "text", "text")
def check_digit(length: int) -> Convert:
    """Check a GS1 number of a fixed length by its check digit: 13 for a GLN, 18 for an SSCC.

    Example: `{check_digit: 13}` makes `"4006381333931"` of `"4006381333931"`.
    """
    if length < 2:  # noqa: PLR2004  # one digit and its check digit
        raise ValueError("check_digit takes a length from 2 on")

    def read(text: str) -> str:
        code = text.strip()
        if re.fullmatch(f"[0-9]{{{length}}}", code) is None:
            raise Unreadable("bad_ean", f"{length} digits")
        _check_digit(code)
        return code

    return read


@reading("matches", "text", "text")
def matches(pattern: str) -> Convert:
    """Check that the whole text fits a regular expression.

    Example: `{matches: "[A-Z]{2}[0-9]+"}` makes `"AB12"` of `"AB12"`.
    """
    known = TextPattern(pattern)

    def read(text: str) -> str:
        if known.full(text.strip()) is None:
            raise Unreadable("no_match", f"a text that fits {pattern}")
        return text

    return read


@reading("one_of", "text", "text")
def one_of(texts: tuple[str, ...]) -> Convert:
    """Check that the text is one of those given.

    Example: `{one_of: [S, M, L]}` makes `"M"` of `"M"`.
    """
    known = frozenset(texts)

    def read(text: str) -> str:
        if text.strip() not in known:
            raise Unreadable("unknown_code", f"one of {', '.join(sorted(known))}")
        return text

    return read


@reading("longest", "text", "text")
def longest(length: int) -> Convert:
    """Check that the text has at most so many characters.

    Example: `{longest: 5}` makes `"abc"` of `"abc"`.
    """

    def read(text: str) -> str:
        if len(text) > length:
            raise Unreadable("too_long", f"at most {length} characters")
        return text

    return read


@reading("at_least", ("decimal", "integer"), "decimal")
def at_least(limit: str | int) -> Convert:
    """Check that a number is no less than a limit.

    Example: `[{decimal: "1234,5"}, {at_least: 0}]` makes `"0"` of `"0"`.
    """
    least = number(limit)

    def read(value: Any) -> Any:
        if value < least:
            raise Unreadable("out_of_range", f"a number from {limit} on")
        return Decimal(value)

    return read


@reading("at_most", ("decimal", "integer"), "decimal")
def at_most(limit: str | int) -> Convert:
    """Check that a number is no greater than a limit.

    Example: `[{decimal: "1234,5"}, {at_most: 100}]` makes `"99.5"` of `"99,5"`.
    """
    most = number(limit)

    def read(value: Any) -> Any:
        if value > most:
            raise Unreadable("out_of_range", f"a number of at most {limit}")
        return Decimal(value)

    return read
