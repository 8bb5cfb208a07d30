"""A million stock records of twelve fields: nothing changed, and one in a hundred."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console

from .children import Cost, costs_of
from .result import Result, figure
from .sending import send
from .stock12 import write_stock12

__all__ = ["measure"]

SEED = 7
SMALL, LARGE = 200_000, 1_000_000
REPEATS = 3
FEED, OPTIONS = "stock12", ("--mappings", "bench/mappings")


def measure(folder: Path, console: Console) -> list[Result]:
    """Stock of 12 fields, 1,000,000 records (391 MB, seed 7): CPU against lxml, with and without the scanner.

    The reference is `iterparse` with one loop that reads the texts of a record; the strictest, which reads
    none, is told as well. Reference and runs alternate, in three turns, and the least of each is compared:
    what else the machine does only ever adds. Files with a few changes are told twice: with the scanner, and
    by lxml alone. A tenth is little beside what machines do: nothing changed and a few changes stand beside
    each other, twice a turn either way.
    """
    small = _Runs(folder / "small", SMALL, console)
    least = small.known()
    runs = _Runs(folder / "large", LARGE, console)
    costs: dict[str, list[Cost]] = {}
    for turn in range(REPEATS):
        # Before what is measured, so that no run stands in the wake of writing them.
        files = [runs.prepare() for _ in range(4)]
        for name, cost in (
            ("texts", costs_of("bench.parse_alone", runs.path, "Stock", "texts")),
            ("scanner", runs.known()),
            ("changed", runs.changed(files[0])),
            ("parser", runs.known("--parser")),
            ("changed, parser", runs.changed(files[1], "--parser")),
            ("strict", costs_of("bench.parse_alone", runs.path, "Stock", "strict")),
            ("texts", costs_of("bench.parse_alone", runs.path, "Stock", "texts")),
            ("scanner", runs.known()),
            ("changed", runs.changed(files[2])),
            ("parser", runs.known("--parser")),
            ("changed, parser", runs.changed(files[3], "--parser")),
        ):
            costs.setdefault(name, []).append(cost)
        console.print(
            f"  turn {turn + 1}: " + ", ".join(f"{name} {all_[-1].cpu:.2f} s" for name, all_ in costs.items())
        )
    cpu = {name: min(cost.cpu for cost in all_) for name, all_ in costs.items()}
    ours = ("scanner", "parser", "changed", "changed, parser")
    peak = max(cost.peak_mb for name in ours for cost in costs[name])
    growth = max(cost.peak_mb for cost in costs["scanner"]) - least.peak_mb
    what = f"stock12, {LARGE:,} records"

    def against(told: str, ours: str, reference: str, limit: float | None = None) -> Result:
        return figure(f"{what}{told}", cpu[ours] / cpu[reference], "times", limit)

    return [
        against(" unchanged, scanner: CPU against lxml reading texts", "scanner", "texts", 0.8),
        against(" unchanged, lxml: CPU against lxml reading texts", "parser", "texts", 1.4),
        against(" unchanged, scanner: CPU against lxml reading nothing", "scanner", "strict"),
        against(" unchanged, lxml: CPU against lxml reading nothing", "parser", "strict"),
        against(", 1 % changed, scanner: CPU against unchanged", "changed", "scanner", 1.1),
        against(", 1 % changed, lxml: CPU against unchanged", "changed, parser", "parser", 1.1),
        against(", 1 % changed, scanner: CPU against lxml reading texts", "changed", "texts"),
        figure(f"{what}: peak memory", peak, "MB", 96),
        figure(f"{what}: more peak memory than {SMALL:,}", growth, "MB", 10),
        figure(f"{what} unchanged: records a CPU second", LARGE / cpu["scanner"], "records/s"),
    ]


class _Runs:
    """One ERP and one ledger, with the first full file carried."""

    def __init__(self, home: Path, rows: int, console: Console) -> None:
        self._home = home
        self._rows = rows
        self._sequence = 0
        self._generation = 0
        console.print(f"  {rows:,} records: generating and making them known")
        self.path = write_stock12(home, rows, seed=SEED)
        self._carry("new")

    def known(self, *options: str) -> Cost:
        """Carry the same content again."""
        return self._carry("known", *options)

    def prepare(self) -> Path:
        """Write a file in which one record in a hundred is another than in the last."""
        self._generation += 1
        path = write_stock12(
            self._home / f"next-{self._generation}",
            self._rows,
            seed=SEED,
            generation=self._generation,
            share=0.01,
        )
        os.sync()
        return path

    def changed(self, following: Path, *options: str) -> Cost:
        """Carry a file that was prepared."""
        following.replace(self.path)
        return self._carry("changed", *options)

    def _carry(self, expected: str, *options: str) -> Cost:
        self._sequence += 1
        send(self.path, self._home / "erp" / "out" / "stock12", self._sequence)
        return costs_of("bench.known_feed", self._home, FEED, expected, *OPTIONS, *options)
