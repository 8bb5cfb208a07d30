"""Numbers by example: what is read, what is refused, and that writing and reading are one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.mapping.decimals import DecimalPattern, read_auto
from passerelle.mapping.unreadable import Unreadable

EXAMPLES = ["1 234,5", "1.234,5", "1,234.5", "1'234.5", "1234,5", "1234.5"]
numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4)


@given(numbers, st.sampled_from(EXAMPLES))
def test_what_is_written_is_read_back(number: Decimal, example: str) -> None:
    """Writing a number and reading it gives the number, in every notation."""
    pattern = DecimalPattern(example)
    assert pattern.read(pattern.write(number)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("00012,000", "12"),
        ("12,5", "12.5"),
        (",8", "0.8"),
        ("1 234,99", "1234.99"),
        ("1\u00a0234\u202f567,10", "1234567.10"),
        ("12,50-", "-12.50"),
        ("-12,50", "-12.50"),
        ("+3", "3"),
        ("  7  ", "7"),
        ("0", "0"),
    ],
)
def test_what_a_french_partner_writes(text: str, number: str) -> None:
    """Decimal comma, any blank between thousands, leading zeros, a minus before or behind."""
    assert DecimalPattern("1 234,5").read(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    ["12.5", "1.234,5", "1,234,5", "12 34,5", "1 2345", "1234 567", "12,", ",", "-", "", "39,9O", "1.29,90,0",
     "-5-", "1e3", "NaN", "٣", "1" * 29, "1 234 ,5"],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(text: str) -> None:
    """Another separator, broken groups, letters: never a guess."""
    with pytest.raises(Unreadable) as caught:
        DecimalPattern("1 234,5").read(text)
    assert caught.value.code == "not_a_number"


def test_the_example_decides_between_thousands_and_decimals() -> None:
    """1.234 is one thousand and more for one partner, and one and a bit for another."""
    assert DecimalPattern("1.234,5").read("1.234") == 1234
    assert DecimalPattern("1,234.5").read("1.234") == Decimal("1.234")
    with pytest.raises(Unreadable):
        DecimalPattern("1.234,5").read("1.23")


@pytest.mark.parametrize("example", ["", "12,5", "1 234,5,", "1.234.5", "1234;5", "1_234,5"])
def test_an_example_that_is_none(example: str) -> None:
    """The example must be 1234.5 in the partner's notation."""
    with pytest.raises(ValueError, match="no example"):
        DecimalPattern(example)


def test_writing_never_rounds() -> None:
    """A number with more decimals than asked for is a fault, not a rounded number."""
    pattern = DecimalPattern("1234,5")
    assert pattern.write(Decimal("59.9"), 2) == "59,90"
    assert pattern.write(Decimal(0), 2) == "0,00"
    assert DecimalPattern("1234").write(Decimal("12.00")) == "12"
    for example, number, digits in (("1234,5", "1.005", 2), ("1234", "12.5", None)):
        with pytest.raises(Unreadable) as caught:
            DecimalPattern(example).write(Decimal(number), digits)
        assert caught.value.code == "too_many_decimals"


# auto ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.234,5", "1234.5"),
        ("1,234.567", "1234.567"),
        ("12,50", "12.50"),
        ("0.125", "0.125"),
        (",125", "0.125"),
        ("1234,567", "1234.567"),
        ("1.234.567", "1234567"),
        ("1 234 567", "1234567"),
        ("1'234.50", "1234.50"),
        ("12.50-", "-12.50"),
        ("7", "7"),
    ],
)
def test_auto_reads_what_leaves_no_doubt(text: str, number: str) -> None:
    """Two separators, a group that is none, or a leading zero say which of them is the decimal one."""
    assert read_auto(text) == Decimal(number)


@pytest.mark.parametrize("text", ["1.234", "1,234", "-12.345", "999,999"])
def test_auto_refuses_what_could_be_two_numbers(text: str) -> None:
    """A thousand or little more than one: the mapping says it, nobody guesses."""
    with pytest.raises(Unreadable) as caught:
        read_auto(text)
    assert caught.value.code == "ambiguous_number"
    assert "1234.5" in caught.value.advice


@pytest.mark.parametrize("text", ["", "x", "1,2,3", "1.23.456", "1.2345,6", "1,234,56.7", "1 2", "5.", "-1-"])
def test_auto_refuses_what_is_no_number(text: str) -> None:
    """Separators in places where no notation has them."""
    with pytest.raises(Unreadable) as caught:
        read_auto(text)
    assert caught.value.code == "not_a_number"


@given(numbers, st.sampled_from(EXAMPLES))
def test_auto_never_reads_another_number(number: Decimal, example: str) -> None:
    """Whatever the notation: the right number, or a refusal."""
    text = DecimalPattern(example).write(number)
    try:
        read = read_auto(text)
    except Unreadable as error:
        read = number if error.code == "ambiguous_number" else Decimal("NaN")
    assert read == number
