"""Predicates: nothing in a value can leave its literal, and no address grows past its cap."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from passerelle.commercetools.http.predicates import both, chunks, encoded_length, joined, one_of, quoted

_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def unquoted(literal: str) -> str:
    """Read a literal back as the grammar defines it: a backslash keeps what follows it."""
    match = _LITERAL.fullmatch(literal)
    assert match is not None, literal
    return re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL)


@given(st.text())
def test_a_literal_reads_back_as_the_text(text: str) -> None:
    """Whatever a text holds, the literal ends where the text ends."""
    assert unquoted(quoted(text)) == text


def test_in_names_every_value() -> None:
    """`in` lists its values as literals."""
    assert one_of("sku", ["a", 'b"c']) == 'sku in ("a", "b\\"c")'


@given(
    st.lists(st.text(min_size=1, max_size=30)),
    st.integers(min_value=60, max_value=400),
    st.integers(min_value=1, max_value=20),
)
def test_chunks_hold_every_value_once_within_both_caps(values: list[str], room: int, most: int) -> None:
    """Every value is asked for exactly once, in order; only a single value may exceed the room."""
    parts = list(chunks(values, room=room, most=most))

    assert [value for part in parts for value in part] == list(dict.fromkeys(values))
    for part in parts:
        assert 0 < len(part) <= most
        assert len(part) == 1 or encoded_length(", ".join(map(quoted, part))) <= room


@given(st.lists(st.text('ab"(', min_size=1, max_size=12), max_size=40), st.integers(40, 300))
def test_joined_predicates_lose_none_and_keep_the_room(predicates: list[str], room: int) -> None:
    """Predicates are packed with `or`, in order, each in its own brackets."""
    packed = list(joined(predicates, room=room))

    assert " or ".join(packed) == " or ".join(f"({predicate})" for predicate in predicates)
    for text in packed:
        assert encoded_length(text) <= room or text.count(") or (") == 0


def test_both_leaves_out_what_is_no_condition() -> None:
    """None is no condition; two conditions stand in brackets, so that an inner `or` stays inside."""
    assert both(None, None) is None
    assert both("a = 1", None) == "a = 1"
    assert both("a = 1 or b = 2", "c = 3") == "(a = 1 or b = 2) and (c = 3)"
