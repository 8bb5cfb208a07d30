"""XML out: values to bytes in a declared charset, record by record, the same bytes for the same values."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from ...errors import ConfigError, DataError, Fault, Position
from ..rows import Group, Value
from ..writer import Replacement

__all__ = ["XmlWriter"]

#: Names that every partner's parser takes, with or without a prefix; XML itself allows more.
_NAME = re.compile(r"(?:(?P<prefix>[A-Za-z_][A-Za-z0-9._-]*):)?[A-Za-z_][A-Za-z0-9._-]*")
# What no XML 1.0 document can hold, not even as a character reference.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_ATTRIBUTE = _TEXT | {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_TEXT_TABLE = str.maketrans(_TEXT)
_ATTRIBUTE_TABLE = str.maketrans(_ATTRIBUTE)
_ADVICE = "Have it corrected where the record comes from, or say unfit: replace"


class _Style(NamedTuple):
    """How elements are written."""

    charset: str
    newline: str
    indent: str
    namespaces: Mapping[str, str]
    replace: bool

    def named(self, name: str) -> str:
        """Check the name of an element or an attribute."""
        found = _NAME.fullmatch(name)
        if found is None:
            raise ConfigError(f"{name!r} is no name for an XML element")
        if found["prefix"] not in (None, "xml", *self.namespaces):
            raise ConfigError(
                f"{name!r} has a prefix that is not among the namespaces",
                advice="Add it to namespaces, with its address",
            )
        return name

    @property
    def declarations(self) -> str:
        """The namespaces as the root says them."""
        return "".join(
            f' xmlns{prefix and ":"}{prefix}="{address.translate(_ATTRIBUTE_TABLE)}"'
            for prefix, address in self.namespaces.items()
        )

    def holds(self, character: str) -> bool:
        """Say whether the charset has a character."""
        try:
            character.encode(self.charset)
        except UnicodeEncodeError:
            return False
        return True


class XmlWriter:
    """Writes one XML file to a stream: prolog, root, header, records, trailer; a `Writer`.

    `record`, `header` and `trailer` are paths from the root; elements on the way to them are opened and
    closed as needed. When the record's path is the root itself (`/Order`), the file holds one record.
    `namespaces` maps the prefixes that names use to their addresses; the empty prefix is the default
    namespace. They are declared on the root, in the order given.
    What the charset cannot hold is written as a character reference and listed in `replaced`; what XML
    forbids altogether (control characters) is a fault of the record, `not_writable`, or with `replace` a `?`
    that is listed too.
    `counts` says how many elements of each name were written: headers, records, trailers.

    Raises:
        ConfigError: the charset is not known, a name is no XML name or has an unknown prefix, a second
            record is written where the record is the root.
        DataError: a record holds what XML cannot.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        file: str = "",
        charset: str,
        record: str,
        header: str | None = None,
        trailer: str | None = None,
        newline: str = "\r\n",
        indent: str = "  ",
        namespaces: Mapping[str, str] | None = None,
        replace: bool = False,
    ) -> None:
        try:
            encoder = codecs.getincrementalencoder(charset)
        except LookupError as error:
            raise ConfigError(
                f"charset {charset!r} is not known", advice="Use ISO-8859-1 or UTF-8"
            ) from error
        self._stream = stream
        self._file = file
        self._encoder = encoder("xmlcharrefreplace")
        self._style = _Style(charset, newline, indent, dict(namespaces or {}), replace)
        self._record = self._steps(record)
        self._header = None if header is None else self._steps(header)
        self._trailer = None if trailer is None else self._steps(trailer)
        #: Names of the elements that are open, from the root.
        self._open: list[str] = []
        self._started = False
        self.counts: Counter[str] = Counter()
        self.replaced: list[Replacement] = []

    def __enter__(self) -> Self:
        self._put(f'<?xml version="1.0" encoding="{self._style.charset}"?>{self._style.newline}')
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A file whose writing failed stays visibly cut short.
        if kind is None:
            if not self._started:
                self._go_to(self._record[:1])
            self._go_to(())

    def check(self, values: Group) -> None:
        """Raise what `write` would raise for a record, and write nothing."""
        self._render(self._record, values)

    def write_header(self, values: Group) -> None:
        """Write the header's element, if the feed has one."""
        if self._header is not None:
            self._write(self._header, values)

    def write(self, values: Group) -> None:
        """Write one record."""
        self._write(self._record, values)

    def write_trailer(self, values: Group) -> None:
        """Write the trailer's element, if the feed has one."""
        if self._trailer is not None:
            self._write(self._trailer, values)

    def _write(self, steps: tuple[str, ...], values: Group) -> None:
        if len(steps) == 1 and self._started:
            raise ConfigError(
                f"a file whose record is its root, <{steps[0]}>, holds one record",
                advice="Write one file a record, or give the records an element around them",
            )
        element = self._render(steps, values)
        self._go_to(steps[:-1])
        self._put("".join(element.parts))
        self._started = True
        self.counts[steps[-1]] += 1
        self.replaced += element.replaced

    def _render(self, steps: tuple[str, ...], values: Group) -> _Element:
        name = steps[-1]
        element = _Element(self._style, self._file, f"{name}[{self.counts[name] + 1}]")
        element.put(name, values, len(steps) - 1, "", self._style.declarations if len(steps) == 1 else "")
        if element.faults:
            raise DataError(tuple(element.faults))
        return element

    def _go_to(self, steps: tuple[str, ...]) -> None:
        """Close and open elements until exactly these are open."""
        same = 0
        while same < min(len(steps), len(self._open)) and steps[same] == self._open[same]:
            same += 1
        while len(self._open) > same:
            name = self._open.pop()
            self._put(f"{self._style.indent * len(self._open)}</{name}>{self._style.newline}")
        for name in steps[same:]:
            declared = "" if self._open else self._style.declarations
            self._put(f"{self._style.indent * len(self._open)}<{name}{declared}>{self._style.newline}")
            self._open.append(name)
            self._started = True

    def _steps(self, path: str) -> tuple[str, ...]:
        return tuple(map(self._style.named, path.strip("/").split("/")))

    def _put(self, text: str) -> None:
        self._stream.write(self._encoder.encode(text))


