"""Decimal numbers by example: `1 234,5` shows how a partner writes 1234.5."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from .unreadable import Unreadable

__all__ = ["DecimalPattern", "number_reader", "read_auto", "read_implied"]

_EXAMPLE = re.compile(r"1(?P<group>[ .,']?)234(?:(?P<point>[.,])5)?")
# Blank, no-break space, narrow no-break space, thin space: all of them are a blank to the one who typed it.
_BLANKS = "[ \u00a0\u202f\u2009]"
_AUTO = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<body>[0-9][0-9 .,'\u00a0\u202f\u2009]*|[.,][0-9]+)\s*(?P<minus>-?)"
)
_IMPLIED = re.compile(r"(?P<sign>[+-]?)\s*(?P<digits>[0-9]+)\s*(?P<minus>[+-]?)")
_SEPARATORS = re.compile("[ .,'\u00a0\u202f\u2009]")
#: Decimal arithmetic keeps 28 digits; a longer text is no amount and no quantity.
_MOST_DIGITS = 28
#: Digits of a group of thousands.
_GROUP = 3


class DecimalPattern:
    """How numbers are written, learnt from an example of 1234.5: `1 234,5`, `1.234,5`, `1234.5`, `1234`.

    The decimal separator is the one of the example and no other; thousands are grouped as in the example or
    not at all. Leading zeros, a leading sign and a trailing minus are read.

    Raises:
        ValueError: the example is none.
    """

    def __init__(self, example: str) -> None:
        found = _EXAMPLE.fullmatch(example)
        if found is None or (found["group"] and found["group"] == found["point"]):
            raise ValueError(f"{example!r} is no example of a number: write 1234.5 as the partner does")
        self.example = example
        self._group: str = found["group"]
        self._point: str = found["point"] or ""
        group = _BLANKS if self._group == " " else re.escape(self._group)
        whole = rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+" if self._group else "[0-9]+"
        part = rf"(?:{re.escape(self._point)}(?P<part>[0-9]+))?" if self._point else "(?P<part>(?!))?"
        self._number = re.compile(rf"(?P<sign>[+-]?)\s*(?P<whole>{whole})?{part}\s*(?P<minus>-?)")

    def read(self, text: str) -> Decimal:
        """Read a number exactly; raises Unreadable when it is written in any other way."""
        found = self._number.fullmatch(text.strip())
        if found is None:
            raise self._unreadable()
        sign, whole, part, minus = found.groups(default="")
        if not whole.isdecimal():
            whole = "".join(character for character in whole if character.isdecimal())
        digits = whole + part
        if not digits or len(digits) > _MOST_DIGITS or (sign and minus):
            raise self._unreadable()
        number = Decimal(f"{whole}.{part}" if part else whole)
        return -number if minus or sign == "-" else number

    def write(self, number: Decimal, digits: int | None = None) -> str:
        """Write a number as in the example, with that many decimals (None: as many as it has).

        Raises:
            Unreadable: the number has more decimals than that, or the example has none at all.
        """
        if not number.is_finite():
            raise Unreadable("not_a_number", "a finite number")
        if digits is not None:
            shorter = round(number, digits)
            if shorter != number:
                raise Unreadable("too_many_decimals", f"at most {digits} decimals")
            number = shorter
        whole, _, part = f"{abs(number):f}".partition(".")
        if part and not self._point:
            if part.strip("0"):
                raise Unreadable("too_many_decimals", "a whole number")
            part = ""
        if self._group:
            whole = f"{int(whole):,}".replace(",", self._group)
        sign = "-" if number < 0 else ""
        return f"{sign}{whole}{self._point}{part}" if part else f"{sign}{whole}"

    def _unreadable(self) -> Unreadable:
        return Unreadable("not_a_number", f"a number written like {self.example}")


def number_reader(example: str) -> Callable[[str], Decimal]:
    """Give what reads numbers written as an example shows, or `auto`.

    Raises:
        ValueError: the example is none.
    """
    return read_auto if example == "auto" else DecimalPattern(example).read


def read_implied(text: str, digits: int) -> Decimal:
    """Read digits of which the last so many are decimals; the sign stands in front or behind.

    Raises:
        Unreadable: there is anything but digits and one sign.
    """
    found = _IMPLIED.fullmatch(text.strip())
    if found is None or (found["sign"] and found["minus"]) or len(found["digits"]) > _MOST_DIGITS:
        raise Unreadable("not_a_number", f"digits, the last {digits} of them decimals")
    number = Decimal(int(found["digits"])).scaleb(-digits)
    return -number if "-" in (found["sign"], found["minus"]) else number


def read_auto(text: str) -> Decimal:
    """Read a number whose separators leave no doubt: `1.234,5`, `12,50`, `1234567`, `0.125`.

    Raises:
        Unreadable: it is no number, or it could be two: `1.234` is one thousand and more, or little more
            than one.
    """
    found = _AUTO.fullmatch(text.strip())
    if found is None or (found["sign"] and found["minus"]):
        raise _not_a_number()
    marks = _SEPARATORS.findall(found["body"])
    point = marks[-1] if marks and marks[-1] in ".," else ""
    groups = {" " if mark.isspace() else mark for mark in marks[:-1]} if point else {*marks}
    if point and marks.count(point) > 1:
        # 1.234.567: what stands twice separates thousands.
        groups, point = {*marks}, ""
    whole, _, part = found["body"].rpartition(point) if point else (found["body"], "", "")
    thousands = _SEPARATORS.split(whole)
    grouped = len(thousands) > 1
    if len({" " if mark.isspace() else mark for mark in groups}) > 1 or point in groups:
        raise _not_a_number()
    if grouped and (not 1 <= len(thousands[0]) <= _GROUP or any(len(t) != _GROUP for t in thousands[1:])):
        raise _not_a_number()
    if point and not grouped and len(part) == _GROUP and 1 <= len(whole) <= _GROUP and whole.strip("0"):
        raise Unreadable(
            "ambiguous_number",
            "a number that can be read in one way only",
            f"Say in the mapping how this partner writes 1234.5: {found['body']} may be either",
        )
    digits = "".join(thousands) + part
    if not digits or len(digits) > _MOST_DIGITS or (point and not part):
        raise _not_a_number()
    number = Decimal(f"{''.join(thousands)}.{part}" if part else "".join(thousands))
    return -number if found["minus"] or found["sign"] == "-" else number


def _not_a_number() -> Unreadable:
    return Unreadable("not_a_number", "a number")
