"""The page: the record that is being written, with what is wrong in it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ...errors import Fault, Position
from ..unreadable import Unreadable
from .paths import Around

__all__ = ["Page", "Scope"]


class Page:
    """One record (or header, or trailer) on its way: its name, faults found, sums so far."""

    def __init__(self, name: str, sums: tuple[Decimal, ...] = ()) -> None:
        self.name = name
        self.sums = sums
        self.faults: list[Fault] = []


class Scope:
    """Where the writing is: the records around, the path so far, and the number in a list."""

    __slots__ = ("around", "number", "page", "path")

    def __init__(self, page: Page, around: Around, path: str = "", number: int = 0) -> None:
        self.page = page
        self.around = around
        self.path = path
        self.number = number

    def below(self, to: str, number: int, record: Any = None) -> Scope:
        """Go into an item of a list: a record of its own, or the same record once more."""
        around = self.around
        if record is not None:
            around = around._replace(records=(*around.records, record))
        return Scope(self.page, around, f"{self.path}{to}[{number}]/", number)

    def fault(self, to: str, error: Unreadable, received: Any) -> None:
        """Note what is wrong with the value that goes to a place."""
        position = Position(self.page.name, path=f"{self.path}{to}")
        text = None if received is None else str(received)
        self.page.faults.append(Fault(error.code, position, text, error.expected, error.advice))
