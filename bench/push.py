"""Stock changes sent to a shop that answers after 50 ms."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from rich.console import Console

from passerelle.feeds import Rehearsal, RunReport, run_feed
from passerelle.retailer import Mode, write_stock

from .result import Result, figure

__all__ = ["measure"]

SEED = 7
CHANGES, CONNECTIONS, LATENCY_MS = 5_000, 50, 50
FLOOR = CHANGES / CONNECTIONS * LATENCY_MS / 1000


def measure(folder: Path, console: Console) -> list[Result]:
    """Stock, 5,000 of 5,000 records changed (seed 7), 50 connections, 50 ms: wall time against the floor.

    The whole run counts: SFTP, parsing, reading the live entries, planning, writing, reading back. The floor
    is 5,000 / 50 x 50 ms: the writes alone, without a gap.
    """
    with Rehearsal(
        folder / "shop", mappings=Path("mappings"), concurrency=CONNECTIONS, keep_shop=False
    ) as shop:
        out = shop.erp_root / "out" / "stock"
        asyncio.run(shop.set_up_project())
        write_stock(out / "STOCK_TOUS_C_00001_20261101.xml", CHANGES, SEED)
        _checked(asyncio.run(run_feed(shop.workspace, "stock")), created=CHANGES)
        write_stock(out / "STOCK_TOUS_D_00002_20261101.xml", CHANGES, SEED, 1.0, sequence=2, mode=Mode.DELTA)
        shop.sandbox.control("POST", "/latency", {"ms": LATENCY_MS})
        start, cpu = time.perf_counter(), time.process_time()
        report = asyncio.run(run_feed(shop.workspace, "stock"))
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        _checked(report, updated=CHANGES)
    console.print(f"  {wall:.2f} s wall, {cpu:.2f} s CPU of the client, floor {FLOOR:.2f} s")
    return [
        figure(
            f"{CHANGES:,} stock changes, {LATENCY_MS} ms, {CONNECTIONS} connections: wall against the floor",
            wall / FLOOR,
            "times",
            1.5,
        ),
        figure("the same: client CPU a change", cpu / CHANGES * 1e6, "µs"),
    ]


def _checked(report: RunReport, **counts: int) -> None:
    for name, wanted in counts.items():
        if getattr(report, name) != wanted:
            raise SystemExit(
                f"{name} {getattr(report, name)}, expected {wanted}: {report.message} {report.rejects}"
            )
