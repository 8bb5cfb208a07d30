"""`passerelle mapping …` as a person meets it: exit codes, both languages, JSON, pages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner, Result

from passerelle.cli.app import app
from passerelle.cli.page import page
from passerelle.cli.sheets import Cell, Code, Line, Sheet
from passerelle.cli.words import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
MAPPING = """\
feed: shelf
entity: stock
files: {folder: in, pattern: "SHELF_{date:AAAAMMJJ}.csv", ready: {stable_for: 30s}}
format: {csv: {charset: UTF-8, delimiter: ";"}}
key: SKU
codes:
  places: {values: {"01": north, "02": south}}
fields:
  - {to: sku, from: SKU, via: trim, required: true}
  - {to: supply_channel, from: PLACE, via: {code: places}}
  - {to: quantity, from: QTY, via: {decimal: "1234,5"}, as: integer, required: true}
"""
GOOD = "SKU;PLACE;QTY;NOTE\nA-1;01;3;x\nA-2;02;0;y\n"
BAD = "SKU;PLACE;QTY;NOTE\nA-1;01;3;x\nA-2;09;1,5;[b]y[/b]\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a mapping, and files that it takes."""
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "shelf.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "SHELF_20261101.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "SHELF_20261102.csv").write_text(BAD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


def run(*words: str) -> Result:
    """Run the command; an error of ours is part of the result, any other one fails the test."""
    result = CliRunner().invoke(app, ["mapping", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_check_finds_the_mappings_of_the_project(desk: Path) -> None:
    """Without an argument, those below `mappings/`; 0 when they are sound, 1 when they are not."""
    assert run("check").exit_code == 0
    path = desk / "mappings" / "shelf.yaml"
    path.write_text(MAPPING.replace("code: places", "code: palces"), encoding="utf-8")
    result = run("check")
    assert result.exit_code == 1
    assert "mappings/shelf.yaml:10:51" in result.output
    assert "did you mean 'places'?" in result.output
    assert re.search(r"> +10 \|   - \{to: supply_channel", result.output)
    flaws = json.loads(run("check", "--json").output)["flaws"]
    assert [(flaw["line"], flaw["column"]) for flaw in flaws] == [(10, 51)]


@pytest.mark.usefixtures("desk")
def test_try_finds_the_mapping_by_the_name_of_the_file() -> None:
    """Source beside result; 0 when all records map, 3 when some are rejected."""
    result = run("try", "SHELF_20261101.csv")
    assert result.exit_code == 0
    assert re.search(r"supply_channel +PLACE +02 +south", result.output)
    result = run("try", "SHELF_20261102.csv", "--mapping", "mappings/shelf.yaml")
    assert result.exit_code == 3
    assert "a code is not in its table" in result.output
    records = json.loads(run("try", "SHELF_20261102.csv", "--json").output)["records"]
    assert [record["record"] is None for record in records] == [False, True]


def test_a_file_that_no_mapping_takes(desk: Path) -> None:
    """One line that says what to do, and exit code 1."""
    (desk / "other.csv").write_text(GOOD, encoding="utf-8")
    result = run("try", "other.csv")
    assert result.exit_code == 1
    assert "--mapping" in result.output


@pytest.mark.parametrize(("key", "code"), [("A-1", 0), ("A-2", 3), ("A-3", 1)])
@pytest.mark.usefixtures("desk")
def test_explain_says_why(key: str, code: int) -> None:
    """0 found, 3 found but rejected, 1 not in the file."""
    result = run("explain", "SHELF_20261102.csv", "--key", key)
    assert result.exit_code == code
    assert key in result.output
    if key == "A-1":
        assert re.search(r"decimal: 1234,5 +3 *\n +integer +3", result.output)


def test_test_shows_before_it_writes(desk: Path) -> None:
    """A new case fails, --update writes what came out and says where, then it passes; a change fails."""
    case = desk / "mappings" / "shelf.tests" / "two"
    case.mkdir(parents=True)
    (case / "in.csv").write_text(BAD, encoding="utf-8")
    assert run("test").exit_code == 1
    assert not (case / "expected.json").exists()
    result = run("test", "--update")
    assert result.exit_code == 0
    assert "unknown_code" in result.output
    assert "expected.json" in result.output
    assert run("test").exit_code == 0
    (case / "in.csv").write_text(BAD.replace(";3;", ";4;"), encoding="utf-8")
    result = run("test")
    assert result.exit_code == 1
    assert re.search(r"A-1 +record.quantity +3 +4", result.output)


@pytest.mark.usefixtures("desk")
def test_a_mapping_without_cases_fails_when_it_is_named() -> None:
    """A folder is searched for cases; a mapping that is named must have some."""
    assert run("test").exit_code == 0
    result = run("test", "mappings/shelf.yaml")
    assert result.exit_code == 1
    assert "shelf.tests" in result.output


def test_coverage_and_its_page(desk: Path) -> None:
    """What is never read, codes without a row; the page holds the same, every text escaped."""
    result = run("coverage", "SHELF_20261101.csv", "SHELF_20261102.csv", "--html", "cover.html")
    assert result.exit_code == 0
    text = (desk / "cover.html").read_text(encoding="utf-8")
    assert "NOTE" in text
    assert "<td" in text
    assert "https:" not in text
    shown = run("coverage", "SHELF_20261102.csv").output
    assert re.search(r"supply_channel +places +09 +1", shown)


@pytest.mark.usefixtures("desk")
def test_drift_fails_when_it_matters() -> None:
    """A code without a row: 1. The same file twice: 0."""
    assert (
        run("drift", "SHELF_20261101.csv", "SHELF_20261101.csv", "-m", "mappings/shelf.yaml").exit_code == 0
    )
    result = run("drift", "SHELF_20261101.csv", "SHELF_20261102.csv", "-m", "mappings/shelf.yaml")
    assert result.exit_code == 1
    assert "09 (not in places)" in result.output


@pytest.mark.usefixtures("desk")
def test_infer_never_takes_the_place_of_a_mapping() -> None:
    """It prints, or writes a new file; what it wrote passes check."""
    assert "entity: stock" in run("infer", "SHELF_20261101.csv").output
    assert run("infer", "SHELF_20261101.csv", "-o", "draft.yaml").exit_code == 0
    assert run("check", "draft.yaml").exit_code == 0
    assert run("infer", "SHELF_20261101.csv", "-o", "draft.yaml").exit_code == 1


def test_schema_and_reference_are_printed(desk: Path) -> None:
    """To the screen, or to a file."""
    assert json.loads(run("schema").output)["title"] == "A mapping of Passerelle"
    assert run("reference", "-o", "page.md").exit_code == 0
    assert (desk / "page.md").read_text(encoding="utf-8").startswith("# What a mapping may say")


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("try", "SHELF_20261102.csv"),
        ("explain", "SHELF_20261102.csv", "--key", "A-2"),
        ("explain", "SHELF_20261102.csv", "--key", "nobody"),
        ("coverage", "SHELF_20261102.csv"),
        ("drift", "SHELF_20261101.csv", "SHELF_20261102.csv"),
        ("test", "mappings/shelf.yaml"),
    ],
)
@pytest.mark.usefixtures("desk")
def test_both_languages_say_as_much(words: tuple[str, ...]) -> None:
    """French differs from English, has as many lines, and the same exit code."""
    english, french = (run(*words, "--lang", lang) for lang in LANGUAGES)
    assert english.exit_code == french.exit_code
    assert english.output != french.output
    assert english.output.count("\n") == pytest.approx(french.output.count("\n"), abs=4)


def test_nothing_on_a_page_is_markup_of_its_own() -> None:
    """Texts of files are escaped wherever they stand, titles too."""
    evil = "<script>alert('x')</script>"
    sheet = Sheet(evil, [evil], [[Cell(evil, "bad")], [evil]], caption=evil)
    made = page(evil, [sheet, Line(evil), Code(evil)], lang="en")
    assert "<script" not in made
    assert made.count("&lt;script&gt;") == 9
