"""A stock file of which one row in a hundred changed, against the importer that commercetools itself made."""

from __future__ import annotations

import shutil
from pathlib import Path
from statistics import median
from subprocess import CalledProcessError
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from rich.console import Console

from passerelle.sandbox import Sandbox

from .children import Cost, costs_of
from .peers.node import node_cost
from .result import Result, figure, missing
from .shop import Place, environment, open_shop, reads_and_writes, stocked, token
from .stockrows import changed, levels, write_stockrows

__all__ = ["measure", "measure_whole"]

SEED = 7
SHARE = 0.01
ROWS, REPEATS = 100_000, 3
WAIT_MS, FEWER = 50, 20_000
PEER = "sphere-stock-import"


def measure(folder: Path, console: Console) -> list[Result]:
    """CSV stock, 100,000 rows, 1 % changed (seed 7): requests and CPU, then 20,000 rows at 50 ms: wall.

    A shop each for us and for sphere-stock-import 3.0.7, equal to begin with; both carry the same files, each
    of which changes one row in a hundred of the file before. Our ledger knows the first. Both costs are those
    of the work after start and imports. At 50 ms the peer waits 40 s for 20,000 rows, in proportion to the
    rows; `stock-import-whole` has all of them.
    """
    large = _carried(folder / "large", ROWS, REPEATS, 0, console)
    small = _carried(folder / "small", FEWER, 1, WAIT_MS, console)
    what = f"{ROWS:,} stock rows, 1 % changed"
    growth = _peak(large.ours) - _peak(small.ours)
    return [
        figure(f"{what}: requests a changed row", large.requests, "requests", 1.01),
        figure(f"{what}: requests a 1,000 rows when the ledger is new", large.compared, "requests", 5),
        *_against(f"{what}: our CPU against {PEER}", large, "cpu", 1 / 4),
        figure(f"{what}: peak memory", _peak(large.ours), "MB", 150),
        figure(f"{what}: more peak memory than {FEWER:,}", growth, "MB", 10),
        *_against(
            f"{FEWER:,} stock rows, 1 % changed, {WAIT_MS} ms: our wall time against {PEER}",
            small,
            "wall",
            1 / 15,
        ),
    ]


def measure_whole(folder: Path, console: Console) -> list[Result]:
    """CSV stock, 100,000 rows, 1 % changed (seed 7), 50 ms: wall time of all rows (some five minutes)."""
    whole = _carried(folder, ROWS, 1, WAIT_MS, console)
    what = f"{ROWS:,} stock rows, 1 % changed, {WAIT_MS} ms"
    return [
        figure(f"{what}: requests a changed row", whole.requests, "requests", 1.01),
        *_against(f"{what}: our wall time against {PEER}", whole, "wall", 1 / 15),
    ]


class _Carried(NamedTuple):
    """What both sides cost; requests are those of our side."""

    ours: list[Cost]
    theirs: list[Cost]
    absent: str
    requests: float
    compared: float


def _carried(folder: Path, rows: int, repeats: int, wait_ms: int, console: Console) -> _Carried:
    console.print(f"  {rows:,} rows: two equal shops, the first file made known")
    folder.mkdir(exist_ok=True)
    stock = levels(rows, seed=SEED)
    stocked(folder / "ours.json", stock)
    shutil.copy(folder / "ours.json", folder / "theirs.json")
    with open_shop(folder / "ours.json") as our_shop, open_shop(folder / "theirs.json") as their_shop:
        _ours(folder, our_shop, stock, 1, f"unchanged={rows}")
        compared = 1_000 * sum(reads_and_writes(our_shop)) / rows
        ours: list[Cost] = []
        theirs: list[Cost] = []
        absent, requests, moved = "", 0, int(rows * SHARE)
        for shop in (our_shop, their_shop):
            shop.control("POST", "/latency", {"ms": wait_ms})
        for turn in range(repeats):
            stock = changed(stock, SHARE, seed=SEED + turn)
            ours.append(_ours(folder, our_shop, stock, turn + 2, f"updated={moved}"))
            requests = max(requests, sum(reads_and_writes(our_shop)))
            if not absent:
                try:
                    theirs.append(_theirs(folder, their_shop, stock, moved))
                except (CalledProcessError, OSError) as error:
                    absent = f"{error} {getattr(error, 'stderr', '')}"
                    console.print(f"  [red]not measured[/]: {PEER}: {absent}")
            console.print(f"  turn {turn + 1}: ours {_told(ours)}, {PEER} {_told(theirs)}")
    return _Carried(ours, theirs, absent, requests / moved, compared)


def _ours(folder: Path, shop: Sandbox, stock: dict[Place, int], sequence: int, expected: str) -> Cost:
    path = folder / "erp" / "out" / "stockrows" / f"STOCKROWS_C_{sequence:05d}_20261101.csv"
    write_stockrows(path, stock).with_suffix(".ok").touch()
    shop.reset_stats()
    return costs_of("bench.shop_feed", "stockrows", expected, settings=environment(shop, folder))


def _theirs(folder: Path, shop: Sandbox, stock: dict[Place, int], moved: int) -> Cost:
    path = write_stockrows(folder / "stock.csv", stock)
    shop.reset_stats()
    cost = node_cost(
        "stock_import.cjs",
        path,
        settings={
            "SHOP_HOST": urlsplit(shop.url).netloc,
            "SHOP_PROJECT": shop.project,
            "SHOP_TOKEN": token(shop),
        },
    )
    if cost.detail["updated"] != moved or reads_and_writes(shop)[1] != moved:
        raise SystemExit(f"{PEER} updated {cost.detail}, expected {moved}: {shop.stats()}")
    return cost


def _against(what: str, both: _Carried, kind: Literal["cpu", "wall"], limit: float) -> list[Result]:
    if both.absent:
        return [missing(what, "times", limit)]
    ours, theirs = (median(getattr(cost, kind) for cost in costs) for costs in (both.ours, both.theirs))
    return [
        figure(what, ours / theirs, "times", limit),
        figure(f"{what.partition(':')[0]}: peak memory of {PEER}", _peak(both.theirs), "MB"),
    ]


def _peak(costs: list[Cost]) -> float:
    return max(cost.peak_mb for cost in costs)


def _told(costs: list[Cost]) -> str:
    if not costs:
        return "not measured"
    return f"{costs[-1].cpu:.2f} s CPU, {costs[-1].wall:.2f} s wall, {costs[-1].peak_mb:.0f} MB"
