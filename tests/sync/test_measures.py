from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.records import Money
from passerelle.sync import Change, FieldChange
from passerelle.sync.measures import price_move, zeroed


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
    moved = price_move(change(("price.FR", str(before), str(after))))
    assert moved == pytest.approx(float(Decimal(new - old) / Decimal(old)))


@pytest.mark.parametrize("field", [
    ("price.FR", None, "10.00 EUR"),
    ("price.FR", "10.00 EUR", None),
    ("price.FR", "0.00 EUR", "10.00 EUR"),
    ("validFrom", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
    ("price.FR", "", "10.00 EUR"),
    ("price.FR", "free", "10.00 EUR"),
])  # fmt: skip
def test_what_has_no_old_price_has_no_move(field: tuple[str, Any, Any]) -> None:
    """A new price, one that goes, one from zero, a date, a text that is no amount: no move."""
    assert price_move(change(field)) is None


def test_the_price_is_found_among_other_fields() -> None:
    """A change of price and dates moves by its price."""
    fields = (("validUntil", None, "2026-02-01T00:00:00Z"), ("price.FR", "10.00 EUR", "5.00 EUR"))
    assert price_move(change(*fields)) == -0.5
