"""Record-typed lines in: header, records with the lines that belong to them, trailer; nested by position."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import BinaryIO, NamedTuple, TypeAlias

from .fields import Dialect, FieldSource
from .layouts import Column, FieldLayout, FixedLayout, Ill, NumberedColumn
from .reading import TextReader
from .record_nesting import Nesting, OpenRecord, RecordType
from .rows import BadRow, Group, Row
from .text import TextSource

__all__ = ["RecordLinesReader", "RecordType", "TypePlace"]

_OTHER = "Name it under records, or under ignore when it is of no interest"
_ORDER = "Have the order of the lines corrected and sent again"
_Read: TypeAlias = Callable[[list[str], list[Ill]], Group]


class TypePlace(NamedTuple):
    """Where a line says of which type it is: in a field, or at a position; both count from 1."""

    field: int | None = 1
    at: int = 1
    width: int = 1


class RecordLinesReader(TextReader):
    """Reads one file of lines that say of which record type they are; a `Reader`.

    `records` are the types that are known; a line of type `record` makes a row, with its columns by name.
    Lines of types below it become groups of the row, named by their type, a list where there are several.
    When `record` is itself below others, the row holds the group of the line that it belongs to, under that
    type's name. Known types that have nothing to do with `record` are passed over, and so are those in
    `ignore`: the same file may be read once for each of its record types. A line of a known type closes what
    it does not belong to.

    Of unknown types (`unknown_record_type`), and of lines that do not follow one that they belong to
    (`out_of_order`), each line is yielded as `BadRow`. A row with a bad line in it is yielded as one `BadRow`
    with all its lines.

    Columns are `NumberedColumn` for the fields that the `dialect` divides a line into, or `Column` for
    positions in the line; without a dialect all are positions. With `pad`, a short line is filled up, and
    what stands behind the last named column is not read.

    `counted` is what the count in the trailer counts: "records", all "lines", those "before_trailer", those
    "between" header and trailer, or the lines of one type. Empty lines are never counted.

    Raises `FileRefused`: as `TextSource`; `header_missing`, `trailer_missing`, `content_after_trailer`,
    `unended_quote`, `record_too_long`.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        file: str,
        charset: str,
        records: Mapping[str, RecordType],
        record: str,
        place: TypePlace,
        dialect: Dialect | None = None,
        header: str | None = None,
        trailer: str | None = None,
        counted: str = "records",
        ignore: Collection[str] = (),
        pad: bool = True,
        final_newline: bool = False,
    ) -> None:
        super().__init__(TextSource(stream, file=file, charset=charset, final_newline=final_newline))
        self._fields = None if dialect is None else FieldSource(self._source, dialect)
        # Where no quotes are, the fields say the line again.
        self._delimiter = None if dialect is None or dialect.quote or dialect.escape else dialect.delimiter
        self._records = records
        self._record = record
        self._place = place
        self._header_type = header
        self._trailer_type = trailer
        self._counted = counted
        self._ignored = frozenset(ignore)
        self._reads = {
            name: self._reading(kind, charset, pad=pad or name in (header, trailer))
            for name, kind in records.items()
        }
        self._nesting = Nesting(records, record)
        self._lines = self._fixed_lines() if self._fields is None else self._delimited_lines(self._fields)
        self._tally: Counter[str] = Counter()
        self._seen = 0

    @property
    def counted(self) -> int:
        """What the count in the trailer is to be compared with; bad lines count like good ones."""
        seen = self._seen
        match self._counted:
            case "records":
                return self._tally[self._record]
            case "lines":
                return seen + (self._trailer is not None)
            case "before_trailer":
                return seen
            case "between":
                return seen - (self._header_type is not None)
            case kind:
                return self._tally[kind]

    @property
    def tally(self) -> Counter[str]:
        """How many lines of each type were read so far, those included that cannot be read."""
        return self._tally

    def _read_start(self) -> Group:
        kind = self._header_type
        if kind is None:
            return {}
        line, fields = next(self._lines, (1, None))
        if not isinstance(fields, list) or self._type(fields) != kind:
            received = None if fields is None else self._source.raw(line, self._last_line(line))
            raise self._no_header(received, f"a first line of type {kind}", line)
        self._tally[kind] += 1
        self._seen += 1
        return self._told(kind, fields, line)

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield the records in file order; a stream is read once."""
        self._start()
        nesting = self._nesting
        for line, fields in self._lines:
            if self._trailer is not None:
                raise self._behind_trailer(self._source.raw(line, self._last_line(line)), line)
            self._source.needed_from = line if nesting.open is None else nesting.open.line
            taken = self._take(fields, line)
            if isinstance(taken, Ill):
                yield self._bad_line(line, taken)
            elif taken is not None:
                yield self._row(taken)
        last = nesting.close()
        if last is not None:
            yield self._row(last)
        if self._trailer_type is not None:
            self._demand_trailer(f"a last line of type {self._trailer_type}")
        self._finish()

    def _take(self, fields: list[str] | Ill, line: int) -> OpenRecord | Ill | None:
        """Take a line in; gives the record that it closes, or what is wrong with the line itself."""
        if isinstance(fields, Ill):
            self._seen += 1
            return fields
        kind = self._type(fields)
        if kind == self._trailer_type:
            self._close(self._told(kind, fields, line), line)
            return None
        self._seen += 1
        if kind not in self._records:
            known = f"one of {', '.join(self._records)}"
            return None if kind in self._ignored else Ill("unknown_record_type", None, kind, known, _OTHER)
        self._tally[kind] += 1
        if kind == self._header_type:
            return Ill("out_of_order", None, kind, "the header in the first line alone", _ORDER)
        return self._nest(kind, fields, line)

    def _nest(self, kind: str, fields: list[str], line: int) -> OpenRecord | Ill | None:
        nesting = self._nesting
        if not nesting.concerns(kind):
            return nesting.pass_over(kind)
        if nesting.is_too_heavy(fields) and nesting.open is not None:
            start = nesting.open.line
            advice = "The lines that close a record are missing: check the record types of the feed"
            received = f"{line - start} lines below line {start}"
            raise self._source.refuse("record_too_long", received, "smaller records", advice, line=line)
        ills: list[Ill] = []
        values = self._reads[kind](fields, ills)
        return nesting.add(kind, values, ills, line, self._last_line(line))

    def _row(self, record: OpenRecord) -> Row | BadRow:
        self._count += 1
        if not record.ills:
            return Row(record.values, self._count, record.line)
        raw = self._source.raw(record.line, record.last)
        faults = [self._fault(ill, line) for line, ill in record.ills]
        return BadRow(self._count, record.line, raw, tuple(faults))

    # Lines -----------------------------------------------------------------------------------------

    def _delimited_lines(self, source: FieldSource) -> Iterator[tuple[int, list[str] | Ill]]:
        while True:
            try:
                for fields in source.engine:
                    if fields:
                        yield source.start, fields
                    source.start = source.end + 1
            except csv.Error as error:
                yield source.start, source.ill(error)
                source.start = source.end + 1
            else:
                return

    def _fixed_lines(self) -> Iterator[tuple[int, list[str] | Ill]]:
        number = 0
        for batch in self._source.batches():
            for line in batch:
                number += 1
                text = line.rstrip("\r\n")
                if text:
                    yield number, [text]

    def _type(self, fields: list[str]) -> str:
        field, at, width = self._place
        if field is not None:
            return fields[field - 1].strip() if field <= len(fields) else ""
        end = at - 1 + width
        text = fields[0] if end <= len(fields[0]) else self._text(fields)
        return text[at - 1 : end].strip()

    def _text(self, fields: list[str]) -> str:
        """Give the whole line."""
        if self._fields is None:
            return fields[0]
        return self._fields.raw() if self._delimiter is None else self._delimiter.join(fields)

    def _last_line(self, line: int) -> int:
        return line if self._fields is None else self._fields.end

    def _reading(self, kind: RecordType, charset: str, *, pad: bool) -> _Read:
        numbered = [column for column in kind.columns if isinstance(column, NumberedColumn)]
        fixed = [column for column in kind.columns if isinstance(column, Column)]
        by_position = fixed or any(
            isinstance(one, Column) for repeat in kind.repeats for one in repeat.columns
        )
        if by_position:
            layout = FixedLayout(fixed, kind.repeats, charset=charset, pad=pad)
            return lambda fields, ills: layout.read(self._text(fields), ills)
        return FieldLayout(numbered, kind.repeats, pad=pad).read

    def _told(self, kind: str, fields: list[str], line: int) -> Group:
        """Read the header or the trailer, on which the controls stand."""
        ills: list[Ill] = []
        values = self._reads[kind](fields, ills)
        self._judge_told(ills, line)
        return values

    def _bad_line(self, line: int, ill: Ill) -> BadRow:
        self._count += 1
        return self._bad(line, self._source.raw(line, self._last_line(line)), [ill])
