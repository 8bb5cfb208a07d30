from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prefect import flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.schedules import SCHEDULE_TYPES, IntervalSchedule
from prefect.events.clients import get_events_client
from prefect.events.schemas.events import Event, Resource
from prefect.states import AwaitingRetry, Cancelling, Paused, Pending, Running, Scheduled, Suspended

from flows.events import HEARTBEAT, last_heartbeats
from flows.sweeping import Sweeper, drop_overdue, sweep_ledger
from passerelle.feeds import Settings, Workspace
from passerelle.ledger import Ledger
from passerelle.ledger.owners import Owner, this_process

pytestmark = pytest.mark.usefixtures("prefect_server")

BEAT = dt.timedelta(seconds=30)


@flow
def nothing() -> None:
    """A flow that nobody runs: its runs only have states."""


@pytest.fixture
async def client() -> AsyncIterator[PrefectClient]:
    """A client of the server."""
    async with get_client() as client:
        yield client


@pytest.fixture
async def deployment(client: PrefectClient) -> uuid.UUID:
    """A deployment of its own for each test."""
    return await client.create_deployment(await client.create_flow(nothing), name=f"d-{uuid.uuid4()}")


async def _run(client: PrefectClient, deployment: uuid.UUID, *states: State) -> FlowRun:
    run = await client.create_flow_run_from_deployment(deployment)
    for state in states:
        await client.set_flow_run_state(run.id, state, force=True)
    return await client.read_flow_run(run.id)


async def _state(client: PrefectClient, run: FlowRun) -> StateType:
    state = (await client.read_flow_run(run.id)).state
    assert state is not None
    return state.type


def _sweeper(
    client: PrefectClient,
    deployment: uuid.UUID,
    *at_work: FlowRun,
    sole: bool = True,
    at: dt.datetime | None = None,
) -> Sweeper:
    """Make a sweeper that looks now, or at a moment."""
    return Sweeper(
        client,
        deployments={deployment},
        at_work=lambda: {run.id for run in at_work},
        sole=sole,
        heartbeat=BEAT,
        clock=lambda: at or dt.datetime.now(dt.UTC),
    )


async def test_what_this_runner_does_not_have_in_hand_is_over(
    client: PrefectClient, deployment: uuid.UUID
) -> None:
    """Running, pending and paused runs without a process crash, one that is being cancelled is cancelled."""
    claims = [
        await _run(client, deployment, Running()),
        await _run(client, deployment, Pending()),
        await _run(client, deployment, Paused(timeout_seconds=3600)),
        await _run(client, deployment, Running(), Cancelling()),
    ]
    mine = await _run(client, deployment, Running())
    suspended = await _run(client, deployment, Suspended(timeout_seconds=3600))
    planned = await _run(client, deployment, Scheduled())
    swept = await _sweeper(client, deployment, mine).sweep()
    assert {one.run for one in swept} == {run.id for run in claims}
    crashed, cancelled = StateType.CRASHED, StateType.CANCELLED
    assert [await _state(client, run) for run in claims] == [crashed, crashed, crashed, cancelled]
    assert [await _state(client, run) for run in (mine, suspended, planned)] == [
        StateType.RUNNING,
        StateType.PAUSED,
        StateType.SCHEDULED,
    ]
    assert await _sweeper(client, deployment, mine).sweep() == []


async def test_a_place_of_a_dead_run_is_free_again(client: PrefectClient) -> None:
    """With one run at a time a dead one would block its feed for ever."""
    deployment = await client.create_deployment(
        await client.create_flow(nothing), name=f"d-{uuid.uuid4()}", concurrency_limit=1
    )
    dead = await client.create_flow_run_from_deployment(deployment)
    waiting = await client.create_flow_run_from_deployment(deployment)
    await client.set_flow_run_state(dead.id, Pending())
    await client.set_flow_run_state(dead.id, Running())
    await client.set_flow_run_state(waiting.id, Pending())
    assert await _state(client, waiting) is StateType.SCHEDULED
    await _sweeper(client, deployment).sweep()
    await client.set_flow_run_state(waiting.id, Pending())
    assert await _state(client, waiting) is StateType.PENDING


async def test_a_run_of_another_machine_is_over_after_three_silent_heartbeats(
    client: PrefectClient, deployment: uuid.UUID
) -> None:
    """Where others run the same deployments only silence tells, and who was heard lives."""
    silent = await _run(client, deployment, Running())
    heard = await _run(client, deployment, Running())
    loading = await _run(client, deployment, Pending())
    # By the time of the server, however long it took to make them.
    began, begins = _since(silent), _since(loading)
    assert await _sweeper(client, deployment, sole=False, at=began + 2 * BEAT).sweep() == []

    moment = began + 4 * BEAT
    beat = Event(
        occurred=moment - BEAT,  # type: ignore[arg-type] # pydantic makes Prefect's own kind of date of it
        event=HEARTBEAT,
        resource=Resource({"prefect.resource.id": f"prefect.flow-run.{heard.id}"}),
        id=uuid.uuid4(),
    )
    async with get_events_client() as events:
        await events.emit(beat)
    await _until_written(client, heard, moment)
    (swept,) = await _sweeper(client, deployment, sole=False, at=moment).sweep()
    assert swept.run == silent.id
    assert [await _state(client, run) for run in (silent, heard, loading)] == [
        StateType.CRASHED,
        StateType.RUNNING,
        StateType.PENDING,
    ]
    late = begins + dt.timedelta(minutes=11)
    swept_late = await _sweeper(client, deployment, sole=False, at=late).sweep()
    assert {one.run for one in swept_late} == {heard.id, loading.id}


