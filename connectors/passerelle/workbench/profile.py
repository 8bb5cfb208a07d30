"""Profiles: what stands in a file, path by path, whoever reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..formats import BadRow, Group, Reader, Value
from ..mapping.paths import listed
from .values import Values

__all__ = ["Column", "Profile", "leaves", "profile"]

#: A name that paths take without quotes.
_PLAIN = re.compile(r"@?[\w.:#-]+")


class Column(Values):
    """One path of the records: its texts, in how many records it stands, how often in one at most.

    `path` is how readers name it; `written` is how a mapping does, unusual names in quotes.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self.names = names
        self.path = listed(names)
        self.written = "/".join(map(_quoted, names))
        self.records = 0
        self.most = 0


def _quoted(name: str) -> str:
    plain = _PLAIN.fullmatch(name) is not None
    return name if plain else '"' + name.replace('"', '""') + '"'


class Profile:
    """What was read: records, bad ones, header, trailer, and every path with its texts."""

    def __init__(self) -> None:
        self.records = 0
        self.bad = 0
        self.header: Group = {}
        self.trailer: Group = {}
        self.columns: dict[str, Column] = {}
        #: Paths of what repeats in some record.
        self.repeated: set[str] = set()

    def single(self) -> list[Column]:
        """List the columns that never stand in anything that repeats."""
        return [column for column in self.columns.values() if not self.repeats(column)]

    def repeats(self, column: Column) -> bool:
        """Say whether a column, or anything around it, stands several times in some record."""
        return any(listed(column.names[:depth]) in self.repeated for depth in range(1, len(column.names) + 1))

    def add(self, values: Group) -> None:
        """Look at one record."""
        self.records += 1
        self.repeated.update(map(listed, _repeated(values)))
        met: dict[str, int] = {}
        for names, text in leaves(values):
            path = listed(names)
            column = self.columns.get(path)
            if column is None:
                column = self.columns[path] = Column(names)
            column.add(text or "")
            met[path] = met.get(path, 0) + 1
        for path, times in met.items():
            column = self.columns[path]
            column.records += 1
            column.most = max(column.most, times)


def _repeated(value: Value, names: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """List the names of what repeats."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _repeated(inner, (*names, name))
    elif isinstance(value, list):
        if len(value) > 1:
            yield names
        for inner in value:
            yield from _repeated(inner, names)


def profile(reader: Reader, *, limit: int | None = None) -> Profile:
    """Read a file to its end, or its first records."""
    found = Profile()
    found.header = reader.read_header()
    for row in reader.rows():
        if isinstance(row, BadRow):
            found.bad += 1
        else:
            found.add(row.values)
        if limit is not None and found.records + found.bad >= limit:
            return found
    found.trailer = reader.trailer
    return found


def leaves(value: Value, names: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """List every text of a record with its names; an item of a list has the names of the list."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, names if name == "#text" else (*names, name))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, names)
    else:
        yield names, value
