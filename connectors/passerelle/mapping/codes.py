"""Code tables: what a partner's codes mean, as CSV beside the mappings."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["CodeTable"]


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A table from code to meaning; `digest` tells two states of its file apart."""

    name: str
    file: str
    entries: dict[str, str] = field(default_factory=dict)
    digest: bytes = b""

    @classmethod
    def read(cls, name: str, path: Path, source: str, target: str) -> CodeTable:
        """Read two columns of a CSV file (`;` between cells, a header line, UTF-8).

        Raises:
            ValueError: the file cannot be read, lacks a column, has an empty cell in one of the two, or gives
                one code two meanings; every fault of the file is in the message.
        """
        try:
            content = path.read_bytes()
            text = content.decode("utf-8-sig")
        except OSError as error:
            raise ValueError(f"code table {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ValueError(f"code table {path} is not in UTF-8") from error
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";", restkey="")
        columns = reader.fieldnames or ()
        missing = [column for column in (source, target) if column not in columns]
        if missing:
            raise ValueError(
                f"code table {path} has no column {' and '.join(missing)}; it has {', '.join(columns)}"
            )
        entries: dict[str, str] = {}
        faults: list[str] = []
        for cells in reader:
            code, meaning = (cells[source] or "").strip(), (cells[target] or "").strip()
            if not code or not meaning:
                faults.append(f"line {reader.line_num}: {target if code else source} is empty")
            elif entries.setdefault(code, meaning) != meaning:
                faults.append(f"line {reader.line_num}: {code} means both {entries[code]} and {meaning}")
        if faults:
            raise ValueError(f"code table {path}: {'; '.join(faults)}")
        return cls(name, path.name, entries, hashlib.sha256(content).digest())

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
