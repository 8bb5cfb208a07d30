"""Opening text formats: from their specs to readers and writers, one pair of functions a format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import BinaryIO, TypedDict

from ..errors import ConfigError
from ..formats import (
    Column,
    DelimitedReader,
    DelimitedWriter,
    Dialect,
    FixedLinesReader,
    FixedLinesWriter,
    FixedRecordsReader,
    FixedRecordsWriter,
    Marked,
    NamedColumn,
    NumberedColumn,
    Reader,
    RecordLinesReader,
    RecordLinesWriter,
    RecordType,
    Repeat,
    TypePlace,
    Writer,
)
from ..formats.packed_decimals import StoredNumber
from .spec import ColumnSpec, CsvSpec, FixedSpec, LinesSpec, MarkedRecordSpec, RepeatSpec

__all__ = [
    "read_delimited",
    "read_fixed",
    "read_lines",
    "write_delimited",
    "write_fixed",
    "write_lines",
]

NEWLINES = {"crlf": "\r\n", "lf": "\n"}


def read_delimited(csv: CsvSpec, stream: BinaryIO, *, file: str) -> Reader:
    """Open a delimited file."""
    return DelimitedReader(
        stream,
        file=file,
        charset=csv.charset,
        dialect=_dialect(csv),
        header=csv.header,
        columns=csv.columns,
        rename=csv.rename,
        skip=csv.skip,
        comment=csv.comment,
        nulls=csv.null,
        ragged=csv.ragged,
        header_record=_marked(csv.header_record, csv.charset),
        trailer=_marked(csv.trailer, csv.charset),
        final_newline=csv.final_newline,
    )


def write_delimited(csv: CsvSpec, stream: BinaryIO, *, file: str, replace: bool) -> Writer:
    """Begin a delimited file."""
    if not csv.columns or csv.skip or csv.header not in (1, None):
        raise ConfigError(
            f"{file}: a file that is written names its columns, in its first line or nowhere",
            advice="Say columns, and neither skip nor another header line",
        )
    return DelimitedWriter(
        stream,
        file=file,
        charset=csv.charset,
        dialect=_dialect(csv),
        columns=[NamedColumn(csv.rename.get(title, title), title) for title in csv.columns],
        titles=csv.header is not None,
        quoting=csv.quoting,
        nulls=csv.null,
        comment=csv.comment,
        header_record=_marked(csv.header_record, csv.charset),
        trailer=_marked(csv.trailer, csv.charset),
        newline=NEWLINES[csv.newline],
        replace=replace,
    )


def read_fixed(fixed: FixedSpec, stream: BinaryIO, *, file: str) -> Reader:
    """Open a file of fixed columns."""
    if fixed.length is None:
        return FixedLinesReader(
            stream,
            file=file,
            pad=fixed.ragged == "pad",
            final_newline=fixed.final_newline,
            **_fixed_parts(fixed),
        )
    return FixedRecordsReader(stream, file=file, length=fixed.length, **_fixed_parts(fixed))


def write_fixed(fixed: FixedSpec, stream: BinaryIO, *, file: str, replace: bool) -> Writer:
    """Begin a file of fixed columns."""
    if fixed.length is None:
        newline = NEWLINES[fixed.newline]
        return FixedLinesWriter(stream, file=file, newline=newline, replace=replace, **_fixed_parts(fixed))
    return FixedRecordsWriter(stream, file=file, length=fixed.length, replace=replace, **_fixed_parts(fixed))


def read_lines(lines: LinesSpec, stream: BinaryIO, *, file: str) -> Reader:
    """Open a file of record-typed lines."""
    return RecordLinesReader(
        stream,
        file=file,
        counted=lines.counted,
        ignore=lines.ignore,
        pad=lines.ragged == "pad",
        final_newline=lines.final_newline,
        **_lines_parts(lines),
    )


def write_lines(lines: LinesSpec, stream: BinaryIO, *, file: str, replace: bool) -> Writer:
    """Begin a file of record-typed lines."""
    newline = NEWLINES[lines.newline]
    return RecordLinesWriter(stream, file=file, newline=newline, replace=replace, **_lines_parts(lines))


class _FixedParts(TypedDict):
    """What a reader and a writer of fixed columns have in common."""

    charset: str
    columns: Sequence[Column]
    repeats: Sequence[Repeat]
    header: Marked | None
    trailer: Marked | None


def _fixed_parts(fixed: FixedSpec) -> _FixedParts:
    return {
        "charset": fixed.charset,
        "columns": _fixed(fixed.columns, fixed.charset),
        "repeats": _repeats(fixed.repeat, fixed.charset),
        "header": _marked(fixed.header, fixed.charset),
        "trailer": _marked(fixed.trailer, fixed.charset),
    }


class _LinesParts(TypedDict):
    """What a reader and a writer of record-typed lines have in common."""

    charset: str
    records: Mapping[str, RecordType]
    record: str
    place: TypePlace
    dialect: Dialect | None
    header: str | None
    trailer: str | None


def _lines_parts(lines: LinesSpec) -> _LinesParts:
    return {
        "charset": lines.charset,
        "records": _types(lines),
        "record": lines.record,
        "place": TypePlace(lines.type.field, lines.type.at or 1, lines.type.width or 1),
        "dialect": None if lines.delimiter is None else Dialect(lines.delimiter, lines.quote),
        "header": lines.header,
        "trailer": lines.trailer,
    }


def _dialect(csv: CsvSpec) -> Dialect:
    return Dialect(csv.delimiter or "", csv.quote, csv.doubled, csv.escape)


def _types(lines: LinesSpec) -> dict[str, RecordType]:
    return {
        name: RecordType(
            _columns(record.columns, lines.charset), _repeats(record.repeat, lines.charset), record.below
        )
        for name, record in lines.records.items()
    }


def _marked(record: MarkedRecordSpec | None, charset: str) -> Marked | None:
    return None if record is None else Marked(record.starts, _columns(record.columns, charset))


def _repeats(repeats: Mapping[str, RepeatSpec], charset: str) -> tuple[Repeat, ...]:
    return tuple(
        Repeat(name, repeat.at, repeat.every, repeat.times, _columns(repeat.columns, charset))
        for name, repeat in repeats.items()
    )


def _columns(
    columns: Mapping[str, ColumnSpec], charset: str
) -> tuple[Column, ...] | tuple[NumberedColumn, ...]:
    numbered = [(name, column.field) for name, column in columns.items()]
    numbers = tuple(NumberedColumn(name, field) for name, field in numbered if field is not None)
    return numbers or _fixed(columns, charset)


def _fixed(columns: Mapping[str, ColumnSpec], charset: str) -> tuple[Column, ...]:
    return tuple(
        _column(name, column.at, column.width, column, charset)
        for name, column in columns.items()
        if column.at is not None and column.width is not None
    )


def _column(name: str, at: int, width: int, column: ColumnSpec, charset: str) -> Column:
    placed = Column(name, at, width, column.trim, column.align, column.pad)
    if column.type == "text":
        return placed
    stored = StoredNumber(
        column.type,
        column.decimals or 0,
        signed=column.signed,
        charset=charset,
        sign=column.sign,
        separate=column.separate,
        at=at,
    )
    return placed._replace(decode=stored.decode, encode=stored.encode)
