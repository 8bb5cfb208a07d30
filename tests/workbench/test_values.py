"""Values: ways of writing numbers and dates that no text of a column contradicts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.mapping.decimals import DecimalPattern
from passerelle.workbench.values import Values


def _values(*texts: str) -> Values:
    values = Values()
    for text in texts:
        values.add(text)
    return values


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["", " "], "empty"),
        (["1", "-2", "30"], "integer"),
        (["001", "002"], "text"),
        (["001"] * 3 + ["002"] * 3, "code"),
        (["1,5", "2"], "decimal"),
        (["00012,500"], "decimal"),
        (["20261101", "00000000"], "date"),
        (["01/11/2026"], "date"),
        (["20261301"], "integer"),
        (["a", "b"], "text"),
        (["1,5", "a"], "text"),
    ],
)  # fmt: skip
def test_what_a_column_looks_like(texts: list[str], kind: str) -> None:
    """Numbers, dates with their sentinels, codes that repeat, and texts; leading zeros make a code."""
    assert _values(*texts).kind == kind


@given(
    numbers=st.lists(
        st.decimals(min_value=-99_999, max_value=99_999, places=2, allow_nan=False), min_size=1, max_size=20
    ),
    pattern=st.sampled_from(["1234.5", "1234,5", "1 234,5", "1.234,5", "1,234.5", "1'234.5"]),
)
def test_the_way_that_wrote_the_numbers_is_never_dropped(numbers: list[Decimal], pattern: str) -> None:
    """Whatever was written by an example can be read by it, and it stays among the guesses."""
    writer = DecimalPattern(pattern)
    values = _values(*(writer.write(number) for number in numbers))
    assert pattern in values.decimals


@given(days=st.lists(st.dates(min_value=date(1990, 1, 1), max_value=date(2099, 12, 31)), min_size=1))
def test_the_way_that_wrote_the_dates_is_never_dropped(days: list[date]) -> None:
    """Days as yyyymmdd stay dates, whichever they are."""
    assert "AAAAMMJJ" in _values(*(f"{day:%Y%m%d}" for day in days)).dates


def test_a_doubt_is_told_only_when_it_changes_a_number() -> None:
    """0,840 is less than one, or 840; 0,84 can be but one of them."""
    assert _values("0,840").rivals == ("1,234.5",)
    assert _values("0,840", "0,84").rivals == ()


def test_unique_and_empty_are_counted() -> None:
    """An empty text is no second one."""
    values = _values("a", "", "b")
    assert (values.count, values.empty, values.filled, values.unique) == (3, 1, 2, True)
    assert not _values("a", "a").unique
