"""The named functions: one rule each, in the words of a mapping."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.mapping import READING, WRITING, CodeTable
from passerelle.mapping.unreadable import Unreadable
from passerelle.records import Money

COLOURS = CodeTable("colours", "colours.csv", {"012": "navy", "013": "red"})


def read(name: str, value: Any, **arguments: Any) -> Any:
    """Run an incoming function."""
    return READING[name].make(**arguments)(value)


def write(name: str, value: Any, **arguments: Any) -> Any:
    """Run an outgoing function."""
    return WRITING[name].make(**arguments)(value)


def refused(name: str, value: Any, **arguments: Any) -> str:
    """Run an incoming function that must refuse, and give the fault's code."""
    with pytest.raises(Unreadable) as caught:
        read(name, value, **arguments)
    return caught.value.code


@pytest.mark.parametrize("name", [*READING, *WRITING])
def test_every_function_says_in_one_line_what_it_does(name: str) -> None:
    """The list of functions is documentation."""
    for registry in (READING, WRITING):
        if name in registry:
            first = registry[name].doc.splitlines()[0]
            assert first[0].isupper()
            assert first.endswith(".")


def test_text_functions() -> None:
    """Blanks, case, padding, joining."""
    assert read("trim", " \u00a0a b\u202f ") == "a b"
    assert read("squeeze", " a \r\n\t b ") == "a b"
    assert read("upper", "été") == "ÉTÉ"
    assert read("lower", "ÉTÉ") == "été"
    assert read("pad", "7", width=3) == "007"
    assert read("pad", "7", width=3, fill=" ") == "  7"
    assert read("pad", "1234", width=3) == "1234"
    assert read("cut", "abc def", length=4) == "abc"
    assert read("prefix", "1", text="n°") == "n°1"
    assert read("ascii", "żółty") == "zolty"
    assert read("join", ["a ", "", " b"], by=", ") == "a, b"


@given(st.integers(0, 10**9), st.integers(1, 15))
def test_strip_zeros_undoes_pad(number: int, width: int) -> None:
    """A number keeps its value, whatever zeros stand before it."""
    assert read("strip_zeros", read("pad", str(number), width=width)) == str(number)
    assert read("strip_zeros", "00A") == "00A"


@given(st.from_regex("[0-9]{12}", fullmatch=True), st.integers(0, 12))
def test_ean_takes_the_right_check_digit_only(digits: str, place: int) -> None:
    """The check digit finds every single wrong digit (GS1: weights 3 and 1 from the right)."""
    weights = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    whole = digits + str(-weights % 10)
    assert read("ean", f" {whole} ") == whole
    wrong = whole[:place] + str((int(whole[place]) + 1) % 10) + whole[place + 1 :]
    assert refused("ean", wrong) == "bad_ean"


@pytest.mark.parametrize("text", ["400638133393", "", "40063813339311", "4006381333931x"])
def test_no_ean(text: str) -> None:
    """Lost zeros, other lengths."""
    assert refused("ean", text) == "bad_ean"


@pytest.mark.parametrize("text", ["3,61E+12", "4.00638E+12", "1e13"])
def test_an_ean_in_a_spreadsheets_notation(text: str) -> None:
    """Its last digits are gone: the advice is to ask for another export."""
    assert refused("ean", text) == "scientific_notation"


def test_eans_in_a_fixed_number_of_digits() -> None:
    """A GTIN-14 with a leading zero is a GTIN-13; one without does not fit."""
    assert read("ean", "04006381333931", digits=13) == "4006381333931"
    assert read("ean", "96385074", digits=13) == "0000096385074"
    assert refused("ean", "10012345000017", digits=13) == "bad_ean"


def test_eans_of_every_length() -> None:
    """GTIN-8, UPC, GTIN-13, GTIN-14."""
    for ean in ("96385074", "036000291452", "4006381333931", "10012345000017"):
        assert read("ean", ean) == ean


def test_codes_and_what_happens_to_unknown_ones() -> None:
    """Rejected unless the mapping says keep, or gives a value."""
    assert read("code", " 012 ", table=COLOURS) == "navy"
    assert refused("code", "999", table=COLOURS) == "unknown_code"
    assert read("code", "999", table=COLOURS, unknown="keep") == "999"
    assert write("code", "red", table=COLOURS) == "013"
    with pytest.raises(Unreadable):
        write("code", "green", table=COLOURS)


def test_keys_carry_their_prefix() -> None:
    """A canonical key names what it is the key of."""
    assert read("key", " 0012 ", prefix="cat-") == "cat-0012"
    assert refused("key", "a b", prefix="cat-") == "bad_key"


@given(st.integers(-(10**20), 10**20))
def test_whole_numbers(number: int) -> None:
    """Whole numbers are read exactly, from text and from decimals."""
    assert read("integer", str(number)) == number
    assert read("integer", Decimal(number)) == number


@pytest.mark.parametrize("value", [Decimal("12.5"), Decimal("0.001")])
def test_pieces_are_never_rounded(value: Decimal) -> None:
    """Half a piece is a fault."""
    assert refused("integer", value) == "not_whole"


@pytest.mark.parametrize("value", ["12,000", "", "1 2", "٣", "1" * 40])
def test_no_whole_number(value: str) -> None:
    """Decimals have a function of their own."""
    assert refused("integer", value) == "not_a_number"


def test_arithmetic_is_exact() -> None:
    """Kilograms to grams without a float."""
    assert read("multiply", Decimal("0.450"), by=1000) == 450
    assert read("multiply", Decimal("0.1"), by="0.1") == Decimal("0.01")


@given(st.integers(1, 9999), st.integers(1, 9999))
def test_fractions_sort_like_their_numbers(one: int, other: int) -> None:
    """An order hint lies between 0 and 1 and keeps the order."""
    first, second = (read("fraction", f"{number:04d}", digits=4) for number in (one, other))
    assert 0 < Decimal(first) < 1
    assert (Decimal(first) < Decimal(second)) == (one < other)
    assert first == first.rstrip("0")


@pytest.mark.parametrize("text", ["0000", "12345", "1a", ""])
def test_no_fraction(text: str) -> None:
    """Zero and too many digits have no place between 0 and 1."""
    assert refused("fraction", text, digits=4) == "not_a_number"


def test_sentinels_mean_none() -> None:
    """A mapping names the texts that mean that there is none; all others are dates."""
    date = READING["date"].make("AAAAMMJJ", "Europe/Paris", end_of_day=True, none=("99991231",))
    assert date("99991231") is None
    assert date("20261130").isoformat() == "2026-11-30T23:00:00+00:00"
    assert read("none_if", " - ", texts=("-",)) is None


def test_money_goes_out_with_the_digits_of_its_currency() -> None:
    """59.90 EUR, 1400 JPY, 1.250 KWD."""
    for money, text in (
        (Money(5990, "EUR"), "59,90"),
        (Money(1400, "JPY"), "1400"),
        (Money(1250, "KWD"), "1,250"),
        (Money(-5, "EUR"), "-0,05"),
    ):
        assert write("decimal", money, pattern="1234,5") == text


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_money_written_and_read_is_the_same(cents: int, currency: str) -> None:
    """What goes out in the partner's notation comes back exactly."""
    money = Money(cents, currency)
    text = write("decimal", money, pattern="1 234,5")
    assert Money.of(read("decimal", text, pattern="1 234,5"), currency) == money


def test_what_is_too_long_for_its_field_is_a_fault() -> None:
    """A partner would cut the digits that do not fit."""
    assert write("pad", 7, width=5) == "00007"
    with pytest.raises(Unreadable, match="at most 3"):
        write("pad", 1234, width=3)
