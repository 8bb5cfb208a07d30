"""In which series does a file stand, and at which place? Counted on over wraps and over new years."""

from __future__ import annotations

from typing import NamedTuple

from ...errors import ConfigError
from ...files import FileName
from ...ledger import Ledger
from ...mapping import FilesSpec
from ..wiring import numbering

__all__ = ["Place", "Series"]


class Place(NamedTuple):
    """A file's place: `number` is counted on; `after` is what the first number of a new year follows.

    `is_over` when a series of a later year has begun; `year` is 0 where numbers do not restart.
    """

    series: str
    number: int
    after: int | None = None
    is_over: bool = False
    year: int = 0


class Series:
    """The series of one feed: one, or one for each value of `sequence.by`, each year's own if it restarts."""

    def __init__(self, feed: str, files: FilesSpec, ledger: Ledger) -> None:
        self._feed = feed
        self._spec = files.sequence
        self._numbering = numbering(files)
        self._ledger = ledger

    def place(self, name: FileName) -> Place | None:
        """Find the place of a file; None when its name has no number. Raises ConfigError."""
        if name.sequence is None:
            return None
        unknown = [part for part in self._spec.by if part not in name.parts]
        if unknown:
            raise ConfigError(
                f"Feed {self._feed}: numbers count by {unknown[0]!r}, which {name.name} does not have"
            )
        base = " ".join([self._feed, *(f"{part}={name.parts[part]}" for part in self._spec.by)])
        last = self._ledger.sequences.last
        if self._spec.restarts is None:
            return Place(base, self._numbering.unwound(name.sequence, last(base)))
        if name.date is None:
            raise ConfigError(
                f"Feed {self._feed}: numbers restart yearly, but the name {name.name} has no date to tell by"
            )
        series = f"{base} {name.date.year}"
        begins = last(series) is None and last(f"{base} {name.date.year - 1}") is not None
        return Place(
            series,
            self._numbering.unwound(name.sequence, last(series)),
            after=self._spec.first - 1 if begins else None,
            is_over=last(f"{base} {name.date.year + 1}") is not None,
            year=name.date.year,
        )
