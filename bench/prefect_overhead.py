"""What Prefect adds to a run: the same feed by the library alone and as a flow, each in its own process."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import httpx
import psutil
from rich.console import Console

from passerelle.cli.up import prefect_environment
from passerelle.sandbox import Sandbox

from .result import Result, figure
from .shop import environment, open_shop, reads_and_writes, stocked
from .stockrows import changed, levels, write_stockrows

__all__ = ["measure"]

SEED = 7
ROWS, SHARE = 200_000, 0.1
IDLE_REPEATS = 3
#: Two runs of the same process differ by more than is looked for here.
REPEATS = 5
FEED = "stockrows"
ROOT = Path(__file__).parent.parent
#: Registers the deployment and makes a run of it, as a schedule does; prints its id.
MAKE_RUN = """
import asyncio
from pathlib import Path
from prefect.client.orchestration import get_client
from prefect.states import Pending
from flows.deployments import read_declared, to_deployment

async def make() -> None:
    stock = next(one for one in read_declared(Path("prefect.yaml")) if one.name == "stock")
    ours = stock.model_copy(update={"schedules": [], "parameters": {"feed": "stockrows"}})
    deployment = await (await to_deployment(ours, paused=True)).aapply()
    async with get_client() as client:
        run = await client.create_flow_run_from_deployment(
            deployment, parameters={"feed": "stockrows", "dry_run": False}, state=Pending()
        )
    print(run.id)

