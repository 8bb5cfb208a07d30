"""Nesting: which line of a record-typed file belongs to which, told by types and their order alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .layouts import Column, Ill, NumberedColumn, Repeat
from .rows import Group

__all__ = ["Nesting", "OpenRecord", "RecordType"]

_ADVICE = "Have the order of the lines corrected and sent again"
#: A record with so much below it is none: what closes it is missing. A line counts its text and a bit more.
_LIMIT = 32 << 20
_LINE_WEIGHT = 200


class RecordType(NamedTuple):
    """One record type: its columns, and the type whose lines its own follow and belong to."""

    columns: Sequence[Column] | Sequence[NumberedColumn] = ()
    repeats: Sequence[Repeat] = ()
    below: str | None = None


class OpenRecord:
    """A record and the lines that belong to it; what is wrong with any of them stands in `ills`."""

    def __init__(self, kind: str, values: Group, line: int, last: int) -> None:
        self.values = values
        self.line = line
        self.last = last
        self.path: list[tuple[str, Group]] = [(kind, values)]
        self.ills: list[tuple[int, Ill]] = []
        self.weight = 0


class Nesting:
    """The record that is being read, and the lines above it."""

    def __init__(self, records: Mapping[str, RecordType], record: str) -> None:
        self._above = {name: kind.below for name, kind in records.items()}
        self._record = record
        self._context: list[tuple[str, Group | None]] = []
        self._ancestors = set(self._chain(record))
        self._below = {name for name in records if record in self._chain(name)}
        self.open: OpenRecord | None = None

    def concerns(self, kind: str) -> bool:
        """Tell whether lines of a type are a part of the rows."""
        return kind == self._record or kind in self._ancestors or kind in self._below

    def close(self) -> OpenRecord | None:
        """Give the record that is being read: nothing more belongs to it."""
        closed, self.open = self.open, None
        return closed

    def pass_over(self, kind: str) -> OpenRecord | None:
        """Take note of a line that is no part of any row; gives the record that it closes."""
        self._climb(kind)
        return self.close()

    def add(self, kind: str, values: Group, ills: list[Ill], line: int, last: int) -> OpenRecord | Ill | None:
        """Put a line where it belongs; gives the record that it closes, or why it belongs nowhere."""
        if kind in self._below:
            return self._attach(kind, values, ills, line, last)
        closed = self.close()
        self._climb(kind)
        above = self._above[kind]
        if above is not None:
            nearest, parent = self._context[-1] if self._context else ("", None)
            if parent is None or nearest != above:
                ills.append(_belongs_nowhere(kind, f"{above} that can be read"))
            else:
                values[above] = dict(parent)
        if kind != self._record:
            self._context.append((kind, None if ills else values))
            if not ills:
                return closed
        self.open = OpenRecord(kind, values, line, last)
        self.open.ills += [(line, ill) for ill in ills]
        return closed

    def is_too_heavy(self, fields: list[str]) -> bool:
        """Weigh a line that may belong to the record; True when the record gets too large for one."""
        if self.open is None:
            return False
        self.open.weight += _LINE_WEIGHT + sum(map(len, fields))
        return self.open.weight > _LIMIT

    def _attach(self, kind: str, values: Group, ills: list[Ill], line: int, last: int) -> Ill | None:
        above = self._above[kind]
        path = [] if self.open is None else self.open.path
        depth = next((depth for depth in range(len(path), 0, -1) if path[depth - 1][0] == above), 0)
        if self.open is None or not depth:
            return _belongs_nowhere(kind, str(above))
        self.open.ills += [(line, ill) for ill in ills]
        self.open.last = last
        del path[depth:]
        group = path[-1][1]
        known = group.get(kind)
        if known is None:
            group[kind] = values
        elif isinstance(known, list):
            known.append(values)
        else:
            group[kind] = [known, values]
        path.append((kind, values))
        return None

    def _climb(self, kind: str) -> None:
        """Leave the lines above that a line does not belong to."""
        chain = self._chain(kind)
        while self._context and self._context[-1][0] not in chain:
            self._context.pop()

    def _chain(self, name: str) -> list[str]:
        chain: list[str] = []
        above = self._above[name]
        while above is not None:
            chain.append(above)
            above = self._above[above]
        return chain


def _belongs_nowhere(kind: str, above: str) -> Ill:
    return Ill("out_of_order", None, kind, f"a line that it belongs to in front of it: {above}", _ADVICE)
