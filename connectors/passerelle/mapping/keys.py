"""Keys: what names a source record, read from its raw values, one record or a whole batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import DataError, Position
from ..formats import Group, Row, RowBatch
from .fields import Leaf, Scope
from .generated import Careful, Code

__all__ = ["UNUSUAL", "Keys"]

#: What the fast reading may meet in a record that only the careful one understands.
UNUSUAL = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)


class Keys:
    """The key of one feed's records: its parts, trimmed, joined by `|` (escaped by a backslash).

    `paths` are the raw paths of the parts. `feed` stands in positions for a file that is not named.
    """

    def __init__(self, leaves: tuple[Leaf, ...], *, feed: str) -> None:
        self.paths: tuple[str, ...] = tuple(leaf.sources[0].text for leaf in leaves)
        self._leaves = leaves
        self._feed = feed
        self._fast: Callable[[Group], str] = _fast_key(leaves)

    def many(self, rows: Sequence[Row], *, file: str = "") -> list[str | DataError]:
        """Name many source records at once, in their order; a record without a key gives its error."""
        fast = self._fast
        try:
            return [fast(row.values) for row in rows]
        except UNUSUAL:
            return [self._key_or_error(row, file) for row in rows]

    def of(self, batch: RowBatch, *, file: str = "") -> list[str | DataError]:
        """Name the records of a batch as `many` does, without making rows of them where that is possible."""
        columns = [batch.texts(path) for path in self.paths]
        try:
            parts = [self._trimmed(column, leaf) for column, leaf in zip(columns, self._leaves, strict=True)]
        except UNUSUAL:
            return self.many(list(batch.rows()), file=file)
        if len(parts) == 1:
            return [*parts[0]]
        if any(sign in text for text in map("".join, parts) for sign in "|\\"):
            return list(map(_joined, zip(*parts, strict=True)))
        return list(map("|".join, zip(*parts, strict=True)))

    @staticmethod
    def _trimmed(column: Sequence[str] | None, leaf: Leaf) -> list[str]:
        """Read one part of the key of every record, as `Leaf` does it for one."""
        if column is None:
            raise Careful
        text = "".join(column)
        if not (text.isascii() and text.isprintable()):
            column = [leaf.doctor.see(text, leaf.sources[0].text) for text in column]
        trimmed = [text.strip() for text in column]
        if "" in trimmed:
            raise Careful
        return trimmed

    def one(self, row: Row, *, file: str = "") -> str:
        """Name one source record; the same record has the same key in every file.

        Raises:
            DataError: a part of the key is absent or empty.
        """
        try:
            return self._fast(row.values)
        except UNUSUAL:
            scope = Scope(row.values, Position(file or self._feed, row.ordinal, row.line), {})
            parts = [leaf.careful(scope) for leaf in self._leaves]
            if scope.faults:
                raise DataError(tuple(scope.faults)) from None
            return _joined(parts)

    def _key_or_error(self, row: Row, file: str) -> str | DataError:
        try:
            return self.one(row, file=file)
        except DataError as error:
            return error


def _fast_key(leaves: tuple[Leaf, ...]) -> Callable[[Group], str]:
    code = Code()
    parts = [leaf.emit(code, ["v0"]) for leaf in leaves]
    if len(parts) == 1:
        code.line(f"return {parts[0]}")
    else:
        for part in parts:
            code.line(f"if '|' in {part} or '\\\\' in {part}:")
            code.line("    raise Careful")
        code.line(f'return f"{"|".join(f"{{{part}}}" for part in parts)}"')
    return code.function("key", "v0")


def _joined(parts: Sequence[Any]) -> str:
    if len(parts) == 1:
        return str(parts[0])
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)
