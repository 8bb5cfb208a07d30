"""Patterns: regular expressions that no text can make slow."""

from __future__ import annotations

import time

import pytest

from passerelle.mapping.patterns import LONGEST_TEXT, TextPattern
from passerelle.mapping.unreadable import Unreadable


@pytest.mark.parametrize(
    "text", ["(a+)+", "(a*)*b", "(a|aa)+", "(?:a?b*){3}", r"(a)\1", "(?=a)b", "(?!a)", "(?<=a)b", "a*b*c*d*",
             "(?P<x>a)(?P=x)", "(?>a)", "x" * 201, "(", "[a", "(?:(?:a+)b)*", "((a{2,}))+"]
)  # fmt: skip
def test_patterns_that_are_not_taken(text: str) -> None:
    """Nested repetition, choice in repetition, looking around and back: told when the mapping is loaded."""
    with pytest.raises(ValueError, match=r"regular|repeats|look|refers|runs|characters"):
        TextPattern(text)


@pytest.mark.parametrize(
    "text", ["[A-Z]{2}-[0-9]+", "(?P<size>[0-9]+) ?cm", "a|b", "(?:ab)+", "(a|b)?", r"\d+[.,]\d+", "(?i)abc",
             "[^(]+", r"\(.*\)", "(?i:abc)x", "[]a]+"]
)  # fmt: skip
def test_patterns_that_are_taken(text: str) -> None:
    """What people write for codes and sizes."""
    assert TextPattern(text).text == text


def test_a_long_text_is_a_fault() -> None:
    """Nobody waits for a pattern in a text of a megabyte."""
    with pytest.raises(Unreadable, match="at most 500"):
        TextPattern("a").search("b" * (LONGEST_TEXT + 1))


def test_the_worst_allowed_pattern_is_quick() -> None:
    """Three runs over the longest text that does not fit take less than two seconds."""
    took = []
    for _ in range(3):
        # Of this thread alone, and at its best: what else the machine does is no time of the pattern.
        started = time.thread_time()
        assert TextPattern("a*a*a*b").full("a" * LONGEST_TEXT) is None
        took.append(time.thread_time() - started)
    assert min(took) < 2


def test_replacing_is_literal() -> None:
    """What is put in place is no pattern: a backslash is a backslash."""
    assert TextPattern("[0-9]+").replace("a1b22", r"\1") == r"a\1b\1"
