from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from prefect import State
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import Artifact

from flows.backfill import Selection, backfill
from passerelle.ledger import Backfill
from passerelle.operations.backfilling import carry_backfill, pause_backfill
from passerelle.operations.peak import peak_off, peak_on
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.feeds.orders.till import Till
from tests.operations.backfilling.shop import levels, past, somebody_sets

from .guarded import environment, paused, stock_till

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

SKUS = [f"S{number}" for number in range(8)]
PASTED = Selection(skus=" ".join(SKUS))


@pytest.fixture(scope="module")
def shops() -> Iterator[Sandbox]:
    """One sandbox for the file; each test has a project of its own."""
    with Sandbox(SandboxConfig(any_project=True), in_process=True) as running:
        yield running


@pytest.fixture
async def till(tmp_path: Path, shops: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Till:
    """Eight SKUs that were carried on two days, and that somebody changed in the shop since."""
    made = await stock_till(tmp_path, shops)
    for variable, value in environment(made).items():
        monkeypatch.setenv(variable, value)
    await past(made, dict.fromkeys(SKUS, 5), dict.fromkeys(SKUS, 6))
    await somebody_sets(made, dict.fromkeys(SKUS, 99))
    return made


@pytest.fixture
async def client() -> AsyncIterator[PrefectClient]:
    """The API of Prefect, as its UI uses it."""
    async with get_client() as opened:
        yield opened


def started(**asked: Any) -> asyncio.Task[State[Any]]:
    """A run as the form starts it, for real unless said otherwise."""
    parameters: dict[str, Any] = {"feed": "stock", "selection": PASTED, "dry_run": False, **asked}
    return asyncio.create_task(_run(parameters))


async def _run(parameters: dict[str, Any]) -> State[Any]:
    state: State[Any] = await backfill(**parameters, return_state=True)
    return state


def the_one(till: Till) -> Backfill:
    """The backfill of the test."""
    with till.workspace.ledger() as ledger:
        (one,) = ledger.backfills.last()
    return one


async def artifacts(state: State[Any]) -> dict[str, Artifact]:
    """What the run left on its page."""
    run = state.state_details.flow_run_id
    assert run is not None
    async with get_client() as client:
        wanted = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
        return {one.key or "": one for one in await client.read_artifacts(artifact_filter=wanted)}


async def test_from_the_form_to_the_shop(till: Till) -> None:
    """What it would take is told first, then how far it is; the page tells what each batch did."""
    state = await started(batch=3, asked_by="Ann")
    assert (state.type.value, state.name) == ("COMPLETED", "Completed"), state.message
    assert set((await levels(till)).values()) == {6}
    one = the_one(till)
    assert (one.state, one.done, one.asked_by) == ("done", 8, "Ann")
    assert one.token == f"prefect:{state.state_details.flow_run_id}"
    page = await artifacts(state)
    assert "2 files" in str(page["stock-backfill-forecast"].data)
    assert page["stock-backfill-progress"].data == 100.0
    told = str(page["stock-backfill"].data)
    assert "8 of 8" in told
    assert told.count("\n| ") >= 4
    with till.workspace.ledger() as ledger:
        counts = [batch.counts or {} for batch in ledger.backfills.batches(one.id)]
    assert [batch["writes"] for batch in counts] == [3, 3, 2]
    head, *_, last = [row.split(" | ") for row in told.splitlines() if row.startswith("| ")]
    assert last[head.index("writes")] == "2"
    assert last[head.index("reads")] == str(counts[-1]["reads"])


async def test_a_dry_run_shows_the_plan(till: Till) -> None:
    """Nothing is written; the plan is kept for whoever carries it out."""
    state = await started(dry_run=True, selection=Selection(skus="S0", end=date(2026, 11, 1)))
    assert (state.type.value, state.name) == ("COMPLETED", "Planned")
    assert set((await levels(till)).values()) == {99}
    (row,) = json.loads(str((await artifacts(state))["stock-plan"].data))
    assert (row["before"], row["after"]) == ("99", "5")


async def test_a_selection_of_nothing_is_refused(till: Till) -> None:
    """The server lets the form pass; nothing is begun."""
    state = await started(selection=Selection())
    assert (state.type.value, state.name) == ("FAILED", "Refused")
    assert "say what" in (state.message or "")
    with till.workspace.ledger() as ledger:
        assert ledger.backfills.last() == []


async def test_paused_from_the_shell_resumed_from_the_ui(till: Till, client: PrefectClient) -> None:
    """The run waits as Paused and holds nothing of the feed; resumed it goes on behind its last batch."""
    run = await _begun(till)
    with till.workspace.ledger() as ledger:
        pause_backfill(ledger, the_one(till).id, by="bob")
    waiting = await paused(client, form=False)
    till.sandbox.control("POST", "/latency", {"ms": 0})
    one = the_one(till)
    assert one.state == "paused"
    assert 2 <= one.done < 8
    with till.workspace.ledger() as ledger:
        assert ledger.leases.holder("feed:stock") is None
        assert ledger.leases.holder(f"backfill:{one.id}") is None
    assert sorted(set((await levels(till)).values())) == [6, 99]
    await client.resume_flow_run(waiting.id)
    state = await run
    assert state.is_completed(), state.message
    assert set((await levels(till)).values()) == {6}


async def test_a_paused_one_may_be_carried_from_the_shell(till: Till, client: PrefectClient) -> None:
    """The waiting run notices, and ends as the backfill did."""
    run = await _begun(till)
    with till.workspace.ledger() as ledger:
        pause_backfill(ledger, the_one(till).id, by="bob")
    await paused(client, form=False)
    till.sandbox.control("POST", "/latency", {"ms": 0})
    await carry_backfill(till.workspace, the_one(till).id, by="bob")
    state = await run
    assert state.is_completed(), state.message
    assert set((await levels(till)).values()) == {6}


async def test_a_pause_at_the_same_place_is_a_pause_again(till: Till, client: PrefectClient) -> None:
    """Resumed while peak mode still freezes backfills it waits anew, and goes on once that is over."""
    run = await _begun(till)
    until = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    with till.workspace.ledger() as ledger:
        peak_on(till.workspace, ledger, profile="soldes", until=until.isoformat(), reason="rush", by="bob")
    first = await paused(client, form=False)
    till.sandbox.control("POST", "/latency", {"ms": 0})
    assert first.state is not None
    await client.resume_flow_run(first.id)
    second = await paused(client, form=False, after=first)
    with till.workspace.ledger() as ledger:
        assert (the_one(till).state, the_one(till).done < 8) == ("paused", True)
        peak_off(ledger, by="bob", reason="over")
    await client.resume_flow_run(second.id)
    state = await run
    assert state.is_completed(), state.message
    assert set((await levels(till)).values()) == {6}


async def test_what_the_guard_stops_is_approved_in_the_run(till: Till, client: PrefectClient) -> None:
    """The plan waits in the same run; the decision is kept with it."""
    await past_to_zero(till)
    run = started(selection=Selection(files="STOCK_TOUS_D_00003_20261103.xml"))
    waiting = await paused(client)
    assert set((await levels(till)).values()) == {99}
    answer = {"decision": "approve", "reason": "sold out for good", "by": "Ann"}
    await client.resume_flow_run(waiting.id, run_input=answer)
    state = await run
    assert state.is_completed(), state.message
    assert set((await levels(till)).values()) == {0}
    with till.workspace.ledger() as ledger:
        (plan,) = ledger.decisions.last("stock", states=("applied",))
    assert (plan.decided_by, plan.reason) == ("Ann", "sold out for good")


async def past_to_zero(till: Till) -> None:
    """A third day sets all to zero; then somebody sets them again."""
    from passerelle.feeds import RunOptions, run_feed  # noqa: PLC0415 - beside its one use
    from tests.operations.backfilling.shop import drop  # noqa: PLC0415 - beside its one use

    drop(till, 3, dict.fromkeys(SKUS, 0), mode="D", day="20261103")
    await run_feed(till.workspace, "stock", RunOptions(override_guard="sold out"))
    await somebody_sets(till, dict.fromkeys(SKUS, 99))


async def _begun(till: Till) -> asyncio.Task[State[Any]]:
    """Start a run; its first batch is sent, and the shop is so slow that the second is not its last."""
    till.sandbox.control("POST", "/latency", {"ms": 300})
    run = started(batch=2)
    async with asyncio.timeout(60):
        with till.workspace.ledger() as ledger:
            while not (found := ledger.backfills.last()) or found[0].done < 2:  # noqa: ASYNC110 - the ledger sets no event
                await asyncio.sleep(0.02)
    till.sandbox.control("POST", "/latency", {"ms": 2_000})
    return run
