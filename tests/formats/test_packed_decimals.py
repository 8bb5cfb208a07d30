"""Packed, zoned and binary numbers: exact text out, the same bytes back, nothing taken that is no number."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.formats.packed_decimals import NumberKind, StoredNumber


@pytest.mark.parametrize(
    ("raw", "decimals", "text"),
    [
        ("020c", 0, "20"),
        ("0040118c", 0, "40118"),
        ("00000001900d", 2, "-19.00"),
        ("000000005c", 2, "0.05"),
        ("0d", 0, "0"),
        ("00000d", 2, "0.00"),
        ("12345f", 3, "12.345"),
        ("5b", 1, "-0.5"),
        ("012a", -2, "1200"),
        ("5c", 4, "0.0005"),
    ],
)
def test_packed_numbers_are_exact_text(raw: str, decimals: int, text: str) -> None:
    """Half a byte a digit, the sign last; decimals are implied, zeros in front are none, -0 is 0."""
    assert StoredNumber("packed", decimals).decode(bytes.fromhex(raw)) == text


@pytest.mark.parametrize("raw", ["40404040", "00000000", "0a12345c", "1234", "ff", ""])
def test_what_is_no_packed_number(raw: str) -> None:
    """Blanks, zeros of the machine, letters among the digits and a missing sign are told with the offset."""
    with pytest.raises(ValueError, match="packed number at byte 12"):
        StoredNumber("packed", at=12).decode(bytes.fromhex(raw))


def test_a_packed_number_without_sign() -> None:
    """An unsigned number takes any plus and no minus."""
    unsigned = StoredNumber("packed", signed=False)
    assert [unsigned.decode(bytes.fromhex(raw)) for raw in ("123f", "123c")] == ["123", "123"]
    with pytest.raises(ValueError, match="without sign"):
        unsigned.decode(bytes.fromhex("123d"))
    assert unsigned.encode("123", 2).hex() == "123f"
    with pytest.raises(ValueError, match="not negative"):
        unsigned.encode("-123", 2)


@pytest.mark.parametrize(
    ("raw", "charset", "text"),
    [
        ("f1f2f3", "cp037", "1.23"),
        ("f1f2c3", "cp037", "1.23"),
        ("f1f2d0", "cp1147", "-1.20"),
        ("f1f2c0", "cp297", "1.20"),
        (b"12}".hex(), "ascii", "-1.20"),
        (b"12L".hex(), "ascii", "-1.23"),
        (b"12C".hex(), "ascii", "1.23"),
        (b"12s".hex(), "ascii", "-1.23"),
        ("12è".encode("latin-1").hex(), "latin-1", "-1.20"),
        ("404040", "cp037", ""),
        (b"   ".hex(), "ascii", ""),
    ],
)
def test_zoned_numbers(raw: str, charset: str, text: str) -> None:
    """The sign stands over the last digit, on the host as in files that were turned into text."""
    assert StoredNumber("zoned", 2, charset=charset).decode(bytes.fromhex(raw)) == text


def test_zoned_signs_elsewhere() -> None:
    """The sign may stand over the first digit or in a character of its own, in front or behind."""
    assert StoredNumber("zoned", charset="ascii", sign="leading").decode(b"J23") == "-123"
    assert StoredNumber("zoned", charset="ascii", separate=True).decode(b"123-") == "-123"
    assert StoredNumber("zoned", charset="ascii", sign="leading", separate=True).decode(b"+123") == "123"
    with pytest.raises(ValueError, match=r"\+ or - as its trailing character"):
        StoredNumber("zoned", charset="ascii", separate=True).decode(b"1234")


@pytest.mark.parametrize("raw", [b"1 3", b" 12", b"1A3", b"12.", b"12Z", b"-12", b"\xff12"])
def test_what_is_no_zoned_number(raw: bytes) -> None:
    """Blanks among the digits, points and other letters are told with the offset."""
    with pytest.raises(ValueError, match="at byte 7"):
        StoredNumber("zoned", charset="ascii", at=7).decode(raw)


def test_unsigned_zoned_numbers_take_no_sign() -> None:
    """A letter in an unsigned number is none."""
    with pytest.raises(ValueError, match="nothing but digits"):
        StoredNumber("zoned", signed=False, charset="ascii").decode(b"12A")


def test_binary_numbers() -> None:
    """Two's complement, the first byte first unless said otherwise."""
    assert StoredNumber("binary", 2).decode(bytes.fromhex("ff85")) == "-1.23"
    assert StoredNumber("binary", signed=False).decode(bytes.fromhex("ff85")) == "65413"
    assert StoredNumber("binary", little_endian=True).decode(bytes.fromhex("85ff")) == "-123"


