"""Drafts: rows on their way through assembly, with what is wrong with them so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from ...errors import Fault
from ...formats import Group
from ..origins import Origin
from ..unreadable import Unreadable

__all__ = ["Draft", "Drafts", "Surroundings"]


class Surroundings:
    """What the rows of one file share: its name, the named parts of that name, its header."""

    __slots__ = ("file", "header", "parts")

    def __init__(self, file: str, parts: Mapping[str, str], header: Group) -> None:
        self.file = file
        self.parts = parts
        self.header = header


class Draft:
    """One row in the making; its values are its own, to be changed."""

    __slots__ = ("around", "faults", "line", "ordinal", "values")

    def __init__(self, values: dict[str, Any], around: Surroundings, ordinal: int, line: int | None) -> None:
        self.values = values
        self.around = around
        self.ordinal = ordinal
        self.line = line
        self.faults: list[Fault] = []

    @property
    def origin(self) -> Origin:
        """The row's place."""
        return Origin(self.around.file, self.ordinal, self.line)

    def fault(self, path: str, error: Unreadable, received: str | None) -> None:
        """Note what is wrong at a path of this row."""
        if error.path is not None:
            path, received = error.path, error.received
        position = self.origin.at(path)
        self.faults.append(Fault(error.code, position, received, error.expected, error.advice))

    def hang(self, values: dict[str, Any], name: str, value: Any) -> None:
        """Put something new into this row, or into a group in it; a name that is taken is a fault."""
        if name in values:
            advice = f"Give {name} another name in the mapping"
            self.fault(name, Unreadable("name_taken", f"no {name} of the file's own", advice), None)
        values[name] = value


Drafts: TypeAlias = list[Draft]
