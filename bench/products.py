"""A hundred thousand products of six variants each, of which nothing changed."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from rich.console import Console

from .children import Cost, costs_of
from .product6 import write_product6
from .result import Result, figure
from .sending import send

__all__ = ["measure"]

SEED = 7
SMALL, LARGE = 20_000, 100_000
REPEATS = 3
TAG = "{urn:example:catalog}Product"


def measure(folder: Path, console: Console) -> list[Result]:
    """Products, 100,000 x 6 variants (519 MB, seed 7), nothing changed: CPU against lxml making dicts."""
    _first(folder / "small", SMALL, console)
    least = _carried(folder / "small", 2, "known")
    path = _first(folder / "large", LARGE, console)
    walks: list[Cost] = []
    stricts: list[Cost] = []
    runs: list[Cost] = []
    for turn in range(REPEATS):
        walks.append(costs_of("bench.parse_alone", path, TAG, "walk"))
        runs.append(_carried(folder / "large", turn + 2, "known"))
        stricts.append(costs_of("bench.parse_alone", path, TAG, "strict"))
        console.print(
            f"  turn {turn + 1}: run {runs[-1].cpu:.2f} s, {runs[-1].peak_mb:.0f} MB; lxml reading a dict "
            f"{walks[-1].cpu:.2f} s, nothing {stricts[-1].cpu:.2f} s"
        )
    run, walk, strict = (median(cost.cpu for cost in costs) for costs in (runs, walks, stricts))
    peak = max(cost.peak_mb for cost in runs)
    what = f"product6, {LARGE:,} products unchanged"
    return [
        figure(f"{what}: CPU against lxml reading a dict", run / walk, "times", 1.6),
        figure(f"{what}: CPU against lxml reading nothing", run / strict, "times"),
        figure(f"{what}: peak memory", peak, "MB", 96),
        figure(f"{what}: more peak memory than {SMALL:,}", peak - least.peak_mb, "MB", 10),
    ]


def _first(home: Path, products: int, console: Console) -> Path:
    console.print(f"  {products:,} products: generating and making them known")
    path = write_product6(home, products, seed=SEED)
    _carried(home, 1, "new")
    return path


def _carried(home: Path, sequence: int, expected: str) -> Cost:
    send(home / "PRODUCT6_C_00001_20261101.xml", home / "erp" / "out" / "product6", sequence)
    return costs_of("bench.known_feed", home, "product6", expected, "--mappings", "bench/mappings")
