"""Amounts: shares sum to the whole, by a rule that is written down."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.fulfilment import piece_amounts, shares, spread_discount
from passerelle.records import Money
from tests.fulfilment.invented_life import eur

_WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=20)


@given(st.integers(-(10**12), 10**12), _WEIGHTS)
def test_shares_sum_exactly_and_are_within_a_cent_of_their_part(amount: int, weights: list[int]) -> None:
    """Nothing is lost or made by rounding, and nobody is a whole cent away from what is fair."""
    found = shares(amount, weights)
    whole = sum(weights)
    fair = [
        Fraction(amount * weight, whole) if whole else Fraction(amount, len(weights)) for weight in weights
    ]
    assert sum(found) == amount
    assert all(abs(share - part) < 1 for share, part in zip(found, fair, strict=True))


@given(st.integers(0, 10**6), _WEIGHTS)
def test_a_negative_amount_is_spread_as_its_positive(amount: int, weights: list[int]) -> None:
    """What was spread is taken back by the same shares."""
    assert shares(-amount, weights) == tuple(-share for share in shares(amount, weights))


@pytest.mark.parametrize(
    ("amount", "weights", "expected"),
    [
        (100, [1, 1, 1], (34, 33, 33)),
        (10, [5, 3, 2], (5, 3, 2)),
        (100, [333, 333, 334], (33, 33, 34)),
        (1, [0, 1], (0, 1)),
        (3, [0, 0], (2, 1)),
        (0, [7], (0,)),
    ],
)
def test_the_largest_remainder_gets_the_cent_that_is_left(
    amount: int, weights: list[int], expected: tuple[int, ...]
) -> None:
    """The rule by examples; of equal remainders the first comes first."""
    assert shares(amount, weights) == expected


@pytest.mark.parametrize("weights", [[], [-1, 2]])
def test_nothing_to_spread_over_is_refused(weights: list[int]) -> None:
    """An amount that nobody takes would be lost."""
    with pytest.raises(ValueError, match="cannot be spread"):
        shares(5, weights)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=10), st.data())
def test_a_discount_takes_no_line_below_zero(amounts: list[int], data: st.DataObject) -> None:
    """Each line pays its part of a discount and never more than it costs."""
    discount = data.draw(st.integers(0, sum(amounts)))
    parts = spread_discount(eur(discount), [eur(amount) for amount in amounts])
    assert sum(part.cent_amount for part in parts) == discount
    assert all(0 <= part.cent_amount <= amount for part, amount in zip(parts, amounts, strict=True))


@pytest.mark.parametrize(
    ("discount", "lines"), [(eur(11), [eur(10)]), (eur(-1), [eur(10)]), (eur(1), [Money(10, "USD")])]
)
def test_a_discount_that_fits_no_lines_is_refused(discount: Money, lines: list[Money]) -> None:
    """More than the lines, below zero, another currency: somebody made a mistake before."""
    with pytest.raises(ValueError, match="cannot be spread"):
        spread_discount(discount, lines)


@given(st.integers(0, 10**9), st.integers(1, 50))
def test_pieces_of_a_line_differ_by_a_cent_at_most(total: int, quantity: int) -> None:
    """The first pieces carry the cents that are left."""
    found = piece_amounts(total, quantity)
    assert (sum(found), len(found)) == (total, quantity)
    assert found[0] - found[-1] in {0, 1}
    assert list(found) == sorted(found, reverse=True)
