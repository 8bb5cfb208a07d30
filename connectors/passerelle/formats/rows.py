"""Rows: what any format hands to a mapping, one source record at a time with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

from ..errors import Fault

__all__ = ["BadRow", "Counting", "Group", "Noting", "Reader", "Row", "Value", "text_of"]

#: What stands at one name of a record. A leaf is its text, and `""` when it is empty; a group is a dict;
#: a name that repeats is a list in file order. An attribute is named `@name`; the text of a leaf that
#: has attributes is named `#text`. None is a format's explicit null (XML has none).
Value: TypeAlias = "str | dict[str, Value] | list[Value] | None"
#: The names of one record or of one group in it. An absent name is absent.
Group: TypeAlias = dict[str, Value]


class Row(NamedTuple):
    """One source record: its raw values, its count in the file from 1, and its line where it is known."""

    values: Group
    ordinal: int
    line: int | None


class BadRow(NamedTuple):
    """One source record that cannot be read: it goes to quarantine as it stood, the others go on.

    `ordinal` counts with the rows, so that each record of a file is one or the other; `line` is the first
    of its lines, `raw` their text (of binary records: their bytes as hexadecimal digits).
    """

    ordinal: int
    line: int | None
    raw: str
    faults: tuple[Fault, ...]


class Reader(Protocol):
    """One file of any format, read once from its start to its end, in flat memory.

    Every method raises `FileRefused` when the file is not what it should be: cut short, another charset,
    not of this format. A fault of one record alone does not lose the others (see `rows`).
    """

    def read_header(self) -> Group:
        """Read only the start: the header's values, empty when the feed has none; `rows` goes on there."""
        ...

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield the records in file order, those included that cannot be read."""
        ...

    @property
    def count(self) -> int:
        """Records read so far, those included that cannot be read."""
        ...

    @property
    def trailer(self) -> Group:
        """The trailer's values once every row was read; empty when the feed has none."""
        ...

    @property
    def trailer_line(self) -> int | None:
        """The line of the trailer, where it is known."""
        ...


@runtime_checkable
class Counting(Protocol):
    """A reader whose file counts something else than the records that are yielded, such as all its lines."""

    @property
    def counted(self) -> int:
        """What the count in the trailer is to be compared with, once every row was read."""
        ...


@runtime_checkable
class Noting(Protocol):
    """A reader that has something to say of what it read, once every row was read."""

    @property
    def notes(self) -> list[str]:
        """Sentences for people: what was mended, rows left out, rows that belong to no record."""
        ...


def text_of(values: Mapping[str, Value], path: str) -> str | None:
    """Read the text at a path such as `PIED/NB_LIGNES`; None when it is absent, or is no single text.

    The first name may be left out of `values`: headers and trailers are handed over without their own
    element name, while controls name it.
    """
    names = path.split("/")
    if len(names) > 1 and names[0] not in values:
        names = names[1:]
    value: Value = dict(values)
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    if isinstance(value, dict):
        value = value.get("#text")
    return value if isinstance(value, str) else None
