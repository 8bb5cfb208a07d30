from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.retailer.ean import check_digit, ean13


@pytest.mark.parametrize(
    ("body", "digit"), [("400638133393", "1"), ("978014300723", "4"), ("000000000000", "0")]
)
def test_check_digit_of_known_numbers(body: str, digit: str) -> None:
    """The worked examples of the GS1 rule come out."""
    assert check_digit(body) == digit


@given(st.integers(0, 999_999), st.integers(0, 999))
def test_every_ean_proves_itself(style: int, article: int) -> None:
    """Weighted 1 and 3 from the left, the thirteen digits add up to a multiple of ten."""
    ean = ean13(style, article)
    assert len(ean) == 13
    assert sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(ean)) % 10 == 0


@pytest.mark.parametrize("body", ["", "12345678901", "12345678901x", "1234567890123"])
def test_only_twelve_digits_have_a_check_digit(body: str) -> None:
    """Anything else is refused, not guessed."""
    with pytest.raises(ValueError, match="twelve digits"):
        check_digit(body)
