"""`passerelle mapping …` on a file that holds several feeds: by the file, or one of them by `FILE#feed`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .test_mapping import GOOD, MAPPING, run

TWO = """\
extends: shelf.yaml
feed: shelf-pl
files: {pattern: "PL_{date:AAAAMMJJ}.csv"}
---
extends: shelf.yaml
feed: shelf-si
files: {pattern: "SI_{date:AAAAMMJJ}.csv"}
codes: {places: {values: {"03": east}}}
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a mapping, a file with two more, and a sample of each."""
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "shelf.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "mappings" / "east.yaml").write_text(TWO, encoding="utf-8")
    for name in ("PL", "SI"):
        (tmp_path / f"{name}_20261101.csv").write_text(GOOD.replace(";02;", ";03;"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


def test_check_looks_at_every_feed_of_a_file(desk: Path) -> None:
    """Of a folder, of a file, or of one feed alone: the others' flaws are not told then."""
    for what in ("mappings", "mappings/east.yaml", "mappings/east.yaml#shelf-si"):
        assert run("check", what).exit_code == 0
    wrong = TWO.replace("east}", "east}, x: 1").replace("feed: shelf-pl", "feed: shelf-pl\nkeey: X")
    (desk / "mappings" / "east.yaml").write_text(wrong, encoding="utf-8")
    lines = wrong.splitlines()

    def told(what: str) -> list[str]:
        flaws = json.loads(run("check", what, "--json").output)["flaws"]
        return [lines[flaw["line"] - 1][flaw["column"] - 1 :] for flaw in flaws]

    first, second = "keey: X", "x: 1}}"
    assert told("mappings") == told("mappings/east.yaml") == [first, second]
    assert told("mappings/east.yaml#shelf-pl") == [first]
    assert told("mappings/east.yaml#shelf-si") == [second]
    assert run("check", "mappings/easter.yaml#shelf-si").exit_code == 1


@pytest.mark.usefixtures("desk")
def test_the_feed_whose_files_are_named_so_is_chosen() -> None:
    """Of the folder or of the named file; a feed that is named is taken whatever the file's name."""
    assert run("try", "PL_20261101.csv").exit_code == 3
    for by in ((), ("-m", "mappings/east.yaml"), ("-m", "mappings/east.yaml#shelf-si")):
        result = run("try", "SI_20261101.csv", *by)
        assert result.exit_code == 0
        assert re.search(r"supply_channel +PLACE +03 +east", result.output)
    assert run("try", "PL_20261101.csv", "-m", "mappings/east.yaml#shelf-si").exit_code == 0


@pytest.mark.usefixtures("desk")
def test_each_tool_takes_one_of_several() -> None:
    """Explain, coverage and drift read with the feed that was named."""
    name = ("-m", "mappings/east.yaml#shelf-si")
    assert "east" in run("explain", "PL_20261101.csv", "--key", "A-2", *name).output
    assert json.loads(run("coverage", "PL_20261101.csv", "--json", *name).output)["feed"] == "shelf-si"
    assert run("drift", "PL_20261101.csv", "SI_20261101.csv", *name).exit_code == 0
    assert run("drift", "PL_20261101.csv", "SI_20261101.csv", "-m", "mappings/east.yaml").exit_code == 0


def test_a_file_that_none_of_them_takes_asks_which(desk: Path) -> None:
    """The answer names one, as it is written."""
    (desk / "other.csv").write_text(GOOD, encoding="utf-8")
    result = run("try", "other.csv", "-m", "mappings/east.yaml")
    assert result.exit_code == 1
    told = " ".join(result.output.split())
    assert "Which mapping reads other.csv? Those in mappings/east.yaml that take such a name: none" in told
    assert "such as mappings/east.yaml#shelf-pl" in told


def test_each_feed_of_a_file_has_its_own_cases(desk: Path) -> None:
    """`east.tests/shelf-si/<case>/`; who names the file tests all of them, and each must have some."""
    folder = desk / "mappings" / "east.tests" / "shelf-si" / "first"
    folder.mkdir(parents=True)
    (desk / "SI_20261101.csv").rename(folder / "SI_20261101.csv")
    assert run("test", "mappings/east.yaml#shelf-si").exit_code == 1
    assert run("test", "mappings/east.yaml#shelf-si", "--update").exit_code == 0
    records = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["records"]
    assert [entry["record"]["supply_channel"] for entry in records] == ["north", "east"]
    assert run("test", "mappings/east.yaml#shelf-si").exit_code == 0
    assert run("test").exit_code == 0
    result = run("test", "mappings/east.yaml")
    assert result.exit_code == 1
    assert "east.tests/shelf-pl" in result.output
