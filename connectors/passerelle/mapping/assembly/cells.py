"""Cells: lists that stand packed in one cell, side by side in columns, or in names that repeat together."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any, NamedTuple

from ..paths import ABSENT, leaf_text
from ..patterns import TextPattern
from ..unreadable import Unreadable
from .computing import Computation, compute
from .drafts import Draft

__all__ = ["Fold", "Pair", "Split"]


class Split(NamedTuple):
    """A packed cell that becomes a list: of texts, or of groups with the parts of each item."""

    to: str
    cell: tuple[str, ...]
    by: str | None
    parts: TextPattern | None
    computations: tuple[Computation, ...]

    def shape(self, draft: Draft) -> None:
        """Take the cell away and put the list in the row."""
        path = "/".join(self.cell)
        try:
            found = _taken(draft.values, self.cell)
            if found is ABSENT:
                return
            text = leaf_text(found)
        except Unreadable as error:
            draft.fault(path, error, None)
            return
        pieces = [piece.strip() for piece in (text.split(self.by) if self.by is not None else [text])]
        items: list[Any] = []
        for piece in filter(None, pieces):
            try:
                items.append(self._item(piece))
            except Unreadable as error:
                draft.fault(path, error, piece)
        draft.hang(draft.values, self.to, items)
        if self.computations:
            for item in items:
                compute(self.computations, draft, (draft.values, item))

    def _item(self, piece: str) -> Any:
        if self.parts is None:
            return {"#text": piece} if self.computations else piece
        found = self.parts.full(piece)
        if found is None:
            raise Unreadable("unknown_pattern", f"an item of {self.to} that fits {self.parts.text}")
        return {"#text": piece} | {name: part for name, part in found.groupdict().items() if part is not None}


class Fold(NamedTuple):
    """Sets of columns side by side that become a list of groups."""

    to: str
    sets: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    needed: str | None

    def shape(self, draft: Draft) -> None:
        """Take the columns away and put the list in the row."""
        values = draft.values
        groups: list[Any] = []
        for columns in self.sets:
            pairs = zip(self.names, columns, strict=True)
            group = {name: values.pop(column) for name, column in pairs if column in values}
            told = group.values() if self.needed is None else [group.get(self.needed)]
            if any(_says(value) for value in told):
                groups.append(group)
        draft.hang(values, self.to, groups)


class Pair(NamedTuple):
    """Names that repeat, brought together by their order."""

    to: str
    lists: tuple[tuple[str, ...], ...]
    pad: bool

    def shape(self, draft: Draft) -> None:
        """Take the names away and put the list of their groups in the row."""
        columns: list[list[Any]] = []
        path = ""
        try:
            for names in self.lists:
                path = "/".join(names)
                found = _taken(draft.values, names)
                columns.append([] if found is ABSENT else found if isinstance(found, list) else [found])
        except Unreadable as error:
            draft.fault(path, error, None)
            return
        most = max(map(len, columns))
        for names, column in zip(self.lists, columns, strict=True):
            if len(column) < most and not self.pad:
                others = ", ".join("/".join(other) for other in self.lists if other != names)
                uneven = Unreadable("uneven_lists", f"{most} times {'/'.join(names)}, as often as {others}")
                draft.fault("/".join(names), uneven, str(len(column)))
        last = [names[-1] for names in self.lists]
        groups = [
            {name: value for name, value in zip(last, row, strict=True) if value is not ABSENT}
            for row in zip_longest(*columns, fillvalue=ABSENT)
        ]
        draft.hang(draft.values, self.to, groups)


def _says(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def _taken(values: Any, names: tuple[str, ...]) -> Any:
    """Take what stands at a path out of its group; ABSENT when nothing does."""
    *groups, last = names
    for name in groups:
        if not isinstance(values, dict):
            return ABSENT
        values = values.get(name)
        if isinstance(values, list):
            raise Unreadable("repeated_element", "one element", "Read it with each")
    return values.pop(last, ABSENT) if isinstance(values, dict) else ABSENT
