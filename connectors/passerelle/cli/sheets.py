"""Sheets: what a report shows, as tables and lines; in a terminal by rich, in a page by `page`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

__all__ = ["Block", "Cell", "Code", "Line", "Sheet", "Tone", "terminal"]

#: How something is meant: the terminal gives it a colour, the page a class.
Tone = Literal["", "good", "bad", "warn", "dim", "strong"]
_STYLES: dict[Tone, str] = {
    "": "",
    "good": "green",
    "bad": "red",
    "warn": "yellow",
    "dim": "dim",
    "strong": "bold",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with its tone."""

    text: str
    tone: Tone = ""


@dataclass(slots=True)
class Sheet:
    """A table. `right` are the columns with numbers; `whole` those that are never broken over lines."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[Cell | str]] = field(default_factory=list)
    right: frozenset[int] = frozenset()
    whole: frozenset[int] = frozenset()
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of its own; `indent` in steps."""

    text: str
    tone: Tone = ""
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Code:
    """Text in which every blank counts; a `language` colours it in the terminal."""

    text: str
    language: str = ""


Block: TypeAlias = Sheet | Line | Code


def terminal(blocks: Iterable[Block]) -> RenderableType:
    """Give blocks as rich prints them; every text stands as it is, nothing in it is markup."""
    parts: list[RenderableType] = []
    for block in blocks:
        if isinstance(block, Line):
            parts.append(Padding(Text(block.text, style=_STYLES[block.tone]), (0, 0, 0, 2 * block.indent)))
        elif isinstance(block, Code):
            syntax = Syntax(block.text, block.language, background_color="default", word_wrap=True)
            parts.append(syntax if block.language else Text(block.text))
        else:
            # A title of the table itself would be broken at the table's width.
            parts += [Text(block.title, style="bold"), _table(block)] if block.title else [_table(block)]
    return Group(*parts)


def _table(sheet: Sheet) -> Table:
    table = Table(
        header_style="dim",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        caption=sheet.caption or None,
        caption_justify="left",
    )
    for place, column in enumerate(sheet.columns):
        table.add_column(
            column,
            justify="right" if place in sheet.right else "left",
            no_wrap=place in sheet.whole,
            overflow="fold",
        )
    for row in sheet.rows:
        cells = [cell if isinstance(cell, Cell) else Cell(cell) for cell in row]
        table.add_row(*(Text(cell.text, style=_STYLES[cell.tone]) for cell in cells))
    return table
