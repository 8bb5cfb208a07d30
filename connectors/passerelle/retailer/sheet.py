"""A sheet: one file of the ERP before it is written, and how it is dropped for a partner to fetch.

Dropped as real systems do: written under `….tmp`, renamed, and the `.ok` marker last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO, NamedTuple

from .layout import Node, Record, day
from .model import Feed, Key, Mode

__all__ = ["Dropped", "Sheet", "drop", "mark", "render", "write_document"]

_HOURS = {"CATEG": "011500", "ARTICLES": "013000", "TARIFS": "020000", "STOCK": "021500"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file to come: what its name and header say, its records, and what a trouble did to it.

    `named_on` is the date in the file's name, `day` the one in its header; they differ only when a file
    comes again. `declared` is the count the trailer gives, None for the true one. `troubles` struck it, and
    `affected` are the keys of the records that they spoiled or took away.
    """

    feed: Feed
    mode: Mode
    sequence: int
    day: date
    records: Sequence[Record]
    named_on: date
    declared: int | None = None
    cut: bool = False
    marked: bool = True
    affected: tuple[Key, ...] = ()
    troubles: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the file name, such as `STOCK_TOUS_C_00001_20261101.xml`."""
        return f"{self.feed.name}_{self.mode}_{self.sequence:05d}_{day(self.named_on)}.xml"

    @property
    def header(self) -> tuple[Node, ...]:
        """Return the children of ENTETE."""
        return (
            Node("FLUX", self.feed.flux),
            Node("ZONE", self.feed.zone),
            Node("MODE", self.mode),
            Node("SEQUENCE", f"{self.sequence:05d}"),
            Node("DATE", day(self.day)),
            Node("HEURE", _HOURS[self.feed.flux]),
        )


class Dropped(NamedTuple):
    """A file as it lies in the folder: size in bytes, SHA-256 in hexadecimal."""

    path: Path
    records: int
    size: int
    sha256: str


def render(nodes: Iterable[Node], depth: int) -> str:
    """Return elements as indented lines (two blanks a level) that end in CRLF."""
    parts: list[str] = []
    _render(nodes, "  " * depth, parts)
    return "".join(parts)


def _render(nodes: Iterable[Node], indent: str, parts: list[str]) -> None:
    for name, content in nodes:
        if not content:
            parts.append(f"{indent}<{name}/>\r\n")
        elif isinstance(content, str):
            parts.append(f"{indent}<{name}>{_escape(content)}</{name}>\r\n")
        else:
            parts.append(f"{indent}<{name}>\r\n")
            _render(content, indent + "  ", parts)
            parts.append(f"{indent}</{name}>\r\n")


def _escape(text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def write_document(
    out: BinaryIO,
    *,
    charset: str,
    header: tuple[Node, ...],
    element: str,
    records: Iterable[tuple[Node, ...]],
    declared: int | None = None,
    errors: str = "strict",
) -> tuple[int, list[int]]:
    """Write one FICHIER, record by record, and return the record count and where each record starts.

    The PIED gives NB_LIGNES: `declared` if it is given, else the true count. A character that the charset
    lacks raises UnicodeEncodeError unless `errors` names another way of `str.encode`.
    """
    prolog = f'<?xml version="1.0" encoding="{charset}"?>\r\n<FICHIER>\r\n'
    place = out.write((prolog + render([Node("ENTETE", header)], 1)).encode(charset))
    starts: list[int] = []
    for fields in records:
        starts.append(place)
        place += out.write(render([Node(element, fields)], 1).encode(charset, errors))
    count = len(starts) if declared is None else declared
    foot = (Node("NB_LIGNES", f"{count:06d}"),)
    starts.append(place)
    out.write((render([Node("PIED", foot)], 1) + "</FICHIER>\r\n").encode(charset))
    return len(starts) - 1, starts


def drop(sheet: Sheet, folder: Path) -> Dropped:
    """Write a sheet into its folder: `.tmp`, rename, marker last. The same name again is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / sheet.name
    path.with_suffix(".ok").unlink(missing_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as out:
        count, starts = write_document(
            out,
            charset=sheet.feed.charset,
            header=sheet.header,
            element=sheet.feed.element,
            records=(record.fields for record in sheet.records),
            declared=sheet.declared,
        )
        if sheet.cut:
            out.truncate(_middle(starts))
    temporary.replace(path)
    if sheet.marked:
        mark(path)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Dropped(path, count, path.stat().st_size, digest)


def mark(path: Path) -> None:
    """Put the empty `.ok` marker of the same stem beside a file: it tells that the file is whole."""
    path.with_suffix(".ok").write_bytes(b"")


def _middle(starts: list[int]) -> int:
    """Return an offset in the middle of a record some way into the file."""
    index = (len(starts) - 1) * 3 // 5
    return starts[0] // 2 if len(starts) == 1 else (starts[index] + starts[index + 1]) // 2
