"""Code tables: what a partner's codes mean, as CSV beside the mappings or inline in them."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .misses import Misses
from .yaml_source import nearest

__all__ = ["CodeTable"]

#: Between the parts of a code that stands in several columns: no text of a file holds it.
_BETWEEN = "\x1f"
_DELIMITERS = ";,\t|"


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A table from code to meaning; `digest` tells two states of its file apart.

    `entries` holds the first column of meanings, `columns` all of them by name. The parts of a code that
    stands in several columns are put together by `joined`. Codes that were not found are noted in `misses` by
    functions that go on without them.
    """

    name: str
    file: str
    entries: dict[str, str] = field(default_factory=dict)
    digest: bytes = b""
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    misses: Misses = field(default_factory=Misses, compare=False)

    @classmethod
    def read(
        cls,
        name: str,
        path: Path,
        source: str | Sequence[str],
        target: str | Sequence[str] | Mapping[str, str],
    ) -> CodeTable:
        """Read columns of a CSV file: codes, and their meanings (a mapping gives columns names of their own).

        The first line holds the names of the columns; the delimiter that stands in it most often (`;`, `,`,
        tab or `|`) separates cells. UTF-8, with or without a byte order mark. A meaning may be left empty
        when there are several columns of them: the code is then unknown in that column.

        Raises:
            ValueError: the file cannot be read, lacks a column, has an empty cell in one that counts, or
                gives one code two meanings; every fault of the file is in the message.
        """
        sources = (source,) if isinstance(source, str) else tuple(source)
        called = target if isinstance(target, Mapping) else {}
        targets = (target,) if isinstance(target, str) else tuple(called.values() or target)
        content, rows = _rows(path)
        _, names = rows[0] if rows else (1, [])
        missing = [column for column in (*sources, *targets) if column not in names]
        if missing:
            known = "; ".join(f"{column}: {nearest(column, names)}" for column in missing if names)
            raise ValueError(
                f"code table {path} has no column {' and '.join(missing)}; it has {', '.join(names)}"
                + (f" ({known})" if known else "")
            )
        columns: dict[str, dict[str, str]] = {column: {} for column in targets}
        faults: list[str] = []
        for line, cells in rows[1:]:
            by_name = dict(zip(names, (cell.strip() for cell in cells), strict=False))
            parts = [by_name.get(column, "") for column in sources]
            if not any(by_name.values()):
                continue
            faults += _entered(line, sources, parts, by_name, columns)
        if faults:
            raise ValueError(f"code table {path}: {'; '.join(faults)}")
        first = columns[targets[0]]
        if called:
            columns = {said: columns[column] for said, column in called.items()}
        return cls(name, path.name, first, hashlib.sha256(content).digest(), columns)

    @classmethod
    def inline(cls, name: str, values: Mapping[str, str | Mapping[str, str]]) -> CodeTable:
        """Make a table of what stands in the mapping: code to meaning, or code to meanings by column.

        Raises:
            ValueError: some codes have columns that others lack altogether.
        """
        columns: dict[str, dict[str, str]] = {}
        for code, meaning in values.items():
            named = meaning if isinstance(meaning, Mapping) else {"": meaning}
            for column, text in named.items():
                columns.setdefault(column, {})[code.strip()] = text
        if "" in columns and len(columns) > 1:
            raise ValueError("some codes have one meaning, others several: give all of them the same columns")
        first = next(iter(columns.values()), {})
        digest = hashlib.sha256(repr(sorted((c, sorted(e.items())) for c, e in columns.items())).encode())
        return cls(name, "the mapping", first, digest.digest(), columns)

    def under(self, above: CodeTable) -> CodeTable:
        """Lay another table over this one: its rows are added, and say what their codes mean from now on.

        Raises:
            ValueError: it has a column that this one lacks, or one meaning where this one has several.
        """
        columns = {column: dict(entries) for column, entries in self.columns.items()}
        first = next(iter(columns))
        for column, entries in above.columns.items():
            if not column and len(columns) > 1:
                raise ValueError(
                    f"code table {self.name} has several columns: give each meaning the name of its own,"
                    f" such as {{{first}: …}}"
                )
            if column and column not in columns:
                raise ValueError(f"code table {self.name} has no {column!r}; {nearest(column, columns)}")
            columns[column or first].update(entries)
        digest = hashlib.sha256(self.digest + above.digest).digest()
        return CodeTable(
            self.name, f"{self.file} or {above.file}", columns[first], digest, columns, self.misses
        )

    def meanings(self, column: str | None = None) -> dict[str, str]:
        """Give the meanings of one column, the first when none is named.

        Raises:
            ValueError: there is no such column.
        """
        if column is None:
            return self.entries
        if column not in self.columns:
            raise ValueError(f"code table {self.name} has no {column!r}; {nearest(column, self.columns)}")
        return self.columns[column]

    @staticmethod
    def joined(parts: Sequence[str]) -> str:
        """Put together a code that stands in several columns."""
        return _BETWEEN.join(part.strip() for part in parts)

    def reversed(self) -> dict[str, str]:
        """Give the table from meaning to code; raises ValueError when two codes mean the same."""
        backwards: dict[str, str] = {}
        for code, meaning in self.entries.items():
            if backwards.setdefault(meaning, code) != code:
                raise ValueError(
                    f"code table {self.name} cannot be read backwards: "
                    f"{backwards[meaning]} and {code} both mean {meaning}"
                )
        return backwards


def _rows(path: Path) -> tuple[bytes, list[tuple[int, list[str]]]]:
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"code table {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"code table {path} is not in UTF-8: save it as CSV UTF-8") from error
    header = text.splitlines()[0] if text else ""
    delimiter = max(_DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise ValueError(f"code table {path}, line {reader.line_num}: {error}") from error
    if rows:
        rows[0] = (rows[0][0], [name.strip() for name in rows[0][1]])
    return content, rows


def _entered(
    line: int,
    sources: Sequence[str],
    parts: Sequence[str],
    cells: Mapping[str, str],
    columns: Mapping[str, dict[str, str]],
) -> list[str]:
    """Enter one line into the table; gives what is wrong with it."""
    empty = [source for source, part in zip(sources, parts, strict=True) if not part]
    if empty:
        return [f"line {line}: {' and '.join(empty)} is empty"]
    if len(columns) == 1:
        empty = [column for column in columns if not cells.get(column)]
        if empty:
            return [f"line {line}: {empty[0]} is empty"]
    code = _BETWEEN.join(parts)
    faults = []
    for column, entries in columns.items():
        meaning = cells.get(column, "")
        if meaning and entries.setdefault(code, meaning) != meaning:
            shown = " + ".join(parts)
            faults.append(f"line {line}: {shown} means both {entries[code]} and {meaning}")
    return faults
