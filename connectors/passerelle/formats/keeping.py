"""Keeping: a few records of a batch that outlive it, as one piece of bytes; their rows are made later.

Hundreds of small texts between those of the batches that follow would keep the allocator from using the same
memory for each batch (measured: 4 % more CPU for the whole of a file of which one record in a hundred is
other). And many rows made at once cost half of what a few of each batch do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Any, TypeAlias

import msgspec

from .rows import Row

__all__ = ["Kept", "kept_bytes", "kept_parts", "kept_rows"]

#: Makes the rows of records that were kept, in their order.
Kept: TypeAlias = Callable[[], list[Row]]


def kept_rows(rows: Sequence[Row]) -> Kept:
    """Keep rows that were made already."""
    # A row that was put together says more than its values: where each of them came from.
    if all(type(row) is Row for row in rows):
        return partial(_unpacked, msgspec.msgpack.encode(rows))
    return partial(list, rows)


def kept_bytes(records: Sequence[tuple[bytes, int, int | None]], read: Callable[[bytes], Any]) -> Kept:
    """Keep `(record, ordinal, line)`; `read` gives the values of a record."""
    return partial(_read, msgspec.msgpack.encode(records), read)


def kept_parts(parts: Sequence[Kept]) -> Kept:
    """Keep what stands one behind the other."""
    return parts[0] if len(parts) == 1 else partial(_all_of, parts)


def _unpacked(packed: bytes) -> list[Row]:
    return [Row(*row) for row in msgspec.msgpack.decode(packed)]


def _read(packed: bytes, read: Callable[[bytes], Any]) -> list[Row]:
    return [Row(read(one), ordinal, line) for one, ordinal, line in msgspec.msgpack.decode(packed)]


def _all_of(parts: Sequence[Kept]) -> list[Row]:
    return list(chain.from_iterable(part() for part in parts))
