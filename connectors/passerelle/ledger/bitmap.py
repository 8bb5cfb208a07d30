"""Bitmaps: which records of a feed a run met, one bit a record, at its number.

What has a number behind the end was stored after the bitmap was made, and counts as met.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["are_marked", "is_met", "mark_range", "mark_seen", "not_met"]

_BITS = tuple(1 << bit for bit in range(8))
#: For each value of a byte, the sum of the positions of its bits that are not set.
_UNSET = tuple(sum(bit for bit in range(8) if not byte >> bit & 1) for byte in range(256))
_NOT_FULL = re.compile(rb"[^\xff]")


def mark_seen(seen: bytearray, numbers: Iterable[int]) -> None:
    """Mark records as met, by their numbers; one stored after the bitmap was made needs no mark."""
    limit = len(seen) * 8
    for number in numbers:
        if number < limit:
            seen[number >> 3] |= _BITS[number & 7]


def mark_range(seen: bytearray, low: int, high: int) -> None:
    """Mark records whose numbers follow each other, eight a byte."""
    high = min(high, len(seen) * 8 - 1)
    first, last = (low + 7) >> 3, (high + 1) >> 3
    if first >= last:
        mark_seen(seen, range(low, high + 1))
        return
    seen[first:last] = b"\xff" * (last - first)
    mark_seen(seen, range(low, first << 3))
    mark_seen(seen, range(last << 3, high + 1))


def is_met(seen: bytearray, number: int) -> bool:
    """Say whether the record with this number was met."""
    return number >= len(seen) * 8 or bool(seen[number >> 3] & _BITS[number & 7])


def not_met(page: Iterable[tuple[str, int]], seen: bytearray) -> list[tuple[str, int]]:
    """Give of keys with their numbers those that were not met."""
    # `is_met`, written out: where one record is missing, this looks at all of a feed.
    limit = len(seen) * 8
    return [
        (key, number) for key, number in page if number < limit and not seen[number >> 3] & _BITS[number & 7]
    ]


def are_marked(seen: bytearray, count: int, total: int) -> bool:
    """Say whether the marked numbers are so many and have this sum."""
    if int.from_bytes(seen, "little").bit_count() != count:
        return False
    everything = len(seen) * 8 * (len(seen) * 8 - 1) // 2
    # Nearly all are marked: the few others are added up.
    unmarked = 0
    for found in _NOT_FULL.finditer(seen):
        at = found.start()
        unmarked += 8 * at * (8 - seen[at].bit_count()) + _UNSET[seen[at]]
    return everything - unmarked == total
