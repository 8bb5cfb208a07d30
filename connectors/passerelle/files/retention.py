"""How long originals are kept: what is old and done with goes, what was never applied stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from .archive import Archive, Archived
from .contents import ContentIndex

__all__ = ["Purged", "purge"]


class Purged(NamedTuple):
    """What a purge removed and what it left although it was old."""

    removed: int
    freed: int
    spared: int


def purge(archive: Archive, feed: str, *, before: dt.datetime, may_go: Callable[[Archived], bool]) -> Purged:
    """Remove the originals that arrived before a moment and of which `may_go` says that they were applied.

    The index entry goes first: what is found is whole, and a crash leaves a file that nobody finds, not an
    entry that leads nowhere. Raises ValueError for a moment without zone.
    """
    if before.tzinfo is None:
        raise ValueError(f"before {before} has no time zone")
    contents = ContentIndex(archive)
    removed = freed = spared = 0
    for original in list(archive.entries(feed)):
        if original.received_at >= before:
            continue
        if not may_go(original):
            spared += 1
            continue
        size = original.path.stat().st_size
        archive.drop(feed, original)
        contents.forget(feed, original.sha256)
        removed += 1
        freed += size
    return Purged(removed, freed, spared)
