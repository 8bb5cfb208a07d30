"""Pages of the documentation as they are run: files, commands with their output, expected records.

A fenced block with a title is a file (`title="stock.yaml"` behind the language), with `charset=…` when it is
not in UTF-8. A `console` block holds commands behind `$ ` and what they print; a line of `…` stands for any
lines. A `json` block titled `records: stock.yaml STOCK.csv` holds the records that the mapping makes of the
file: canonical ones, or `{"rejected": ["code path", …]}`. A block titled `written: orders.yaml ORDERS.json`
holds the lines that a mapping writes for the records of a JSON file.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["Block", "Command", "blocks", "commands", "same_lines"]

_FENCE = re.compile(r"^```(?P<language>\w+)?(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_OPTION = re.compile(r'(\w+)=(?:"([^"]*)"|(\S+))')
_ANY = "…"


class Block(NamedTuple):
    """One fenced block: its language, the options behind it, its text, its line in the page."""

    language: str
    options: dict[str, str]
    text: str
    line: int

    @property
    def title(self) -> str:
        """The name of its file, or what it holds; empty when it is only to be read."""
        return self.options.get("title", "")


class Command(NamedTuple):
    """A command as one types it, and what it prints."""

    words: list[str]
    output: list[str]


def blocks(page: Path) -> Iterator[Block]:
    """List the fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        options = {name: quoted or plain for name, quoted, plain in _OPTION.findall(found["info"])}
        yield Block(found["language"] or "", options, found["text"], text.count("\n", 0, found.start()) + 1)


def commands(block: Block) -> Iterator[Command]:
    """Take a console block apart."""
    current: Command | None = None
    for line in block.text.splitlines():
        if line.startswith("$ "):
            if current is not None:
                yield current
            current = Command(shlex.split(line[2:]), [])
        elif current is not None:
            current.output.append(line)
    if current is not None:
        yield current


def same_lines(expected: list[str], printed: list[str]) -> bool:
    """Compare lines without the blanks at their ends; empty ones do not count.

    A line of `…` stands for any lines, `…` in a line for any text.
    """
    wanted = [line.rstrip() for line in expected if line.strip()]
    got = [line.rstrip() for line in printed if line.strip()]
    return _matches(wanted, got)


def _matches(wanted: list[str], got: list[str]) -> bool:
    if not wanted:
        return not got
    if wanted[0] == _ANY:
        return any(_matches(wanted[1:], got[place:]) for place in range(len(got) + 1))
    return bool(got) and _same(wanted[0], got[0]) and _matches(wanted[1:], got[1:])


def _same(wanted: str, got: str) -> bool:
    if _ANY not in wanted:
        return wanted == got
    return re.fullmatch(".*".join(map(re.escape, wanted.split(_ANY))), got) is not None
