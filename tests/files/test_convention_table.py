"""The table of conventions: all 54 are in it, and every test that it names exists and bears the number."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from passerelle.mapping import load_mapping

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "reference" / "file-conventions.md"
_ROW = re.compile(r"\| (?P<number>\d+) \| (?P<name>[^|]+) \| (?P<how>.+) \| (?P<tests>[^|]+) \|")
_TEST = re.compile(r"`(?P<path>[\w/]+\.py)::(?P<name>\w+)`")


def rows() -> dict[int, re.Match[str]]:
    """The rows of the table, by number."""
    found = [_ROW.fullmatch(line) for line in TABLE.read_text("utf-8").splitlines() if line.startswith("| ")]
    return {int(row["number"]): row for row in found if row is not None}


@cache
def docstrings(path: str) -> dict[str, str]:
    """What each test of a file says of itself."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {
        node.name: ast.get_docstring(node) or ""
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_convention_has_its_row() -> None:
    """Nothing is left out, and nothing stands twice."""
    numbers = [
        int(found[1])
        for line in TABLE.read_text("utf-8").splitlines()
        if (found := re.match(r"\| (\d+) \|", line)) is not None
    ]
    assert numbers == list(range(1, 55))
    assert len(rows()) == 54


@pytest.mark.parametrize("number", range(1, 55))
def test_every_convention_is_proved(number: int) -> None:
    """Each row names tests; each of them exists, and says in its docstring which convention it proves."""
    tests = list(_TEST.finditer(rows()[number]["tests"]))
    assert tests
    for test in tests:
        said = docstrings(test["path"]).get(test["name"])
        assert said is not None, f"{test['path']} has no {test['name']}"
        assert re.match(rf"Convention {number}\b", said), f"{test['name']} does not say Convention {number}"


def test_the_examples_of_the_page_are_mappings(tmp_path: Path) -> None:
    """Every YAML block is a feed that loads as it stands."""
    blocks = re.findall(r"```yaml\n(.*?)```", TABLE.read_text("utf-8"), re.DOTALL)
    assert blocks
    for number, block in enumerate(blocks):
        path = tmp_path / f"{number}.yaml"
        path.write_text(block, encoding="utf-8")
        load_mapping(path)
