"""Nested records kept as a few bytes: their elements are freed at once, and read again when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast

from lxml import etree
from xxhash import xxh3_64_intdigest, xxh3_128_digest

from .elements import Walker
from .rows import BadRow, Group, Row

__all__ = ["Sealed", "SealedRows", "Tally", "seal"]


class Sealed(NamedTuple):
    """One record: its XML without blanks in between, the texts read ahead, the values if they were."""

    xml: bytes
    ordinal: int
    line: int | None
    texts: tuple[str | None, ...]
    values: Group | None


class Tally:
    """How many records of a file were sealed, and how many of them were opened again so far."""

    def __init__(self) -> None:
        self.sealed = 0
        self.opened = 0


class SealedRows:
    """A batch of nested records; `paths` are those of the texts that were read ahead."""

    def __init__(self, records: Sequence[Sealed], paths: Sequence[str], walker: Walker, tally: Tally) -> None:
        self.bad: Sequence[BadRow] = ()
        self._tally = tally
        self._records = records
        self._paths = paths
        self._walker = walker

    def __len__(self) -> int:
        """Count the records."""
        return len(self._records)

    def texts(self, path: str) -> Sequence[str] | None:
        """Give the text at a path, record by record; None unless it is one text in every record."""
        if path not in self._paths:
            return None
        place = self._paths.index(path)
        texts = [record.texts[place] for record in self._records]
        return None if None in texts else cast("list[str]", texts)

    def fingerprints(self, version: bytes) -> list[bytes]:
        """Digest the raw values of each record."""
        seed = xxh3_64_intdigest(version)
        return [xxh3_128_digest(record.xml, seed) for record in self._records]

    def row(self, place: int) -> Row:
        """Make the row of one record."""
        self._tally.opened += 1
        record = self._records[place]
        values = self._walker.group(_parsed(record.xml)) if record.values is None else record.values
        return Row(values, record.ordinal, record.line)

    def rows(self) -> Iterator[Row]:
        """Make every row."""
        return map(self.row, range(len(self._records)))

    def part(self, start: int, end: int) -> SealedRows:
        """Give some of the records, as a batch of their own."""
        if start <= 0 and end >= len(self._records):
            return self
        return SealedRows(self._records[start:end], self._paths, self._walker, self._tally)


def seal(element: Any) -> bytes:
    """Write an element as the same bytes for the same content, whatever blanks stood in between."""
    # Any: lxml's stubs do not know the element that its own parser gives.
    written: bytes = etree.tostring(element, encoding="UTF-8", with_tail=False)
    return written


def _parsed(xml: bytes) -> Any:
    # Our own writing, but of their content: the same limits as for a file.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(xml, parser)
