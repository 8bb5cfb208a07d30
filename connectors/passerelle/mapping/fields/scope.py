"""Scope: the record that is read carefully, what is around it, and the faults found so far."""

from __future__ import annotations

from typing import Any

from ...errors import Fault, Position
from ...formats import Group, Value
from ..origins import origin_at
from ..paths import Mark, Source
from ..unreadable import Unreadable

__all__ = ["FAULTY", "Scope"]

#: What a field gives whose faults are noted.
FAULTY = Mark("FAULTY")


class Scope:
    """The record or group that is read carefully, with what is around it and the faults found so far."""

    def __init__(
        self, values: Value, position: Position, header: Group, parent: Scope | None = None, path: str = ""
    ) -> None:
        self.values = values
        self.position = position
        self.header = header
        self.parent = parent
        self.path = path
        self.faults: list[Fault] = [] if parent is None else parent.faults

    def at(self, source: Source) -> tuple[Any, str]:
        """Give the values that a source starts from, and its path in the file."""
        if source.in_header:
            return self.header, source.text
        scope: Scope = self
        for _ in range(source.climb):
            if scope.parent is not None:
                scope = scope.parent
        return scope.values, (scope.path + source.below) if source.names else scope.path.rstrip("/")

    def _row(self) -> Value:
        scope: Scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope.values

    def around(self) -> list[Any]:
        """Give the header and the records, the outermost first: what a condition asks."""
        values: list[Any] = []
        scope: Scope | None = self
        while scope is not None:
            values.append(scope.values)
            scope = scope.parent
        return [self.header, *reversed(values)]

    def fault(self, path: str, error: Unreadable, received: str | None) -> Any:
        """Note a fault once; gives FAULTY. An error that knows its own place keeps it."""
        if error.path is not None:
            path, received = self._place(error.path), error.received
        position = self.position._replace(path=path)
        origin = origin_at(self._row(), path)
        if origin is not None:
            # An assembled record: the value stands in another row, maybe of another file.
            position = origin.at(path)
        fault = Fault(error.code, position, received, error.expected, error.advice)
        if fault not in self.faults:
            self.faults.append(fault)
        return FAULTY

    def _place(self, path: str) -> str:
        """Write out a path that starts here, at a record around (`../`), or in the header (`/`)."""
        scope: Scope = self
        while path.startswith("../") and scope.parent is not None:
            scope, path = scope.parent, path.removeprefix("../")
        return path if path.startswith("/") else scope.path + path
