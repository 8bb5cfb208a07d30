"""Records of XML kept as a few bytes: their elements are freed at once, and read again when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import Any, NamedTuple, cast

from lxml import etree
from xxhash import xxh3_64_intdigest, xxh3_128_digest

from ..keeping import Kept, kept_bytes, kept_rows
from ..rows import BadRow, Group, Row
from .elements import Walker
from .lines import Place, line_of

__all__ = ["Sealed", "SealedRows", "Tally", "digests", "is_sound", "seal", "seal_all"]


class Sealed(NamedTuple):
    """Records that stand one behind the other, column by column.

    Their XML without blanks in between; the ordinal of the first; where they started; the texts that were
    read ahead, by path; their values, if these were read, too.
    """

    xml: list[bytes]
    first: int
    places: list[Place | None]
    texts: dict[str, list[str | None]]
    values: list[Group] | None


class Tally:
    """How many records of a file were sealed, and how many of them were opened again so far.

    `parser` opens them: to make a new one for each record would cost more than to read it.
    """

    def __init__(self) -> None:
        self.sealed = 0
        self.opened = 0
        self.parser = _parser()


class SealedRows:
    """A batch of records of XML."""

    def __init__(self, records: Sealed, walker: Walker, tally: Tally) -> None:
        self.bad: Sequence[BadRow] = ()
        self._tally = tally
        self._records = records
        self._walker = walker

    def __len__(self) -> int:
        """Count the records."""
        return len(self._records.xml)

    def texts(self, path: str) -> Sequence[str] | None:
        """Give the text at a path, record by record; None unless it is one text in every record."""
        texts = self._records.texts.get(path)
        return None if texts is None or None in texts else cast("list[str]", texts)

    def fingerprints(self, version: bytes) -> list[bytes]:
        """Digest the raw values of each record."""
        return digests(self._records.xml, version)

    def row(self, place: int) -> Row:
        """Make the row of one record."""
        self._tally.opened += 1
        xml, first, places, _, values = self._records
        read = _opened(self._walker, self._tally.parser, xml[place]) if values is None else values[place]
        return Row(read, first + place, line_of(places[place]))

    def rows(self) -> Iterator[Row]:
        """Make every row."""
        return map(self.row, range(len(self)))

    def kept(self, places: Sequence[int]) -> Kept:
        """Keep some records past the next batch."""
        xml, first, where, _, values = self._records
        if values is not None:
            return kept_rows(list(map(self.row, places)))
        self._tally.opened += len(places)
        records = [(xml[place], first + place, line_of(where[place])) for place in places]
        # Nothing of the batch itself: it would stay in memory as long.
        return kept_bytes(records, partial(_opened, self._walker, self._tally.parser))

    def part(self, start: int, end: int) -> SealedRows:
        """Give some of the records, as a batch of their own."""
        if start <= 0 and end >= len(self):
            return self
        xml, first, places, texts, values = self._records
        part = Sealed(
            xml[start:end],
            first + start,
            places[start:end],
            {path: column[start:end] for path, column in texts.items()},
            None if values is None else values[start:end],
        )
        return SealedRows(part, self._walker, self._tally)


#: Writes an element as the same bytes for the same content, whatever blanks stood in between.
# Any: lxml's stubs do not know the element that its own parser gives.
seal: Callable[[Any], bytes] = partial(
    cast("Callable[..., bytes]", etree.tostring), encoding="UTF-8", with_tail=False
)


def seal_all(elements: Sequence[Any]) -> list[bytes]:
    """Seal elements that stand one behind the other; in one go where they are all that their parent holds.

    What stood before the first of them in its parent is freed: it was read already.
    """
    return _sealed_together(elements) or list(map(seal, elements))


def _sealed_together(elements: Sequence[Any]) -> list[bytes] | None:
    """Write the parent, and cut it; None when that is not surely what `seal` gives for each element."""
    parent, tag = elements[0].getparent(), elements[0].tag
    # With namespaces the parent would keep what each element needs to be read by itself.
    if parent is None or parent.nsmap or elements[-1].getparent() is not parent:
        return None
    del parent[: parent.index(elements[0])]
    # None is empty: so each has an end tag, and where there are as many as elements, none is inside another.
    if len(parent) != len(elements) or not all(map(len, elements)):
        return None
    start, end = f"<{tag}".encode(), f"</{tag}>".encode()
    *records, _ = seal(parent).split(end)
    if len(records) != len(elements):
        return None
    records[0] = records[0][records[0].index(b">") + 1 :]
    # A text before one of them stood in between.
    if not all(map(bytes.startswith, records, repeat(start))):
        return None
    return [record + end for record in records]


def _opened(walker: Walker, parser: etree.XMLParser, xml: bytes) -> Group:
    return walker.group(etree.fromstring(xml, parser))


def digests(xml: Sequence[bytes], version: bytes) -> list[bytes]:
    """Give the raw fingerprints of sealed records, whichever lane sealed them."""
    seed = xxh3_64_intdigest(version)
    return [xxh3_128_digest(one, seed) for one in xml]


def is_sound(element: Any) -> bool:
    """Say whether a record can be opened again: its prefixes are declared, with addresses that are such."""
    try:
        etree.fromstring(seal(element), _parser())
    except etree.XMLSyntaxError:
        return False
    return True


def _parser() -> etree.XMLParser:
    # For our own writing, but of their content: the same limits as for a file.
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