class _Element:
    """One element on its way to text, with what is wrong in it."""

    def __init__(self, style: _Style, file: str, name: str) -> None:
        self._style = style
        self._file = file
        self._name = name
        self.parts: list[str] = []
        self.faults: list[Fault] = []
        self.replaced: list[Replacement] = []

    def put(self, name: str, value: Value, depth: int, path: str, declared: str = "") -> None:
        """Add an element with all that is below it; `path` leads to it from the record."""
        pad = self._style.indent * depth
        opening = f"{pad}<{self._style.named(name)}{declared}"
        if not isinstance(value, dict):
            self._leaf(opening, name, _text_of(value), path)
            return
        for key, attribute in value.items():
            if key.startswith("@"):
                written = self._text(_text_of(attribute), _below(path, key)).translate(_ATTRIBUTE_TABLE)
                opening += f' {self._style.named(key[1:])}="{written}"'
        children = [(key, child) for key, child in value.items() if key[0] not in "@#"]
        if not children:
            self._leaf(opening, name, _text_of(value.get("#text")), path)
            return
        self.parts.append(f"{opening}>{self._style.newline}")
        for key, child in children:
            if isinstance(child, list):
                for index, item in enumerate(child, 1):
                    self.put(key, item, depth + 1, f"{_below(path, key)}[{index}]")
            else:
                self.put(key, child, depth + 1, _below(path, key))
        self.parts.append(f"{pad}</{name}>{self._style.newline}")

    def _leaf(self, opening: str, name: str, text: str, path: str) -> None:
        newline = self._style.newline
        if text:
            written = self._text(text, path).translate(_TEXT_TABLE)
            self.parts.append(f"{opening}>{written}</{name}>{newline}")
        else:
            self.parts.append(f"{opening}/>{newline}")

    def _text(self, text: str, path: str) -> str:
        if text.isascii() and text.isprintable():
            return text
        forbidden = _ILLEGAL.findall(text)
        if self._style.replace:
            self.replaced += [Replacement(f"{self._name}/{path}", character, "?") for character in forbidden]
            text = _ILLEGAL.sub("?", text)
        else:
            position = Position(self._file, path=path)
            for character in dict.fromkeys(forbidden):
                expected = f"no control character U+{ord(character):04X}, which XML cannot hold"
                self.faults.append(Fault("not_writable", position, text, expected, _ADVICE))
        try:
            text.encode(self._style.charset)
        except UnicodeEncodeError:
            for character in text:
                if not self._style.holds(character):
                    written = f"&#{ord(character)};"
                    self.replaced.append(Replacement(f"{self._name}/{path}", character, written))
        return text


def _below(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _text_of(value: Value) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ConfigError(f"{type(value).__name__} cannot be the text of an XML element")
    return value
