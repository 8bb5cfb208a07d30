"""The parser's lane: any well-formed XML to rows, each record freed as soon as it was read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from .charset import Charset
from .elements import Walker, forget_before
from .lines import LineCounter
from .rows import Group, Row
from .xml_parser import XmlParser
from .xml_prelude import PRELUDE_LIMIT
from .xml_refusals import Refusals
from .xml_source import CHUNK, XmlSource

__all__ = ["RecordParser"]


class RecordParser:
    """Reads records from pieces of a file that are given in order; `trailer` is known once it came.

    `flat` reads records without groups faster; `between` says whether the last piece ended behind a record,
    where another one may begin.
    """

    def __init__(
        self,
        source: XmlSource,
        refusals: Refusals,
        charset: Charset,
        walker: Walker,
        *,
        record: list[str],
        trailer: list[str] | None,
        flat: bool,
    ) -> None:
        self.trailer: Group | None = None
        self.between = False
        self.lines = LineCounter(record[-1], known=charset.ascii_compatible, local=walker.local)
        self._refusals = refusals
        self._walker = walker
        self._record = record
        self._trailer_path = trailer
        self._flat = flat and not walker.local
        # A tag filter keeps all other elements in C.
        paths = [record] if trailer is None else [record, trailer]
        tags = [f"{{*}}{path[-1]}" for path in paths]
        self._parser = XmlParser(source, refusals, charset, ["end"], tags)
        self._end_tag = f"</{record[-1]}>".encode()
        self._parent: Any = None

    def read(self, piece: bytes) -> Iterator[list[Row]]:
        """Read the records that end in this piece; raises `FileRefused` behind those that stand before."""
        ended = False
        for chunk in _chunks(piece):
            self.lines.feed(chunk)
            refused = self._parser.feed(chunk)
            rows, ended = self._records()
            self._refusals.count += len(rows)
            if rows:
                yield rows
            if refused is not None:
                raise refused()
        # The last end tag is one, it is a record's, and the parser waits for nothing (as behind a `&`).
        ends = piece.endswith(self._end_tag) and self.lines.inside is None
        self.between = ended and ends and self.lines.known and not self.lines.waiting

    def skip(self, text: str, start: int, end: int) -> None:
        """Leave out records that were read otherwise."""
        lines = text.count("\n", start, end)
        self.lines.skip(lines)
        self._parser.skip(lines, end - max(text.rfind("\n", start, end) + 1, start))

    def close(self) -> None:
        """Say that this was all; raises `FileRefused` when it is not all of a file."""
        self._parser.close()

    def _records(self) -> tuple[list[Row], bool]:
        """Read the records that ended in the last piece, and free them together, in one cut.

        Also says whether the last of their name was one of them.
        """
        record, flat, group = self._record[-1], self._flat, self._walker.group
        next_line, parent, count = self.lines.next, self._parent, self._refusals.count
        rows: list[Row] = []
        last: Any = None
        ended = False
        for _, element in self._parser.events():
            ended = False
            above = element.getparent()
            if above is not parent:
                if not self._adopt(element, above):
                    continue
                parent = above
            if element.tag != record and self._walker.name(element.tag) != record:
                self._other(element)
                continue
            line = next_line()
            values: Group
            if flat:
                values = {child.tag: child.text or "" for child in element}
                # Fewer names than elements: something repeats. An empty text may be a group.
                if len(values) != len(element) or ("" in values.values() and _has_groups(element)):
                    values = group(element)
            else:
                values = group(element)
            count += 1
            last = element
            ended = True
            rows.append(Row(values, count, line))
        if last is not None and parent is not None:
            # Not the last one itself: the parser may still hang the text behind it on to it.
            last.clear()
            del parent[: parent.index(last)]
        return rows, ended

    def _adopt(self, element: Any, above: Any) -> bool:
        """Take a new parent of records; False when this element is no record but only named like one."""
        if self._walker.place(above) == self._record[:-1]:
            forget_before(above)
            self._parent = above
            return True
        self._other(element)
        return False

    def _other(self, element: Any) -> None:
        """Read the trailer; pass over what is only named like it, or like a record."""
        place = self._walker.place(element)
        if place == self._trailer_path:
            self.trailer = self._walker.group(element)
        bare = element.prefix is None or self._walker.local
        if bare and etree.QName(element).localname == self._record[-1]:
            # The lines know start tags, not namespaces.
            if self._record[-1] in place[:-1]:
                self.lines.lose()
            else:
                self.lines.next()


def _chunks(piece: bytes) -> Iterator[bytes]:
    """Cut a piece behind a `>`, so that no text is ever split between two; a tree of some size is slower."""
    start = 0
    while len(piece) - start > CHUNK:
        end = piece.rfind(b">", start, start + CHUNK) + 1 or piece.find(b">", start) + 1
        if not end or end - start > PRELUDE_LIMIT:
            end = start + CHUNK
        yield piece[start:end]
        start = end
    if start < len(piece):
        yield piece[start:] if start else piece


def _has_groups(element: Any) -> bool:
    return any(len(child) for child in element)