asyncio.run(make())
"""


class Spent(NamedTuple):
    """What one process cost from its fork to its end: CPU and wall seconds."""

    cpu: float
    wall: float


def measure(folder: Path, console: Console) -> list[Result]:
    """Stock rows, 200,000, a tenth changed (seed 7), as a flow: what it adds to the library alone.

    Both begin as the runs of `passerelle up` do, in a process that was forked from a warm one, so that what
    is between them is Prefect. The run that finds nothing new has no file waiting, as most scheduled runs
    have; its CPU is that of its process by getrusage, the median of three. Of the large runs five of each
    kind alternate, and the least of each is compared: what else the machine does only adds to a run.
    """
    with _workspace(folder / "place") as place, _server(folder) as server:
        idle = place.run_as_flow(server, IDLE_REPEATS)
        plain = place.run_alone(IDLE_REPEATS)
        console.print(f"  nothing new: {_told(idle)} as a flow, {_told(plain)} alone")
        console.print(f"  {ROWS:,} rows: making them known")
        place.make_known()
        alone: list[Spent] = []
        flows: list[Spent] = []
        served: list[float] = []
        for _ in range(REPEATS):
            place.change()
            alone += place.run_alone()
            place.check()
            place.change()
            before = server.cpu()
            flows += place.run_as_flow(server)
            place.check()
            served.append(server.cpu() - before)
            console.print(
                f"  a tenth changed: {_told(flows[-1:])} as a flow, {_told(alone[-1:])} alone, "
                f"{served[-1]:.2f} s CPU of Prefect's server"
            )
    what = f"{ROWS:,} stock rows, {SHARE:.0%} changed, as a flow"
    by_flow, by_library = (min(one.cpu for one in runs) for runs in (flows, alone))
    return [
        figure(f"{what}: CPU against the library alone", by_flow / by_library, "times", 1.05),
        figure(
            f"{what}: wall against the library alone",
            min(one.wall for one in flows) / min(one.wall for one in alone),
            "times",
        ),
        figure(f"{what}: CPU of Prefect's server", median(served), "s"),
        figure("a scheduled run that finds nothing new: CPU", median(one.cpu for one in idle), "s", 3.0),
        figure("the same by the library alone: CPU", median(one.cpu for one in plain), "s"),
    ]


def _told(costs: list[Spent]) -> str:
    return ", ".join(f"{cost.cpu:.2f} s CPU ({cost.wall:.1f} s)" for cost in costs)


class _Server:
    """A Prefect server, set up as `passerelle up` does."""

    def __init__(self, process: subprocess.Popen[bytes], variables: Mapping[str, str]) -> None:
        self._process = process
        self.variables = variables

    def cpu(self) -> float:
        """CPU seconds that the server and its children have used."""
        server = psutil.Process(self._process.pid)
        spent = [one.cpu_times() for one in (server, *server.children(recursive=True))]
        return float(sum(times.user + times.system for times in spent))


class _Place:
    """One workspace with its shop."""

    def __init__(self, home: Path, shop: Sandbox) -> None:
        self._home = home
        self._shop = shop
        self._stock = levels(ROWS, seed=SEED)
        self._sequence = 0

    def make_known(self) -> None:
        """Carry the first file, with which the shop agrees."""
        self._send()
        self.run_alone()

    def change(self) -> None:
        """Let the ERP write a file in which some rows are others."""
        self._stock = changed(self._stock, SHARE, seed=SEED + self._sequence)
        self._send()
        self._shop.reset_stats()

    def check(self) -> None:
        """Fail unless the shop was told exactly what changed."""
        _reads, writes = reads_and_writes(self._shop)
        if writes != int(ROWS * SHARE):
            raise SystemExit(f"{writes} writes, expected {int(ROWS * SHARE)}")

    def run_alone(self, times: int = 1) -> list[Spent]:
        """Run the feed by the library alone, in processes that begin as those of flows do."""
        return self._spent(["--feeds", *[FEED] * times], self._variables({}))

    def run_as_flow(self, server: _Server, times: int = 1) -> list[Spent]:
        """Run the feed as a flow of a deployment, in processes that begin as those of the runner do."""
        variables = self._variables(server.variables)
        runs = [self._python(["-c", MAKE_RUN], variables).split()[-1] for _ in range(times)]
        costs = self._spent(runs, variables)
        for run in runs:
            answer = httpx.get(f"{variables['PREFECT_API_URL']}/flow_runs/{run}", timeout=60)
            if answer.json()["state_type"] != "COMPLETED":
                raise SystemExit(f"the flow ended as {answer.json()['state']}")
        return costs

    def _spent(self, arguments: list[str], variables: Mapping[str, str]) -> list[Spent]:
        lines = self._python(["-m", "bench.warm_run", *arguments], variables).splitlines()
        return [Spent(**json.loads(line)) for line in lines if line.startswith("{")]

    @staticmethod
    def _python(arguments: list[str], variables: Mapping[str, str]) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], env=variables, cwd=ROOT, check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"{arguments}: exit {done.returncode}\n{done.stderr}{done.stdout}")
        return done.stdout

    def _send(self) -> None:
        self._sequence += 1
        name = f"STOCKROWS_C_{self._sequence:05d}_20261101.csv"
        path = self._home / "erp" / "out" / "stockrows" / name
        write_stockrows(path, self._stock).with_suffix(".ok").touch()

    def _variables(self, more: Mapping[str, str]) -> dict[str, str]:
        return {**os.environ, **more, **environment(self._shop, self._home)}


@contextmanager
def _workspace(home: Path) -> Iterator[_Place]:
    home.mkdir(parents=True)
    (home / "erp" / "out" / "stockrows").mkdir(parents=True)
    stocked(home / "shop.json", levels(ROWS, seed=SEED))
    with open_shop(home / "shop.json") as shop:
        yield _Place(home, shop)


@contextmanager
def _server(folder: Path) -> Iterator[_Server]:
    home = folder / "home" / "prefect"
    home.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    variables = prefect_environment(home, port)
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(
        command, env=variables, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            asyncio.run(_until_healthy(variables["PREFECT_API_URL"]))
            yield _Server(
                process, {n: v for n, v in variables.items() if n.startswith(("PREFECT_", "DO_NOT"))}
            )
        finally:
            process.terminate()


async def _until_healthy(url: str) -> None:
    deadline = time.monotonic() + 180
    async with httpx.AsyncClient() as client:
        while time.monotonic() < deadline:
            try:
                if (await client.get(f"{url}/health")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.25)
    raise SystemExit("Prefect's server did not start")
