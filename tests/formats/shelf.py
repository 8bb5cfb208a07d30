"""What the tests of text formats share: opening by a spec, reading to the end, cutting anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any, NamedTuple

from passerelle.errors import FileRefused
from passerelle.formats import BadRow, Group, Reader, Row
from passerelle.mapping.opening import open_reader, open_writer
from passerelle.mapping.spec import FormatSpec


class Content(NamedTuple):
    """A file that was read to its end."""

    header: Group
    rows: list[Row]
    bad: list[BadRow]
    trailer: Group
    reader: Reader

    @property
    def values(self) -> list[Group]:
        """The values of the good records."""
        return [row.values for row in self.rows]

    @property
    def faults(self) -> list[tuple[str, int | None, int | None]]:
        """Code, record and line of each fault."""
        return [
            (fault.code, fault.position.record, fault.position.line)
            for row in self.bad
            for fault in row.faults
        ]


def format_of(**layout: Any) -> FormatSpec:
    """Make the spec of a format."""
    return FormatSpec.model_validate(layout)


def content_of(spec: FormatSpec, content: bytes) -> Content:
    """Read a file to its end; every record is a row or a bad row, counted in order."""
    reader = open_reader(spec, BytesIO(content), file="f.txt")
    header = reader.read_header()
    found = list(reader.rows())
    assert [row.ordinal for row in found] == list(range(1, len(found) + 1))
    assert reader.count == len(found)
    rows = [row for row in found if isinstance(row, Row)]
    bad = [row for row in found if isinstance(row, BadRow)]
    return Content(header, rows, bad, reader.trailer, reader)


def refusal(spec: FormatSpec, content: bytes) -> tuple[str, int | None]:
    """Read a file that must be refused: code and line."""
    try:
        found = content_of(spec, content)
    except FileRefused as error:
        return error.fault.code, error.fault.position.line
    raise AssertionError(f"not refused: {found}")


def written(
    spec: FormatSpec,
    records: Iterable[Group],
    *,
    header: Group | None = None,
    trailer: Group | None = None,
    replace: bool = False,
) -> bytes:
    """Write a file."""
    stream = BytesIO()
    with open_writer(spec, stream, file="f.txt", replace=replace) as writer:
        writer.write_header(header or {})
        for record in records:
            writer.write(record)
        writer.write_trailer(trailer or {})
    return stream.getvalue()