def _since(run: FlowRun) -> dt.datetime:
    assert run.state is not None
    return run.state.timestamp


async def _until_written(client: PrefectClient, run: FlowRun, moment: dt.datetime) -> None:
    """Wait for another process: the server writes events down a moment later."""
    for _ in range(600):
        if await last_heartbeats(client, [run.id], now=moment, within=3 * BEAT):
            return
        await asyncio.sleep(0.1)
    pytest.fail("the event was not written down")


async def test_runs_of_others_are_none_of_ours(client: PrefectClient, deployment: uuid.UUID) -> None:
    """A run of a deployment that this runner does not serve stays as it is, however old."""
    other = await client.create_deployment(await client.create_flow(nothing), name=f"d-{uuid.uuid4()}")
    foreign = await _run(client, other, Running())
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    for sole in (True, False):
        assert await _sweeper(client, deployment, sole=sole, at=tomorrow).sweep() == []
    assert await _state(client, foreign) is StateType.RUNNING


async def test_after_a_weekend_only_the_latest_overdue_run_is_left(
    client: PrefectClient, deployment: uuid.UUID
) -> None:
    """A run takes up all that waits: hundreds of them would only be a queue. What people asked for stays."""
    now = dt.datetime.now(dt.UTC)
    hourly: SCHEDULE_TYPES = IntervalSchedule(interval=dt.timedelta(hours=1))
    await client.create_deployment_schedules(deployment, [(hourly, True)])
    since, until = now - dt.timedelta(hours=60), now - dt.timedelta(hours=1)
    planned = {
        "start_time": since.isoformat(),
        "end_time": until.isoformat(),
        "min_runs": 100,
        "max_runs": 100,
    }
    await client.request("POST", "/deployments/{id}/schedule", path_params={"id": deployment}, json=planned)
    due = [run for run in await _all(client, deployment) if _due(run) < now]
    asked = await client.create_flow_run_from_deployment(
        deployment, state=Scheduled(scheduled_time=now - dt.timedelta(hours=30))
    )
    retried = min(due, key=_due)
    await client.set_flow_run_state(retried.id, AwaitingRetry(), force=True)
    assert len(due) > 50
    assert await drop_overdue(client, {deployment}) == len(due) - 2
    left = {
        run.id for run in await _all(client, deployment) if _due(run) < now and run.state_type == "SCHEDULED"
    }
    assert left == {asked.id, retried.id, max(due, key=_due).id}


def _due(run: FlowRun) -> dt.datetime:
    assert run.expected_start_time is not None
    return run.expected_start_time


async def _all(client: PrefectClient, deployment: uuid.UUID) -> list[FlowRun]:
    wanted = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[deployment]))
    return await client.read_flow_runs(flow_run_filter=wanted)


def test_the_ledger_is_swept_by_asking_the_processes(tmp_path: Path) -> None:
    """A run whose process is gone is closed as interrupted; this very process goes on."""
    workspace = Workspace(Settings(home=tmp_path))
    me = this_process()
    with workspace.ledger() as ledger:
        gone = ledger.runs.start("stock", mode="auto", owner=Owner(me.host, 2**22 - 1, 1.0))
        here = ledger.runs.start("prices-fr", mode="auto")
    (swept,) = sweep_ledger(workspace)
    assert (swept.id, swept.outcome, swept.interrupted) == (gone.id, "failed", True)
    with workspace.ledger() as ledger:
        assert _open(ledger) == [here.id]


def test_a_run_elsewhere_is_as_alive_as_its_lease(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be asked is known by its beat: a backfill of days is well, a young run without is over."""
    workspace = Workspace(Settings(home=tmp_path))
    elsewhere, now = Owner("another-host/1", 77, 1.0), dt.datetime.now(dt.UTC)
    with workspace.ledger() as ledger:
        with monkeypatch.context() as patch:
            patch.setattr("passerelle.ledger.leases.this_process", lambda: elsewhere)
            for name in ("feed:beats", "backfill:7"):
                ledger.leases.take(name, ttl=60)
            patch.setattr("passerelle.ledger.runs.utc_now", lambda: now - dt.timedelta(days=3))
            lives = [
                ledger.runs.start("beats", mode="auto", owner=elsewhere).id,
                ledger.runs.start("sends", mode="backfill", parameters={"backfill": 7}, owner=elsewhere).id,
            ]
        ledger.leases.take("feed:taken over", ttl=60)
        over = {
            ledger.runs.start("gone", mode="auto", owner=elsewhere).id,
            ledger.runs.start("taken over", mode="auto", owner=elsewhere).id,
            ledger.runs.start("sent", mode="backfill", parameters={"backfill": 8}, owner=elsewhere).id,
        }
    assert {run.id for run in sweep_ledger(workspace)} == over
    with workspace.ledger() as ledger:
        assert set(_open(ledger)) == set(lives)


def _open(ledger: Ledger) -> list[str]:
    return [run.id for run in ledger.runs.last(n=10) if run.outcome is None]
