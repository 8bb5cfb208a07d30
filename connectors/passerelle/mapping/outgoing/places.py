"""Places: which names a format has room for, so that a wrong one is a flaw of the mapping at load."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from ..spec import (
    CsvSpec,
    FixedSpec,
    FormatSpec,
    JsonSpec,
    LinesSpec,
    MarkedRecordSpec,
    NdjsonSpec,
    XmlSpec,
)
from ..spec.edifact import EdifactSpec
from ..yaml_source import nearest

__all__ = ["Places", "places_of"]

_SEGMENT = re.compile("[A-Z][A-Z0-9]{2}")
_XML = re.compile(r"@?(?:(?P<prefix>[A-Za-z_][\w.-]*):)?[A-Za-z_][\w.-]*", re.ASCII)
_ELEMENT = re.compile(r"e[1-9]\d?(\.[1-9]\d?)?")


class Places(Protocol):
    """What may stand below a name; None where anything may."""

    def below(self, name: str) -> Places | None:
        """Go to a name; raises ValueError when there is no place for it, saying which there are."""
        ...


class _Columns(NamedTuple):
    """A line: its columns, and what stands below it."""

    what: str
    names: Mapping[str, Places | None]

    def below(self, name: str) -> Places | None:
        """Go to a column, a repeated group or a record type below."""
        if not self.names:
            raise ValueError(f"{self.what} has no place for {name!r}")
        if name not in self.names:
            raise ValueError(f"{self.what} has no column {name!r}; {nearest(name, self.names)}")
        return self.names[name]


class _Element(NamedTuple):
    """An element of XML: anything with an XML name whose prefix has an address."""

    prefixes: tuple[str, ...]

    def below(self, name: str) -> Places | None:
        """Go to an element, an attribute or the text."""
        if name == "#text":
            return self
        found = _XML.fullmatch(name)
        if found is None:
            raise ValueError(f"{name!r} is no name for an XML element")
        if found["prefix"] not in (None, "xml", *self.prefixes):
            known = nearest(found["prefix"], filter(None, self.prefixes))
            raise ValueError(f"{name!r}: {found['prefix']!r} is not among the namespaces; {known}")
        return self


class _Segment(NamedTuple):
    """A segment of EDIFACT, or with `message` the message itself."""

    message: bool

    def below(self, name: str) -> Places | None:
        """Go to a segment, or to an element of this one."""
        if _SEGMENT.fullmatch(name):
            return _Segment(message=False)
        if self.message or _ELEMENT.fullmatch(name) is None:
            raise ValueError(f"{name!r} is no name of EDIFACT: use tags such as BGM, and e1 or e1.2 below")
        return _leaf(name)


class _Unb(NamedTuple):
    def below(self, name: str) -> Places | None:
        """Go to an element of UNB."""
        if _ELEMENT.fullmatch(name) is None:
            raise ValueError(f"{name!r} is no element of UNB: use e1 or e2.1")
        return _leaf(name)


def places_of(spec: FormatSpec) -> tuple[Places | None, Places | None, Places | None]:
    """Give what header, record and trailer of a format have room for."""
    nothing = _line("the file", {})
    header: Places | None = nothing
    record: Places | None = None
    trailer: Places | None = nothing
    match spec.layout:
        case XmlSpec() as xml:
            record = _Element(tuple(xml.namespaces))
            header = nothing if xml.header is None else record
            trailer = nothing if xml.trailer is None else record
        case CsvSpec() as csv:
            header, trailer = _marked(csv.header_record), _marked(csv.trailer)
            record = _line("the record", [csv.rename.get(title, title) for title in csv.columns])
        case FixedSpec() as fixed:
            header, trailer = _marked(fixed.header), _marked(fixed.trailer)
            repeats = {name: _line(name, repeat.columns) for name, repeat in fixed.repeat.items()}
            record = _line("the record", fixed.columns, repeats)
        case LinesSpec() as lines:
            header, trailer = _end(lines, lines.header), _end(lines, lines.trailer)
            own = _record_type(lines, lines.record)
            above = lines.records[lines.record].below
            record = own if above is None else own._replace(names={**own.names, above: None})
        case EdifactSpec():
            header, record = _Unb(), _Segment(message=True)
        case JsonSpec():
            header, trailer = None, None
        case NdjsonSpec():
            pass
    return header, record, trailer


def _leaf(name: str) -> Places:
    return _Columns(name, {})


def _line(what: str, columns: Iterable[str], below: Mapping[str, Places | None] | None = None) -> _Columns:
    return _Columns(what, {**{name: _leaf(name) for name in columns}, **(below or {})})


def _marked(record: MarkedRecordSpec | None) -> Places:
    return _line("the file", {}) if record is None else _line(f"a {record.name} line", record.columns)


def _end(lines: LinesSpec, kind: str | None) -> Places:
    return _line("the file", {}) if kind is None else _record_type(lines, kind)


def _record_type(lines: LinesSpec, kind: str) -> _Columns:
    record = lines.records[kind]
    below: dict[str, Places | None] = {
        name: _record_type(lines, name) for name, other in lines.records.items() if other.below == kind
    }
    below |= {name: _line(name, repeat.columns) for name, repeat in record.repeat.items()}
    return _line(f"a {kind} line", record.columns, below)
