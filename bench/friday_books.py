"""The retailer's own books on Black Friday: what lies where, what was sold at the tills, what nobody has.

Pieces sold on the web stay on their shelves until the ERP has the order and puts them aside; until then a
till may sell them to somebody who stands there. That is the only way in which a piece can be sold twice when
what the shop shows is right, and each such piece is told apart by the sales at that till since the count that
was in force when it was ordered.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

__all__ = ["Books", "Ordered", "Place"]

_ZONE = ZoneInfo("Europe/Paris")


class Place(NamedTuple):
    """A SKU in a depot, by the ERP's number of it: `001` is the warehouse, the others are stores."""

    sku: str
    depot: str


class Ordered(NamedTuple):
    """An order as its customer placed it, with the count in force: the last one that was carried by then."""

    number: str
    at: datetime
    counted_at: datetime
    lines: tuple[tuple[Place, int], ...]


@dataclass
class Books:
    """Everything there is; `shelves` are the pieces that lie in each place and are not put aside."""

    depots: Sequence[str]
    skus: Sequence[str]
    dice: Random
    shelves: dict[Place, int] = field(default_factory=dict)
    sold_at_tills: int = 0
    sold_on_web: int = 0
    oversold: int = 0
    """Pieces sold on the web that were not there when the ERP put them aside."""
    unexplained: int = 0
    """Those of them that no till sold since the count in force."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._aside: dict[Place, int] = defaultdict(int)
        self._tills: dict[Place, list[datetime]] = defaultdict(list)
        self._blamed: dict[Place, int] = defaultdict(int)
        self._moved: set[Place] = set()
        self._sequence = 0
        for sku in self.skus:
            for depot in self.depots:
                pieces = self.dice.randint(5, 40) if depot == self.depots[0] else self.dice.randint(0, 4)
                self.shelves[Place(sku, depot)] = pieces

    def sell_at_till(self, place: Place, at: datetime) -> None:
        """Somebody takes a piece from a shelf, if one lies there."""
        with self._lock:
            if self.shelves[place] > 0:
                self.shelves[place] -= 1
                self._tills[place].append(at)
                self._moved.add(place)
                self.sold_at_tills += 1

    def receive(self, place: Place, pieces: int) -> None:
        """A lorry comes."""
        with self._lock:
            self.shelves[place] += pieces
            self._moved.add(place)

    def put_aside(self, order: Ordered) -> None:
        """The ERP has the order: its pieces are taken from the shelves, those that are there."""
        with self._lock:
            for place, wanted in order.lines:
                found = min(wanted, self.shelves[place])
                self.shelves[place] -= found
                self._aside[place] += found
                self.sold_on_web += wanted
                missing = wanted - found
                if missing:
                    self.oversold += missing
                    since = sum(1 for at in self._tills[place] if at >= order.counted_at)
                    # A piece that a till sold explains one missing piece, not two.
                    explained = min(missing, max(since - self._blamed[place], 0))
                    self._blamed[place] += explained
                    self.unexplained += missing - explained

    def count(self, folder: Path, at: datetime, *, full: bool = False) -> int:
        """Write a file of what lies in each place, with what is put aside; of all, or of what moved since.

        Nothing has left the houses, so what is put aside is still counted. Gives the number of records.
        """
        with self._lock:
            places = sorted(self.shelves if full else self._moved)
            self._moved.clear()
            rows = [(place, self.shelves[place] + self._aside[place]) for place in places]
            self._sequence += 1
        if rows:
            _write(folder, self._sequence, rows, at, full=full)
        else:
            self._sequence -= 1
        return len(rows)


def _write(
    folder: Path, sequence: int, rows: Iterable[tuple[Place, int]], at: datetime, *, full: bool
) -> None:
    # Whole seconds: what was sold in the rest of the second counts as unknown to the file.
    here = (at - timedelta(microseconds=at.microsecond)).astimezone(_ZONE)
    mode = "C" if full else "D"
    lines = [
        f"<LIGNE><SKU>{place.sku}</SKU><DEPOT>{place.depot}</DEPOT><QTE_PHYSIQUE>{pieces},000</QTE_PHYSIQUE>"
        "</LIGNE>"
        for place, pieces in rows
    ]
    text = (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<FICHIER><ENTETE><FLUX>STOCK</FLUX><ZONE>TOUS</ZONE>'
        f"<MODE>{mode}</MODE><SEQUENCE>{sequence:05d}</SEQUENCE><DATE>{here:%Y%m%d}</DATE>"
        f"<HEURE>{here:%H%M%S}</HEURE></ENTETE>\n{''.join(lines)}\n"
        f"<PIED><NB_LIGNES>{len(lines):06d}</NB_LIGNES></PIED></FICHIER>\n"
    )
    path = folder / f"STOCK_TOUS_{mode}_{sequence:05d}_{here:%Y%m%d}.xml"
    path.write_text(text, encoding="iso-8859-1")
    path.with_suffix(".ok").touch()
