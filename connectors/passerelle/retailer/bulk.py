"""Bulk: stock files of any length for measuring, written as fast as Python formats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .chance import dice
from .codes import COLOURS, DEPOTS
from .ean import ean13
from .layout import Node, day, pieces
from .model import OPENING_DAY, Mode, feed_of
from .sheet import Sheet, mark, render

__all__ = ["BulkStock", "write_stock"]

_SIZES = ("XS", "S", "M", "L", "XL")
_COLOURS_A_STYLE = 3
_BLOCK = 10_000
_MOST = 120
_WEIGHTS = (12, *([1] * (_MOST - 1)))
"""About one line in eleven is zero."""
_RESERVED = 3


class BulkStock(NamedTuple):
    """A bulk file: its lines, how many of them differ from the file with `changed=0`, its size in bytes."""

    path: Path
    rows: int
    changed: int
    size: int


def write_stock(
    path: Path,
    rows: int,
    seed: int = 1,
    changed: float = 0.0,
    *,
    sequence: int = 1,
    mode: Mode = Mode.FULL,
    marker: bool = True,
) -> BulkStock:
    """Write a stock file of `rows` lines of eight fields: 41 depots for each SKU in turn.

    `changed` is a share from 0 to 1: exactly that many lines, spread over the file, have another quantity
    than in the file of the same seed with 0; all others are the same bytes.
    """
    if not 0 <= changed <= 1:
        raise ValueError(f"a share from 0 to 1, received {changed}")
    feed = feed_of("STOCK_TOUS")
    sheet = Sheet(feed, mode, sequence, OPENING_DAY, (), named_on=OPENING_DAY)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".ok").unlink(missing_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    touched = 0
    with temporary.open("wb", buffering=1 << 20) as out:
        head = f'<?xml version="1.0" encoding="{feed.charset}"?>\r\n<FICHIER>\r\n'
        out.write((head + render([Node("ENTETE", sheet.header)], 1)).encode(feed.charset))
        for text, count in _blocks(rows, seed, changed):
            out.write(text.encode("ascii"))
            touched += count
        foot = render([Node("PIED", (Node("NB_LIGNES", f"{rows:06d}"),))], 1)
        out.write((foot + "</FICHIER>\r\n").encode(feed.charset))
    temporary.replace(path)
    if marker:
        mark(path)
    return BulkStock(path, rows, touched, path.stat().st_size)


def _blocks(rows: int, seed: int, changed: float) -> Iterator[tuple[str, int]]:
    """Yield the text of up to ten thousand lines at a time, and how many of them were changed."""
    stock, moved = dice(seed, "bulk", "stock"), dice(seed, "bulk", "moved")
    quantities = [pieces(quantity) for quantity in range(_MOST)]
    middle = "</QTE_PHYSIQUE>\r\n    <QTE_RESERVEE>"
    tail = f"</QTE_RESERVEE>\r\n    <UNITE>PCE</UNITE>\r\n    <DATE_INV>{day(OPENING_DAY)}</DATE_INV>\r\n    "
    tail += "<STATUT>D</STATUT>\r\n  </LIGNE>\r\n"
    depots = [f"    <DEPOT>{depot.code}</DEPOT>\r\n    <QTE_PHYSIQUE>" for depot in DEPOTS]
    places = len(depots)
    for start in range(0, rows, _BLOCK):
        count = min(_BLOCK, rows - start)
        drawn = stock.choices(range(_MOST), _WEIGHTS, k=count)
        here = int((start + count) * changed) - int(start * changed)
        for index in moved.sample(range(count), here):
            drawn[index] = (drawn[index] + moved.randint(1, _MOST - 1)) % _MOST
        first = start // places
        heads = [_head(serial) for serial in range(first, (start + count - 1) // places + 1)]
        text = "".join(
            [
                f"{heads[(start + index) // places - first]}{depots[(start + index) % places]}"
                f"{quantities[quantity]}{middle}{quantities[min(index % _RESERVED, quantity)]}{tail}"
                for index, quantity in enumerate(drawn)
            ]
        )
        yield text, here


def _head(serial: int) -> str:
    """Return the start of a line up to its EAN, for the n-th SKU of the bulk range."""
    style, article = divmod(serial, _COLOURS_A_STYLE * len(_SIZES))
    colour, size = divmod(article, len(_SIZES))
    sku = f"{style + 1:06d}-{COLOURS[(style + 5 * colour) % len(COLOURS)].code}-{_SIZES[size]}"
    return f"  <LIGNE>\r\n    <SKU>{sku}</SKU>\r\n    <EAN>{ean13(style + 1, article)}</EAN>\r\n"
