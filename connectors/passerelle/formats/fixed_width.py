"""Fixed width in: columns at fixed positions, in lines of text or in records of a length, text and binary."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Generic, TypeVar

from .layouts import BinaryLayout, Column, FixedLayout, Ill, Marked, Repeat
from .reading import TextReader
from .rows import BadRow, Group, Row
from .text import CHUNK, TextSource

__all__ = ["FixedLinesReader", "FixedRecordsReader"]

_ASK_AGAIN = "The file is cut short: ask for it again; nothing of it was taken"
#: What may fill up a file of records behind the last one: line ends, end marks, zeros (ASCII and EBCDIC).
_FILLING = b"\r\n\x1a\x00\x15\x25\x3f"

R = TypeVar("R", str, bytes)


class _FixedReader(TextReader, Generic[R]):
    """What lines and records of a length have in common."""

    def __init__(self, source: TextSource, *, header: Marked | None, trailer: Marked | None) -> None:
        super().__init__(source)
        self._header_mark = header
        self._trailer_mark = trailer
        self._items: Iterator[tuple[int | None, R]] = self._records()

    def _read_start(self) -> Group:
        mark = self._header_mark
        if mark is None:
            return {}
        line, record = next(self._items, (None, None))
        if record is None or not record.startswith(self._mark(mark.starts)):
            received = None if record is None else self._shown(record)
            raise self._no_header(received, f"a first record that starts with {mark.starts}", line)
        return self._told(record, mark, line)

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield the records in file order; a stream is read once."""
        self._start()
        mark = self._trailer_mark
        last = None if mark is None else self._mark(mark.starts)
        ills: list[Ill] = []
        for line, record in self._items:
            if self._trailer is not None:
                raise self._behind_trailer(self._shown(record), line)
            if last is not None and mark is not None and record.startswith(last):
                self._close(self._told(record, mark, line), line)
                continue
            self._count += 1
            values = self._values(record, ills)
            if ills:
                yield self._bad(line, self._shown(record), ills)
                ills.clear()
            else:
                yield Row(values, self._count, line)
        if mark is not None:
            self._demand_trailer(f"a last record that starts with {mark.starts}")
        self._finish()

    def _told(self, record: R, mark: Marked, line: int | None) -> Group:
        ills: list[Ill] = []
        values = self._read(record, mark, ills)
        self._judge_told(ills, line)
        return values

    @abstractmethod
    def _records(self) -> Iterator[tuple[int | None, R]]:
        """Yield the records with their lines."""

    @abstractmethod
    def _values(self, record: R, ills: list[Ill]) -> Group: ...

    @abstractmethod
    def _read(self, record: R, mark: Marked, ills: list[Ill]) -> Group:
        """Read a header or a trailer; what is short is blank."""

    @abstractmethod
    def _mark(self, starts: str) -> R: ...

    @abstractmethod
    def _shown(self, record: R) -> str: ...


class FixedLinesReader(_FixedReader[str]):
    """Reads lines of text with columns at fixed positions; a `Reader`.

    Positions count characters from 1; empty lines are no records. A column with a `decode` is handed the
    bytes of its text. `header` and `trailer` are the first and the last line, told by their first text.

    A line that ends before its last column (`short_line`, unless `pad`), or that holds a number that is none
    (`unreadable_number`), is yielded as `BadRow`. Raises `FileRefused`: as `TextSource`, and
    `header_missing`, `trailer_missing`, `content_after_trailer`.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        file: str,
        charset: str,
        columns: Sequence[Column],
        repeats: Sequence[Repeat] = (),
        pad: bool = False,
        header: Marked | None = None,
        trailer: Marked | None = None,
        final_newline: bool = False,
    ) -> None:
        source = TextSource(stream, file=file, charset=charset, final_newline=final_newline)
        self._layout = FixedLayout(columns, repeats, charset=charset, pad=pad)
        super().__init__(source, header=header, trailer=trailer)

    def _records(self) -> Iterator[tuple[int | None, str]]:
        number = 0
        for batch in self._source.batches():
            for line in batch:
                number += 1
                text = line.rstrip("\r\n")
                if text:
                    self._source.needed_from = number
                    yield number, text

    def _values(self, record: str, ills: list[Ill]) -> Group:
        return self._layout.read(record, ills)

    def _read(self, record: str, mark: Marked, ills: list[Ill]) -> Group:
        columns = [column for column in mark.columns if isinstance(column, Column)]
        return FixedLayout(columns, charset=self._source.charset, pad=True).read(record, ills)

    def _mark(self, starts: str) -> str:
        return starts

    def _shown(self, record: str) -> str:
        return record


class FixedRecordsReader(_FixedReader[bytes]):
    """Reads records of `length` bytes that follow each other without line ends; a `Reader`.

    Positions count bytes from 1, and rows have no line. A column with a `decode` is handed its bytes; the
    text that it gives is the value. `header` and `trailer` are the first and the last record, told by the
    text they start with. Behind the last record, line ends, end marks and zeros may fill up the file.

    A record with a number that is none (`unreadable_number`), or a text that is not in the charset
    (`wrong_charset`), is yielded as `BadRow`, its bytes as hexadecimal digits. Raises `FileRefused`:
    `truncated` for a last record that is cut, `header_missing`, `trailer_missing`, `content_after_trailer`.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        file: str,
        charset: str,
        columns: Sequence[Column],
        length: int,
        repeats: Sequence[Repeat] = (),
        header: Marked | None = None,
        trailer: Marked | None = None,
    ) -> None:
        self._stream = stream
        self._charset = charset
        self._length = length
        self._layout = BinaryLayout(columns, repeats, charset=charset)
        super().__init__(TextSource(stream, file=file, charset=charset), header=header, trailer=trailer)

    def _records(self) -> Iterator[tuple[int | None, bytes]]:
        length, carry = self._length, b""
        while chunk := self._stream.read(max(CHUNK, length)):
            carry += chunk
            end = len(carry) // length * length
            for start in range(0, end, length):
                yield None, carry[start : start + length]
            carry = carry[end:]
        if carry.strip(_FILLING):
            raise self._source.refuse(
                "truncated", f"{len(carry)} bytes at the end", f"records of {length} bytes", _ASK_AGAIN
            )

    def _values(self, record: bytes, ills: list[Ill]) -> Group:
        return self._layout.read(record, ills)

    def _read(self, record: bytes, mark: Marked, ills: list[Ill]) -> Group:
        columns = [column for column in mark.columns if isinstance(column, Column)]
        return BinaryLayout(columns, charset=self._charset).read(record, ills)

    def _mark(self, starts: str) -> bytes:
        return starts.encode(self._charset)

    def _shown(self, record: bytes) -> str:
        return record.hex()
