"""Records as the scanner finds them: the markup of their leaves, from which all else is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from .rows import BadRow, Group, Row
from .sealed_rows import fingerprint

__all__ = ["EMPTY", "Layout", "ScannedRows"]

#: A leaf without a text, behind its name.
EMPTY = "/>"


class Layout(NamedTuple):
    """The leaves of a record in their order, and its start tag as `seal` writes it.

    A leaf is given as what stands behind its name, `>text</NAME>` or `/>`; None when it is absent.
    """

    opening: str
    names: tuple[str, ...]
    closing: str

    def whole(self) -> str:
        """Make the template of a record in which no leaf is absent."""
        leaves = "".join(f"<{name}%s" for name in (name.replace("%", "%%") for name in self.names))
        return f"{self.opening.replace('%', '%%')}{leaves}{self.closing.replace('%', '%%')}"

    def sealed(self, leaves: Sequence[str | None]) -> str:
        """Write a record as `seal` does."""
        parts = zip(self.names, leaves, strict=True)
        return "".join([self.opening, *(f"<{name}{leaf}" for name, leaf in parts if leaf), self.closing])


class ScannedRows:
    """A batch of flat records of one layout; `lines` gives the line of a record by its place.

    With `sparse`, leaves may be absent.
    """

    def __init__(
        self,
        layout: Layout,
        leaves: Sequence[Sequence[str | None]],
        *,
        first: int,
        lines: Callable[[int], int | None],
        sparse: bool,
    ) -> None:
        self.bad: Sequence[BadRow] = ()
        self._layout = layout
        self._leaves = leaves
        self._first = first
        self._lines = lines
        self._sparse = sparse

    def __len__(self) -> int:
        """Count the records."""
        return len(self._leaves)

    def texts(self, path: str) -> Sequence[str] | None:
        """Give the text of a leaf, record by record; None unless every record has it."""
        names = self._layout.names
        if path not in names:
            return None
        place, end = names.index(path), -len(f"</{path}>")
        column = [leaves[place] for leaves in self._leaves]
        if self._sparse and None in column:
            return None
        # Of `/>` nothing is left either.
        return [leaf[1:end] for leaf in column if leaf is not None]

    def fingerprints(self, version: bytes) -> list[bytes]:
        """Digest the raw values of each record."""
        if self._sparse:
            return fingerprint([self._layout.sealed(leaves) for leaves in self._leaves], version)
        template = self._layout.whole()
        return fingerprint([template % leaves for leaves in self._leaves], version)

    def row(self, place: int) -> Row:
        """Make the row of one record."""
        values: Group = {
            name: leaf[1 : -3 - len(name)]  # without `</` and `>`
            for name, leaf in zip(self._layout.names, self._leaves[place], strict=True)
            if leaf is not None
        }
        return Row(values, self._first + place, self._lines(place))

    def rows(self) -> Iterator[Row]:
        """Make every row."""
        return map(self.row, range(len(self._leaves)))
