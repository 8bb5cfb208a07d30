"""Links and anchors of the documentation, as a reader follows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

__all__ = ["ROOT", "Link", "anchors", "links", "pages", "reachable"]

ROOT = Path(__file__).parents[2]
_FENCED = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_NAMED = re.compile(r"<a\s+(?:id|name)=\"([^\"]+)\"")
_SHOWN = re.compile(r"!?\[([^\[\]]*)\]\([^)]*\)")


class Link(NamedTuple):
    """One link of a page: where it leads, and the line it stands in."""

    page: Path
    target: str
    line: int

    @property
    def path(self) -> Path:
        """The file it names; the page itself when it names only a place in it."""
        name = self.target.partition("#")[0]
        return (self.page.parent / name).resolve() if name else self.page.resolve()

    @property
    def anchor(self) -> str:
        """The place in that file; empty for its beginning."""
        return self.target.partition("#")[2]

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line} links to {self.target}"


def pages() -> list[Path]:
    """Every page of the project that people read."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def links(page: Path) -> Iterator[Link]:
    """List the links within the project; what stands in code is no link."""
    text = page.read_text(encoding="utf-8")
    plain = _CODE.sub(_blank, _FENCED.sub(_blank, text))
    for found in _LINK.finditer(plain):
        if not re.match(r"[a-z][a-z0-9+.-]*:", found[1]):
            yield Link(page, found[1], plain.count("\n", 0, found.start()) + 1)


def _blank(found: re.Match[str]) -> str:
    """Take a piece out without moving the lines behind it."""
    return "\n" * found[0].count("\n")


@cache
def anchors(page: Path) -> frozenset[str]:
    """Give the places of a page that a link can name: its headings as forges address them, and named ones."""
    text = page.read_text(encoding="utf-8")
    seen: dict[str, int] = {}
    for heading in _HEADING.findall(_FENCED.sub("", text)):
        shown = _SHOWN.sub(r"\1", heading).replace("`", "").replace("*", "")
        name = re.sub(r"[^\w\- ]", "", shown.lower()).strip().replace(" ", "-")
        seen[name] = seen.get(name, -1) + 1
        if seen[name]:
            seen[f"{name}-{seen[name]}"] = 0
    return frozenset([*seen, *_NAMED.findall(text)])


def reachable(start: Path) -> set[Path]:
    """Follow links from page to page; a folder is its README, or without one the list that a forge shows."""
    found: set[Path] = set()
    waiting = [start.resolve()]
    while waiting:
        page = waiting.pop()
        if page.is_dir():
            waiting += [page / "README.md"] if (page / "README.md").is_file() else page.glob("*.md")
            continue
        if page in found or page.suffix != ".md" or not page.is_file():
            continue
        found.add(page)
        waiting += [link.path for link in links(page)]
    return found
