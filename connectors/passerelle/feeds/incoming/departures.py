"""Departures: what a run is about to put away, written down first, so that the next run can finish it.

A file goes in several steps: its marker, its pieces, itself, what came with it. A run that dies in between
leaves halves that no rule of readiness would look at again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ...files import Outcome, ReadyFile, safe_name

__all__ = ["Departing", "Departure", "Departures"]


class Departure(msgspec.Struct, frozen=True):
    """One file that goes: the label of its folder, what it looked like, the hash of its content."""

    folder: str
    ready: ReadyFile
    sha256: str
    outcome: Outcome


class Departing(msgspec.Struct, frozen=True):
    """Files that go together; the marker of their batch, in the first one's folder, goes before them."""

    files: tuple[Departure, ...]
    batch: str | None = None


class Departures:
    """The note of one feed; there is one at a time."""

    def __init__(self, home: Path, feed: str) -> None:
        self._path = home / "looks" / f"{safe_name(feed)}.departing.json"

    @contextmanager
    def noted(self, departing: Departing) -> Iterator[None]:
        """Keep a note until all is put away; an error leaves it for the next run."""
        self.note(departing)
        yield
        self.forget()

    def note(self, departing: Departing) -> None:
        """Write the note."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(departing))
        part.replace(self._path)

    def left(self) -> Departing | None:
        """Read what the last run began and did not finish; a damaged note is none."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Departing)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def forget(self) -> None:
        """Drop the note."""
        self._path.unlink(missing_ok=True)
