"""Full stock files of which nothing changed."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from rich.console import Console

from passerelle.retailer import write_stock

from .children import Cost, costs_of
from .result import Result, figure

__all__ = ["measure"]

SEED = 7
SMALL, LARGE = 200_000, 1_000_000
REPEATS = 3


def measure(folder: Path, console: Console) -> list[Result]:
    """Stock, nothing changed: 200,000 and 1,000,000 records of 8 fields (seed 7), against lxml alone.

    The ledger has the file's records from an earlier full; the measured file is the next full of the same
    content. Reference and run alternate; the medians are compared.
    """
    small = _runs(folder / "small", SMALL, REPEATS, console)
    large = _runs(folder / "large", LARGE, 1, console)
    ratio = median(cost.cpu for cost in small[0]) / median(cost.cpu for cost in small[1])
    peaks = max(cost.peak_mb for cost in small[0]), max(cost.peak_mb for cost in large[0])
    return [
        figure(f"stock unchanged, {SMALL:,} records: CPU against lxml iterparse alone", ratio, "times", 3.0),
        figure(
            f"stock unchanged, {LARGE:,} records: CPU against lxml iterparse alone",
            large[0][0].cpu / large[1][0].cpu,
            "times",
        ),
        figure(f"stock unchanged, {SMALL:,} records: peak memory", peaks[0], "MB", 150),
        figure(f"stock unchanged, {LARGE:,} records: peak memory", peaks[1], "MB", 150),
        figure("peak memory, 1,000,000 against 200,000 records", peaks[1] / peaks[0], "times", 1.1),
        figure("stock unchanged: records a CPU second", SMALL / median(c.cpu for c in small[0]), "records/s"),
    ]


def _runs(home: Path, rows: int, repeats: int, console: Console) -> tuple[list[Cost], list[Cost]]:
    out = home / "erp" / "out" / "stock"
    console.print(f"  {rows:,} records: generating and making them known")
    write_stock(out / "STOCK_TOUS_C_00001_20261101.xml", rows, SEED)
    costs_of("bench.known_feed", home, "stock", "new")
    runs: list[Cost] = []
    alone: list[Cost] = []
    for turn in range(repeats):
        path = out / f"STOCK_TOUS_C_{turn + 2:05d}_20261101.xml"
        write_stock(path, rows, SEED, sequence=turn + 2)
        alone.append(costs_of("bench.parse_alone", path, "LIGNE", "strict"))
        runs.append(costs_of("bench.known_feed", home, "stock", "known"))
        console.print(
            f"  {rows:,} records: run {runs[-1].cpu:.2f} s CPU, {runs[-1].peak_mb:.0f} MB; "
            f"lxml alone {alone[-1].cpu:.2f} s CPU"
        )
    return runs, alone
