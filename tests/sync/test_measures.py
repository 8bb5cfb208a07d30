from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.records import Money
from passerelle.sync import Change, FieldChange
from passerelle.sync.measures import farthest_move, price_moves, zeroed


def change(*fields: tuple[str, Any, Any]) -> Change:
    """A change of these fields."""
    return Change(key="k", kind="update", fields=tuple(FieldChange(*field) for field in fields))


@pytest.mark.parametrize(("old", "new", "is_zeroed"), [
    (5, 0, True), (1, 0, True), (0, 5, False), (5, 1, False), (-2, 0, False), (None, 0, False),
    (5, None, False),
])  # fmt: skip
def test_a_level_is_zeroed_when_the_shop_would_lose_pieces(
    old: int | None, new: int | None, *, is_zeroed: bool
) -> None:
    """Above zero before, zero after: a new level of zero and an oversold one are not."""
    assert zeroed(change(("quantity", old, new))) is is_zeroed


def test_only_quantities_are_zeroed() -> None:
    """Zero days until restock is no empty shelf."""
    assert not zeroed(change(("restockableInDays", 5, 0)))


CENTS = st.integers(1, 10**9)


@given(old=CENTS, new=CENTS, currency=st.sampled_from(["EUR", "PLN", "JPY", "KWD"]))
def test_a_price_moves_by_its_share_of_the_old_one(old: int, new: int, currency: str) -> None:
    """The move is read from what people are shown, exactly."""
    before, after = Money(old, currency), Money(new, currency)
    moves = list(price_moves(change(("price.FR", str(before), str(after)))))
    by = float(Decimal(new - old) / Decimal(old))
    assert [move.by for move in moves] == ([pytest.approx(by)] if by else [])


@pytest.mark.parametrize("field", [
    ("price.FR", None, "10.00 EUR"),
    ("price.FR", "10.00 EUR", None),
    ("price.FR", "0.00 EUR", "10.00 EUR"),
    ("validFrom", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
    ("price.FR", "", "10.00 EUR"),
    ("price.FR", "free", "10.00 EUR"),
    ("price.FR", "10.00 EUR", "40.00 PLN"),
    ("price.FR", "10.00 EUR", "NaN EUR"),
    ("priceMode", "Embedded", "Standalone"),
    ("variants[A].prices[EUR FR].tiers", "", "10: 4.00 EUR"),
    ("variants[A].prices[EUR FR].key", "1", "2"),
    ("variants[A].price", "1", "2"),
])  # fmt: skip
def test_what_has_no_old_price_has_no_move(field: tuple[str, Any, Any]) -> None:
    """A new price, one that goes, one from zero, another currency, what is no amount: no move."""
    assert list(price_moves(change(field))) == []
    assert farthest_move(change(field)) is None


def test_the_price_is_found_among_other_fields() -> None:
    """A change of price and dates moves by its price."""
    fields = (("validUntil", None, "2026-02-01T00:00:00Z"), ("price.FR", "10.00 EUR", "5.00 EUR"))
    assert [move.by for move in price_moves(change(*fields))] == [-0.5]


def test_every_price_of_a_record_counts() -> None:
    """Of each variant, scope and tier, wherever it stands; that which moves farthest speaks for it."""
    fields = (
        ("price[A].EUR FR", "10.00 EUR", "10.50 EUR"),
        ("price[A].PLN PL", "40.00 PLN (PLN PL)", "20.00 PLN (PLN PL from 2027-01-01)"),
        ("name.fr-FR", "5", "50"),
        ("price[B].EUR FR", "10.00 EUR", "100.00 EUR"),
        ("variants[B].prices[EUR FR].tiers", "10: 8.00 EUR, 50: 5.00 EUR", "50: 10.00 EUR, 99: 1.00 EUR"),
        ("tiers[10]", "9.00 EUR", "4.50 EUR"),
        ("stagedValue", "9.00 EUR", "18.00 EUR"),
    )
    moves = [(move.field, move.by) for move in price_moves(change(*fields))]
    assert moves == [
        ("price[A].EUR FR", 0.05),
        ("price[A].PLN PL", -0.5),
        ("price[B].EUR FR", 9.0),
        ("variants[B].prices[EUR FR].tiers[50]", 1.0),
        ("tiers[10]", -0.5),
        ("stagedValue", 1.0),
    ]
    assert farthest_move(change(*fields)) == 9.0
    assert farthest_move(change(*fields[:2])) == 0.5
