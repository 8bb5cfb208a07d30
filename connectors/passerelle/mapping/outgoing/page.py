"""The page: the record that is being written, with what is wrong in it and what was replaced."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ...errors import Fault, Position
from ...formats import Replacement
from ..unreadable import Unreadable
from .paths import Around

__all__ = ["Page", "Scope"]


class Page:
    """One record (or header, or trailer) on its way: faults found, characters replaced, sums so far.

    `fit` gives a text as the file can hold it and the characters that it cannot; None leaves all to the
    writer.
    """

    def __init__(
        self,
        name: str,
        *,
        fit: Callable[[str], tuple[str, str]] | None = None,
        sums: tuple[Decimal, ...] = (),
    ) -> None:
        self.name = name
        self.fit = fit
        self.sums = sums
        self.faults: list[Fault] = []
        self.replaced: list[Replacement] = []


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

    def fitted(self, to: str, text: str) -> str:
        """Replace what the file cannot hold, where the feed says so."""
        if self.page.fit is None:
            return text
        fitted, lost = self.page.fit(text)
        path = f"{self.path}{to}"
        self.page.replaced += [Replacement(path, character, "?") for character in lost]
        return fitted
