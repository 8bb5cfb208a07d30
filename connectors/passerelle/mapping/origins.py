"""Origins: from which row of which file each part of an assembled record came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import Fault, Position
from ..formats import Row
from .paths import Source

__all__ = ["AssembledRow", "Found", "Origin", "origin_at"]


class Origin(NamedTuple):
    """A row of a file: its count there from 1, and its line where it is known."""

    file: str
    ordinal: int
    line: int | None

    def at(self, path: str | None = None) -> Position:
        """Give the position of a path in that row."""
        return Position(self.file, self.ordinal, self.line, path)

    def __str__(self) -> str:
        return f"{self.file} record {self.ordinal}" if self.line is None else f"{self.file} line {self.line}"


class Found(dict[str, Any]):
    """The names of a row that stands in the tree of another.

    `origin` is its own place, `faults` what went wrong with its making. Both are set by `of`: a constructor
    written in Python would cost more than all the rest.
    """

    __slots__ = ("faults", "origin")
    origin: Origin
    faults: tuple[Fault, ...]

    @classmethod
    def of(cls, values: Mapping[str, Any], origin: Origin, faults: tuple[Fault, ...] = ()) -> Found:
        """Take the names of a row, its place and its faults."""
        found = cls(values)
        found.origin = origin
        found.faults = faults
        return found


class AssembledRow(Row):
    """A row put together from several; `faults` of its making (a row that is missing) reject it."""

    faults: tuple[Fault, ...] = ()


def origin_at(values: Any, path: str) -> Origin | None:
    """Tell from which row the value at a path came: that of the innermost group with an origin of its own.

    `path` counts repeated elements from 1 (`VARIANTS[2]/TEXT`); None is the record's own row.
    """
    try:
        source = Source.parse(path, depth=0, header=None)
    except ValueError:
        return None
    innermost = None
    for place, name in enumerate(source.names):
        value = values.get(name) if isinstance(values, dict) else None
        picks = source.picks[place] if source.picks else ()
        if isinstance(value, list):
            for pick in picks:
                value = pick.of(value)
            value = value[0] if value else None
        if value is None:
            break
        values = value
        if isinstance(values, Found):
            innermost = values.origin
    return innermost