def numbers(decimals: int, digits: int) -> st.SearchStrategy[str]:
    """Decimal texts of so many digits, as `decode` gives them."""
    most = 10**digits - 1
    return st.integers(-most, most).map(lambda number: f"{Decimal(number).scaleb(-decimals):.{decimals}f}")


KINDS: list[tuple[NumberKind, int, int]] = [("packed", 4, 7), ("zoned", 7, 7), ("binary", 4, 9)]


@pytest.mark.parametrize(("kind", "width", "digits"), KINDS)
@pytest.mark.parametrize("charset", ["cp037", "cp1147", "ascii"])
@pytest.mark.parametrize("sign", ["trailing", "leading"])
@given(data=st.data(), decimals=st.integers(0, 5), separate=st.booleans())
def test_what_is_written_reads_as_it_was(
    kind: NumberKind,
    width: int,
    digits: int,
    charset: str,
    sign: Literal["trailing", "leading"],
    data: st.DataObject,
    decimals: int,
    *,
    separate: bool,
) -> None:
    """Every number that fits comes back as the same text."""
    text = data.draw(numbers(decimals, digits - (kind == "zoned" and separate)))
    stored = StoredNumber(kind, decimals, charset=charset, sign=sign, separate=separate)
    raw = stored.encode(text, width)
    assert len(raw) == width
    assert stored.decode(raw) == text


@pytest.mark.parametrize(
    ("kind", "width", "text", "expected"),
    [
        ("packed", 2, "10.00", "at most 3 digits"),
        ("zoned", 3, "-10.00", "at most 3 digits"),
        ("binary", 2, "327.68", "fits in 2 bytes"),
        ("packed", 4, "1.234", "at most 2 decimals"),
        ("packed", 4, "douze", "a number"),
        ("packed", 4, "NaN", "a number"),
        ("zoned", 4, "Infinity", "a number"),
    ],
)
def test_what_does_not_fit_is_refused(kind: NumberKind, width: int, text: str, expected: str) -> None:
    """Nothing is cut off and nothing is rounded."""
    with pytest.raises(ValueError, match=expected):
        StoredNumber(kind, 2).encode(text, width)


def test_trailing_zeros_are_no_decimals() -> None:
    """A number with more decimals fits when they are zeros, and one with an exponent as well."""
    assert StoredNumber("packed", 2).encode("1.5000", 3).hex() == "00150c"
    assert StoredNumber("packed", -2).encode("1200", 2).hex() == "012c"
    assert StoredNumber("packed").encode("1E+2", 2).hex() == "100c"
    assert StoredNumber("packed", 2).encode("-0.00", 2).hex() == "000c"


@given(raw=st.binary(max_size=9), kind=st.sampled_from(["packed", "zoned", "binary"]))
def test_any_bytes_give_a_number_or_a_value_error(raw: bytes, kind: NumberKind) -> None:
    """No bytes break a decoder, and what it gives is a number or nothing."""
    try:
        text = StoredNumber(kind, 3, charset="cp500").decode(raw)
    except ValueError:
        return
    assert text == "" or Decimal(text).is_finite()
