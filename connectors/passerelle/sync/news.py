"""News: records whose raw values are other than the ledger knows, held until there are enough to be mapped.

A look at a few of each batch would cost what a look at many does: the statements, and all that mapping needs
and reading the file does not, in and out of the processor's caches each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from ..formats import Row

__all__ = ["News", "Novelty"]


class Novelty(NamedTuple):
    """A record whose raw values differ from what the ledger knows, and its place in its file from 1."""

    place: int
    key: str
    raw: bytes
    row: Row
    is_new: bool
    """The ledger certainly does not know it."""


class News:
    """Novelties of several batches of one file, in their order.

    They are held as one piece of bytes a batch: hundreds of small texts between those of the batches that
    follow would keep the allocator from using the same memory for each batch (measured: 4 % more CPU for the
    whole of a file of which one record in a hundred is other).
    """

    def __init__(self) -> None:
        self._held: list[bytes | Sequence[Novelty]] = []
        self._count = 0

    def __len__(self) -> int:
        """Count the novelties."""
        return self._count

    def add(self, found: Sequence[Novelty]) -> None:
        """Hold those of one batch."""
        # A row that was put together says more than its values: where each of them came from.
        plain = all(type(one.row) is Row for one in found)
        self._held.append(msgspec.msgpack.encode(found) if plain else found)
        self._count += len(found)

    def take(self) -> list[Novelty]:
        """Give all of them, and hold none."""
        taken: list[Novelty] = []
        for found in self._held:
            taken += map(_opened, msgspec.msgpack.decode(found)) if isinstance(found, bytes) else found
        self._held, self._count = [], 0
        return taken


def _opened(packed: tuple[int, str, bytes, Sequence[object], bool]) -> Novelty:
    place, key, raw, row, is_new = packed
    return Novelty(place, key, raw, Row(*row), is_new)  # type: ignore[arg-type]  # as it was packed
