"""`passerelle alerts`: listed, looked for, taken, tried; for people in two languages, and for machines."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from passerelle.cli.app import app
from passerelle.feeds import Settings, Workspace, run_feed
from tests.sync.desk import MAPPINGS

Ask = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace without a shop: each run fails, and two of them are an alert."""
    shutil.copytree(MAPPINGS.parent, tmp_path / "mappings")
    prices = tmp_path / "mappings" / "erp" / "prices-fr.yaml"
    # With hours of the day nothing would be late now, and something a minute later.
    text, changed = re.subn(r"(?m)^expects: .*$", "expects: {every: 1d}", prices.read_text(encoding="utf-8"))
    assert changed == 1
    prices.write_text(text, encoding="utf-8")
    workspace = Workspace(
        Settings(home=tmp_path / "ours", mappings=tmp_path / "mappings", folder=tmp_path / "erp")
    )
    for _ in range(2):
        assert asyncio.run(run_feed(workspace, "prices-fr")).outcome == "failed"
    return tmp_path


@pytest.fixture
def ask(home: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Ask the command line, in this workspace."""
    monkeypatch.setenv("PASSERELLE_HOME", str(home / "ours"))
    monkeypatch.setenv("PASSERELLE_MAPPINGS", str(home / "mappings"))
    monkeypatch.setenv("PASSERELLE_FOLDER", str(home / "erp"))
    monkeypatch.setenv("PASSERELLE_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(app, ["alerts", *words])


def as_json(result: Result) -> Any:
    """What a machine reads."""
    return json.loads(result.stdout)


def test_nothing_is_listed_before_somebody_looked(ask: Ask) -> None:
    """A list only shows; looking is a command of its own."""
    listed = ask()
    assert (listed.exit_code, listed.stdout.strip()) == (0, "Nothing is wrong.")
    assert ask("--lang", "fr").stdout.strip() == "Rien à signaler."


def test_a_look_opens_and_a_good_run_closes(ask: Ask, home: Path) -> None:
    """What is wrong, what it does, what to do, where to read on; exit code 3 while something is open."""
    looked = ask("check")
    assert looked.exit_code == 0
    assert "New: #1 prices-fr fails: " in looked.stdout
    listed = ask()
    assert listed.exit_code == 3
    for part in ("warning, since", "Nothing of this feed reaches", "passerelle doctor", "run-failed.md"):
        assert part in listed.stdout
    [row] = as_json(ask("--json"))["alerts"]
    assert (row["kind"], row["feed"], row["severity"], row["closed_at"]) == (
        "run_failed",
        "prices-fr",
        "warning",
        None,
    )
    assert row["runbook"] == "docs/runbook/run-failed.md"
    with Workspace.load().ledger() as ledger:
        run = ledger.runs.start("prices-fr", mode="auto")
        ledger.runs.finish(run.id, "succeeded")
    closed = as_json(ask("check", "--json"))
    assert ([one["id"] for one in closed["closed"]], closed["open"]) == ([1], [])
    assert (ask().exit_code, len(as_json(ask("--all", "--json"))["alerts"])) == (0, 1)
    assert home.exists()


def test_who_looks_after_it_is_kept_with_the_reason(ask: Ask) -> None:
    """Others see it, and the audit log has it."""
    ask("check")
    assert ask("ack", "1", "--reason", "  ").exit_code == 1
    assert ask("ack", "7", "--reason", "x").exit_code == 1
    taken = ask("ack", "1", "--reason", "asked the ERP", "--by", "Anna")
    assert (taken.exit_code, taken.stdout.strip()) == (0, "Alert 1: Anna looks after it.")
    assert "Anna looks after it: asked the ERP" in ask().stdout
    assert "Anna s'en occupe : asked the ERP" in ask("--lang", "fr").stdout
    with Workspace.load().ledger() as ledger:
        [entry] = ledger.audit.entries(what=["alert_acknowledged"])
    assert (entry.who, entry.reason, entry.subject) == ("Anna", "asked the ERP", "alert 1")


def test_a_channel_that_does_not_answer_is_shown(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look is done all the same; the exit code tells a scheduler, the list tells people."""
    assert ask("test").exit_code == 1
    monkeypatch.setenv("PASSERELLE_ALERTS__WINDOW", "0")
    monkeypatch.setenv("PASSERELLE_ALERTS__WEBHOOKS__NIGHT__FORMAT", "slack")
    monkeypatch.setenv("PASSERELLE_ALERTS__WEBHOOKS__NIGHT__URL", "http://127.0.0.1:9/secret-path")
    looked = ask("check")
    assert looked.exit_code == 3
    assert "the address cannot be reached: ConnectError" in looked.stdout
    listed = ask()
    assert "night was not told (1 feed that fails) after 1 tries" in listed.stdout
    tried = ask("test")
    assert tried.exit_code == 3
    assert ask("test", "--channel", "day").exit_code == 1
    for result in (looked, listed, tried, ask("--json"), ask("test", "--json")):
        assert "secret-path" not in result.output


def test_a_silent_look_tells_nobody(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """It opens and closes only."""
    monkeypatch.setenv("PASSERELLE_ALERTS__WINDOW", "0")
    monkeypatch.setenv("PASSERELLE_ALERTS__WEBHOOKS__NIGHT__FORMAT", "json")
    monkeypatch.setenv("PASSERELLE_ALERTS__WEBHOOKS__NIGHT__URL", "http://127.0.0.1:9/")
    looked = as_json(ask("check", "--silent", "--json"))
    assert (len(looked["opened"]), looked["told"]) == (1, [])


def test_a_mapping_that_cannot_be_read_is_an_alert_and_hides_no_other(ask: Ask, home: Path) -> None:
    """Somebody broke a mapping: that is told, and alerts that need it are left as they were."""
    ask("check")
    path = home / "mappings" / "erp" / "stock.yaml"
    whole = path.read_text(encoding="utf-8")
    path.write_text(f"{whole}\nkee: [SKU]\n", encoding="utf-8")
    looked = ask("check")
    assert "The mappings cannot be read" in looked.stdout
    rows = as_json(ask("--json"))["alerts"]
    assert [(row["feed"], row["subject"]) for row in rows] == [("prices-fr", ""), ("", "mappings")]
    assert {row["severity"] for row in rows} == {"warning", "critical"}
    path.write_text(whole, encoding="utf-8")
    assert "Over: #2 The mappings cannot be read" in ask("check").stdout


def test_a_second_look_says_that_one_is_under_way(ask: Ask) -> None:
    """One at a time, and it is said which process looks."""
    with Workspace.load().ledger() as ledger, ledger.leases.take("alerts", ttl=60, purpose="check"):
        second = ask("check")
    assert second.exit_code == 1
    assert "is held by process" in second.stderr
