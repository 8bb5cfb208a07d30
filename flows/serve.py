"""Serve: run the deployments of prefect.yaml here: `python -m flows.serve`, as `passerelle up` does."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Self
from uuid import UUID

import msgspec
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import SCHEDULE_TYPES, CronSchedule, IntervalSchedule
from prefect.runner import Runner
from prefect.runner._flow_run_executor import ProcessStarter

from passerelle.errors import Fatal, PasserelleError

from .automations import heartbeat_frequency, install
from .deployments import read_declaration, remove_stale, to_deployment
from .lanes import Lane, LanePoller, Lanes
from .sweeping import Sweeper, drop_overdue
from .warm import WarmProcesses, WarmStarter

__all__ = ["CalmRunner", "ServeOptions", "main", "serve"]


_SERVER_SECONDS = 120.0
#: How often the runner looks for runs that claim to live; well below one heartbeat.
_SWEEP_SECONDS = 10.0


class CalmRunner(Runner):
    """Cancels its runs when the service is stopped, where Prefect's own runner kills them; knows lanes.

    On SIGTERM each run gets what a cancel from the UI gives it: its `finally` blocks run, its state becomes
    Cancelled. The ledger lets the next run go on from there. Runs of a runner that was killed outright are
    set right by the next one (`flows.sweeping`).
    """

    def __init__(self, *, limit: int, lanes: Mapping[str, Lane], modules: Collection[str] = ()) -> None:
        super().__init__(name="passerelle", pause_on_shutdown=False, limit=limit)
        self._lanes = lanes
        self._warm = WarmProcesses(tuple(sorted(modules)))
        self.lane_of: dict[UUID, str] = {}

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._scheduled_run_poller = LanePoller.in_place_of(
            self._scheduled_run_poller,
            Lanes(self._lanes, self.lane_of),
            places=self.limit,
            resolve_starter=self._starter,
        )
        return self

    def _starter(self, flow_run: FlowRun) -> ProcessStarter:
        deployment = flow_run.deployment_id
        name = None if deployment is None else self._deployment_registry.get_deployment_name(deployment)
        return WarmStarter(self._warm, deployment_name=name, control_channel=self._control_channel)

    def at_work(self) -> set[UUID]:
        """Name the runs that this runner has in hand; none before it started."""
        poller = getattr(self, "_scheduled_run_poller", None)
        return poller.at_work if isinstance(poller, LanePoller) else set()

    def handle_sigterm(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 -- the signature of a signal handler
        """Stop polling, cancel what runs, then let `start` return."""
        if not self.started:
            sys.exit(0)
        self.execute_in_background(self.astop)


class ServeOptions(NamedTuple):
    """How to serve.

    `paused` True pauses all schedules, False sets them going, None leaves each deployment as people set it.
    `ready` is written once all deployments are registered: what is served, as JSON, for whoever waits.
    `limit` is how many runs may be at work at the same time; every `sweep` seconds runs that only claim to
    live are looked for. `sole` says that nobody else runs these deployments.
    """

    paused: bool | None = None
    ready: Path | None = None
    limit: int = 4
    sweep: float = _SWEEP_SECONDS
    sole: bool = False


async def serve(declaration: Path, options: ServeOptions) -> None:
    """Register every declared deployment, set right what a former runner left, then run what is due.

    Returns after SIGTERM.
    """
    declared = await asyncio.to_thread(read_declaration, declaration)
    modules = {entry.entrypoint.rpartition(".")[0] for entry in declared.deployments}
    runner = CalmRunner(limit=options.limit, lanes=declared.lanes, modules=modules)
    served: list[DeploymentResponse] = []
    async with get_client() as client:
        await _until_healthy(client)
        for entry in declared.deployments:
            deployment = await to_deployment(entry, paused=options.paused)
            number = await runner.aadd_deployment(deployment)
            runner.lane_of[number] = entry.lane
            served.append(await client.read_deployment(number))
        for name in await remove_stale(client, declared.deployments):
            _say(f"Removed, since prefect.yaml no longer declares it: {name}")
        for done in await install(client, heartbeat_frequency()):
            _say(f"Automations: {done}")
        sweeper = Sweeper(
            client,
            deployments=runner.lane_of,
            at_work=runner.at_work,
            sole=options.sole,
            heartbeat=heartbeat_frequency(),
        )
        # Before anything is started: a dead run still holds the place of its deployment.
        for swept in await sweeper.sweep():
            _say(f"{swept.name} claimed to be {swept.believed}, but its process is gone: {swept.told} now")
        if skipped := await drop_overdue(client, runner.lane_of):
            _say(f"{skipped} runs that were due while nobody was here are skipped; later ones take up all")
        if options.ready is not None:
            await asyncio.to_thread(_announce, options.ready, [_row(deployment) for deployment in served])
        sweeping = asyncio.create_task(sweeper.keep(options.sweep))
        try:
            await runner.start()
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _until_healthy(client: PrefectClient) -> None:
    """Wait for the server: it starts while this process still imports Prefect."""
    deadline = time.monotonic() + _SERVER_SECONDS
    while (error := await client.api_healthcheck()) is not None:
        if time.monotonic() > deadline:
            raise Fatal(f"The Prefect server at {client.api_url} does not answer: {error!r}")
        await asyncio.sleep(0.25)


def _row(deployment: DeploymentResponse) -> dict[str, Any]:
    return {
        "id": str(deployment.id),
        "name": deployment.name,
        "feed": deployment.parameters.get("feed"),
        "paused": deployment.paused,
        "schedules": [_told(schedule.schedule) for schedule in deployment.schedules if schedule.active],
    }


def _told(schedule: SCHEDULE_TYPES) -> str:
    match schedule:
        case CronSchedule():
            return f"{schedule.cron} {schedule.timezone}"
        case IntervalSchedule():
            return f"every {schedule.interval.total_seconds() / 60:g} min"
        case _:
            return type(schedule).__name__


def _announce(path: Path, rows: list[dict[str, Any]]) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(rows))
    part.replace(path)


def main(arguments: list[str] | None = None) -> int:
    """Serve from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m flows.serve", description=__doc__)
    parser.add_argument(
        "--declaration", type=Path, default=Path("prefect.yaml"), help="the prefect.yaml to serve"
    )
    parser.add_argument("--ready", type=Path, help="file to write once everything is registered")
    parser.add_argument("--limit", type=int, default=4, help="runs at the same time")
    parser.add_argument(
        "--sweep", type=float, default=_SWEEP_SECONDS, help="seconds between looks for runs that are gone"
    )
    parser.add_argument(
        "--sole", action="store_true", help="nobody else runs these deployments: what is not here is gone"
    )
    parser.add_argument(
        "--schedules",
        action=argparse.BooleanOptionalAction,
        help="set all schedules going, or pause them; without it they stay as they are",
    )
    chosen = parser.parse_args(arguments)
    options = ServeOptions(
        paused=None if chosen.schedules is None else not chosen.schedules,
        ready=chosen.ready,
        limit=chosen.limit,
        sweep=chosen.sweep,
        sole=chosen.sole,
    )
    try:
        asyncio.run(serve(chosen.declaration, options))
    except PasserelleError as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_CONFIG
    return 0


if __name__ == "__main__":
    sys.exit(main())
