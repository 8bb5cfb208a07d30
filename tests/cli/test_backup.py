"""`passerelle backup`, `restore` and `upgrade` as a person types them, with their exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from passerelle.cli.app import app
from passerelle.feeds import Workspace
from passerelle.ledger.upgrading import HEAD
from tests.sync.desk import MAPPINGS


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose ledger knows one run."""
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path / "ours"))
    monkeypatch.setenv("PASSERELLE_MAPPINGS", str(MAPPINGS.parent))
    with Workspace.load().ledger() as ledger:
        ledger.runs.finish(ledger.runs.start("stock", mode="full").id, "succeeded")
    (tmp_path / "ours" / "archive").mkdir()
    (tmp_path / "ours" / "archive" / "a.xml.gz").write_bytes(b"original")
    return tmp_path


def typed(*words: str, code: int = 0) -> str:
    """What a command prints."""
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, done.output
    return done.output


def test_from_backup_to_restored(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made, checked, refused where something is, restored elsewhere; what the archive lacks is told."""
    told = json.loads(typed("backup", str(home / "backups"), "--by", "Zoé", "--json"))
    folder = told["folder"]
    assert (told["ledger"]["rows"]["run"], told["originals"]["count"]) == (1, 1)
    assert f"at revision {HEAD}" in typed("restore", folder, "--check")
    assert "est intacte" in typed("restore", folder, "--check", "--lang", "fr")
    assert "not empty" in typed("restore", folder, code=1)
    monkeypatch.setenv("PASSERELLE_HOME", str(home / "elsewhere"))
    said = typed("restore", folder, code=3)
    assert "a.xml.gz" in said
    assert "passerelle reconcile" in said
    [stock] = json.loads(typed("status", "stock", "--json"))
    assert stock["runs"][0]["outcome"] == "succeeded"
    assert [entry["what"] for entry in json.loads(typed("audit", "--json"))] == ["ledger_restored"]


def test_a_damaged_backup_is_an_error(home: Path) -> None:
    """Said in one line, with the name of what is wrong."""
    folder = Path(json.loads(typed("backup", str(home / "backups"), "--originals", "--json"))["folder"])
    (folder / "originals" / "a.xml.gz").unlink()
    assert "a.xml.gz" in typed("restore", str(folder), "--check", code=1)
    (folder / "ledger.db.gz").write_bytes(b"")
    assert "ledger.db.gz" in typed("restore", str(folder), "--check", code=1)
    assert "is no backup" in typed("restore", str(home), code=1)


@pytest.mark.usefixtures("home")
def test_the_ledger_goes_back_only_when_it_is_meant() -> None:
    """Back needs --yes, and the way forward is told by --check and by exit code."""
    assert HEAD in typed("upgrade", "--check")
    assert "--yes" in typed("upgrade", "--to", "0005", code=1)
    assert f"from revision {HEAD} to 0005" in typed("upgrade", "--to", "0005", "--yes")
    assert "passerelle upgrade" in typed("upgrade", "--check", code=3)
    told = json.loads(typed("upgrade", "--json"))
    assert (told["before"], told["now"]) == ("0005", HEAD)
    assert "cannot go to 9999" in typed("upgrade", "--to", "9999", code=1)
    [stock] = json.loads(typed("status", "stock", "--json"))
    assert len(stock["runs"]) == 1
