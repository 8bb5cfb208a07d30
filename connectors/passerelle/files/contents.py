"""Which records did an original hold? A bitmap a file, so that one key finds its originals again.

A file's bitmap has one bit for each record that the feed ever had, set when the file spoke of it: 125 kB for
a million records before it is packed, a few hundred bytes after when a full speaks of nearly all of them, two
bytes or so for each record of a small delta.
"""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from .archive import Archive, Archived

__all__ = ["ContentIndex"]


class ContentIndex:
    """Beside the archive: `<root>/<feed>/by-record/<hash>`, one small file an original.

    Records are named by their number in the ledger's fingerprints of the feed.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def note(self, feed: str, sha256: str, bitmap: bytes | bytearray, more: Iterable[int] = ()) -> Path:
        """Keep which records a file spoke of: those of the bitmap, and the numbers in `more`."""
        bits = bytearray(bitmap)
        for number in more:
            place = number >> 3
            if place >= len(bits):
                bits.extend(bytes(place + 1 - len(bits)))
            bits[place] |= 1 << (number & 7)
        path = self._path(feed, sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, text = tempfile.mkstemp(dir=self._archive.packing(feed), suffix=".part")
        with os.fdopen(handle, "wb") as target:
            target.write(zlib.compress(bits.rstrip(b"\0"), 6))
        Path(text).replace(path)
        return path

    def holds(self, feed: str, sha256: str, number: int) -> bool | None:
        """Tell whether a file spoke of a record; None when nothing was noted of the file."""
        try:
            bits = zlib.decompress(self._path(feed, sha256).read_bytes())
        except FileNotFoundError:
            return None
        place = number >> 3
        return place < len(bits) and bool(bits[place] >> (number & 7) & 1)

    def originals(self, feed: str, number: int) -> Iterator[Archived]:
        """Go through the originals that spoke of a record, the oldest first."""
        kept = sorted(self._archive.entries(feed), key=lambda one: (one.received_at, one.name))
        return (one for one in kept if self.holds(feed, one.sha256, number))

    def forget(self, feed: str, sha256: str) -> None:
        """Drop what was noted of a file."""
        self._path(feed, sha256).unlink(missing_ok=True)

    def _path(self, feed: str, sha256: str) -> Path:
        return self._archive.folder(feed, "by-record") / sha256
