"""`make bench`: every workload, a table, and `bench/results.json`.

A result is `{name, value, unit, limit, holds}`. Values are ratios inside one run wherever they can be:
machines are noisy. Each workload is generated from a seed; what it is stands in its module.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from . import (
    calls,
    mapping,
    others,
    packed,
    plans,
    pool,
    postgresql,
    products,
    push,
    rates,
    stock,
    stock_import,
    unchanged,
)
from .result import Result

RESULTS = Path(__file__).with_name("results.json")
WORKLOADS = {
    "unchanged": unchanged.measure,
    "stock": stock.measure,
    "products": products.measure,
    "packed": packed.measure,
    "postgresql": postgresql.measure,
    "mapping": mapping.measure,
    "peers": others.measure,
    "push": push.measure,
    "pool": pool.measure,
    "calls": calls.measure,
    "plans": plans.measure,
    "rates": rates.measure,
    "stock-import": stock_import.measure,
}
#: Those that take long, when they are asked for by name.
ON_DEMAND = {"stock-import-whole": stock_import.measure_whole}


def main() -> int:
    """Measure what was asked for (all without a name); exit code 1 when a limit does not hold."""
    known = WORKLOADS | ON_DEMAND
    names = sys.argv[1:] or list(WORKLOADS)
    console = Console()
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="passerelle-bench-") as folder:
        for name in names:
            workload = known[name]
            console.print(f"[bold]{name}[/]: {(workload.__doc__ or '').splitlines()[0]}")
            place = Path(folder) / name
            place.mkdir()
            start = time.perf_counter()
            results += workload(place, console)
            console.print(f"  took {time.perf_counter() - start:.0f} s")
    table = Table("what", "value", "unit", "limit", "holds")
    for one in results:
        limit = "" if one.limit is None else f"≤ {one.limit:g}"
        holds = "" if one.limit is None else "[green]yes[/]" if one.holds else "[red]no[/]"
        table.add_row(
            one.name, f"{one.value:,.3g}" if one.value < 1000 else f"{one.value:,.0f}", one.unit, limit, holds
        )
    console.print(table)
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(results)) + b"\n")
    console.print(
        f"written to {RESULTS.name}; limits {'hold' if all(one.holds for one in results) else 'are broken'}"
    )
    return 0 if all(one.holds for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
