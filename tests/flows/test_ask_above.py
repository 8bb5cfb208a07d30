"""A run that would write more than `ask_above` waits: approved, refused, unanswered; who says what of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect import State
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun

from flows.stock import sync_stock
from passerelle.feeds import Workspace
from passerelle.ledger import Outcome, StoredPlan
from passerelle.operations.board import Board, board
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.feeds.orders.till import Till
from tests.operations.backfilling.shop import drop, levels, past, versions

from .asking import resumed
from .conftest import PROJECT
from .guarded import environment, paused, stock_till

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.usefixtures("prefect_server")]

SKUS = [f"S{number}" for number in range(10)]
#: What the file says that waits: eight records change, where five are written without asking.
WANTED = {**dict.fromkeys(SKUS, 5), **dict.fromkeys(SKUS[:8], 7)}
SAID = "changes: 8 records would be written, allowed 5 without asking"


@pytest.fixture(scope="module")
def shops() -> Iterator[Sandbox]:
    """One sandbox for the file; each test has a project of its own."""
    with Sandbox(SandboxConfig(any_project=True), in_process=True) as running:
        yield running


@pytest.fixture
async def till(tmp_path: Path, shops: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Till:
    """Ten SKUs that were carried, and a file that changes eight of them; its feed asks above five."""
    made = await stock_till(tmp_path, shops)
    mappings = shutil.copytree(PROJECT / "mappings", tmp_path / "mappings")
    stock = mappings / "erp" / "stock.yaml"
    text = stock.read_text(encoding="utf-8")
    assert "guard: {volume_drop" in text
    stock.write_text(text.replace("guard: {", "guard: {ask_above: 5, "), encoding="utf-8")
    await past(made, dict.fromkeys(SKUS, 5))
    made.workspace = Workspace(made.workspace.settings.model_copy(update={"mappings": mappings}))
    for variable, value in environment(made).items():
        monkeypatch.setenv(variable, value)
    drop(made, 2, WANTED, mode="D", day="20261102")
    return made


@pytest.fixture
async def client() -> AsyncIterator[PrefectClient]:
    """A client of the server."""
    async with get_client() as opened:
        yield opened


async def _run() -> State[Any]:
    state: State[Any] = await sync_stock(feed="stock", dry_run=False, return_state=True)
    return state


def started() -> asyncio.Task[State[Any]]:
    """A run as the schedule starts it."""
    return asyncio.create_task(_run())


async def press_resume(client: PrefectClient, run: FlowRun, answer: dict[str, Any]) -> None:
    """What the UI sends when the form is filled in."""
    api = str(client.api_url).rstrip("/")
    assert await asyncio.to_thread(resumed, api, str(run.id), answer) == "ACCEPT"


def on_the_board(till: Till) -> Board:
    """What the operators' page shows."""
    workspace = till.workspace
    with workspace.ledger() as ledger:
        mappings = {"stock": workspace.incoming("stock")}
        return board(ledger, mappings, dt.datetime.now(dt.UTC))


def plan_of(till: Till) -> StoredPlan:
    """The newest plan."""
    with till.workspace.ledger() as ledger:
        return ledger.decisions.last("stock")[0]


def book(till: Till) -> list[tuple[str, Outcome | None]]:
    """Mode and outcome of the runs, the newest first; without the past."""
    with till.workspace.ledger() as ledger:
        return [(run.mode, run.outcome) for run in ledger.runs.last("stock", 20)][:-1]


async def test_approved_exactly_what_was_shown_is_written(till: Till, client: PrefectClient) -> None:
    """Not what came while it waited: that is asked about by itself."""
    before = await versions(till)
    run = started()
    waiting = await paused(client)
    plan = plan_of(till)
    assert plan.facts["guard"] == [text for text in plan.facts["guard"] if text.startswith(SAID)]
    assert [one.id for one in on_the_board(till).plans] == [plan.id]
    assert book(till) == [("plan", "stopped_by_guard"), ("auto", "stopped_by_guard")]
    drop(till, 3, dict.fromkeys(SKUS, 1), mode="D", day="20261103")
    answer = {"decision": "approve", "reason": "the new collection is in", "by": "Ann"}
    await press_resume(client, waiting, answer)
    state = await run
    assert (state.type.value, state.name) == ("COMPLETED", "Completed"), state.message
    assert await levels(till) == WANTED
    written = {sku: count - before[sku] for sku, count in (await versions(till)).items()}
    assert written == {sku: int(sku in SKUS[:8]) for sku in SKUS}
    decided = plan_of(till)
    assert (decided.id, decided.state, decided.decided_by) == (plan.id, "applied", "Ann")
    assert decided.reason == "the new collection is in"
    assert book(till)[:2] == [("auto", "stopped_by_guard"), ("apply", "succeeded")]
    shown = on_the_board(till)
    assert shown.plans == []
    assert shown.feeds[0].carried_file == "STOCK_TOUS_D_00002_20261102.xml"

    run = started()
    await press_resume(client, await paused(client), answer)
    assert (await run).is_completed()
    assert set((await levels(till)).values()) == {1}


async def test_refused_nothing_is_written(till: Till, client: PrefectClient) -> None:
    """Prefect says Refused and by whom, the ledger keeps it, the board has nothing left to decide."""
    before = await versions(till)
    run = started()
    answer = {"decision": "refuse", "reason": "this is the export of another brand", "by": "Bob"}
    await press_resume(client, await paused(client), answer)
    state = await run
    assert (state.type.value, state.name) == ("FAILED", "Refused")
    assert SAID in (state.message or "")
    assert "refused by Bob: this is the export of another brand" in (state.message or "")
    plan = plan_of(till)
    assert (plan.state, plan.decided_by, plan.reason) == ("refused", "Bob", answer["reason"])
    assert await versions(till) == before
    shown = on_the_board(till)
    assert (shown.plans, shown.feeds[0].outcome) == ([], "stopped_by_guard")
    assert shown.feeds[0].carried_file == "STOCK_TOUS_C_00001_20261101.xml"
    # The next run does not ask about the same once more.
    again = await started()
    assert (again.name, await versions(till)) == ("StoppedByGuard", before)


async def test_unanswered_nothing_is_written(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts as refused by nobody; what was asked is kept."""
    monkeypatch.setenv("PASSERELLE_APPROVAL__ANSWER_WITHIN", "3")
    before = await versions(till)
    state = await started()
    assert (state.type.value, state.name) == ("FAILED", "Unanswered")
    assert SAID in (state.message or "")
    plan = plan_of(till)
    assert (plan.state, plan.decided_by) == ("refused", "nobody (no answer in time)")
    assert await versions(till) == before
    shown = on_the_board(till)
    assert (shown.plans, shown.feeds[0].outcome) == ([], "stopped_by_guard")
    with till.workspace.ledger() as ledger:
        assert ledger.plans.totals(plan.run_id).items == 8
        assert ledger.leases.holder("asking:stock") is ledger.leases.holder("asking-seat:1") is None
