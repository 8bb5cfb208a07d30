"""`passerelle probe`: what a folder lets us do, as people and machines read it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from passerelle.cli.app import app
from tests.sync.desk import MAPPINGS


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace on a folder of this machine."""
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path / "ours"))
    monkeypatch.setenv("PASSERELLE_MAPPINGS", str(MAPPINGS))
    monkeypatch.setenv("PASSERELLE_FOLDER", str(tmp_path / "erp"))
    (tmp_path / "erp" / "out" / "stock").mkdir(parents=True)
    return tmp_path


def test_the_folder_of_a_feed_is_tried(home: Path) -> None:
    """Each capability in words, in the language asked for; nothing of ours stays."""
    done = CliRunner().invoke(app, ["probe", "stock", "--lang", "fr"])
    assert done.exit_code == 0, done.output
    assert "renommer sans écraser" in done.output
    assert "non" not in done.output.split()
    assert list((home / "erp" / "out" / "stock").iterdir()) == []


def test_a_folder_that_cannot_be_listed_is_a_failure(home: Path) -> None:
    """The exit code says so, and the JSON why."""
    shutil.rmtree(home / "erp" / "out")
    done = CliRunner().invoke(app, ["probe", "stock", "--json"])
    assert done.exit_code == 1
    [findings] = json.loads(done.output).values()
    assert [(finding["capability"], finding["works"]) for finding in findings] == [("list", False)]
