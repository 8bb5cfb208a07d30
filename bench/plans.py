"""Planning products against the live shop, and the same pairs through commercetools' own tool for that."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from subprocess import CalledProcessError

from rich.console import Console

from .children import Cost, costs_of
from .pairs import EVERY, SAME_FOR_ALL
from .peers.node import node_cost
from .result import Result, figure, missing
from .shop import environment, open_shop

__all__ = ["measure"]

PRODUCTS, FEWER = 10_000, 2_500
REPEATS = 3
PEER = "@commercetools/sync-actions"


def measure(folder: Path, console: Console) -> list[Result]:
    """Products, 10,000 pairs of six variants with eight attributes, every tenth changed: CPU of planning.

    The live side is what the shop answers. We plan records against it; sync-actions 8.3.0 compares the same
    pairs as projections, the wanted one being the live one with the change made. Reading is not counted on
    either side; both must find exactly the products that changed, with one action each. One field changes at
    a time: a name, a size, a number, an enum, an attribute that is the same for all variants, a category.
    """
    pairs = folder / "pairs.jsonl"
    ours: list[Cost] = []
    theirs: list[Cost] = []
    absent = ""
    with open_shop() as shop:
        settings = environment(shop, folder)
        console.print(f"  making {PRODUCTS:,} products")
        costs_of("bench.pair_planning", "make", str(PRODUCTS), pairs, settings=settings)
        least = costs_of("bench.pair_planning", "plan", str(FEWER), pairs, settings=settings)
        for turn in range(REPEATS):
            ours.append(costs_of("bench.pair_planning", "plan", str(PRODUCTS), pairs, settings=settings))
            if not absent:
                try:
                    theirs.append(node_cost("sync_actions.cjs", pairs, *SAME_FOR_ALL))
                except (CalledProcessError, OSError) as error:
                    absent = f"{error} {getattr(error, 'stderr', '')}"
                    console.print(f"  [red]not measured[/]: {PEER}: {absent}")
            console.print(f"  turn {turn + 1}: ours {_told(ours)}, {PEER} {_told(theirs)}")
    for cost in (*ours, *theirs):
        if (cost.detail["changed"], cost.detail["actions"]) != (PRODUCTS // EVERY, PRODUCTS // EVERY):
            raise SystemExit(f"{PRODUCTS // EVERY} changes were wanted, each one action, not {cost.detail}")
    what = f"planning {PRODUCTS:,} products of six variants"
    spent = median(cost.cpu for cost in ours)
    reading = median(cost.detail["reading"] for cost in ours)
    peak = max(cost.peak_mb for cost in ours)
    against = f"{what}: CPU against {PEER}"
    return [
        missing(against, "times", 1 / 8)
        if absent
        else figure(against, spent / median(cost.cpu for cost in theirs), "times", 1 / 8),
        figure(f"{what}: CPU a product", spent / PRODUCTS * 1e6, "µs"),
        figure(f"{what}: CPU of reading a product", reading / PRODUCTS * 1e6, "µs"),
        figure(f"{what}: peak memory", peak, "MB", 150),
        figure(f"{what}: more peak memory than {FEWER:,}", peak - least.peak_mb, "MB", 10),
    ]


def _told(costs: list[Cost]) -> str:
    if not costs:
        return "not measured"
    return f"{costs[-1].cpu:.2f} s CPU, {costs[-1].detail['actions']:.0f} actions"
