"""Text formats: delimited, fixed columns, record types, JSON: how the rows stand in such a file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from .base import Names, Spec
from .columns import UNREAD, Columns, RepeatSpec
from .copybooks import Copybook

__all__ = [
    "CsvSpec",
    "FixedSpec",
    "HeaderRecordSpec",
    "JsonSpec",
    "LinesSpec",
    "MarkedRecordSpec",
    "NdjsonSpec",
    "RecordTypeSpec",
    "TypeSpec",
]


def _one_character(value: Any) -> Any:
    if value == "none":
        return None
    if value == "tab":
        return "\t"
    if not isinstance(value, str) or len(value) != 1 or value in "\r\n\ufeff":
        raise ValueError("write one character, tab or none")
    return value


def _line_number(value: Any) -> Any:
    return None if value == "none" else value


#: One character, `tab` or `none`.
Character = Annotated[str | None, BeforeValidator(_one_character, json_schema_input_type=str)]
_COUNTED = ("records", "lines", "before_trailer", "between")
Ragged = Literal["reject", "pad"]


class _Text(Spec):
    charset: str = Field(
        description="The charset of the bytes, such as windows-1252, cp850, cp1147 or UTF-8; a byte order"
        " mark must agree."
    )
    newline: Literal["crlf", "lf"] = Field(
        "crlf", description="How the lines end in a file that is written; every line end is read."
    )
    final_newline: bool = Field(
        default=False,
        description="True when the last line always has its line end: a file without it is cut, and refused.",
    )


class MarkedRecordSpec(Spec):
    """A line that tells about the file: it starts with a mark, and its columns have names."""

    name: str = Field("TRAILER", description="The name under which paths and controls reach the line.")
    starts: str = Field(
        min_length=1,
        description="The mark: the text of the first column in delimited lines, of the first positions in"
        " fixed ones.",
    )
    columns: Columns = Field(default={}, description="The columns of the line by name.")


class HeaderRecordSpec(MarkedRecordSpec):
    """The first line of a file, when it tells about the file."""

    name: str = Field("HEADER", description="The name under which paths and controls reach the line.")


class CsvSpec(_Text):
    """Delimited text: one record a line, one column a field."""

    delimiter: Character = Field(description="What stands between two fields: one character, or tab.")
    quote: Character = Field('"', description="What may stand around a field: one character, or none.")
    doubled: bool = Field(
        default=True, description="Whether a quote inside a quoted field is doubled; if not, it is escaped."
    )
    escape: Character = Field(None, description="What takes a delimiter or quote its meaning, or none.")
    quoting: Literal["needed", "all"] = Field(
        "needed", description="Which fields stand in quotes in a file that is written."
    )
    skip: int = Field(0, ge=0, description="How many lines at the start of the file are no part of it.")
    header_record: HeaderRecordSpec | None = Field(
        None, description="The line that tells about the file, in front of the column names."
    )
    header: Annotated[int | None, BeforeValidator(_line_number, json_schema_input_type=int | str)] = Field(
        1,
        ge=1,
        description="Which line holds the column names, counted behind what is skipped; none when no line"
        " does (then say columns).",
    )
    columns: Names = Field(
        (),
        description="The column names in order (`_` is not read) when no line holds them; else the names that"
        " must be in that line.",
    )
    rename: dict[str, str] = Field(
        default={},
        description="Other names for columns: from the name in the file to the one in this mapping.",
    )
    comment: Character = Field(None, description="Lines that start with this character are no records.")
    null: Names = Field((), description="Texts that stand for an explicit null, such as NULL.")
    ragged: Ragged = Field(
        "reject",
        description="What happens to a line with too few fields: the record is rejected, or padded with empty"
        " ones. Surplus fields reject it, unless they are empty and `pad` is said.",
    )
    trailer: MarkedRecordSpec | None = Field(None, description="The line that closes the file.")

    @model_validator(mode="after")
    def _dialect(self) -> CsvSpec:
        if self.delimiter is None:
            raise ValueError("a delimiter is one character")
        marks = [mark for mark in (self.delimiter, self.quote, self.escape, self.comment) if mark is not None]
        if len(set(marks)) != len(marks):
            raise ValueError("delimiter, quote, escape and comment must differ")
        if self.quote is not None and not self.doubled and self.escape is None:
            raise ValueError("with doubled: false, say the escape character")
        if self.header is None and not self.columns:
            raise ValueError("without a header line, say columns")
        for name in self.columns:
            if name != UNREAD and self.columns.count(name) > 1:
                raise ValueError(f"column {name} stands twice")
        for record in (self.header_record, self.trailer):
            if record is not None and any(column.field is None for column in record.columns.values()):
                raise ValueError("the columns of a delimited line have numbers or stand in a list")
        return self

    @property
    def header_name(self) -> str | None:
        """The name under which paths reach the header record."""
        return None if self.header_record is None else self.header_record.name


class FixedSpec(_Text):
    """Records with columns at fixed positions, one a line, or of a fixed length without line ends."""

    columns: Columns = Field(default={}, description="The columns by name, each with its position and width.")
    copybook: Copybook | None = Field(
        None, description="The copybook that describes the record; `columns` then say what is otherwise."
    )
    repeat: dict[str, RepeatSpec] = Field(
        default={}, description="Groups of columns that stand several times in a record, by name."
    )
    length: int | None = Field(
        None,
        ge=1,
        description="The length of a record in bytes, when records follow each other without line ends.",
    )
    ragged: Ragged = Field(
        "reject",
        description="What happens to a line that ends before its last column: the record is rejected, or what"
        " is missing is blank.",
    )
    header: HeaderRecordSpec | None = Field(
        None, description="The first record, when it tells about the file."
    )
    trailer: MarkedRecordSpec | None = Field(None, description="The last record, when it closes the file.")

    @model_validator(mode="after")
    def _positions(self) -> FixedSpec:
        if not self.columns and not self.repeat:
            raise ValueError("say columns or copybook")
        layouts = [self.columns]
        layouts += [record.columns for record in (self.header, self.trailer) if record is not None]
        groups = [repeat.columns for repeat in self.repeat.values()]
        for column in (column for columns in layouts + groups for column in columns.values()):
            if column.at is None or column.width is None:
                raise ValueError("every column needs at and width")
            if column.type in ("packed", "binary") and self.length is None:
                raise ValueError(
                    f"{column.type} columns need a record length: a line end may be a part of them"
                )
        ends = [
            (column.at or 0) + (column.width or 0) - 1 for columns in layouts for column in columns.values()
        ]
        if self.length is not None and max(ends, default=0) > self.length:
            raise ValueError(f"a column ends at {max(ends)}, behind the record length")
        return self

    @property
    def header_name(self) -> str | None:
        """The name under which paths reach the header."""
        return None if self.header is None else self.header.name


class TypeSpec(Spec):
    """Where the record type stands in a line."""

    field: int | None = Field(None, ge=1, description="The number of the column that holds it, from 1.")
    at: int | None = Field(None, ge=1, description="The position where it starts, from 1.")
    width: int | None = Field(None, ge=1, description="How many characters it has.")

    @model_validator(mode="after")
    def _one_way(self) -> TypeSpec:
        if (self.field is None) == (self.at is None) or (self.at is None) != (self.width is None):
            raise ValueError("say either field: 1 or at: 1, width: 2")
        return self


class RecordTypeSpec(Spec):
    """One record type: its columns, and the type whose records it belongs to."""

    columns: Columns = Field(
        default={},
        description="The columns by name: a list or numbers for delimited lines, positions for fixed ones.",
    )
    repeat: dict[str, RepeatSpec] = Field(
        default={}, description="Groups of columns that stand several times in a line, by name."
    )
    copybook: Copybook | None = Field(
        None, description="The copybook that describes the lines; `columns` then say what is otherwise."
    )
    below: str | None = Field(
        None, description="The record type that these lines belong to: they follow a line of it."
    )


class LinesSpec(_Text):
    """Lines of several record types: header, records with what belongs to them, trailer."""

    delimiter: Character = Field(
        None, description="What stands between two fields: one character or tab; none for fixed columns."
    )
    quote: Character = Field(None, description="What may stand around a field: one character, or none.")
    type: TypeSpec = Field(description="Where a line says of which record type it is.")
    records: dict[str, RecordTypeSpec] = Field(description="The record types, by what the lines say.")
    record: str = Field(description="The record type that makes a row; those below it are part of the row.")
    header: str | None = Field(None, description="The record type of the first line.")
    trailer: str | None = Field(None, description="The record type of the last line.")
    counted: str = Field(
        "records",
        description="What the count in the trailer counts: `records` of the type that makes a row, all"
        " `lines` with header and trailer, the lines `before_trailer`, the lines `between` these,"
        " or the lines of the record type that is named. Empty lines are never counted.",
    )
    ignore: Names = Field((), description="Record types that may come and are of no interest.")
    ragged: Ragged = Field(
        "pad",
        description="What happens to a line with too few columns: it is padded with empty ones, or (reject)"
        " the record is rejected, and so is one with more than its columns that is not empty.",
    )

    @model_validator(mode="after")
    def _types(self) -> LinesSpec:
        named = {"record": self.record, "header": self.header, "trailer": self.trailer}
        named |= {f"{name}: below": record.below for name, record in self.records.items()}
        for name, kind in named.items():
            if kind is not None and kind not in self.records:
                raise ValueError(f"{name} names {kind}, which is not among the records")
        for name, record in self.records.items():
            self._judge_columns(name, record)
            above, met = record.below, {name}
            while above is not None:
                if above in met:
                    raise ValueError(f"{name} is below itself")
                met.add(above)
                above = self.records[above].below
        if {self.header, self.trailer} & {self.record}:
            raise ValueError("the record that makes a row is neither header nor trailer")
        if self.counted not in (*_COUNTED, *self.records):
            raise ValueError(f"counted names {self.counted}, which is not among the records")
        return self

    def _judge_columns(self, name: str, record: RecordTypeSpec) -> None:
        layouts = [record.columns, *(repeat.columns for repeat in record.repeat.values())]
        columns = [column for layout in layouts for column in layout.values()]
        if any(column.type in ("packed", "binary") for column in columns):
            raise ValueError(f"{name}: lines hold text; packed and binary columns need records of a length")
        by_number = {column.field is not None for column in columns}
        if len(by_number) > 1:
            raise ValueError(f"{name}: its columns have either numbers or positions")
        if by_number == {True} and self.delimiter is None:
            raise ValueError(f"{name}: columns with numbers need a delimiter")

    @property
    def header_name(self) -> str | None:
        """The name under which paths reach the header."""
        return self.header


class JsonSpec(Spec):
    """One JSON document; what stands outside the list of records is its header and trailer."""

    charset: str = Field("UTF-8", description="The charset of the bytes.")
    record: str = Field(
        "/", description="The path of the list of records from the root, such as /data/items; / for the root."
    )

    @property
    def header_name(self) -> str | None:
        """The name under which paths reach what stands in front of the records."""
        return "HEADER"


class NdjsonSpec(_Text):
    """One JSON object a line (NDJSON, JSON Lines)."""

    charset: str = Field("UTF-8", description="The charset of the bytes.")
    newline: Literal["crlf", "lf"] = Field(
        "lf", description="How the lines end in a file that is written; every line end is read."
    )

    @property
    def header_name(self) -> str | None:
        """NDJSON has no header."""
        return None
