"""Delimited text out: values to one record a line, in any dialect that can be read again."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from types import TracebackType
from typing import BinaryIO, Literal, NamedTuple

from .delimited import UNREAD
from .fields import Dialect, options
from .layouts import Marked, NumberedColumn
from .rows import Group
from .text_writer import Rendering, TextWriter, without_place

__all__ = ["DelimitedLine", "DelimitedWriter", "NamedColumn"]

_MEND = "Have it corrected where the record comes from, or replace it in the mapping"


class NamedColumn(NamedTuple):
    """A column of a delimited file: its name in the mapping, and in the line of names."""

    name: str
    title: str


class DelimitedLine:
    """Puts fields together to a line."""

    def __init__(self, dialect: Dialect, *, quote_all: bool = False) -> None:
        self._dialect = dialect
        self._parts: list[str] = []
        settings = options(dialect)
        if quote_all and dialect.quote is not None:
            settings["quoting"] = csv.QUOTE_ALL
        # So that both kinds of line end are quoted, whatever ends the lines of the file.
        settings["lineterminator"] = "\r\n"
        self._csv = csv.writer(self, **settings)  # type: ignore[arg-type]  # as options() says

    def write(self, text: str) -> None:
        """Take what the csv module writes."""
        self._parts.append(text)

    def render(self, fields: Sequence[str], names: Sequence[str], rendering: Rendering) -> str:
        """Give the line without its end; what it cannot hold is noted as a fault."""
        self._parts.clear()
        try:
            self._csv.writerow(fields)
        except csv.Error:
            marks = [mark for mark in self._dialect if isinstance(mark, str)]
            for name, field in zip(names, fields, strict=True):
                found = [mark for mark in marks if mark in field]
                if found:
                    expected = "a text without it: this feed has neither quotes nor an escape for it"
                    rendering.fault("not_writable", name, found[0], expected, _MEND)
            if not rendering.faults:
                rendering.fault(
                    "not_writable", names[0], "", "a text: a line without one is no record", _MEND
                )
            return ""
        return "".join(self._parts).removesuffix("\r\n")


class DelimitedWriter(TextWriter):
    """Writes one delimited file; a `Writer`.

    The line of column names comes with the first record, or with the end of a file without records; the
    `header_record` in front of it. A column named `_` is written empty. None is the first of `nulls`.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        file: str,
        charset: str,
        dialect: Dialect,
        columns: Sequence[NamedColumn],
        titles: bool = True,
        quoting: Literal["needed", "all"] = "needed",
        nulls: Sequence[str] = (),
        comment: str | None = None,
        header_record: Marked | None = None,
        trailer: Marked | None = None,
        newline: str = "\r\n",
        replace: bool = False,
    ) -> None:
        super().__init__(stream, file=file, charset=charset, newline=newline, replace=replace)
        self._line = DelimitedLine(dialect, quote_all=quoting == "all")
        self._quoted = dialect.quote is not None
        self._columns = columns
        self._titles = titles
        self._nulls = tuple(nulls)
        self._comment = comment
        self._header_record = header_record
        self._trailer = trailer
        self._begun = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._begin()

    def check(self, values: Group) -> None:
        """Raise what `write` would raise for a record, and write nothing."""
        rendering = self._rendering()
        self._record(values, rendering)
        rendering.judge()

    def write_header(self, values: Group) -> None:
        """Write the header record, if the feed has one, and the line of column names."""
        if self._header_record is not None:
            self._put_marked(self._header_record, values, "the header record")
        self._begin()

    def write(self, values: Group) -> None:
        """Write one record."""
        rendering = self._rendering()
        line = self._record(values, rendering)
        self._settle(rendering)
        self._begin()
        self._put(line + self._newline)
        self._written += 1
        self.counts["records"] += 1

    def write_trailer(self, values: Group) -> None:
        """Write the trailer, if the feed has one."""
        self._begin()
        if self._trailer is not None:
            self._put_marked(self._trailer, values, "the trailer")

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            if self._titles:
                rendering = self._rendering()
                titles = [column.title for column in self._columns]
                line = self._line.render(titles, titles, rendering)
                self._settle(rendering)
                self._put(line + self._newline)

    def _record(self, values: Group, rendering: Rendering) -> str:
        without_place(values, (column.name for column in self._columns if column.name != UNREAD), "a record")
        fields = [self._field(column.name, values, rendering) for column in self._columns]
        names = [column.name for column in self._columns]
        if self._trailer is not None and fields[0] == self._trailer.starts:
            rendering.fault("not_writable", names[0], fields[0], "no mark of the trailer in a record", _MEND)
        line = self._line.render(fields, names, rendering)
        if self._comment is not None and line.startswith(self._comment):
            rendering.fault("not_writable", names[0], fields[0], "no mark of a comment in a record", _MEND)
        return line

    def _field(self, name: str, values: Group, rendering: Rendering) -> str:
        value = None if name == UNREAD else values.get(name, "")
        if value is None:
            return self._nulls[0] if self._nulls and name != UNREAD else ""
        text = rendering.text(value, name, line_ends=self._quoted)
        if text in self._nulls:
            rendering.fault("not_writable", name, text, "a text that does not mean null here", _MEND)
        return text

    def _put_marked(self, mark: Marked, values: Group, what: str) -> None:
        """Write a line that starts with its mark."""
        columns = [column for column in mark.columns if isinstance(column, NumberedColumn)]
        without_place(values, (column.name for column in columns), what)
        fields = [mark.starts, *[""] * (max((column.number for column in columns), default=1) - 1)]
        names = [what] * len(fields)
        rendering = self._rendering()
        for column in columns:
            text = rendering.text(values.get(column.name, ""), column.name, line_ends=self._quoted)
            names[column.number - 1] = column.name
            if column.number > 1:
                fields[column.number - 1] = text
            elif text not in ("", mark.starts):
                rendering.fault("not_writable", column.name, text, f"the mark {mark.starts}")
        line = self._line.render(fields, names, rendering)
        self._settle(rendering)
        self._put(line + self._newline)
