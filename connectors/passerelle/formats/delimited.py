"""Delimited text in: one record a line (CSV in any dialect), streaming, with positions."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import compress
from typing import BinaryIO, Literal

from .fields import Dialect, FieldSource
from .layouts import FieldLayout, Ill, Marked, NumberedColumn
from .reading import TextReader
from .rows import BadRow, Group, Row, Value
from .text import TextSource

__all__ = ["UNREAD", "DelimitedReader"]

#: In declared columns: a column that is there and is not read.
UNREAD = "_"
_RAGGED = (
    "A delimiter may stand in a text without quotes, or the line was cut: have it corrected and sent again"
)


class DelimitedReader(TextReader):
    """Reads one delimited file; a `Reader`.

    `skip` lines at its start are no part of it. Then come, where there are such: the `header_record`, the
    line `header` with the column names, the records, the `trailer`. Without a `header` line, `columns` are
    the names in order (`_` is not read); with it, the names that must be in it. `rename` gives columns other
    names. Lines that are empty or start with `comment` are no records. A text in `nulls` is an explicit null.

    A line with too few or too many fields (`wrong_field_count`), or with broken quotes (`broken_quotes`), is
    yielded as `BadRow`. With ragged "pad", missing fields are empty, and surplus ones may be.

    Raises `FileRefused`: as `TextSource`; `empty_file`, `header_missing`, `duplicate_column`,
    `missing_column`, `unended_quote`, `trailer_missing`, `content_after_trailer`.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        file: str,
        charset: str,
        dialect: Dialect,
        header: int | None = 1,
        columns: Sequence[str] = (),
        rename: Mapping[str, str] | None = None,
        skip: int = 0,
        comment: str | None = None,
        nulls: Collection[str] = (),
        ragged: Literal["reject", "pad"] = "reject",
        header_record: Marked | None = None,
        trailer: Marked | None = None,
        final_newline: bool = False,
    ) -> None:
        super().__init__(TextSource(stream, file=file, charset=charset, final_newline=final_newline))
        self._fields = FieldSource(self._source, dialect, skip=skip, comment=comment)
        self._header_line = header
        self._declared = columns
        self._rename = rename or {}
        self._nulls = frozenset(nulls)
        self._pad = ragged == "pad"
        self._header_mark = header_record
        self._trailer_mark = trailer
        self._names: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in the order of the file."""
        self.read_header()
        return self._names

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield the records in file order; a stream is read once."""
        self._start()
        lines, engine, nulls = self._fields, self._fields.engine, self._nulls
        names = tuple(name for name in self._names if name != UNREAD)
        width = len(self._names)
        read = None if len(names) == width else [name != UNREAD for name in self._names]
        mark = None if self._trailer_mark is None else self._trailer_mark.starts
        while True:
            try:
                # What every record pays, in as few steps as there can be.
                for fields in engine:
                    if len(fields) != width or fields[0] == mark:
                        if not fields:
                            lines.next_line()
                            continue
                        if fields[0] == mark:
                            self._read_trailer(fields)
                            break
                        if not self._padded(fields, width):
                            yield self._ragged(fields, width)
                            lines.next_line()
                            continue
                    self._count += 1
                    given = fields if read is None else compress(fields, read)
                    values: Group = dict(zip(names, given, strict=False))
                    if nulls and not nulls.isdisjoint(fields):
                        values = {name: _known(value, nulls) for name, value in values.items()}
                    yield Row(values, self._count, lines.start)
                    lines.next_line()
                break
            except csv.Error as error:
                yield self._line_bad(lines.ill(error))
                lines.next_line()
        self._end()

    def _padded(self, fields: list[str], width: int) -> bool:
        if not self._pad or any(fields[width:]):
            return False
        fields[width:] = []
        fields += [""] * (width - len(fields))
        return True

    def _ragged(self, fields: list[str], width: int) -> BadRow:
        ill = Ill("wrong_field_count", None, f"{len(fields)} fields", f"{width} fields", _RAGGED)
        return self._line_bad(ill)

    def _line_bad(self, ill: Ill) -> BadRow:
        self._count += 1
        return self._bad(self._fields.start, self._fields.raw(), [ill])

    # The start of the file -------------------------------------------------------------------------

    def _read_start(self) -> Group:
        header = self._read_header_record()
        self._names = self._read_names()
        return header

    def _read_header_record(self) -> Group:
        mark = self._header_mark
        if mark is None:
            return {}
        expected = f"a first line that starts with {mark.starts}"
        line, fields = self._next(expected, "header_missing")
        if fields[0] != mark.starts:
            raise self._no_header(fields[0], expected, line)
        return _marked(mark, fields)

    def _read_names(self) -> tuple[str, ...]:
        if self._header_line is None:
            return tuple(self._rename.get(name, name) for name in self._declared)
        line, fields = 0, [""]
        for _ in range(self._header_line):
            line, fields = self._next("a line with the column names", "empty_file")
        found = [name.strip() or f"column_{number}" for number, name in enumerate(fields, 1)]
        for name in (*self._declared, *self._rename):
            if name not in found and name != UNREAD:
                raise self._source.refuse(
                    "missing_column",
                    ", ".join(found),
                    f"a column {name}",
                    "This is another kind of file, or its layout changed: check the feed against it",
                    line=line,
                )
        names = tuple(self._rename.get(name, name) for name in found)
        for name in names:
            if names.count(name) > 1:
                raise self._source.refuse(
                    "duplicate_column",
                    ", ".join(found),
                    f"{name} once",
                    "Say `header: none`, `skip` and `columns` to give the columns names of your own",
                    line=line,
                )
        return names

    def _next(self, expected: str, code: str) -> tuple[int, list[str]]:
        """Give the next line that is not empty, of those that must be there."""
        lines = self._fields
        try:
            for fields in lines.engine:
                line = lines.start
                lines.next_line()
                if fields:
                    return line, fields
        except csv.Error as error:
            raise self._source.refuse(code, lines.raw(), expected, str(error), line=lines.start) from error
        raise self._source.refuse(code, None, expected, "Ask for the file again", line=lines.start)

    # The end of the file ---------------------------------------------------------------------------

    def _read_trailer(self, fields: list[str]) -> None:
        if self._trailer_mark is not None:
            self._close(_marked(self._trailer_mark, fields), self._fields.start)

    def _end(self) -> None:
        lines, mark = self._fields, self._trailer_mark
        if mark is not None:
            self._demand_trailer(f"a last line that starts with {mark.starts}")
            lines.next_line()
            received = ""
            try:
                received = next((lines.raw() for fields in lines.engine if fields), "")
            except csv.Error:
                received = lines.raw()
            if received:
                raise self._behind_trailer(received, lines.end)
        self._finish()


def _known(value: Value, nulls: frozenset[str]) -> Value:
    return None if value in nulls else value


def _marked(mark: Marked, fields: list[str]) -> Group:
    columns = [column for column in mark.columns if isinstance(column, NumberedColumn)]
    ills: list[Ill] = []
    return FieldLayout(columns).read(fields, ills)
