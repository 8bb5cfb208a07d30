"""How COBOL stores an item: its picture and usage to a width in bytes and the kind of its number."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from .packed_decimals import NumberKind

__all__ = ["USAGES", "Storage", "Usage", "storage_of"]

_PACKED, _BINARY, _TEXT = "packed", "binary", "text"
#: What the words of USAGE mean; those without a meaning here are refused by name.
USAGES: dict[str, str | None] = {
    "DISPLAY": _TEXT,
    "COMP-3": _PACKED,
    "COMPUTATIONAL-3": _PACKED,
    "PACKED-DECIMAL": _PACKED,
    "COMP": _BINARY,
    "COMPUTATIONAL": _BINARY,
    "COMP-4": _BINARY,
    "COMPUTATIONAL-4": _BINARY,
    "COMP-5": _BINARY,
    "COMPUTATIONAL-5": _BINARY,
    "BINARY": _BINARY,
    "COMP-1": None,
    "COMPUTATIONAL-1": None,
    "COMP-2": None,
    "COMPUTATIONAL-2": None,
    "COMP-6": None,
    "COMP-X": None,
    "NATIONAL": None,
    "DISPLAY-1": None,
    "INDEX": None,
    "POINTER": None,
}
_SYMBOL = re.compile(r"(CR|DB|[9AXSVPZB0/,.+*$-])(?:\((\d{1,5})\))?", re.IGNORECASE)
_NUMBER = frozenset("9SVP")
_TEXTS = frozenset("AX")
_NO_PLACE = frozenset("VP")
_MOST_DIGITS = 38
#: Bytes of a binary number by its digits.
_BINARY_WIDTHS = ((4, 2), (9, 4), (18, 8))


class Usage(NamedTuple):
    """What USAGE and SIGN say; items below a group have what the group has."""

    word: str = "DISPLAY"
    sign: Literal["trailing", "leading"] = "trailing"
    separate: bool = False

    @property
    def stands_alone(self) -> bool:
        """True for usages that have no picture; none of them is supported."""
        return self.word in ("COMP-1", "COMP-2", "COMPUTATIONAL-1", "COMPUTATIONAL-2", "INDEX", "POINTER")


class Storage(NamedTuple):
    """Width in bytes, text or the kind of number, and what belongs to it (see `StoredNumber`)."""

    width: int
    kind: NumberKind | Literal["text"]
    decimals: int = 0
    signed: bool = False
    sign: Literal["trailing", "leading"] = "trailing"
    separate: bool = False


def storage_of(picture: str | None, usage: Usage) -> Storage:
    """Settle how an item is stored; raises ValueError for what is not supported."""
    kind = USAGES[usage.word]
    if kind is None or picture is None:
        raise ValueError(f"USAGE {usage.word} is not supported")
    symbols = _symbols(picture)
    if not _NUMBER.issuperset(symbols) or "9" not in symbols:
        if kind != _TEXT:
            raise ValueError(f"PIC {picture} is no number, as USAGE {usage.word} asks for")
        # Edited numbers are texts; what they say is for the mapping to read.
        width = sum(count * len(symbol) for symbol, count in symbols.items() if symbol not in _NO_PLACE)
        return Storage(width, "text")
    digits, signed = symbols["9"], "S" in symbols
    if digits > _MOST_DIGITS:
        raise ValueError(f"PIC {picture} has {digits} digits, expected at most {_MOST_DIGITS}")
    decimals = _decimals(picture, symbols)
    if kind == _PACKED:
        return Storage(digits // 2 + 1, "packed", decimals, signed)
    if kind == _BINARY:
        width = next((width for most, width in _BINARY_WIDTHS if digits <= most), 0)
        if not width:
            raise ValueError(f"PIC {picture} has {digits} digits, expected at most 18 of a binary number")
        return Storage(width, "binary", decimals, signed)
    if not signed and not decimals:
        return Storage(digits, "text")
    separate = signed and usage.separate
    return Storage(digits + separate, "zoned", decimals, signed, usage.sign, separate)


def _symbols(picture: str) -> dict[str, int]:
    """Count the symbols of a picture."""
    symbols: dict[str, int] = {}
    position = 0
    while position < len(picture):
        found = _SYMBOL.match(picture, position)
        if found is None:
            raise ValueError(f"PIC {picture}: {picture[position:]} is no symbol that is supported")
        symbol = found[1].upper()
        symbols[symbol] = symbols.get(symbol, 0) + int(found[2] or 1)
        position = found.end()
    return symbols


def _decimals(picture: str, symbols: dict[str, int]) -> int:
    """Count the digits behind the point, which is implied; below zero, zeros in front of it are (PIC 9PP)."""
    scaled = symbols.get("P", 0)
    whole, _, behind = picture.upper().partition("V")
    if scaled and not whole.lstrip("S").startswith("P") and "P" not in behind:
        return -scaled
    if scaled and "V" not in symbols:
        return scaled + symbols["9"]
    return scaled + _symbols(behind).get("9", 0)
