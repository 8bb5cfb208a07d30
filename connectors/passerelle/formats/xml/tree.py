"""XML whose records stand inside each other, such as the categories of a tree: each is a row of its own."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lxml import etree

from ..rows import Group, Row
from .elements import Walker, forget_before
from .file import XmlFile
from .lines import LineCounter, Place, line_of
from .parser import XmlParser
from .prelude import PRELUDE_LIMIT
from .reader import RECORD_LIMIT
from .source import CHUNK, Bytes

__all__ = ["PARENT", "XmlTreeReader"]

#: The name under which a row has the values of the record that its own stands in.
PARENT = "#parent"


class _Open:
    """A record whose end did not come yet; `top` is its element that holds the last record inside it."""

    def __init__(self, element: Any, above: _Open | None, place: Place | None) -> None:
        self.element = element
        self.above = above
        self.place = place
        self.top: Any = None
        self.told: Group | None = None

    def drop_inner(self) -> None:
        """Take the records inside it out of it: they were read."""
        if self.top is not None and self.top.getparent() is not None:
            self.top.getparent().remove(self.top)
        self.top = None


class XmlTreeReader(XmlFile):
    """Reads one XML file whose records may hold records: `record` is `/ROOT//NAME`, at any depth below it.

    Its options, rows and refusals are those of `XmlReader`, with this difference: a row has its own values
    without those of the records inside it, and under `#parent` the values of the record around it, as far as
    `paths` ask for them (None: all). Inner records come before those that hold them. Values that are asked of
    a record as a parent must stand before the records inside it, otherwise the file is refused: it is read in
    a stream, whatever its size.
    """

    def __init__(
        self,
        stream: Bytes,
        *,
        file: str,
        record: str,
        header: str | None = None,
        trailer: str | None = None,
        charset: str | None = None,
        override_prolog: bool = False,
        ignore_namespaces: bool = False,
        namespaces: Mapping[str, str] | None = None,
        paths: Iterable[str] | None = None,
        bare_doctype: bool = False,
    ) -> None:
        base, _, self._name = record.partition("//")
        self._base = base.strip("/").split("/")
        super().__init__(
            stream,
            file=file,
            record=[*self._base, self._name],
            header=None if header is None else header.strip("/").split("/"),
            trailer=None if trailer is None else trailer.strip("/").split("/"),
            charset=charset,
            override_prolog=override_prolog,
            bare_doctype=bare_doctype,
            walker=Walker(attributes=True, local=ignore_namespaces, namespaces=namespaces),
        )
        self._asked = None if paths is None else _asked_of_parents(paths)
        self._path: list[str] = []
        self._open: _Open | None = None

    def rows(self) -> Iterator[Row]:
        """Yield every record; the trailer is known when they are exhausted. A stream is read once."""
        charset = self._begun().charset
        self._start()
        parser = XmlParser(self._source, self._refusals, charset, ["start", "end"])
        local = self._name.rpartition(":")[2]
        lines = LineCounter(local, known=charset.ascii_compatible, local=self._walker.translated)
        silent = 0
        for piece in self._pieces():
            before = self.count
            lines.feed(piece)
            refused = parser.feed(piece)
            for event, element in parser.events():
                if event == "start":
                    self._begin(element, lines)
                else:
                    yield from self._end(element)
            if refused is not None:
                raise refused()
            silent = 0 if self.count > before else silent + len(piece)
            if silent > RECORD_LIMIT:
                raise self._refusals.no_record(silent, self._record)
        parser.close()
        self._end_with(self._trailer)

    def _begin(self, element: Any, lines: LineCounter) -> None:
        """Go into an element; a record gets its place, and the one around it tells what it has."""
        around = self._open
        if around is not None and element.getparent() is around.element:
            around.drop_inner()
        self._path.append(self._walker.name(element.tag))
        place = None
        if (element.prefix is None or self._walker.translated) and _is_named(element, self._name):
            # The lines know start tags, not namespaces.
            place = lines.next()
        base = self._base
        if self._path[-1] != self._name or len(self._path) <= len(base) or self._path[: len(base)] != base:
            return
        if around is not None:
            around.top = element
            while around.top.getparent() is not around.element:
                around.top = around.top.getparent()
            if around.told is None:
                around.told = self._told(around)
        self._open = _Open(element, around, place)

    def _end(self, element: Any) -> Iterator[Row]:
        """Come out of an element; gives the row of a record."""
        place = list(self._path)
        self._path.pop()
        record = self._open
        if record is None:
            trailer = self._trailer_path or []
            if place == trailer:
                self._trailer = self._walker.group(element)
            elif trailer and place[: len(trailer)] == trailer:
                return
            # Nothing asks for it any more, nor for what stands before it.
            element.clear()
            forget_before(element)
        elif element is record.element:
            record.drop_inner()
            values = self._walker.group(element)
            self._check_told(record, values)
            if record.above is not None and record.above.told:
                values[PARENT] = record.above.told
            self._refusals.count += 1
            yield Row(values, self.count, line_of(record.place))
            element.clear()
            before = element.getprevious()
            if before is not None and before.tag == element.tag:
                element.getparent().remove(before)
            self._open = record.above

    def _told(self, record: _Open) -> Group:
        """Give what a record tells the ones inside it: what stands before them, and its own parent's."""
        so_far = etree.Element(record.element.tag, record.element.attrib)
        for child in record.element:
            if child is record.top:
                break
            if self._is_asked(self._walker.name(child.tag)):
                so_far.append(copy.copy(child))
        told = {name: value for name, value in self._walker.group(so_far).items() if self._is_asked(name)}
        if record.above is not None and record.above.told:
            told[PARENT] = record.above.told
        return told

    def _check_told(self, record: _Open, values: Group) -> None:
        if record.told is None:
            return
        late = [
            name
            for name, value in values.items()
            if self._is_asked(name) and record.told.get(name) != value and name != PARENT
        ]
        if late:
            raise self._refusals.because(
                "parent_told_late",
                f"<{late[0]}> behind a <{self._name}> inside its <{self._name}>",
                f"{late[0]} before the records inside, which ask for it",
                f"Ask the sender to write {late[0]} first, or name parents by something that stands first",
                line=line_of(record.place),
            )

    def _is_asked(self, name: str) -> bool:
        return self._asked is None or name in self._asked

    def _pieces(self) -> Iterator[bytes]:
        """Give the file in pieces that end behind a `>`."""
        source = self._source
        carry, piece, source.head = b"", source.head, b""
        while piece:
            carry += piece
            cut = carry.rfind(b">") + 1
            if not cut and len(carry) > PRELUDE_LIMIT:
                cut = len(carry)
            if cut:
                yield carry[:cut]
                carry = carry[cut:]
            piece = source.read(CHUNK)
        if carry:
            yield carry


def _asked_of_parents(paths: Iterable[str]) -> frozenset[str] | None:
    """Name what is read of the records around a record; None for all of it."""
    asked: set[str] = set()
    for path in paths:
        names = path.split("/")
        behind = [place + 1 for place, name in enumerate(names) if name == PARENT]
        if behind and behind[-1] == len(names):
            return None
        asked.update(names[place] for place in behind if names[place] != PARENT)
    return frozenset(asked)


def _is_named(element: Any, name: str) -> bool:
    local: str = etree.QName(element).localname
    return local == name.rpartition(":")[2]
