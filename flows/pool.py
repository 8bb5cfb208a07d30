"""Pool: a server for workers: the work pool with a queue for each lane, automations, nothing stale.

First `python -m flows.pool`, then `prefect --no-prompt deploy --all`, then a worker on each machine:
`prefect worker start --pool passerelle`.
`prefect deploy` alone would make the queues, too, but with the priorities of the order in which they came;
it leaves what prefect.yaml no longer declares, which goes away here; and it installs no automation.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectNotFound

from passerelle.errors import ConfigError, PasserelleError

from .automations import heartbeat_frequency, install
from .deployments import Declaration, read_declaration, remove_stale

__all__ = ["main", "set_up_pool"]

#: The queue that Prefect makes with every pool; it goes last, behind our lanes.
_DEFAULT_QUEUE = "default"


async def set_up_pool(client: PrefectClient, declaration: Declaration, *, kind: str = "process") -> list[str]:
    """Make the declared pools and a queue for each lane, or set their priorities right; say what changed.

    A lane's `at_once` becomes the limit of its queue. Raises ConfigError for a queue that is no lane.
    """
    changed: list[str] = []
    pools = {entry.work_pool.name for entry in declaration.deployments if entry.work_pool is not None}
    unknown = {entry.lane for entry in declaration.deployments} - set(declaration.lanes) - {""}
    if unknown:
        raise ConfigError(
            f"Deployments go in lanes that nobody declared: {', '.join(sorted(unknown))}",
            advice="Add them to `definitions: lanes:` in prefect.yaml",
        )
    for pool in sorted(pools):
        try:
            await client.read_work_pool(pool)
        except ObjectNotFound:
            await client.create_work_pool(WorkPoolCreate(name=pool, type=kind))
            changed.append(f"made the {kind} pool {pool}")
        found = {queue.name: queue for queue in await client.read_work_queues(work_pool_name=pool)}
        for name, lane in declaration.lanes.items():
            if name not in found:
                queue = await client.create_work_queue(name, work_pool_name=pool)
                changed.append(f"made the queue {pool}/{name}")
            else:
                queue = found[name]
            if (queue.priority, queue.concurrency_limit) != (lane.priority, lane.at_once):
                await client.update_work_queue(
                    queue.id, priority=lane.priority, concurrency_limit=lane.at_once
                )
                changed.append(f"set the queue {pool}/{name} to priority {lane.priority}")
        last = max((lane.priority for lane in declaration.lanes.values()), default=0) + 1
        default = found.get(_DEFAULT_QUEUE)
        if default is not None and default.priority != last:
            await client.update_work_queue(default.id, priority=last)
            changed.append(f"set the queue {pool}/{_DEFAULT_QUEUE} to priority {last}")
    return changed


async def _set_up(path: Path, kind: str) -> None:
    declaration = await asyncio.to_thread(read_declaration, path)
    async with get_client() as client:
        done = await set_up_pool(client, declaration, kind=kind)
        done += [f"removed {name}" for name in await remove_stale(client, declaration.deployments)]
        done += await install(client, heartbeat_frequency())
    for line in done:
        sys.stdout.write(f"{line}\n")


def main(arguments: list[str] | None = None) -> int:
    """Set it up from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m flows.pool", description=__doc__)
    parser.add_argument("--declaration", type=Path, default=Path("prefect.yaml"))
    parser.add_argument("--type", default="process", help="process, docker or kubernetes")
    chosen = parser.parse_args(arguments)
    try:
        asyncio.run(_set_up(chosen.declaration, chosen.type))
    except PasserelleError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
