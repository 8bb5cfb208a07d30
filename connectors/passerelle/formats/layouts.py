"""Layouts: where the values of a record stand, by column number or by position, read and written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from .rows import Group

__all__ = [
    "BinaryLayout",
    "Column",
    "Decoder",
    "Encoder",
    "FieldLayout",
    "FixedLayout",
    "Ill",
    "Marked",
    "NumberedColumn",
    "Repeat",
]

#: Reads the bytes of one column as the text of its value (`-12.34`, point and all digits).
#: Raises ValueError, whose text says what was expected: the record is rejected, the others go on.
Decoder: TypeAlias = Callable[[bytes], str]
#: Writes a value into so many bytes. Raises ValueError, whose text says what was expected.
Encoder: TypeAlias = Callable[[str, int], bytes]
Trim: TypeAlias = Literal["both", "left", "right", "none"]

_TRIMS: dict[str, Callable[[str, str], str]] = {
    "both": str.strip,
    "left": str.lstrip,
    "right": str.rstrip,
    "none": lambda text, _blanks: text,
}
_BLANK = " "


class Ill(NamedTuple):
    """What is wrong with one record; its reader knows the place."""

    code: str
    path: str | None
    received: str | None
    expected: str
    advice: str = ""


class NumberedColumn(NamedTuple):
    """A column of a delimited line: its number from 1."""

    name: str
    number: int


class Column(NamedTuple):
    """A column at a fixed position, from 1; `decode` and `encode` are for what is stored as no text."""

    name: str
    at: int
    width: int
    trim: Trim = "both"
    align: Literal["left", "right"] = "left"
    pad: str = _BLANK
    decode: Decoder | None = None
    encode: Encoder | None = None

    def moved(self, by: int) -> Column:
        """The same column of a later group in the line."""
        return self._replace(at=self.at + by)


class Repeat(NamedTuple):
    """A group of columns that stands several times in one line; their positions count from its start."""

    name: str
    at: int
    every: int
    times: int
    columns: tuple[Column, ...] | tuple[NumberedColumn, ...]


class Marked(NamedTuple):
    """A line that tells about the file: it starts with a mark."""

    starts: str
    columns: tuple[Column, ...] | tuple[NumberedColumn, ...] = ()


class FieldLayout:
    """Columns by number, for the fields of a delimited line.

    With `pad`, missing fields are empty, and what stands behind the last column is not read. Without it, a
    line has exactly these columns; only empty fields may follow.
    """

    def __init__(
        self,
        columns: Sequence[NumberedColumn],
        repeats: Sequence[Repeat] = (),
        *,
        pad: bool = True,
    ) -> None:
        self._columns = [(column.name, column.number - 1) for column in columns]
        self._repeats = [(repeat.name, _field_groups(repeat)) for repeat in repeats]
        self._least = max((column.number for column in columns), default=0)
        # Groups may be missing at the end of a line.
        groups = (index + 1 for _, repeat in self._repeats for group in repeat for _, index in group)
        self._most = max(groups, default=self._least)
        self._pad = pad

    def read(self, fields: list[str], ills: list[Ill]) -> Group:
        """Name the fields; what is wrong is added to `ills`."""
        missing = self._least - len(fields)
        if not self._pad and (missing > 0 or any(fields[self._most :])):
            ills.append(_ragged(len(fields), self._least))
        if missing > 0:
            fields = fields + [""] * missing
        values: Group = {name: fields[index] for name, index in self._columns}
        for name, groups in self._repeats:
            found: list[Group] = []
            for group in groups:
                given = {part: fields[index] for part, index in group if index < len(fields)}
                if any(given.values()):
                    found.append({part: given.get(part, "") for part, _ in group})
            if found:
                values[name] = [*found]
        return values


def _field_groups(repeat: Repeat) -> list[list[tuple[str, int]]]:
    return [
        [
            (column.name, repeat.at - 1 + time * repeat.every + column.number - 1)
            for column in repeat.columns
            if isinstance(column, NumberedColumn)
        ]
        for time in range(repeat.times)
    ]


def _ragged(received: int, expected: int) -> Ill:
    advice = "A delimiter may stand inside a text, or the line was cut: have it corrected and sent again"
    return Ill("wrong_field_count", None, f"{received} fields", f"{expected} fields", advice)


class FixedLayout:
    """Columns by position, for lines of text. With `pad`, a line that ends early is blank from there on."""

    def __init__(
        self, columns: Sequence[Column], repeats: Sequence[Repeat] = (), *, charset: str, pad: bool = False
    ) -> None:
        self._charset = charset
        self._cuts = _cuts(columns)
        self._repeats = [(repeat.name, _fixed_groups(repeat)) for repeat in repeats]
        self._width = max((column.at + column.width - 1 for column in columns), default=0)
        self._pad = pad

    def read(self, text: str, ills: list[Ill]) -> Group:
        """Cut the line into its values; what is wrong is added to `ills`."""
        if len(text) < self._width and not self._pad:
            advice = "When trailing blanks are left out on purpose, say `ragged: pad`"
            ills.append(Ill("short_line", None, f"{len(text)} characters", f"at least {self._width}", advice))
        values = self._values(self._cuts, text, ills)
        for name, groups in self._repeats:
            found = [
                self._values(group, text, ills)
                for group in groups
                if any(text[cut].strip() for _, cut, _, _ in group)
            ]
            if found:
                values[name] = [*found]
        return values

    def _values(self, cuts: list[_Cut], text: str, ills: list[Ill]) -> Group:
        values: Group = {}
        for name, cut, trim, decode in cuts:
            value = text[cut]
            values[name] = (
                trim(value, _BLANK)
                if decode is None
                else _decoded(decode, value.encode(self._charset), name, value, ills)
            )
        return values


class BinaryLayout:
    """Columns by position, for records of bytes: text in a charset, and what the columns' decoders read."""

    def __init__(self, columns: Sequence[Column], repeats: Sequence[Repeat] = (), *, charset: str) -> None:
        self._charset = charset
        self._cuts = _cuts(columns)
        self._repeats = [(repeat.name, _fixed_groups(repeat)) for repeat in repeats]

    def read(self, record: bytes, ills: list[Ill]) -> Group:
        """Cut the record into its values; what is wrong is added to `ills`."""
        values = self._values(self._cuts, record, ills)
        for name, groups in self._repeats:
            values[name] = [self._values(group, record, ills) for group in groups]
        return values

    def _values(self, cuts: list[_Cut], record: bytes, ills: list[Ill]) -> Group:
        values: Group = {}
        for name, cut, trim, decode in cuts:
            value = record[cut]
            if decode is not None:
                values[name] = _decoded(decode, value, name, value.hex(" "), ills)
                continue
            try:
                values[name] = trim(value.decode(self._charset), _BLANK)
            except UnicodeDecodeError:
                ills.append(Ill("wrong_charset", name, value.hex(" "), f"text in {self._charset}"))
        return values


_Cut: TypeAlias = tuple[str, slice, Callable[[str, str], str], Decoder | None]


def _cuts(columns: Sequence[Column]) -> list[_Cut]:
    return [
        (
            column.name,
            slice(column.at - 1, column.at - 1 + column.width),
            _TRIMS[column.trim],
            column.decode,
        )
        for column in columns
    ]


def _fixed_groups(repeat: Repeat) -> list[list[_Cut]]:
    columns = [column for column in repeat.columns if isinstance(column, Column)]
    return [
        _cuts([column.moved(repeat.at - 1 + time * repeat.every) for column in columns])
        for time in range(repeat.times)
    ]


def _decoded(decode: Decoder, value: bytes, name: str, shown: str, ills: list[Ill]) -> str | None:
    try:
        return decode(value)
    except ValueError as error:
        ills.append(Ill("unreadable_number", name, shown, str(error)))
        return None
