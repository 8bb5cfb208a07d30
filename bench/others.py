"""The same rows through other people's tools: dlt, and a Singer tap and target."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from subprocess import CalledProcessError

from rich.console import Console

from .children import costs_of
from .peers.running import Job, dlt_seconds, singer_seconds
from .result import Result, figure, missing
from .sending import send
from .stock12 import COLUMNS, write_stock12

__all__ = ["measure"]

SEED = 7
ROWS = 100_000
REPEATS = 3
#: How many times our CPU they may at least use; the share of theirs that we may use is the inverse.
PEERS: dict[str, tuple[Callable[[Job, Path], float], float]] = {
    "dlt, a warm merge into DuckDB from parquet": (dlt_seconds, 3),
    "a Singer tap into a SQLite target": (singer_seconds, 12),
}


def measure(folder: Path, console: Console) -> list[Result]:
    """Stock of 12 fields, 100,000 records (seed 7): nothing changed, CPU against dlt and a Singer pair.

    Each peer does what it does best; imports count for the Singer pair alone, which starts anew each time.
    A peer that cannot be installed is told as not measured, and its limit as broken.
    """
    made = write_stock12(folder, ROWS, seed=SEED)
    job = Job(made, "Stock", ("ArticleNumber", "Warehouse"), COLUMNS, ROWS)
    home = folder / "home"
    _carried(home, made, 1, "new")
    ours: list[float] = []
    theirs: dict[str, list[float]] = {}
    absent: dict[str, str] = {}
    for turn in range(REPEATS):
        ours.append(_carried(home, made, turn + 2, "known"))
        for place, (name, (seconds, _)) in enumerate(PEERS.items()):
            if name in absent:
                continue
            own = folder / f"peer-{place}-{turn}"
            own.mkdir()
            try:
                theirs.setdefault(name, []).append(seconds(job, own))
            except (CalledProcessError, OSError) as error:
                absent[name] = str(error)
        told = ", ".join(f"{name} {all_[-1]:.2f} s" for name, all_ in theirs.items())
        console.print(f"  turn {turn + 1}: ours {ours[-1]:.2f} s, {told}")
    for name, why in absent.items():
        console.print(f"  [red]not measured[/]: {name}: {why}")
    results: list[Result] = []
    for name, (_, factor) in PEERS.items():
        what = f"stock12, {ROWS:,} records unchanged: our CPU against {name}"
        if name in absent:
            results.append(missing(what, "times", 1 / factor))
        else:
            results.append(figure(what, median(ours) / median(theirs[name]), "times", 1 / factor))
    return results


def _carried(home: Path, made: Path, sequence: int, expected: str) -> float:
    send(made, home / "erp" / "out" / "stock12", sequence)
    return costs_of("bench.known_feed", home, "stock12", expected, "--mappings", "bench/mappings").cpu
