"""`passerelle board`: late feeds first, for people in both languages and for machines."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from passerelle.cli.app import app
from passerelle.ledger import Ledger
from passerelle.ledger.schema import file as file_table

_STOCK = """\
feed: stock
title: {en: "Stock [bold]of[/] stores", fr: Les stocks}
entity: stock
files: {folder: out, pattern: "S_{sequence:3}.xml", mode: full, ready: {marker: .ok}}
format: {xml: {charset: UTF-8, record: /F/L}}
key: SKU
expects: {every: 10min}
fields:
  - {to: sku, from: SKU, required: true}
  - {to: quantity, from: Q, as: integer}
"""


@pytest.fixture
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installation whose only feed came two hours ago; gives the ledger's address."""
    mappings = tmp_path / "mappings"
    mappings.mkdir()
    (mappings / "stock.yaml").write_text(_STOCK, encoding="utf-8")
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path))
    monkeypatch.setenv("PASSERELLE_MAPPINGS", str(mappings))
    url = f"sqlite:///{tmp_path}/ledger.db"
    with Ledger.open(url) as ledger:
        run = ledger.runs.start("stock", mode="auto")
        ledger.files.record("stock", "S_001.xml", "sha", 1, state="applied", run_id=run.id)
        ledger.runs.finish(run.id, "succeeded")
        ledger.fingerprints.store("stock", [(f"A{n}", b"r", b"s") for n in range(1240)], run.id)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        at = dt.datetime.now(dt.UTC) - dt.timedelta(hours=2, minutes=1)
        connection.execute(sa.update(file_table).values(recorded_at=at))
    engine.dispose()
    return url


@pytest.mark.usefixtures("late")
def test_a_late_feed_is_told_with_its_effect() -> None:
    """Effect and reason stand on top; the exit code says that something is late."""
    told = CliRunner().invoke(app, ["board", "--lang", "en"])
    assert told.exit_code == 1
    assert "1,240 SKUs on stock older than 2 h" in told.output
    assert "Stock [bold]of[/] stores" in told.output
    assert told.output.index("1,240") < told.output.index("last arrival")
    french = CliRunner().invoke(app, ["board", "--lang", "fr"]).output
    assert "1\u202f240 SKU avec un stock de plus de 2 h" in french
    assert "En retard : 1." in french


@pytest.mark.usefixtures("late")
def test_the_board_for_machines() -> None:
    """One document with states, times and the sentences."""
    told = CliRunner().invoke(app, ["board", "--json", "--lang", "en"])
    body = json.loads(told.stdout)
    assert (told.exit_code, body["late"], body["states"]) == (1, 1, {"late": 1})
    feed = body["feeds"][0]
    assert (feed["state"], feed["records"], feed["arrived_file"]) == ("late", 1240, "S_001.xml")
    assert feed["effect"].startswith("1,240 SKUs")
    assert feed["expects"] == {
        "en": ["every 10 min (Europe/Paris)"],
        "fr": ["toutes les 10 min (Europe/Paris)"],
    }


def test_nothing_late_is_exit_code_0(late: str) -> None:
    """A scheduler may ask."""
    with Ledger.open(late) as ledger:
        ledger.files.record("stock", "S_002.xml", "sha-2", 1, state="applied")
    told = CliRunner().invoke(app, ["board", "--lang", "en"])
    assert (told.exit_code, "Nothing is late." in told.output) == (0, True)
