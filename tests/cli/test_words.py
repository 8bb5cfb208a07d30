from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import passerelle
from passerelle.cli.words import cause, language
from passerelle.errors import ConfigError

ROOMS = ("formats", "files", "mapping", "ledger", "sync", "commercetools", "feeds")
#: What takes the code of a fault first, by name; elsewhere it is given as `code=`.
TAKES_A_CODE = {"Fault", "Unreadable", "_refuse", "_refused", "reject"}


def _codes_in(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        given = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        given += node.args[:1] if name in TAKES_A_CODE else []
        yield from (
            one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)
        )


def _codes() -> list[str]:
    library = Path(passerelle.__file__).parent
    sources = [library / "errors.py", *(path for room in ROOMS for path in (library / room).rglob("*.py"))]
    return sorted({code for source in sources for code in _codes_in(source)})


def test_every_cause_that_the_library_names_has_words_in_both_languages() -> None:
    """A code of a fault is for machines; a person of either language reads words."""
    codes = _codes()
    assert {"truncated", "wrong_count", "not_a_number", "reference_missing", "size_mismatch"} <= set(codes)
    wordless = [code for code in codes if cause(code, "fr") == code.replace("_", " ")]
    assert wordless == []
    assert [code for code in codes if cause(code, "fr") == cause(code, "en")] == []


def test_a_cause_without_words_keeps_its_code() -> None:
    """Codes of the shop's own are shown as they are."""
    assert cause("DuplicateField", "fr") == "DuplicateField"


@pytest.mark.parametrize(
    ("asked", "environment", "spoken"),
    [
        ("fr", {"PASSERELLE_LANG": "en"}, "fr"),
        ("EN", {"LANG": "fr_FR.UTF-8"}, "en"),
        (None, {"PASSERELLE_LANG": "fr"}, "fr"),
        (None, {"LANG": "fr_FR.UTF-8"}, "fr"),
        (None, {"LANG": "pl_PL.UTF-8"}, "en"),
        (None, {}, "en"),
    ],
)
def test_the_language_asked_for_comes_first(
    monkeypatch: pytest.MonkeyPatch, asked: str | None, environment: dict[str, str], spoken: str
) -> None:
    """The option, then PASSERELLE_LANG, then the locale, then English."""
    for name in ("PASSERELLE_LANG", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language(asked) == spoken


def test_a_language_that_is_none_of_ours_is_refused() -> None:
    """The message names what there is."""
    with pytest.raises(ConfigError, match="en or fr, not in 'de'"):
        language("de")
