"""Keys: what names a source record, read from its raw values, one record or a whole batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import DataError, Position
from ..formats import Group, Row
from .fields import Leaf, Scope
from .generated import Code

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


def _joined(parts: list[Any]) -> str:
    if len(parts) == 1:
        return str(parts[0])
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)
