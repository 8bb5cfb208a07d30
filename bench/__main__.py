"""`make bench`: every workload, a table, and `bench/results.json`.

A result is `{name, value, unit, limit, holds}`. Values are ratios inside one run wherever they can be:
machines are noisy. Each workload is generated from a seed; what it is stands in its module.
`python -m bench --help` lists them, `python -m bench NAME …` measures some.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from . import (
    black_friday,
    board,
    calls,
    ledger_size,
    mapping,
    orders_lookup,
    orders_out,
    others,
    packed,
    parts,
    plans,
    pool,
    postgresql,
    prefect_overhead,
    products,
    push,
    rates,
    stock,
    stock_import,
    unchanged,
)
from .result import Result

Workload = Callable[[Path, Console], list[Result]]

RESULTS = Path(__file__).with_name("results.json")
WORKLOADS: dict[str, Workload] = {
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
    "orders-out": orders_out.measure,
    "ledger-size": ledger_size.measure,
    "board": board.measure,
}
#: Those that take long, when they are asked for by name.
ON_DEMAND: dict[str, Workload] = {
    "stock-import-whole": stock_import.measure_whole,
    "black-friday": black_friday.measure,
    "parts": parts.measure,
    "orders-lookup": orders_lookup.measure,
    "prefect-overhead": prefect_overhead.measure,
    "orders-out-history": orders_out.measure_history,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for (all without a name); exit code 1 when a limit does not hold."""
    known = WORKLOADS | ON_DEMAND
    names = _asked(arguments)
    console = Console()
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="passerelle-bench-") as folder:
        for name in names:
            workload = known[name]
            console.print(f"[bold]{name}[/]: {_first_line(workload)}")
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


def _asked(arguments: Sequence[str] | None) -> list[str]:
    """Read the names of workloads; end the program with 2 when one is unknown."""
    known = WORKLOADS | ON_DEMAND
    width = max(map(len, known))
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure workloads; all but those on demand when none is named.",
        epilog="\n".join(
            [
                "workloads:",
                *(f"  {name:{width}}  {_first_line(one)}" for name, one in WORKLOADS.items()),
                "on demand:",
                *(f"  {name:{width}}  {_first_line(one)}" for name, one in ON_DEMAND.items()),
            ]
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="WORKLOAD", help="one of the workloads below")
    names: list[str] = parser.parse_args(arguments).names
    for name in names:
        if name not in known:
            parser.error(f"received the workload {name!r}, expected some of {', '.join(known)}")
    return names or list(WORKLOADS)


def _first_line(workload: Workload) -> str:
    return (workload.__doc__ or "").partition("\n")[0]


if __name__ == "__main__":
    sys.exit(main())
