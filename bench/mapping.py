"""The mapping of twelve fields against the same job written by hand."""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from msgspec import UNSET
from rich.console import Console

from passerelle.formats import Row
from passerelle.mapping import load_incoming
from passerelle.records import Product, Variant

from .result import Result, figure

__all__ = ["measure"]

SEED = 7
ROWS = 20_000
REPEATS = 7
MAPPINGS = Path(__file__).parent / "mappings"


def measure(folder: Path, console: Console) -> list[Result]:  # noqa: ARG001 - every workload is given a folder
    """A record of 12 fields (seed 7), 20,000 of them: CPU of the mapping against Python written by hand.

    Both trim, look codes up, read decimal commas exactly, read dates with a word for none and a yes or no,
    and refuse what is none of it; both remember conversions of texts that come again. The results are equal.
    """
    mapping = load_incoming(MAPPINGS / "article12.yaml")
    rows = [Row(_values(number), number, None) for number in range(1, ROWS + 1)]
    by_hand = ByHand(MAPPINGS / "warehouses.csv")
    for row in rows:
        if mapping.record(row) != by_hand.record(row.values):
            raise SystemExit(
                f"record {row.ordinal}: {mapping.record(row)} is not {by_hand.record(row.values)}"
            )
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(REPEATS):
        theirs.append(_cost(lambda row: by_hand.record(row.values), rows))
        ours.append(_cost(mapping.record, rows))
    mapped, hand = median(ours), median(theirs)
    console.print(f"  mapped {mapped / ROWS * 1e6:.2f} µs a record, by hand {hand / ROWS * 1e6:.2f} µs")
    return [
        figure(
            "a record of 12 fields: CPU of the mapping against Python by hand", mapped / hand, "times", 1.3
        )
    ]


class ByHand:
    """What somebody would write who writes it well."""

    def __init__(self, warehouses: Path) -> None:
        with warehouses.open(newline="") as file:
            self._channels = {row["WAREHOUSE"]: row["channel"] for row in csv.DictReader(file)}

    def record(self, values: Any) -> Product:
        """Make the product; raises ValueError and KeyError on what cannot be read."""
        return Product(
            key=_text(values["ArticleNumber"]),
            variants=tuple([self._variant(one) for one in [values["Variant"]]]),
        )

    def _variant(self, values: dict[str, str]) -> Variant:
        attributes: dict[str, Any] = {
            "ean": _text(values["Ean"]),
            "warehouse": self._channels[_text(values["Warehouse"])],
            "quantity": _whole(values["Quantity"]),
            "reserved": _whole(values["Reserved"]),
            "unit": _text(values["Unit"]),
            "changed": _compact_day(values["LastChanged"]),
            "lead_time": int(values["LeadTime"]),
            "status": _text(values["Status"]),
            "exported": _dotted_day(values["Exported"]),
        }
        place = values.get("Bin")
        if place is not None:
            attributes["bin"] = _text(place) if place.strip() else None
        attributes["active"] = _yes(values["Active"])
        return Variant(sku=_text(values["ArticleNumber"]), attributes=attributes or UNSET)


# No text of a shop has them: the file was damaged, or is in another charset.
_DAMAGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")


def _text(value: str) -> str:
    if not (value.isascii() and value.isprintable()) and _DAMAGE.search(value):
        raise ValueError("damaged")
    text = value.strip()
    if not text:
        raise ValueError("empty")
    return text


@lru_cache(16_384)
def _whole(value: str) -> int:
    number = Decimal(_text(value).replace(",", "."))
    whole = int(number)
    if whole != number:
        raise ValueError(value)
    return whole


@lru_cache(16_384)
def _compact_day(value: str) -> str | None:
    text = value.strip()
    if not text or text == "00000000":
        return None
    return date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()


@lru_cache(16_384)
def _dotted_day(value: str) -> str | None:
    text = value.strip()
    if not text or text == "00.00.0000":
        return None
    return date(int(text[6:]), int(text[3:5]), int(text[:2])).isoformat()


@lru_cache(16_384)
def _yes(value: str) -> bool:
    match value.strip():
        case "J":
            return True
        case "N":
            return False
        case other:
            raise ValueError(other)


def _values(number: int) -> dict[str, Any]:
    chance = Random(SEED * 1_000_003 + number).randrange(1_000_000_000)  # noqa: S311 - a seed, no secret
    article = f"A{number // 5:010d}"
    leaves = {
        "ArticleNumber": article,
        "Ean": f" {4000000000000 + number}",
        "Warehouse": f"W{number % 5:02d} ",
        "Quantity": f"{chance % 9000:05d},000",
        "Reserved": f"{chance % 20},000",
        "Unit": "PCE",
        "LastChanged": "00000000" if chance % 4 == 0 else f"{20260101 + chance % 28}",
        "LeadTime": f"{chance % 30}",
        "Status": "ABC"[chance % 3],
        "Exported": f"{chance % 28 + 1:02d}.11.2026",
        "Bin": f"R{chance % 99:02d}-{chance % 97:02d} ",
        "Active": "JN"[chance % 7 == 0],
    }
    return {"ArticleNumber": article, "Variant": leaves}


def _cost(work: Callable[[Row], object], rows: Sequence[Row]) -> float:
    before = time.process_time()
    for row in rows:
        work(row)
    return time.process_time() - before
