"""Money is exact, by the digits of its currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.records import Money, minor_digits


@pytest.mark.parametrize(
    ("text", "currency", "cents"),
    [
        ("12.90", "EUR", 1290),
        ("12.9", "EUR", 1290),
        ("0", "EUR", 0),
        ("-3", "PLN", -300),
        ("1400.0", "JPY", 1400),
        ("1.234", "KWD", 1234),
    ],
)
def test_an_amount_becomes_minor_units_of_its_currency(text: str, currency: str, cents: int) -> None:
    """EUR has two digits, JPY none, KWD three; trailing zeros are no excess."""
    assert Money.of(text, currency) == Money(cents, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [("12.905", "EUR"), ("1400.5", "JPY"), ("a", "EUR"), ("NaN", "EUR"), ("Infinity", "EUR")],
)
def test_what_is_no_exact_amount_is_refused(text: str, currency: str) -> None:
    """Rounding is a decision of the mapping: the type refuses, it never rounds."""
    with pytest.raises(ValueError, match=r"amount|decimals"):
        Money.of(text, currency)


@given(st.integers(-(2**62), 2**62), st.sampled_from(["EUR", "JPY", "KWD", "PLN"]))
def test_amount_and_minor_units_are_the_same_money(cents: int, currency: str) -> None:
    """Reading back what money shows gives the same money, for any 64-bit amount."""
    money = Money(cents, currency)
    assert Money.of(money.amount, currency) == money
    assert Money.of(str(money).split()[0], currency) == money
    assert money.amount * 10 ** minor_digits(currency) == Decimal(cents)
