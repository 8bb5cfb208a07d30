"""Stock files of three columns, from a seed: the CSV with supply channels that sphere-stock-import reads."""

from __future__ import annotations

from pathlib import Path
from random import Random

from .shop import Place

__all__ = ["changed", "levels", "write_stockrows"]

CHANNEL = "depot-00"


def levels(rows: int, *, seed: int) -> dict[Place, int]:
    """Pieces by SKU, in the one depot that there is."""
    draw = Random(f"{seed}/{rows}")  # noqa: S311 - a seed, no secret
    return {Place(f"A{number:010d}", CHANNEL): draw.randrange(9_000) for number in range(rows)}


def changed(before: dict[Place, int], share: float, *, seed: int) -> dict[Place, int]:
    """Give the same levels, but for a share of other quantities."""
    draw = Random(f"{seed}/{len(before)}")  # noqa: S311 - as above
    moved = set(draw.sample(list(before), int(len(before) * share)))
    return {place: pieces + (500 if place in moved else 0) for place, pieces in before.items()}


def write_stockrows(path: Path, stock: dict[Place, int]) -> Path:
    """Write one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (f"{place.sku},{pieces},{place.channel}\n" for place, pieces in stock.items())
    path.write_text("sku,quantityOnStock,supplyChannel\n" + "".join(lines), encoding="ascii")
    return path
