from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from passerelle.errors import ConfigError
from passerelle.operations.backfilling import (
    BackfillRequest,
    Forecast,
    ScheduledRun,
    forecast,
    read_schedules,
)
from passerelle.operations.backfilling.schedules import due_between
from tests.feeds.orders.till import Till

from .shop import past

NIGHT = dt.datetime(2026, 11, 22, 1, 0, tzinfo=dt.UTC)
DECLARATION = """
deployments:
  - name: stock
    parameters: {feed: stock}
    schedules:
      - {slug: often, interval: 600, anchor_date: "2026-01-01T00:00:00+01:00", timezone: Europe/Paris}
  - name: prices-fr
    parameters: {feed: prices-fr}
    schedules:
      - {slug: nightly, cron: "15 2 * * *", timezone: Europe/Paris}
      - {slug: asleep, cron: "* * * * *", timezone: Europe/Paris, active: false}
  - name: alerts
    schedules: [{slug: watch, interval: 60, timezone: UTC}]
"""


def test_schedules_are_read_as_data(tmp_path: Path) -> None:
    """Those that are active and of a feed; hours of the day and distances."""
    path = tmp_path / "prefect.yaml"
    path.write_text(DECLARATION, encoding="utf-8")
    runs = read_schedules(path)
    assert [(run.name, run.feed) for run in runs] == [("often", "stock"), ("nightly", "prices-fr")]
    due = due_between(runs, NIGHT, NIGHT + dt.timedelta(minutes=30))
    assert [(run.name, first, times) for run, first, times in due] == [
        ("often", NIGHT, 4),
        ("nightly", dt.datetime(2026, 11, 22, 1, 15, tzinfo=dt.UTC), 1),
    ]
    assert due_between(runs[1:], NIGHT, NIGHT + dt.timedelta(minutes=10)) == []


def test_no_declaration_is_no_schedule(tmp_path: Path) -> None:
    """A shell elsewhere knows of none; a file that is no YAML is told."""
    assert read_schedules(tmp_path / "prefect.yaml") == []
    (tmp_path / "prefect.yaml").write_text("deployments: [", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_schedules(tmp_path / "prefect.yaml")


def foreseen(till: Till, *schedules: ScheduledRun, **asked: Any) -> Forecast:
    """What a backfill of stock would take."""
    with till.workspace.ledger() as ledger:
        request = BackfillRequest(feed="stock", **asked)
        return forecast(till.workspace, ledger, request, schedules, now=NIGHT)


async def test_what_is_foreseen_is_what_the_ledger_saw(till: Till) -> None:
    """Files by the index, records as counted by the runs; of SKUs only those are compared."""
    await past(till, {f"S{n}": 5 for n in range(10)}, {"S0": 6, "S1": 6}, {"S0": 7})
    told = foreseen(till, since="2026-11-01")
    assert [(file.records, file.counted) for file in told.files] == [(10, True), (2, True), (1, True)]
    assert (told.read, told.compared, told.runs) == (13, 10, 3)
    assert told.calls >= 10
    assert told.notes == []
    few = foreseen(till, skus=("S0", "S1"), until="2026-11-02")
    assert (len(few.files), few.read, few.compared) == (2, 12, 2)
    assert few.calls < told.calls


async def test_what_begins_meanwhile_is_named(till: Till) -> None:
    """Runs of the feed itself first: they go between two batches."""
    await past(till, {"A": 1})
    anchor = NIGHT - dt.timedelta(days=1)
    often = ScheduledRun(name="often", feed="stock", zone="UTC", every=1.0, anchor=anchor)
    other = ScheduledRun(name="other", feed="prices-fr", zone="UTC", every=1.0, anchor=anchor)
    found = foreseen(till, other, often, skus=("A",)).collisions
    named = [one for one in found if one.name != "expects"]
    assert [(one.name, one.same_feed) for one in named] == [("often", True), ("other", False)]
    assert named[0].seconds is not None
    assert named[1].seconds is None


async def test_an_empty_archive_is_told(till: Till) -> None:
    """Nothing is known: speeds are assumed, and nothing is made up."""
    told = foreseen(till, files=("STOCK_TOUS_C_00001_20261101.xml",))
    assert (told.files, told.read, told.calls, told.runs) == ([], 0, 0, 0)
    assert any("not in the archive" in note for note in told.notes)
