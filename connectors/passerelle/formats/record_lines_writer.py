"""Record-typed lines out: trees to a line for each record, those that belong to it behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from ..errors import ConfigError
from .delimited_writer import DelimitedLine
from .fields import Dialect
from .fixed_writer import fixed_line
from .layouts import Column, NumberedColumn, Repeat
from .record_lines import TypePlace
from .record_nesting import RecordType
from .rows import Group, Value
from .text_writer import Rendering, TextWriter, without_place

__all__ = ["RecordLinesWriter"]

_MEND = "Leave the column out of the mapping: the type is written by itself"


class RecordLinesWriter(TextWriter):
    """Writes one file of record-typed lines; a `Writer`.

    The values of a record have the shape that `RecordLinesReader` gives: its columns by name, and a group or
    a list of groups for each type below it, written in the order in which the types are declared. When the
    record is itself below others, its values hold the group that it belongs to under that type's name; the
    line is written where the group changes. `counts` counts the lines of each type.

    The type of a line is written at its place; a column that holds it may be left out.
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
        newline: str = "\r\n",
        replace: bool = False,
    ) -> None:
        super().__init__(stream, file=file, charset=charset, newline=newline, replace=replace)
        self._records = records
        self._record = record
        self._place = place
        self._line = None if dialect is None else DelimitedLine(dialect)
        self._header = header
        self._trailer = trailer
        self._above: list[tuple[str, Group]] = []

    def check(self, values: Group) -> None:
        """Raise what `write` would raise for a record, and write nothing."""
        rendering = self._rendering()
        for _ in self._lines(values, rendering):
            pass
        rendering.judge()

    def write_header(self, values: Group) -> None:
        """Write the header, if the feed has one."""
        if self._header is not None:
            self._write_one(self._header, values)

    def write(self, values: Group) -> None:
        """Write one record, with all that is below it."""
        rendering = self._rendering()
        lines = list(self._lines(values, rendering))
        self._settle(rendering)
        for kind, line in lines:
            self._put(line + self._newline)
            self.counts[kind] += 1
        self._above = self._chain(values)
        self._written += 1

    def write_trailer(self, values: Group) -> None:
        """Write the trailer, if the feed has one."""
        if self._trailer is not None:
            self._write_one(self._trailer, values)

    def _write_one(self, kind: str, values: Group) -> None:
        rendering = self._rendering()
        without_place(values, self._columns(kind), f"a {kind} line")
        line = self._rendered(kind, values, kind, rendering)
        self._settle(rendering)
        self._put(line + self._newline)
        self.counts[kind] += 1

    def _lines(self, values: Group, rendering: Rendering) -> Iterator[tuple[str, str]]:
        """Give the lines of a record, in front of them those above it that have changed."""
        above = self._chain(values)
        changed = False
        for place, (kind, group) in enumerate(above):
            changed = changed or self._above[place : place + 1] != [(kind, group)]
            if changed:
                without_place(group, self._columns(kind), f"a {kind} line")
                yield kind, self._rendered(kind, group, kind, rendering)
        parent = self._records[self._record].below
        own = {name: value for name, value in values.items() if name != parent}
        yield from self._lines_below(self._record, own, self._record, rendering)

    def _chain(self, values: Group) -> list[tuple[str, Group]]:
        """List the groups that a record belongs to, the highest first, without each other."""
        chain: list[tuple[str, Group]] = []
        kind = self._record
        while (above := self._records[kind].below) is not None:
            group = values.get(above)
            if not isinstance(group, dict):
                raise ConfigError(f"a {kind} line needs the group {above} that it belongs to")
            further = self._records[above].below
            chain.append((above, {name: value for name, value in group.items() if name != further}))
            kind, values = above, group
        return chain[::-1]

    def _lines_below(
        self, kind: str, values: Group, path: str, rendering: Rendering
    ) -> Iterator[tuple[str, str]]:
        below = [name for name, record in self._records.items() if record.below == kind]
        without_place(values, [*self._columns(kind), *below], f"a {kind} line")
        yield kind, self._rendered(kind, values, path, rendering)
        for name in below:
            given = values.get(name, [])
            groups = given if isinstance(given, list) else [given]
            for number, group in enumerate(groups, 1):
                if not isinstance(group, dict):
                    raise ConfigError(f"{path}/{name} holds no group of columns")
                yield from self._lines_below(name, group, f"{path}/{name}[{number}]", rendering)

    def _columns(self, kind: str) -> list[str]:
        record = self._records[kind]
        return [column.name for column in record.columns] + [repeat.name for repeat in record.repeats]

    def _rendered(self, kind: str, values: Group, path: str, rendering: Rendering) -> str:
        record = self._records[kind]
        fixed = [column for column in record.columns if isinstance(column, Column)]
        if self._line is None or fixed:
            mark = (self._place.at, kind if self._place.field is None or fixed else "")
            return fixed_line(values, fixed, record.repeats, rendering, mark=mark, below=path)
        fields, names = self._fields(record, values, path, rendering)
        place = (self._place.field or 1) - 1
        fields += [""] * (place + 1 - len(fields))
        names += [path] * (place + 1 - len(names))
        if fields[place] not in ("", kind):
            rendering.fault("not_writable", names[place], fields[place], f"the type {kind}", _MEND)
        fields[place] = kind
        return self._line.render(fields, names, rendering)

    def _fields(
        self, record: RecordType, values: Group, path: str, rendering: Rendering
    ) -> tuple[list[str], list[str]]:
        """Give the fields of a line with their paths."""
        placed = [
            (column.number, values.get(column.name, ""), f"{path}/{column.name}")
            for column in record.columns
            if isinstance(column, NumberedColumn)
        ]
        for repeat in record.repeats:
            placed += _repeated(repeat, values.get(repeat.name, []), path, rendering)
        width = max((number for number, _, _ in placed), default=0)
        fields, names = [""] * width, [path] * width
        for number, value, name in placed:
            fields[number - 1], names[number - 1] = rendering.text(value, name), name
        return fields, names


def _repeated(repeat: Repeat, given: Value, path: str, rendering: Rendering) -> list[tuple[int, Value, str]]:
    groups = given if isinstance(given, list) else [given]
    if len(groups) > repeat.times:
        expected = f"at most {repeat.times} groups in a line"
        rendering.fault("too_long", f"{path}/{repeat.name}", str(len(groups)), expected)
    placed: list[tuple[int, Value, str]] = []
    for time, group in enumerate(groups[: repeat.times]):
        own = group if isinstance(group, dict) else {}
        columns = [column for column in repeat.columns if isinstance(column, NumberedColumn)]
        without_place(own, (column.name for column in columns), repeat.name)
        placed += [
            (
                repeat.at - 1 + time * repeat.every + column.number,
                own.get(column.name, ""),
                f"{path}/{repeat.name}[{time + 1}]/{column.name}",
            )
            for column in columns
        ]
    return placed
