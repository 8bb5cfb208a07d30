"""Packed, zoned and binary numbers of COBOL and IBM hosts: bytes to exact decimal text, and back.

Sources: IBM Enterprise COBOL Language Reference, "USAGE clause" and "SIGN clause"; the codes of signs are
those of z/Architecture's decimal instructions.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

from .charset import is_ebcdic

__all__ = ["NumberKind", "StoredNumber"]

NumberKind: TypeAlias = Literal["packed", "zoned", "binary"]

_PLUS, _MINUS = frozenset("acef"), frozenset("bd")
# What a sign over a digit looks like in text: {ABC… and }JKL… come from EBCDIC; é and è, ä and ü stand for
# the braces in files that left a French or German host; p to y is how PC compilers write a minus.
_OVERPUNCHED = {
    **{character: (str(digit), False) for digit, character in enumerate("{ABCDEFGHI")},
    **{character: (str(digit), True) for digit, character in enumerate("}JKLMNOPQR")},
    **{character: (str(digit), True) for digit, character in enumerate("pqrstuvwxy")},
    "é": ("0", False),
    "ä": ("0", False),
    "è": ("0", True),
    "ü": ("0", True),
}
_is_ebcdic = cache(is_ebcdic)
_ZONE_PLUS, _ZONE_MINUS = 0xC0, 0xD0


class StoredNumber(NamedTuple):
    """How a number is stored in a column, and where: its bytes are read and written by `decode`, `encode`.

    `kind` packed is COMP-3, zoned DISPLAY, binary COMP. `decimals` of its digits are decimals; a negative
    count adds zeros in front of the point (PIC P). The sign of a zoned number stands in its `sign` digit,
    or `separate` in a byte of its own. `charset` tells EBCDIC from ASCII. `at` is the position of the column
    from 1, for messages; `little_endian` is for binary numbers of PC compilers.
    """

    kind: NumberKind
    decimals: int = 0
    signed: bool = True
    charset: str = "cp037"
    sign: Literal["trailing", "leading"] = "trailing"
    separate: bool = False
    at: int = 0
    little_endian: bool = False

    def decode(self, raw: bytes) -> str:
        """Read bytes as text such as `-12.34`: a point, all decimals, no needless zeros in front.

        A zoned column full of blanks is empty. Raises ValueError saying what was expected at which offset.
        """
        if self.kind == "packed":
            return self._decode_packed(raw)
        if self.kind == "binary":
            order: Literal["little", "big"] = "little" if self.little_endian else "big"
            number = int.from_bytes(raw, order, signed=self.signed)
            return _placed(str(abs(number)), self.decimals, negative=number < 0)
        return self._decode_zoned(raw)

    def encode(self, text: str, width: int) -> bytes:
        """Write a number into so many bytes; an empty text is zero.

        Raises ValueError saying what was expected: no number, more decimals or digits than there is room
        for, a minus where none is stored.
        """
        digits, negative = self._digits(text)
        if self.kind == "packed":
            room = 2 * width - 1
            sign = ("d" if negative else "c") if self.signed else "f"
            return bytes.fromhex(self._filled(digits, room) + sign)
        if self.kind == "binary":
            order: Literal["little", "big"] = "little" if self.little_endian else "big"
            number = -int(digits) if negative else int(digits)
            try:
                return number.to_bytes(width, order, signed=self.signed)
            except OverflowError as error:
                raise ValueError(f"a number that fits in {width} bytes") from error
        return self._encode_zoned(digits, width, negative=negative)

    # Packed ----------------------------------------------------------------------------------------

    def _decode_packed(self, raw: bytes) -> str:
        text = raw.hex()
        digits, sign = text[:-1], text[-1:]
        if not digits.isdecimal():
            raise ValueError(f"a packed number at byte {self.at}: decimal digits up to its last half byte")
        if sign not in _PLUS:
            if sign not in _MINUS:
                raise ValueError(f"a packed number at byte {self.at}: a sign (C, D, F) in its last half byte")
            if not self.signed:
                raise ValueError(f"a packed number without sign at byte {self.at}, not a negative one")
        return _placed(digits, self.decimals, negative=sign in _MINUS)

    # Zoned -----------------------------------------------------------------------------------------

    def _decode_zoned(self, raw: bytes) -> str:
        try:
            text = raw.decode(self.charset)
        except UnicodeDecodeError as error:
            raise ValueError(f"a number in {self.charset} at byte {self.at}") from error
        if not text.strip(" "):
            return ""
        negative = False
        if self.signed and self.separate:
            mark, text = (text[-1], text[:-1]) if self.sign == "trailing" else (text[0], text[1:])
            if mark not in "+-":
                raise ValueError(f"a number at byte {self.at} with + or - as its {self.sign} character")
            negative = mark == "-"
        elif self.signed:
            place = -1 if self.sign == "trailing" else 0
            digit, negative = self._signed_digit(raw[place], text[place])
            text = text[:-1] + digit if place else digit + text[1:]
        if not (text.isascii() and text.isdecimal()):
            what = "digits and a sign" if self.signed else "digits"
            raise ValueError(f"a zoned number at byte {self.at}: nothing but {what}")
        return _placed(text, self.decimals, negative=negative)

    def _signed_digit(self, raw: int, character: str) -> tuple[str, bool]:
        """Read the digit that carries the sign; what is none is given back as it is."""
        if _is_ebcdic(self.charset):
            zone, digit = f"{raw >> 4:x}", f"{raw & 0xF:x}"
            return (digit, zone in _MINUS) if zone in _PLUS | _MINUS else (character, False)
        return _OVERPUNCHED.get(character, (character, False))

    def _encode_zoned(self, digits: str, width: int, *, negative: bool) -> bytes:
        if self.signed and self.separate:
            mark = "-" if negative else "+"
            body = self._filled(digits, width - 1)
            return (body + mark if self.sign == "trailing" else mark + body).encode(self.charset)
        body = self._filled(digits, width)
        if not self.signed:
            return body.encode(self.charset)
        place = width - 1 if self.sign == "trailing" else 0
        digit = int(body[place])
        written = bytearray(body.encode(self.charset))
        if _is_ebcdic(self.charset):
            written[place] = (_ZONE_MINUS if negative else _ZONE_PLUS) | digit
        else:
            written[place] = ord(("}JKLMNOPQR" if negative else "{ABCDEFGHI")[digit])
        return bytes(written)

    # Writing ---------------------------------------------------------------------------------------

    def _digits(self, text: str) -> tuple[str, bool]:
        """Give the digits that are stored, and whether the number is negative."""
        try:
            number = Decimal(text) if text else Decimal()
        except InvalidOperation as error:
            raise ValueError(f"a number for byte {self.at}, such as -12.34") from error
        sign, given, exponent = number.as_tuple()
        if not isinstance(exponent, int):
            raise ValueError(f"a number for byte {self.at}, such as -12.34")  # noqa: TRY004  # NaN is text
        digits = "".join(map(str, given))
        shift = exponent + self.decimals
        if shift < 0:
            if digits.rjust(-shift, "0")[shift:].strip("0"):
                raise ValueError(
                    f"at most {self.decimals} decimals at byte {self.at}: nothing is rounded here"
                )
            digits = digits[:shift]
        else:
            digits += "0" * shift
        digits = digits.lstrip("0") or "0"
        if sign and digits != "0" and not self.signed:
            raise ValueError(f"a number that is not negative at byte {self.at}")
        return digits, bool(sign) and digits != "0"

    def _filled(self, digits: str, room: int) -> str:
        if len(digits) > room:
            raise ValueError(f"at most {room} digits at byte {self.at}")
        return digits.rjust(room, "0")


def _placed(digits: str, decimals: int, *, negative: bool) -> str:
    """Put the point where it belongs."""
    if decimals > 0:
        digits = digits.rjust(decimals + 1, "0")
        text = f"{digits[:-decimals].lstrip('0') or '0'}.{digits[-decimals:]}"
    else:
        text = digits.lstrip("0") + "0" * -decimals if digits.strip("0") else "0"
    return f"-{text}" if negative and digits.strip("0") else text
