"""Text out: what all writers of text share: charset, line ends, counts, and what a file cannot hold."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import BinaryIO, Self

from ..errors import ConfigError, DataError, Fault, Position
from .charset import codec_name
from .rows import Group, Value
from .writer import Replacement

__all__ = ["Rendering", "TextWriter", "without_place"]

#: Control characters, and the byte order mark where it marks nothing; tabs and line ends are judged apart.
_NEVER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_LINE_END = re.compile("[\r\n]")
_CORRECT = "Have it corrected where the record comes from, or say unfit: replace"


class Rendering:
    """One record on its way to text: its faults, and what was replaced in it."""

    def __init__(self, file: str, ordinal: int, charset: str, *, replace: bool) -> None:
        self.faults: list[Fault] = []
        self.replaced: list[Replacement] = []
        self.charset = charset
        self._file = file
        self._ordinal = ordinal
        self._replace = replace

    def judge(self) -> None:
        """Raise DataError when the file cannot hold the record."""
        if self.faults:
            raise DataError(tuple(self.faults))

    def fault(self, code: str, path: str, received: str | None, expected: str, advice: str = "") -> None:
        """Note what the file cannot hold."""
        self.faults.append(
            Fault(code, Position(self._file, self._ordinal, path=path), received, expected, advice)
        )

    def text(self, value: Value, path: str, *, line_ends: bool = False) -> str:
        """Give a leaf as the charset holds it; `line_ends` says whether a text may go over several lines."""
        if value is None:
            return ""
        if not isinstance(value, str):
            raise ConfigError(f"{path} holds {type(value).__name__}: this format has a place for one text")
        if value.isascii() and value.isprintable():
            return value
        wrong = set(_NEVER.findall(value))
        if not line_ends:
            wrong |= set(_LINE_END.findall(value))
        try:
            value.encode(self.charset)
        except UnicodeEncodeError:
            wrong |= {character for character in value if not self._holds(character)}
        for character in sorted(wrong, key=value.index):
            if self._replace:
                self.replaced.append(Replacement(path, character, "?"))
                value = value.replace(character, "?")
            else:
                self.fault("not_writable", path, character, f"characters of {self.charset}", _CORRECT)
        return value

    def _holds(self, character: str) -> bool:
        try:
            character.encode(self.charset)
        except UnicodeEncodeError:
            return False
        return True


class TextWriter:
    """A file of text that is being written; a context manager.

    `counts` says how many records, and how many lines of each type, were written. With `replace`, `?` is
    written for what the charset cannot hold, and listed in `replaced`; without it, that is a fault.

    Raises:
        ConfigError: the charset is not known.
    """

    def __init__(
        self, stream: BinaryIO, *, file: str, charset: str, newline: str = "\r\n", replace: bool = False
    ) -> None:
        if codec_name(charset) is None:
            raise ConfigError(f"charset {charset!r} is not known", advice="Use ISO-8859-1 or UTF-8")
        self._stream = stream
        self._file = file
        self._charset = charset
        # The encoder writes a byte order mark once, where the charset asks for one (UTF-16, utf-8-sig).
        self._encoder = codecs.getincrementalencoder(charset)("strict")
        self._newline = newline
        self._replace = replace
        self._written = 0
        self.counts: Counter[str] = Counter()
        self.replaced: list[Replacement] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the file as it is."""

    def _rendering(self) -> Rendering:
        return Rendering(self._file, self._written + 1, self._charset, replace=self._replace)

    def _settle(self, rendering: Rendering) -> None:
        """Take over what was replaced; raise when the file cannot hold the record."""
        rendering.judge()
        self.replaced += rendering.replaced

    def _put(self, text: str) -> None:
        self._stream.write(self._encoder.encode(text))


def without_place(values: Group, known: Iterable[str], what: str) -> None:
    """Refuse names for which a record has no place.

    Raises:
        ConfigError: there is one.
    """
    names = dict.fromkeys(known)
    for name in values:
        if name not in names:
            raise ConfigError(
                f"{what} has no column {name!r}", advice=f"Its columns are {', '.join(names) or 'none'}"
            )
