"""XML out: values to bytes in a declared charset, record by record, the same bytes for the same values."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from types import TracebackType
from typing import BinaryIO, Self

from ..errors import ConfigError
from .rows import Group, Value
from .writer import Replacement

__all__ = ["XmlWriter"]

#: Names that every partner's parser takes; XML itself allows more.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*")
# What no XML 1.0 document can hold, not even as a character reference.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_ATTRIBUTE = _TEXT | {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_TEXT_TABLE = str.maketrans(_TEXT)
_ATTRIBUTE_TABLE = str.maketrans(_ATTRIBUTE)


class XmlWriter:
    """Writes one XML file to a stream: prolog and root on entering, the root's end on leaving.

    `counts` says how many elements of each name were written below the root, for a trailer.
    `replaced` lists what the charset cannot hold: such characters are written as character references, and
    what XML forbids altogether (control characters) as `?`.

    Raises:
        ConfigError: the charset is not known, or a name is no XML name.
    """

    def __init__(
        self, stream: BinaryIO, *, charset: str, root: str, newline: str = "\r\n", indent: str = "  "
    ) -> None:
        try:
            encoder = codecs.getincrementalencoder(charset)
        except LookupError as error:
            raise ConfigError(
                f"charset {charset!r} is not known", advice="Use ISO-8859-1 or UTF-8"
            ) from error
        self._stream = stream
        self._charset = charset
        self._encoder = encoder("xmlcharrefreplace")
        self._root = _name(root)
        self._newline = newline
        self._indent = indent
        self.counts: Counter[str] = Counter()
        self.replaced: list[Replacement] = []

    def __enter__(self) -> Self:
        self._put(f'<?xml version="1.0" encoding="{self._charset}"?>{self._newline}')
        self._put(f"<{self._root}>{self._newline}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A file whose writing failed stays visibly cut short.
        if kind is None:
            self._put(f"</{self._root}>{self._newline}")

    def write(self, name: str, values: Group) -> None:
        """Write one element below the root: a header, a record or a trailer."""
        parts: list[str] = []
        self._element(name, values, 1, f"{name}[{self.counts[name] + 1}]", parts)
        self.counts[name] += 1
        self._put("".join(parts))

    def _element(self, name: str, value: Value, depth: int, path: str, parts: list[str]) -> None:
        pad = self._indent * depth
        opening = f"{pad}<{_name(name)}"
        if isinstance(value, dict):
            text = value.get("#text")
            for key, attribute in value.items():
                if key.startswith("@"):
                    written = self._text(_leaf(attribute), f"{path}/{key}").translate(_ATTRIBUTE_TABLE)
                    opening += f' {_name(key[1:])}="{written}"'
            children = [(key, child) for key, child in value.items() if key[0] not in "@#"]
            if not children:
                self._leaf(opening, name, _leaf(text), path, parts)
                return
            parts.append(f"{opening}>{self._newline}")
            for key, child in children:
                self._children(key, child, depth + 1, path, parts)
            parts.append(f"{pad}</{name}>{self._newline}")
        else:
            self._leaf(opening, name, _leaf(value), path, parts)

    def _children(self, name: str, value: Value, depth: int, path: str, parts: list[str]) -> None:
        if isinstance(value, list):
            for index, item in enumerate(value, 1):
                self._element(name, item, depth, f"{path}/{name}[{index}]", parts)
        else:
            self._element(name, value, depth, f"{path}/{name}", parts)

    def _leaf(self, opening: str, name: str, text: str, path: str, parts: list[str]) -> None:
        if text:
            parts.append(f"{opening}>{self._text(text, path).translate(_TEXT_TABLE)}</{name}>{self._newline}")
        else:
            parts.append(f"{opening}/>{self._newline}")

    def _text(self, text: str, path: str) -> str:
        if text.isascii() and text.isprintable():
            return text
        for character in _ILLEGAL.findall(text):
            self.replaced.append(Replacement(path, character, "?"))
        text = _ILLEGAL.sub("?", text)
        try:
            text.encode(self._charset)
        except UnicodeEncodeError:
            for character in text:
                if not _holds(self._charset, character):
                    self.replaced.append(Replacement(path, character, f"&#{ord(character)};"))
        return text

    def _put(self, text: str) -> None:
        self._stream.write(self._encoder.encode(text))


def _holds(charset: str, character: str) -> bool:
    try:
        character.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _leaf(value: Value) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ConfigError(f"{type(value).__name__} cannot be the text of an XML element")
    return value


def _name(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise ConfigError(f"{name!r} is no name for an XML element")
    return name
