"""Records as the scanner finds them: each is kept as the few bytes that `seal` would make of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import cast

from ..keeping import Kept, kept_bytes
from ..rows import BadRow, Group, Row
from .sealed_rows import digests

__all__ = ["EMPTY", "Layout", "ScannedRows"]

#: A leaf without a text, behind its name.
EMPTY = "/>"
#: A leaf of a sealed record, up to its end tag; no text holds a `<` or a `>`.
_LEAF = re.compile("<([^</>]+)(?:/>|>([^<]*)</)")


class Layout:
    """The leaves of a record in their order, and its start tag as `seal` writes it.

    A leaf is given as what stands behind its name, `>text</NAME>` or `/>`; None when it is absent, which it
    may be with `sparse`.
    """

    def __init__(self, opening: str, names: Sequence[str], closing: str, *, sparse: bool) -> None:
        self.opening = opening
        self.names = tuple(names)
        self.sparse = sparse
        self._closing = closing
        leaves = "".join(f"<{name}%s" for name in (name.replace("%", "%%") for name in names))
        self._whole = f"{opening.replace('%', '%%')}{leaves}{closing.replace('%', '%%')}"
        self._texts = re.compile(
            "".join(f"<{name}(?:/>|>([^<]*)</{name}>)" for name in map(re.escape, names))
        ).match

    def leaves(self, found: Sequence[re.Match[str]]) -> list[tuple[str | None, ...]]:
        """Give the leaves of records that were found."""
        if not self.sparse:
            return [one.groups(EMPTY) for one in found]
        # Two groups a leaf, since absent and empty are two things.
        return [
            tuple([whole or (empty and EMPTY) for whole, empty in zip(one[::2], one[1::2], strict=True)])
            for one in (match.groups() for match in found)
        ]

    def sealed(self, leaves: Sequence[tuple[str | None, ...]]) -> list[bytes]:
        """Write records as `seal` does."""
        if self.sparse:
            return [self._sealed(one).encode() for one in leaves]
        whole = self._whole
        return [(whole % one).encode() for one in leaves]

    def texts(self, name: str, leaves: Sequence[tuple[str | None, ...]]) -> list[str | None]:
        """Give the text of one leaf of each record; None where it is absent."""
        place, end = self.names.index(name), -len(f"</{name}>")
        # Of `/>` nothing is left either.
        return [leaf and leaf[1:end] for leaf in [one[place] for one in leaves]]

    def values(self, xml: bytes) -> dict[str, str]:
        """Read a sealed record."""
        text, start = xml.decode(), len(self.opening)
        if not self.sparse and (texts := self._texts(text, start)) is not None:
            return dict(zip(self.names, texts.groups(""), strict=True))
        return dict(_LEAF.findall(text, start))

    def _sealed(self, leaves: Sequence[str | None]) -> str:
        parts = zip(self.names, leaves, strict=True)
        return "".join([self.opening, *(f"<{name}{leaf}" for name, leaf in parts if leaf), self._closing])


class ScannedRows:
    """A batch of flat records of one layout, sealed; `lines` gives the line of a record by its place.

    `texts` are those that were read ahead, by name.
    """

    def __init__(
        self,
        layout: Layout,
        xml: Sequence[bytes],
        texts: dict[str, list[str | None]],
        *,
        first: int,
        lines: Callable[[int], int | None],
    ) -> None:
        self.bad: Sequence[BadRow] = ()
        self._layout = layout
        self._xml = xml
        self._values: list[dict[str, str]] = []
        self._texts = texts
        self._first = first
        self._lines = lines

    def __len__(self) -> int:
        """Count the records."""
        return len(self._xml)

    def texts(self, path: str) -> Sequence[str] | None:
        """Give the text of a leaf, record by record; None unless every record has it."""
        if path not in self._layout.names:
            return None
        column = self._texts.get(path)
        if column is None:
            self._values = self._values or list(map(self._layout.values, self._xml))
            column = self._texts[path] = [values.get(path) for values in self._values]
        return None if None in column else cast("list[str]", column)

    def fingerprints(self, version: bytes) -> list[bytes]:
        """Digest the raw values of each record."""
        return digests(self._xml, version)

    def row(self, place: int) -> Row:
        """Make the row of one record."""
        values = self._values[place] if self._values else self._layout.values(self._xml[place])
        return Row(cast("Group", values), self._first + place, self._lines(place))

    def rows(self) -> Iterator[Row]:
        """Make every row."""
        return map(self.row, range(len(self._xml)))

    def kept(self, places: Sequence[int]) -> Kept:
        """Keep some records past the next batch."""
        records = [(self._xml[place], self._first + place, self._lines(place)) for place in places]
        return kept_bytes(records, self._layout.values)
