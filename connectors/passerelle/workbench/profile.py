"""Profiles: what stands in a file, path by path, whoever reads it."""

from __future__ import annotations

from collections.abc import Iterator

from ..formats import BadRow, Group, Reader, Value
from .values import Values

__all__ = ["Column", "Profile", "leaves", "profile"]


class Column(Values):
    """One path of the records: its texts, in how many records it stands, how often in one at most."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.records = 0
        self.most = 0


class Profile:
    """What was read: records, bad ones, header, trailer, and every path with its texts."""

    def __init__(self) -> None:
        self.records = 0
        self.bad = 0
        self.header: Group = {}
        self.trailer: Group = {}
        self.columns: dict[str, Column] = {}

    def add(self, values: Group) -> None:
        """Look at one record."""
        self.records += 1
        met: dict[str, int] = {}
        for path, text in leaves(values):
            column = self.columns.get(path)
            if column is None:
                column = self.columns[path] = Column(path)
            column.add(text or "")
            met[path] = met.get(path, 0) + 1
        for path, times in met.items():
            column = self.columns[path]
            column.records += 1
            column.most = max(column.most, times)


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


def leaves(value: Value, path: str = "") -> Iterator[tuple[str, str | None]]:
    """List every text of a record with its path; an item of a list has the path of the list."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, path if name == "#text" else f"{path}/{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value
