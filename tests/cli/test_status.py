"""`passerelle status` as a person types it: what waits for what, and how far back things are kept."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from passerelle.cli.app import app
from passerelle.ledger import Ledger, ParkedRecord
from tests.sync.desk import MAPPINGS, open_ledger


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose ledger knows two runs and what three records wait for."""
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path))
    monkeypatch.setenv("PASSERELLE_MAPPINGS", str(MAPPINGS.parent))
    monkeypatch.setenv("PASSERELLE_RETENTION__BEFORE_IMAGES", "45")
    monkeypatch.setenv("COLUMNS", "160")
    with open_ledger(tmp_path / "ledger.db") as ledger:
        for feed in ("stock", "products"):
            run = ledger.runs.start(feed, mode="auto")
            ledger.before.keep(run.id, feed, [(1, "k", "create", b"")])
            ledger.runs.finish(run.id, "succeeded")
        _park(ledger, "stock", {"A": "channel depot-009", "B": "channel depot-009", "C": "channel depot-007"})
    return tmp_path


@pytest.mark.usefixtures("home")
def test_what_is_waited_for_is_one_line_each() -> None:
    """Grouped by what is missing, the most awaited first, of all feeds and of one."""
    for words in (["status"], ["status", "stock"]):
        lines = _typed(*words).splitlines()
        waits = [line.split("│")[1:4] for line in lines if "depot-0" in line]
        assert [[cell.strip() for cell in line] for line in waits] == [
            ["channel depot-009", "stock", "2"],
            ["channel depot-007", "stock", "1"],
        ]
    assert "wait for" not in _typed("status", "products")
    assert "attendent" in _typed("status", "--lang", "fr")
    [stock] = json.loads(_typed("status", "stock", "--json"))
    assert stock["awaited"] == {"channel depot-009": 2, "channel depot-007": 1}


def test_how_long_things_are_kept_is_said(home: Path) -> None:
    """The days of the settings, and how far back undo reaches: as far as images are there."""
    with open_ledger(home / "ledger.db") as ledger:
        started = ledger.runs.last("stock")[0].started_at
    said = " ".join(_typed("status", "stock").split())
    assert "rejects 90, waits 90, plans 30, runs 180" in said
    assert f"45 days: to the run of {started.astimezone():%Y-%m-%d %H:%M}" in said
    assert "45 jours : jusqu'à l'exécution du" in " ".join(_typed("status", "--lang", "fr").split())
    stock, prices = (json.loads(_typed("status", feed, "--json"))[0] for feed in ("stock", "prices-fr"))
    assert stock["kept_days"]["before_images"] == 45
    assert stock["undo_since"] is not None
    assert prices["undo_since"] is None


def _park(ledger: Ledger, feed: str, waits: dict[str, str]) -> None:
    records = [
        ParkedRecord(key=key, waits_for=(name,), record=b"{}", raw=b"r", strong=b"s")
        for key, name in waits.items()
    ]
    ledger.parked.park("run-1", feed, records, age_limit=timedelta(days=7))


def _typed(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.stdout
