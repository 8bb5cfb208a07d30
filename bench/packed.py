"""A packed file: unpacked while it is read, without a copy on the disk."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from isal import isal_zlib
from rich.console import Console

from .children import Cost, costs_of
from .result import Result, figure
from .sending import send
from .stock12 import write_stock12

__all__ = ["measure"]

SEED = 7
ROWS = 200_000
REPEATS = 3
_GZIP = 16 + 15


def measure(folder: Path, console: Console) -> list[Result]:
    """Stock of 12 fields, 200,000 records (seed 7), nothing changed: packed by gzip against plain."""
    made = write_stock12(folder, ROWS, seed=SEED)
    costs: dict[str, list[Cost]] = {"stock12": [], "stock12-gz": []}
    for turn in range(REPEATS + 1):
        for feed, all_ in costs.items():
            out = folder / feed / "erp" / "out" / feed
            send(made, out, turn + 1)
            if feed != "stock12":
                _pack(out / f"STOCK12_C_{turn + 1:05d}_20261101.xml")
            expected = "known" if turn else "new"
            cost = costs_of("bench.known_feed", folder / feed, feed, expected, "--mappings", "bench/mappings")
            if turn:
                all_.append(cost)
        if turn:
            console.print(
                f"  turn {turn}: "
                + ", ".join(
                    f"{feed} {all_[-1].cpu:.2f} s, {all_[-1].peak_mb:.0f} MB" for feed, all_ in costs.items()
                )
            )
    cpu = {feed: median(cost.cpu for cost in all_) for feed, all_ in costs.items()}
    what = f"stock12, {ROWS:,} records unchanged, packed by gzip"
    return [
        figure(f"{what}: CPU against plain", cpu["stock12-gz"] / cpu["stock12"], "times", 1.3),
        figure(f"{what}: peak memory", max(cost.peak_mb for cost in costs["stock12-gz"]), "MB", 96),
    ]


def _pack(path: Path) -> None:
    packer = isal_zlib.compressobj(1, isal_zlib.DEFLATED, _GZIP)
    with path.open("rb") as plain, path.with_name(path.name + ".gz").open("wb") as packed:
        while chunk := plain.read(1 << 20):
            packed.write(packer.compress(chunk))
        packed.write(packer.flush())
    path.with_suffix(".ok").rename(path.with_name(path.name + ".ok"))
    path.unlink()
