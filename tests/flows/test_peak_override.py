"""Peak mode and the forms: what it holds back is carried when a person writes why, and that is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect import State
from prefect.client.orchestration import get_client

from flows.backfill import Selection, backfill
from flows.stock import sync_stock
from passerelle.ledger import AuditEntry
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.feeds.orders.till import Till
from tests.operations.backfilling.shop import drop, levels, past, somebody_sets

from .guarded import environment, stock_till

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

SKUS = ["S0", "S1", "S2"]
RULES = {"lanes": {"stock": {"paused": True}}, "freeze": ["backfill"]}
REASON = "wrong photo on the home page"


@pytest.fixture(scope="module")
def shops() -> Iterator[Sandbox]:
    """One sandbox for the file; each test has a project of its own."""
    with Sandbox(SandboxConfig(any_project=True), in_process=True) as running:
        yield running


@pytest.fixture
async def till(tmp_path: Path, shops: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Till:
    """Three SKUs that were carried; since then peak mode holds stock and freezes backfills."""
    made = await stock_till(tmp_path, shops)
    for variable, value in environment(made).items():
        monkeypatch.setenv(variable, value)
    await past(made, dict.fromkeys(SKUS, 5))
    now = dt.datetime.now(dt.UTC)
    with made.workspace.ledger() as ledger:
        ledger.peak.switch_on(
            "black-friday", RULES, since=now, until=now + dt.timedelta(hours=1), by="Zoé", reason="sales"
        )
    return made


async def started(**parameters: Any) -> State[Any]:
    """A run as the form starts it, for real."""
    state: State[Any] = await sync_stock(feed="stock", dry_run=False, **parameters, return_state=True)
    return state


def overrides(till: Till) -> list[AuditEntry]:
    """What the audit log says of peak mode that was passed."""
    with till.workspace.ledger() as ledger:
        return list(ledger.audit.entries(what=["peak_override"]))


async def test_a_paused_feed_is_carried_for_a_reason(till: Till) -> None:
    """Without one nothing is done and the state says until when; with one it is as on any day."""
    drop(till, 2, {"S0": 7}, mode="D", day="20261102")
    held = await started(despite_peak="  ")
    assert held.is_completed()
    assert "stock is paused by peak mode black-friday until" in (held.message or "")
    assert (await levels(till))["S0"] == 5
    assert overrides(till) == []
    carried = await started(despite_peak=REASON)
    assert carried.is_completed(), carried.message
    assert (await levels(till))["S0"] == 7
    assert [(entry.subject, entry.reason) for entry in overrides(till)] == [("feed stock", REASON)]


async def test_a_frozen_backfill_is_carried_for_a_reason(till: Till) -> None:
    """To its end, where it would pause behind its plan; who asked and why is kept."""
    await somebody_sets(till, dict.fromkeys(SKUS, 99))
    state: State[Any] = await backfill(
        feed="stock",
        selection=Selection(skus=" ".join(SKUS)),
        dry_run=False,
        asked_by="Ann",
        despite_peak=REASON,
        return_state=True,
    )
    assert state.is_completed(), state.message
    assert set((await levels(till)).values()) == {5}
    [entry] = overrides(till)
    assert (entry.subject, entry.who, entry.reason) == ("backfill 1", "Ann", REASON)


async def test_the_server_knows_the_field() -> None:
    """The form that the UI draws is the flow's schema as the server was given it."""
    async with get_client() as client:
        flow = await client.create_flow(sync_stock)
        made = await client.create_deployment(
            flow, name="peak-form", parameter_openapi_schema=sync_stock.parameters.model_dump()
        )
        shown = (await client.read_deployment(made)).parameter_openapi_schema
    assert shown is not None
    assert shown["properties"]["despite_peak"]["description"].startswith("Why this run may start")
