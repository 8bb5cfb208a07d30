"""The parser's lane: any well-formed XML to rows, each record freed as soon as it was read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, takewhile
from typing import Any, TypeAlias

from lxml import etree

from ..batches import GivenRows
from ..charset import Charset
from ..rows import Group, Row
from .elements import Walker, forget_before
from .lines import LineCounter, Place, line_of
from .parser import Refusal, XmlParser
from .prelude import PRELUDE_LIMIT
from .refusals import Refusals
from .runs import RunParser
from .sealed_rows import Sealed, SealedRows, Tally, is_sound, seal_all
from .source import CHUNK, XmlSource

__all__ = ["RecordParser"]

#: Records that ended, where they started, and whether the last element of their name was one of them.
# Any: lxml's stubs do not know the elements that its parsers give.
_Ended: TypeAlias = tuple[list[Any], list[Place | None], bool]


class RecordParser:
    """Reads records from pieces of a file that are given in order; `trailer` is known once it came.

    `flat` reads records without groups faster. `sealing` keeps records sealed, with the texts at these paths
    read ahead; while most of them are opened all the same, their values are read ahead as well. `opening` is
    the start tag of the last sealed record. `between` says whether the last piece ended behind a record,
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
        sealing: tuple[str, ...] | None = None,
    ) -> None:
        self.trailer: Group | None = None
        self.between = False
        self._sealing = sealing
        self._tally = Tally()
        self._leaves: dict[str, int] = {}
        self._local = _local(record[-1])
        self.lines = LineCounter(self._local, known=charset.ascii_compatible, local=walker.translated)
        self._refusals = refusals
        self._walker = walker
        self._record = record
        self._trailer_path = trailer
        self._flat = flat and not walker.translated
        self.opening = f"<{record[-1]}>"
        # A tag filter keeps all other elements in C.
        paths = [record] if trailer is None else [record, trailer]
        tags = [f"{{*}}{_local(path[-1])}" for path in paths]
        self._parser = XmlParser(source, refusals, charset, ["end"], tags)
        self.end_tag = f"</{record[-1]}>".encode()
        self._parent: Any = None
        self._runs = RunParser(record[-1], charset, refusals)
        self._runs_suit = False

    def read(self, piece: bytes) -> Iterator[GivenRows | SealedRows]:
        """Read the records that end in this piece; raises `FileRefused` behind those that stand before."""
        for chunk in _chunks(piece, self.end_tag):
            refused: Refusal | None = None
            run = self._run(chunk) if self.between else None
            if run is None:
                self.lines.feed(chunk)
                refused = self._parser.feed(chunk)
            elements, places, ended = self._ended() if run is None else run
            if refused is not None:
                # It may be told some records late.
                elements = list(takewhile(is_sound, elements))
            # The last end tag is one, it is a record's, and the parser waits for nothing (as behind a `&`).
            ends = chunk.endswith(self.end_tag) and self.lines.inside is None
            self.between = ended and ends and self.lines.known and not self.lines.waiting
            if elements:
                first = self._refusals.count + 1
                self._refusals.count += len(elements)
                make: Callable[..., GivenRows | SealedRows] = (
                    self._rows if self._sealing is None else self._sealed
                )
                part = make(elements, places, first)
                if run is None:
                    self._free(elements[-1])
                del elements, run
                yield part
            if refused is not None:
                raise refused()

    def skip(self, text: str, start: int, end: int) -> None:
        """Leave out records that were read otherwise."""
        lines = text.count("\n", start, end)
        self.lines.skip(lines)
        self._parser.skip(lines, end - max(text.rfind("\n", start, end) + 1, start))

    def close(self) -> None:
        """Say that this was all; raises `FileRefused` when it is not all of a file."""
        self._parser.close()

    def _run(self, chunk: bytes) -> _Ended | None:
        """Read a piece between two records by itself; None when it is for the parser that reads the file."""
        elements = self._runs.elements(chunk) if self._runs_suit else []
        if not elements:
            return None
        found = self.lines.run(chunk, len(elements))
        if found is None:
            return None
        places, lines = found
        self._parser.skip(lines, self._runs.column(chunk))
        return elements, places, True

    def _ended(self) -> _Ended:
        """List the records that ended in the last piece, and the places where they started.

        Also says whether the last element of their name was one of them.
        """
        record, parent = self._record[-1], self._parent
        elements = [element for _, element in self._parser.events()]
        parents, tags = [element.getparent() for element in elements], [element.tag for element in elements]
        if elements and parents.count(parent) == tags.count(record) == len(elements):
            return elements, self.lines.take(len(elements)), True
        found: list[Any] = []
        places: list[Place | None] = []
        ended = False
        for element, above in zip(elements, parents, strict=True):
            ended = False
            if above is not parent:
                if not self._adopt(element, above):
                    continue
                parent = above
            if element.tag != record and self._walker.name(element.tag) != record:
                self._other(element)
                continue
            found.append(element)
            places.append(self.lines.next())
            ended = True
        return found, places, ended

    def _rows(self, elements: list[Any], places: list[Place | None], first: int) -> GivenRows:
        values = map(self._flat_values if self._flat else self._walker.group, elements)
        return GivenRows(list(map(Row, values, count(first), map(line_of, places))))

    def _flat_values(self, element: Any) -> Group:
        leaves = list(element)
        values: Group = {leaf.tag: leaf.text or "" for leaf in leaves}
        # Fewer names than elements: something repeats. A group may have a text in it, which is never read.
        if len(values) != len(leaves) or any(map(len, leaves)):
            return self._walker.group(element)
        return values

    def _sealed(self, elements: list[Any], places: list[Place | None], first: int) -> SealedRows:
        xml = seal_all(elements)
        # While most records are opened all the same, their values are read as long as the elements are here.
        eager = 2 * self._tally.opened > self._tally.sealed
        read = self._flat_values if self._flat else self._walker.group
        records = Sealed(
            xml,
            first,
            places,
            {path: self._texts(path, elements, xml) for path in self._sealing or ()},
            list(map(read, elements)) if eager else None,
        )
        self._tally.sealed += len(elements)
        self.opening = xml[-1].partition(b">")[0].decode() + ">"
        return SealedRows(records, self._walker, self._tally)

    def _texts(self, path: str, elements: list[Any], xml: list[bytes]) -> list[str | None]:
        """Read one text of each record."""
        way = path.split("/")
        place = self._leaves.get(path, 0)
        # Where each record holds the name once, it stands at the same place in all of them, or nearly.
        if self._flat and b"".join(xml).count(f"<{path}".encode()) == len(elements):
            try:
                leaves = [element[place] for element in elements]
            except IndexError:
                leaves = []
            if [leaf.tag for leaf in leaves].count(path) == len(elements) and not any(map(len, leaves)):
                return [leaf.text or "" for leaf in leaves]
        found = [self._walker.text(element, way) for element in elements]
        if self._flat and found[-1] is not None:
            self._leaves[path] = [child.tag for child in elements[-1]].index(path)
        return found

    def _free(self, last: Any) -> None:
        """Free the records that were read together, in one cut."""
        # Not the last one itself: the parser may still hang the text behind it on to it.
        last.clear()
        parent = last.getparent()
        if parent is not None:
            del parent[: parent.index(last)]

    def _adopt(self, element: Any, above: Any) -> bool:
        """Take a new parent of records; False when this element is no record but only named like one."""
        if self._walker.place(above) == self._record[:-1]:
            forget_before(above)
            self._parent = above
            self._runs_suit = self._runs.suits(above)
            return True
        self._other(element)
        return False

    def _other(self, element: Any) -> None:
        """Read the trailer; pass over what is only named like it, or like a record."""
        place = self._walker.place(element)
        if place == self._trailer_path:
            self.trailer = self._walker.group(element)
        bare = element.prefix is None or self._walker.translated
        if bare and etree.QName(element).localname == self._local:
            # The lines know start tags, not namespaces.
            if self._record[-1] in place[:-1]:
                self.lines.lose()
            else:
                self.lines.next()


def _chunks(piece: bytes, end_tag: bytes) -> Iterator[bytes]:
    """Cut a piece behind a record, or at least behind a `>`: no text is ever split between two.

    A tree of some size is slower.
    """
    start = 0
    while len(piece) - start > 2 * CHUNK:
        found = piece.rfind(end_tag, start, start + CHUNK)
        end = found + len(end_tag) if found >= 0 else piece.rfind(b">", start, start + CHUNK) + 1
        end = end or piece.find(b">", start) + 1
        if not end or end - start > PRELUDE_LIMIT:
            end = start + CHUNK
        yield piece[start:end]
        start = end
    if start < len(piece):
        yield piece[start:] if start else piece


def _local(name: str) -> str:
    """Give a name without its prefix."""
    return name.rpartition(":")[2]
