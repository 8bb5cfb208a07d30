"""Samples: a file on the desk, read through a mapping one record at a time, the bad ones included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

from ..errors import DataError, Fault
from ..formats import BadRow, Group, Reader, Row
from ..mapping import Mapping
from ..mapping.opening import open_reader
from .companions import sources_beside
from .opened import open_bytes

__all__ = ["Item", "Sample"]


class Item(NamedTuple):
    """One record of a sample: its row where there is one, then either its canonical record or its faults."""

    ordinal: int
    line: int | None
    key: str | None
    row: Row | None
    record: Any
    faults: tuple[Fault, ...]


class Sample:
    """One file, opened for one reading; use it with `with`.

    `raw` reads every name of the file and nothing else: rows are not assembled, and cannot be mapped. Else
    the files of other inputs are looked for beside it. Raises `FileRefused` as the readers do.
    """

    def __init__(self, mapping: Mapping, path: Path, *, raw: bool = False) -> None:
        self.mapping = mapping
        self.path = path
        self.file = path.name
        self._raw = raw
        self._stream: BinaryIO | None = None
        self._reader: Reader | None = None

    def __enter__(self) -> Self:
        """Open the file."""
        self._stream = open_bytes(self.path)
        if self._raw:
            self._reader = open_reader(self.mapping.spec.format, self._stream, file=self.file)
        else:
            sources = sources_beside(self.mapping, self.path)
            self._reader = self.mapping.reader(self._stream, file=self.file, sources=sources)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()

    @property
    def reader(self) -> Reader:
        """The reader of the open file."""
        if self._reader is None:
            raise LookupError("a sample is read inside its with")
        return self._reader

    @property
    def header(self) -> Group:
        """The header's values, empty when the feed has none."""
        return self.reader.read_header()

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield every record in file order."""
        yield from self.reader.rows()

    def items(self) -> Iterator[Item]:
        """Yield every record with what the mapping makes of it."""
        header = self.header
        for row in self.rows():
            yield self.item(row, header)

    def item(self, row: Row | BadRow, header: Group) -> Item:
        """Map one record."""
        if isinstance(row, BadRow):
            return Item(row.ordinal, row.line, None, None, None, row.faults)
        faults: tuple[Fault, ...] = ()
        record: Any = None
        key: str | None = None
        try:
            key = self.mapping.key(row, file=self.file)
        except DataError as error:
            faults = error.faults
        try:
            record = self.mapping.record(row, file=self.file, header=header)
        except DataError as error:
            # A part of the key is often a field as well: what is wrong with it is told once.
            told = {(fault.code, fault.position.path) for fault in faults}
            others = (fault for fault in error.faults if (fault.code, fault.position.path) not in told)
            faults = (*faults, *others)
        return Item(row.ordinal, row.line, key, row, None if faults else record, faults)
