"""Places: which names a format has room for, so that a wrong one is a flaw of the mapping at load."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from ..spec import CsvSpec, FixedSpec, FormatSpec, LinesSpec, MarkedRecordSpec
from ..yaml_source import nearest

__all__ = ["Places", "places_of"]

_SEGMENT = re.compile("[A-Z][A-Z0-9]{2}")
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
        if name not in self.names:
            raise ValueError(f"{self.what} has no column {name!r}; {nearest(name, self.names)}")
        return self.names[name]


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
    if spec.edifact is not None:
        return _Unb(), _Segment(message=True), _Columns("an interchange's end, which is counted,", {})
    match spec.layout:
        case CsvSpec() as csv:
            names = [csv.rename.get(title, title) for title in csv.columns]
            return _marked(csv.header_record), _line("the record", names), _marked(csv.trailer)
        case FixedSpec() as fixed:
            repeats = {name: _line(name, repeat.columns) for name, repeat in fixed.repeat.items()}
            record = _line("the record", fixed.columns, repeats)
            return _marked(fixed.header), record, _marked(fixed.trailer)
        case LinesSpec() as lines:
            own = _record_type(lines, lines.record)
            above = lines.records[lines.record].below
            record = own if above is None else own._replace(names={**own.names, above: None})
            return _end(lines, lines.header), record, _end(lines, lines.trailer)
        case _:
            return None, None, None


def _leaf(name: str) -> Places:
    return _Columns(name, {})


def _line(what: str, columns: Iterable[str], below: Mapping[str, Places | None] | None = None) -> _Columns:
    return _Columns(what, {**{name: _leaf(name) for name in columns}, **(below or {})})


def _marked(record: MarkedRecordSpec | None) -> Places:
    return _line("the file's own line", {} if record is None else record.columns)


def _end(lines: LinesSpec, kind: str | None) -> Places:
    return _line("the file's own line", {}) if kind is None else _record_type(lines, kind)


def _record_type(lines: LinesSpec, kind: str) -> _Columns:
    record = lines.records[kind]
    below: dict[str, Places | None] = {
        name: _record_type(lines, name) for name, other in lines.records.items() if other.below == kind
    }
    below |= {name: _line(name, repeat.columns) for name, repeat in record.repeat.items()}
    return _line(f"a {kind} line", record.columns, below)
