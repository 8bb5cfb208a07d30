"""`passerelle peak` and `passerelle audit` as a person types them, in both languages and for machines."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from passerelle.cli.app import app
from passerelle.cli.peak_words import PEAK_WORDS
from tests.sync.desk import MAPPINGS

LIBRARY = Path(__file__).parents[2] / "connectors" / "passerelle"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with the shipped feeds and profiles, in which nobody did anything."""
    for folder in ("erp", "peak"):
        shutil.copytree(MAPPINGS.parent / folder, tmp_path / "mappings" / folder)
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path / "ours"))
    monkeypatch.setenv("PASSERELLE_MAPPINGS", str(tmp_path / "mappings"))
    monkeypatch.setenv("PASSERELLE_FOLDER", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def typed(*words: str, code: int = 0) -> str:
    """What a command prints."""
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, done.output
    return done.output


def switch_on(*more: str) -> str:
    """Switch it on for a far week-end, which is soon enough for a period to come."""
    since, until = "2099-11-26T20:00", "2099-11-30T08:00"
    return typed("peak", "on", "--since", since, "--until", until, "--reason", "sales", "--by", "Zoé", *more)


def test_what_it_changes_is_said_when_it_is_switched() -> None:
    """Lanes, buffers and what is frozen, in the words of the reader; the zone is written with each time."""
    said = switch_on()
    for part in (
        "2099-11-26 20:00 CET",
        "2099-11-30 08:00 CET",
        "at most 10% of the calls",
        "2 pieces",
        "undo",
    ):
        assert part in said
    assert "au plus 10% des appels" in typed("peak", "status", "--lang", "fr")
    told: dict[str, Any] = json.loads(typed("peak", "status", "--json"))
    assert (told["on"], told["coming"]["profile"]) == (False, "black-friday")
    assert "Peak mode is off." in typed("peak", "off", "--reason", "moved")
    assert "off already" in typed("peak", "off")
    assert "moved" in typed("audit")


def test_status_says_that_it_is_on() -> None:
    """A person who looks at feeds sees under which rules they run; so does a machine."""
    until = datetime.now(UTC) + timedelta(days=3)
    typed("peak", "on", "--until", until.isoformat(), "--reason", "sales")
    assert (
        f"Peak mode black-friday is on until {until.astimezone(ZoneInfo('Europe/Paris')):%Y-%m-%d %H:%M}"
        in typed("status")
    )
    assert "Mode pointe black-friday actif" in typed("status", "--lang", "fr")
    [stock] = json.loads(typed("status", "stock", "--json"))
    assert stock["peak"]["profile"] == "black-friday"


def test_every_word_of_the_log_is_said_in_both_languages() -> None:
    """What the code notes has words; a word that a later version adds is shown as it is."""
    source = "\n".join(path.read_text("utf-8") for path in LIBRARY.rglob("*.py"))
    noted = set(re.findall(r"""\.note\(\s*"([a-z]+_[a-z_]+)\"""", source))
    assert {"peak_on", "config_changed", "backup_made"} <= noted
    assert {word for word in noted if f"audit_{word}" not in PEAK_WORDS} == set()


def test_setting_up_the_project_is_frozen_before_anything_is_asked(home: Path) -> None:
    """No shop is known here: the refusal comes first, and names the way on."""
    until = datetime.now(UTC) + timedelta(days=3)
    typed("peak", "on", "--until", until.isoformat(), "--reason", "sales")
    model = str(MAPPINGS.parent / "commercetools" / "model.yaml")
    told = " ".join(typed("project", "--model", model, "--apply", code=1).split())
    assert "Set-up of the project is frozen by peak mode black-friday until" in told
    assert "--despite-peak" in told
    reason = ("--despite-peak", "a channel is missing")
    assert "commercetools project" in typed("project", "--model", model, "--apply", *reason, code=1)
    assert "a channel is missing" in typed("audit", "--what", "peak_override")
    assert home.is_dir()


def test_the_log_is_read_by_people_and_machines() -> None:
    """Who, what, about what and why; chosen by word and by moment; a mistake is no empty log."""
    assert "has nothing" in typed("audit")
    switch_on()
    assert "peak mode on" in typed("audit")
    assert "mode pointe activé" in typed("audit", "--lang", "fr")
    [entry] = json.loads(typed("audit", "--json", "--since", "2026-01-01"))
    assert (entry["who"], entry["what"], entry["reason"]) == ("Zoé", "peak_on", "sales")
    assert json.loads(typed("audit", "--json", "--what", "peak_off")) == []
    assert json.loads(typed("audit", "--json", "--since", "2100-01-01")) == []
