"""Fixed width out: values to columns at fixed positions, in lines or records of a length; nothing is cut."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import BinaryIO, Generic, TypeVar

from .layouts import Column, Marked, Repeat
from .rows import Group, Value
from .text_writer import Rendering, TextWriter, without_place

__all__ = ["FixedLinesWriter", "FixedRecordsWriter", "fixed_line"]

R = TypeVar("R", str, bytes)

_MEND = "Shorten it in the mapping, where somebody decides what may be lost"
_MARK = "Have it corrected where the record comes from, or replace it in the mapping"


def fixed_line(
    values: Group,
    columns: Sequence[Column],
    repeats: Sequence[Repeat],
    rendering: Rendering,
    *,
    mark: tuple[int, str] = (1, ""),
    below: str = "",
) -> str:
    """Lay values out on one line of text; `mark` is a text that stands at a position of its own.

    `below` is the path of the line itself, for faults. A text that is wider than its column is a fault
    (`too_long`).
    """
    canvas: list[str] = []

    def lay(at: int, text: str) -> None:
        canvas.extend(" " * (at - 1 + len(text) - len(canvas)))
        canvas[at - 1 : at - 1 + len(text)] = text

    for column, value, name in _placed(values, columns, repeats, rendering):
        path = f"{below}/{name}" if below else name
        if column.encode is not None:
            lay(column.at, _encoded(column, value, path, rendering).decode(rendering.charset))
            continue
        text = rendering.text(value, path)
        if len(text) > column.width:
            rendering.fault("too_long", path, text, f"at most {column.width} characters", _MEND)
        lay(column.at, _padded(text, column))
    at, starts = mark
    there = "".join(canvas[at - 1 : at - 1 + len(starts)])
    if there.strip() and there != starts:
        rendering.fault("not_writable", columns[0].name, there, f"the mark {starts} at position {at}", _MARK)
    lay(at, starts)
    return "".join(canvas)


def _fixed_record(
    values: Group,
    columns: Sequence[Column],
    repeats: Sequence[Repeat],
    rendering: Rendering,
    *,
    length: int,
    mark: bytes,
) -> bytes:
    """Lay values out on a record of bytes, which starts with the mark."""
    blank = " ".encode(rendering.charset)
    record = bytearray(blank * length)
    for column, value, path in _placed(values, columns, repeats, rendering):
        if column.encode is not None:
            content = _encoded(column, value, path, rendering)
        else:
            text = rendering.text(value, path)
            content = b"" if rendering.faults else text.encode(rendering.charset)
            if len(content) > column.width:
                rendering.fault("too_long", path, text, f"at most {column.width} bytes", _MEND)
            pad = column.pad.encode(rendering.charset) * (column.width - len(content))
            content = pad + content if column.align == "right" else content + pad
        if len(content) == column.width:
            record[column.at - 1 : column.at - 1 + column.width] = content
    there = bytes(record[: len(mark)])
    if there.strip(blank) and there != mark:
        shown = mark.decode(rendering.charset)
        rendering.fault("not_writable", columns[0].name, there.hex(), f"the mark {shown} in front", _MARK)
    record[: len(mark)] = mark
    return bytes(record)


def _placed(
    values: Group, columns: Sequence[Column], repeats: Sequence[Repeat], rendering: Rendering
) -> list[tuple[Column, Value, str]]:
    """List every column with its value and its path; groups that are not there are empty."""
    placed = [(column, values.get(column.name, ""), column.name) for column in columns]
    for repeat in repeats:
        given = values.get(repeat.name, [])
        groups = given if isinstance(given, list) else [given]
        if len(groups) > repeat.times:
            rendering.fault(
                "too_long", repeat.name, str(len(groups)), f"at most {repeat.times} groups in a record"
            )
        for time, group in enumerate(groups[: repeat.times]):
            own = group if isinstance(group, dict) else {}
            moved = [
                column.moved(repeat.at - 1 + time * repeat.every)
                for column in repeat.columns
                if isinstance(column, Column)
            ]
            without_place(own, (column.name for column in moved), repeat.name)
            path = f"{repeat.name}[{time + 1}]"
            placed += [(column, own.get(column.name, ""), f"{path}/{column.name}") for column in moved]
    return placed


def _padded(text: str, column: Column) -> str:
    fill = column.pad * (column.width - len(text))
    return fill + text if column.align == "right" else text + fill


def _encoded(column: Column, value: Value, path: str, rendering: Rendering) -> bytes:
    text = rendering.text(value, path)
    if column.encode is not None:
        try:
            content = column.encode(text, column.width)
        except ValueError as error:
            rendering.fault("not_writable", path, text, str(error), _MARK)
        else:
            if len(content) == column.width:
                return content
            rendering.fault("too_long", path, text, f"at most {column.width} bytes", _MEND)
    return " ".encode(rendering.charset) * column.width


class _FixedWriter(TextWriter, ABC, Generic[R]):
    """What lines and records of a length have in common."""

    def __init__(
        self,
        stream: BinaryIO,
        *,
        file: str,
        charset: str,
        columns: Sequence[Column],
        repeats: Sequence[Repeat] = (),
        header: Marked | None = None,
        trailer: Marked | None = None,
        newline: str = "\r\n",
        replace: bool = False,
    ) -> None:
        super().__init__(stream, file=file, charset=charset, newline=newline, replace=replace)
        self._columns = columns
        self._repeats = repeats
        self._header = header
        self._trailer = trailer

    def check(self, values: Group) -> None:
        """Raise what `write` would raise for a record, and write nothing."""
        rendering = self._rendering()
        self._record(values, rendering)
        rendering.judge()

    def write_header(self, values: Group) -> None:
        """Write the header, if the feed has one."""
        if self._header is not None:
            self._write_marked(self._header, values, "the header")

    def write(self, values: Group) -> None:
        """Write one record."""
        rendering = self._rendering()
        record = self._record(values, rendering)
        self._settle(rendering)
        self._write_one(record)
        self._written += 1
        self.counts["records"] += 1

    def write_trailer(self, values: Group) -> None:
        """Write the trailer, if the feed has one."""
        if self._trailer is not None:
            self._write_marked(self._trailer, values, "the trailer")

    def _record(self, values: Group, rendering: Rendering) -> R:
        names = [column.name for column in self._columns] + [repeat.name for repeat in self._repeats]
        without_place(values, names, "a record")
        record = self._laid(values, self._columns, self._repeats, rendering, "")
        if self._trailer is not None and record.startswith(self._marked(self._trailer.starts)):
            expected = "no mark of the trailer at the start of a record"
            rendering.fault("not_writable", self._columns[0].name, self._trailer.starts, expected, _MARK)
        return record

    def _write_marked(self, mark: Marked, values: Group, what: str) -> None:
        columns = [column for column in mark.columns if isinstance(column, Column)]
        without_place(values, (column.name for column in columns), what)
        rendering = self._rendering()
        record = self._laid(values, columns, (), rendering, mark.starts)
        self._settle(rendering)
        self._write_one(record)

    @abstractmethod
    def _laid(
        self,
        values: Group,
        columns: Sequence[Column],
        repeats: Sequence[Repeat],
        rendering: Rendering,
        mark: str,
    ) -> R: ...

    @abstractmethod
    def _marked(self, starts: str) -> R: ...

    @abstractmethod
    def _write_one(self, record: R) -> None: ...


class FixedLinesWriter(_FixedWriter[str]):
    """Writes lines with columns at fixed positions; a `Writer`. Positions and widths count characters.

    A text that is wider than its column is a fault, `too_long`: nothing is cut.
    """

    def _laid(
        self,
        values: Group,
        columns: Sequence[Column],
        repeats: Sequence[Repeat],
        rendering: Rendering,
        mark: str,
    ) -> str:
        return fixed_line(values, columns, repeats, rendering, mark=(1, mark))

    def _marked(self, starts: str) -> str:
        return starts

    def _write_one(self, record: str) -> None:
        self._put(record + self._newline)


class FixedRecordsWriter(_FixedWriter[bytes]):
    """Writes records of `length` bytes without line ends; a `Writer`. Positions and widths count bytes.

    A column with an `encode` is what that gives for its value. What is wider than its column is a fault,
    `too_long`: nothing is cut.
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
        replace: bool = False,
    ) -> None:
        super().__init__(
            stream,
            file=file,
            charset=charset,
            columns=columns,
            repeats=repeats,
            header=header,
            trailer=trailer,
            replace=replace,
        )
        self._length = length

    def _laid(
        self,
        values: Group,
        columns: Sequence[Column],
        repeats: Sequence[Repeat],
        rendering: Rendering,
        mark: str,
    ) -> bytes:
        return _fixed_record(
            values, columns, repeats, rendering, length=self._length, mark=self._marked(mark)
        )

    def _marked(self, starts: str) -> bytes:
        return starts.encode(self._charset)

    def _write_one(self, record: bytes) -> None:
        self._stream.write(record)
