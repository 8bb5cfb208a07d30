"""Counts that a file states of itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.formats.stated import states


@given(count=st.integers(0, 10**12), zeros=st.integers(0, 5), blanks=st.sampled_from(["", " ", "\t"]))
def test_a_count_is_stated_in_any_width(count: int, zeros: int, blanks: str) -> None:
    """Zeros before it and blanks around it mean nothing; another number is another count."""
    text = f"{blanks}{'0' * zeros}{count}{blanks}"
    assert states(text, count)
    assert not states(text, count + 1)


@pytest.mark.parametrize("text", ["", " ", "-3", "3.0", "three", "9" * 50_000, "²"])
def test_what_is_no_count_states_none(text: str) -> None:
    """Nor does a text of thousands of digits end the reading."""
    assert not states(text, 3)
