"""The table of features: all thirty are in it, and every test that the page names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "commercetools-features.md"
FEATURES = 30
_ROW = re.compile(
    r"\| (?P<number>\d+) \| (?P<name>[^|]+) \| (?P<how>[^|]+) \| (?P<state>[^|]+) \| (?P<tests>[^|]+) \|"
)
_TEST = re.compile(r"`(?P<path>tests/[\w/]+\.py)::(?P<name>\w+)`")


@cache
def rows() -> dict[int, re.Match[str]]:
    """The rows of the table, by number."""
    found = [_ROW.fullmatch(line) for line in PAGE.read_text("utf-8").splitlines()]
    return {int(row["number"]): row for row in found if row is not None}


@cache
def named_in(path: str) -> frozenset[str]:
    """The tests of a file."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_every_feature_has_its_row() -> None:
    """Nothing is left out, and nothing stands twice."""
    numbers = [
        int(found[1])
        for line in PAGE.read_text("utf-8").splitlines()
        if (found := re.match(r"\| (\d+) \|", line)) is not None
    ]
    assert numbers == list(range(1, FEATURES + 1))
    assert list(rows()) == numbers


@pytest.mark.parametrize("number", range(1, FEATURES + 1))
def test_every_feature_is_borne_by_tests(number: int) -> None:
    """What is met, wholly or partly, names tests, each of which exists."""
    row = rows()[number]
    tests = [(test["path"], test["name"]) for test in _TEST.finditer(row["tests"])]
    assert [name for path, name in tests if name not in named_in(path)] == []
    assert row["state"] in {"met", "partly"}
    assert tests


def test_what_the_page_says_of_the_whole_is_borne_too() -> None:
    """Every test that the prose names exists as well."""
    said = list(_TEST.finditer(PAGE.read_text("utf-8").partition("## ")[2].replace("\n  ", "")))
    assert said
    assert [test[0] for test in said if test["name"] not in named_in(test["path"])] == []
