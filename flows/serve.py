"""Serve: run the deployments of prefect.yaml here: `python -m flows.serve`, as `passerelle up` does."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.runner import Runner

from passerelle.errors import Fatal, PasserelleError

from .deployments import read_declared, remove_stale, to_deployment

__all__ = ["CalmRunner", "main", "serve"]


_SERVER_SECONDS = 120.0


class CalmRunner(Runner):
    """Cancels its runs when the service is stopped, where Prefect's own runner kills them.

    On SIGTERM each run gets what a cancel from the UI gives it: its `finally` blocks run, its state becomes
    Cancelled. The ledger lets the next run go on from there. A run whose runner was killed outright stays
    "Running" on the server until somebody sets it; sweeping such runs is not done here.
    """

    def handle_sigterm(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 -- the signature of a signal handler
        """Stop polling, cancel what runs, then let `start` return."""
        if not self.started:
            sys.exit(0)
        self.execute_in_background(self.astop)


async def serve(declaration: Path, *, paused: bool | None, ready: Path | None, limit: int) -> None:
    """Register every declared deployment, then run what is due until SIGTERM.

    `ready` is written once all deployments are registered: what is served, as JSON, for whoever waits.
    """
    declared = read_declared(declaration)
    runner = CalmRunner(name="passerelle", pause_on_shutdown=False, limit=limit)
    served: list[DeploymentResponse] = []
    async with get_client() as client:
        await _until_healthy(client)
        for entry in declared:
            deployment = await to_deployment(entry, paused=paused)
            served.append(await client.read_deployment(await runner.aadd_deployment(deployment)))
        for name in await remove_stale(client, declared):
            sys.stdout.write(f"Removed, since prefect.yaml no longer declares it: {name}\n")
    if ready is not None:
        await asyncio.to_thread(_announce, ready, [_row(deployment) for deployment in served])
    await runner.start()


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
        "schedules": [
            f"{schedule.schedule.cron} {schedule.schedule.timezone}"
            for schedule in deployment.schedules
            if schedule.active and isinstance(schedule.schedule, CronSchedule)
        ],
    }


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
        "--schedules",
        action=argparse.BooleanOptionalAction,
        help="set all schedules going, or pause them; without it they stay as they are",
    )
    chosen = parser.parse_args(arguments)
    paused = None if chosen.schedules is None else not chosen.schedules
    try:
        asyncio.run(serve(chosen.declaration, paused=paused, ready=chosen.ready, limit=chosen.limit))
    except PasserelleError as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_CONFIG
    return 0


if __name__ == "__main__":
    sys.exit(main())
