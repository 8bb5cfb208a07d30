"""News: records whose raw values are other than the ledger knows, held until there are enough to be mapped.

A look at a few of each batch would cost what a look at many does: the statements, and all that mapping needs
and reading the file does not, in and out of the processor's caches each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from ..formats import Kept, Row

__all__ = ["News", "Novelty", "Sighting"]


class Sighting(NamedTuple):
    """A record whose raw values differ from what the ledger knows, and its place in its file from 1."""

    place: int
    key: str
    raw: bytes
    is_new: bool
    """The ledger certainly does not know it."""


class Novelty(NamedTuple):
    """A sighting, and the row of the record."""

    seen: Sighting
    row: Row


class News:
    """Novelties of several batches of one file, in their order."""

    def __init__(self) -> None:
        # One piece of bytes a batch, as its rows are (`formats.keeping` says why).
        self._held: list[tuple[bytes, Kept]] = []
        self._count = 0

    def __len__(self) -> int:
        """Count the novelties."""
        return self._count

    def add(self, seen: Sequence[Sighting], rows: Kept) -> None:
        """Hold those of one batch; its rows are made when they are taken."""
        self._held.append((msgspec.msgpack.encode(seen), rows))
        self._count += len(seen)

    def take(self) -> list[Novelty]:
        """Give all of them, and hold none."""
        taken: list[Novelty] = []
        for packed, rows in self._held:
            seen = [Sighting(*one) for one in msgspec.msgpack.decode(packed)]
            taken += map(Novelty, seen, rows())
        self._held, self._count = [], 0
        return taken
