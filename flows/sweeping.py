"""Sweeping: what the server believes of runs is set right where their process is gone.

A run whose process was killed together with its runner stays "Running" on the server for ever: nobody is left
to say otherwise. It keeps its place in the deployment's concurrency limit, so that the feed never runs again.
The runner therefore sweeps when it starts and every few seconds from then on. Two signs tell that a run is
over: it belongs to this runner and the runner has no such process; or nothing was heard of it for three
heartbeats. The ledger's runs are swept by the same clock; the ledger asks the processes themselves.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import NamedTuple
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Crashed

from passerelle.feeds import Workspace
from passerelle.feeds.turns import is_heard
from passerelle.ledger import Run

from .events import last_heartbeats

__all__ = ["SILENT_HEARTBEATS", "Sweeper", "Swept", "drop_overdue", "sweep_ledger"]

#: After so many heartbeats without a sound a run is over; one may be lost, two are no accident.
SILENT_HEARTBEATS = 3
#: A worker that waits for its infrastructure sends no heartbeats yet.
_PENDING = dt.timedelta(minutes=10)
#: What was due so long ago waited for a machine that was off.
_OVERDUE = dt.timedelta(minutes=2)
_PAGE = 200
_CLAIM_TO_LIVE = (StateType.RUNNING, StateType.PENDING, StateType.CANCELLING, StateType.PAUSED)
_LOG = logging.getLogger("prefect.runner.sweeping")


class Swept(NamedTuple):
    """One run that was set right: what the server believed, and what it is told now."""

    run: UUID
    name: str
    believed: str
    told: str


class Sweeper:
    """Looks for runs that claim to live and do not.

    Only runs of `deployments` are looked at, those that this runner serves; `at_work` gives what it has in
    hand. `sole` says that nobody else runs these deployments: then what is not in hand is over at once.
    Otherwise a run may belong to a runner or worker elsewhere, and only its silence tells.
    """

    def __init__(
        self,
        client: PrefectClient,
        *,
        deployments: Collection[UUID],
        at_work: Callable[[], set[UUID]],
        sole: bool,
        heartbeat: dt.timedelta,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._client = client
        self._deployments = set(deployments)
        self._at_work = at_work
        self._sole = sole
        self._silence = SILENT_HEARTBEATS * heartbeat
        self._clock = clock

    async def keep(self, every: float) -> None:
        """Sweep server and ledger for ever, `every` seconds; who does not answer is asked again later.

        Each goes its own way: while the server is down, which may take a minute to notice, the ledger is not.
        """
        await asyncio.gather(_again(self._look_at_server, every), _again(_look_at_ledger, every))

    async def _look_at_server(self) -> None:
        for swept in await self.sweep():
            _LOG.warning(
                "Run %s claimed to be %s, but its process is gone: %s now",
                swept.name,
                swept.believed,
                swept.told,
            )

    async def sweep(self) -> list[Swept]:
        """Look once, and tell the server what is over."""
        found = await _runs(self._client, _CLAIM_TO_LIVE, self._deployments)
        # Asked after the server: what began since is not in its list, what ended has another state by now.
        at_work = self._at_work()
        candidates = [run for run in found if run.id not in at_work and not _is_suspended(run)]
        over = candidates if self._sole else await self._silent(candidates)
        swept = [await self._set_right(run) for run in over]
        return [one for one in swept if one is not None]

    async def _silent(self, runs: list[FlowRun]) -> list[FlowRun]:
        now = self._clock()
        quiet = [run for run in runs if run.state is not None and self._since(run.state, now)]
        if not quiet:
            return []
        heard = await last_heartbeats(self._client, [run.id for run in quiet], now=now, within=self._silence)
        return [run for run in quiet if run.id not in heard]

    def _since(self, state: State, now: dt.datetime) -> bool:
        patience = max(_PENDING, self._silence) if state.type is StateType.PENDING else self._silence
        return state.timestamp < now - patience

    async def _set_right(self, run: FlowRun) -> Swept | None:
        try:
            latest = await self._client.read_flow_run(run.id)
        except ObjectNotFound:
            return None
        if run.state is None or latest.state is None or latest.state.id != run.state.id:
            return None  # it moved while we looked
        state: State[None]
        if run.state.type is StateType.CANCELLING:
            state = Cancelled(message="Its process is gone: there is nothing left to cancel.")
        elif run.state.type is StateType.PAUSED:
            state = Crashed(
                message="Its process ended while it waited for an answer; nothing more was written. "
                "The plan is kept: passerelle plans"
            )
        else:
            state = Crashed(
                message="Its process ended without a word. The ledger keeps what was done; "
                "the next run goes on from there."
            )
        await self._client.set_flow_run_state(run.id, state, force=True)
        return Swept(run.id, run.name, str(run.state.name), str(state.name))


async def _look_at_ledger() -> None:
    for dead in await asyncio.to_thread(sweep_ledger, Workspace.load()):
        _LOG.warning("Run %s of %s in the ledger: %s", dead.id, dead.feed, dead.message)


async def _again(look: Callable[[], Awaitable[None]], every: float) -> None:
    while True:
        try:
            await look()
        except Exception as error:  # noqa: BLE001 - whatever it is: who stops looking finds nothing
            _LOG.warning("Could not sweep, trying again: %r", error)
        await asyncio.sleep(every)


async def drop_overdue(client: PrefectClient, deployments: Collection[UUID]) -> int:
    """Cancel scheduled runs that were due while nobody was there, but the latest of each deployment; count.

    The latest one takes up all that arrived meanwhile. Without this a machine that was off over the weekend
    would begin on Monday with hundreds of runs. Runs that a person asked for stay.
    """
    latest: set[UUID] = set()
    dropped = 0
    due = FlowRunFilterExpectedStartTime.model_validate({"before_": dt.datetime.now(dt.UTC) - _OVERDUE})
    for run in await _runs(client, (StateType.SCHEDULED,), deployments, due=due):
        if run.deployment_id is None or not run.auto_scheduled or _is_retried(run):
            continue
        if run.deployment_id not in latest:
            latest.add(run.deployment_id)
            continue
        message = "Nobody was there to run it when it was due; a later run takes up what waits."
        await client.set_flow_run_state(run.id, Cancelled(name="Skipped", message=message), force=True)
        dropped += 1
    return dropped


def sweep_ledger(workspace: Workspace) -> list[Run]:
    """Close the runs of the ledger whose process is gone, and drop their plans and parts; give them back.

    Of a process on another machine its lease tells: so long as it beats, a run may take days. A run in parts
    that is closed here is taken up by a worker all the same.
    """
    with workspace.ledger() as ledger:
        swept = ledger.runs.sweep_dead(lives=partial(is_heard, ledger))
        for dead in swept:
            ledger.plans.drop(dead.id)
            ledger.parts.drop(dead.id)
        return swept


async def _runs(
    client: PrefectClient,
    types: Collection[StateType],
    deployments: Collection[UUID],
    *,
    due: FlowRunFilterExpectedStartTime | None = None,
) -> list[FlowRun]:
    """Read all runs in these states, the latest first; the server gives two hundred at a time."""
    wanted = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types))),
        deployment_id=FlowRunFilterDeploymentId(any_=list(deployments)),
    )
    if due is not None:
        wanted.expected_start_time = due
    found: list[FlowRun] = []
    while True:
        page = await client.read_flow_runs(
            flow_run_filter=wanted,
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=_PAGE,
            offset=len(found),
        )
        found += page
        if len(page) < _PAGE:
            return found


def _is_retried(run: FlowRun) -> bool:
    """A run that somebody lets run again keeps the date on which it was first due."""
    return run.state is not None and run.state.name == "AwaitingRetry"


def _is_suspended(run: FlowRun) -> bool:
    """A suspended run has no process, and is right not to have one."""
    return run.state is not None and run.state.name == "Suspended"
