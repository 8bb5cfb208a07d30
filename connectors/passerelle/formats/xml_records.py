"""XML as a file of records: header, records and trailer below one root, a writer like all others."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import BinaryIO, Self

from .rows import Group
from .writer import Replacement
from .xml_writer import XmlWriter

__all__ = ["XmlRecordsWriter"]


class XmlRecordsWriter:
    """Writes header, records and trailer as elements below the root; a `Writer`.

    `record`, `header` and `trailer` are paths from the root, as `XmlReader` takes them.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        charset: str,
        record: str,
        header: str | None = None,
        trailer: str | None = None,
        newline: str = "\r\n",
    ) -> None:
        self._xml = XmlWriter(stream, charset=charset, root=record.split("/")[1], newline=newline)
        self._record = _last(record)
        self._header = header
        self._trailer = trailer

    @property
    def counts(self) -> Counter[str]:
        """How many elements of each name were written below the root."""
        return self._xml.counts

    @property
    def replaced(self) -> list[Replacement]:
        """What the charset cannot hold, and what was written for it."""
        return self._xml.replaced

    def __enter__(self) -> Self:
        self._xml.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._xml.__exit__(kind, error, trace)

    def check(self, _values: Group) -> None:
        """Take any values: there is no text that XML cannot hold, one way or another."""

    def write_header(self, values: Group) -> None:
        """Write the header's element, if the feed has one."""
        if self._header is not None:
            self._xml.write(_last(self._header), values)

    def write(self, values: Group) -> None:
        """Write one record."""
        self._xml.write(self._record, values)

    def write_trailer(self, values: Group) -> None:
        """Write the trailer's element, if the feed has one."""
        if self._trailer is not None:
            self._xml.write(_last(self._trailer), values)


def _last(path: str) -> str:
    return path.rpartition("/")[2]
