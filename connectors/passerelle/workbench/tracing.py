"""Tracing: the careful reading of a record, watched: which texts it asked for, what each function made.

Nothing here knows what a mapping means. The compiled fields are copied with a watcher in the place of each
pipeline, and then read as the mapping itself reads them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET

from ..errors import Fault, Position
from ..formats import Group, Row
from ..mapping import Mapping
from ..mapping.decimals import DecimalPattern
from ..mapping.entities import shape_of
from ..mapping.fields import FAULTY, Constant, Each, Field, Record, Scope
from ..mapping.paths import ABSENT, Source
from ..mapping.pipeline import Pipeline
from ..mapping.repair import TextDoctor
from ..mapping.unreadable import Unreadable

__all__ = ["FieldTrace", "Read", "Step", "Tracer"]


@dataclass(frozen=True, slots=True)
class Read:
    """A raw value that a field asked for.

    `source` is the path as the mapping writes it, `path` as it stands in this record; `found` is False when
    nothing is there. `raw` is the text, or a short sight of a group or list.
    """

    source: str
    path: str
    raw: str | None
    found: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One function that ran: what it was given and what it gave, or why it could not."""

    name: str
    given: Any
    result: Any
    error: str | None = None


@dataclass(slots=True)
class FieldTrace:
    """What happened to one field of one record.

    `place` is the path of the group it was read in (`DECLINAISONS/DECLINAISON[2]/`), empty for the record
    itself. `fills` is what it fills in the record (`variants[1].sku`). `state` is `value`, `constant`,
    `absent` (left out), `stand_in` (what the mapping says for absent or empty), `list` or `faulty`.
    """

    to: str
    fills: str
    place: str
    reads: list[Read] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    result: Any = None
    state: str = "value"
    faults: tuple[Fault, ...] = ()


class Tracer:
    """Reads records of one mapping and tells field by field how."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._log = _Log()
        compiled = Record(shape_of(mapping.record_type), tuple(mapping.fields.values()))
        self._record = _watched_record(compiled, self._log)

    def trace(self, row: Row, *, file: str, header: Group) -> tuple[Any, list[FieldTrace]]:
        """Give the canonical record (None when it has faults), and every field in the order of reading."""
        self._log.start()
        scope = Scope(row.values, Position(file, row.ordinal, row.line), header)
        record = self._record.careful(scope)
        faulty = record is FAULTY or bool(scope.faults)
        return None if faulty else record, self._log.fields


class _Log:
    """What was seen so far in the record that is read."""

    def __init__(self) -> None:
        self.fields: list[FieldTrace] = []
        self._open: list[FieldTrace] = []

    def start(self) -> None:
        self.fields = []
        self._open = []

    def begin(self, to: str, place: str) -> FieldTrace:
        fills = f"{self._around(place)}{to}"
        trace = FieldTrace(to, fills, place)
        self.fields.append(trace)
        self._open.append(trace)
        return trace

    def end(self) -> None:
        self._open.pop()

    def read(self, read: Read) -> None:
        if self._open and read not in self._open[-1].reads:
            self._open[-1].reads.append(read)

    def step(self, step: Step) -> None:
        if self._open:
            self._open[-1].steps.append(step)

    def _around(self, place: str) -> str:
        if not self._open or not place:
            return ""
        number = place.rstrip("/").rpartition("[")[2].rstrip("]")
        return f"{self._open[-1].fills}[{number}]."


class _WatchedScope(Scope):
    """A scope that tells which places were asked for."""

    def __init__(self, scope: Scope, log: _Log) -> None:
        super().__init__(scope.values, scope.position, scope.header, scope.parent, scope.path)
        self.faults = scope.faults
        self._log = log

    def at(self, source: Source) -> tuple[Any, str]:
        values, path = super().at(source)
        self._log.read(_read(source, values, path))
        return values, path


class _WatchedField:
    """A field that is read as ever, between two notes."""

    def __init__(self, inner: Field, log: _Log) -> None:
        self.to = inner.to
        self.target = inner.target
        self.key = inner.key
        self._plain = inner
        self._inner = _watched_parts(inner, log)
        self._log = log

    def careful(self, scope: Scope) -> Any:
        before = len(scope.faults)
        trace = self._log.begin(self.to, scope.path)
        try:
            value = self._inner.careful(_WatchedScope(scope, self._log))
        finally:
            self._log.end()
        trace.faults = tuple(scope.faults[before:])
        trace.result = None if value is FAULTY or value is UNSET else value
        trace.state = self._state(value, trace)
        return value

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)

    def _state(self, value: Any, trace: FieldTrace) -> str:
        if value is FAULTY:
            return "faulty"
        if value is UNSET:
            return "absent"
        if isinstance(self._plain, Constant):
            return "constant"
        if isinstance(self._plain, Each):
            return "list"
        blank = all(not read.found or not (read.raw or "").strip() for read in trace.reads)
        return "stand_in" if blank and not trace.steps else "value"


def _watched_record(record: Record, log: _Log) -> Record:
    watched = copy.copy(record)
    fields: list[Any] = [_WatchedField(one, log) for one in record.fields]
    watched.fields = tuple(fields)
    return watched


def _watched_parts(inner: Field, log: _Log) -> Field:
    """Copy a field with watchers in the place of what works for it."""
    watched = copy.copy(inner)
    for name, part in vars(inner).items():
        if isinstance(part, Pipeline):
            setattr(watched, name, part._replace(convert=_watched_pipeline(part, log)))
        elif isinstance(part, Record):
            setattr(watched, name, _watched_record(part, log))
        elif isinstance(part, DecimalPattern):
            setattr(watched, name, _WatchedPattern(part, log))
        elif isinstance(part, TextDoctor):
            setattr(watched, name, _WatchedDoctor(part, log))
    return watched


def _watched_pipeline(pipeline: Pipeline, log: _Log) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        for name, convert in pipeline.steps:
            value = _run(name, convert, value, log)
            if value is None:
                return None
        return value

    return run


def _run(name: str, convert: Callable[[Any], Any], given: Any, log: _Log) -> Any:
    try:
        result = convert(given)
    except Unreadable as error:
        log.step(Step(name, given, None, error.expected))
        raise
    log.step(Step(name, given, result))
    return result


class _WatchedPattern(DecimalPattern):
    """A pattern of numbers that tells what it read."""

    def __init__(self, pattern: DecimalPattern, log: _Log) -> None:
        super().__init__(pattern.example)
        self._log = log

    def read(self, text: str) -> Any:
        return _run("decimal", super().read, text, self._log)


class _WatchedDoctor(TextDoctor):
    """A doctor that tells what it mended, and keeps no count of it."""

    def __init__(self, doctor: TextDoctor, log: _Log) -> None:
        super().__init__(doctor.charset)
        self._log = log

    def see(self, text: str, path: str) -> str:
        seen = super().see(text, path)
        self.pending.clear()
        if seen != text:
            self._log.step(Step("repair", text, seen))
        return seen


def _read(source: Source, values: Any, path: str) -> Read:
    try:
        value = source.find(values)
    except Unreadable:
        return Read(source.text, path, "…", found=True)
    if value is ABSENT:
        return Read(source.text, path, None, found=False)
    if isinstance(value, dict):
        text = value.get("#text")
        raw = text if isinstance(text, str) else f"{{{', '.join(value)}}}"
        return Read(source.text, path, raw, found=True)
    if isinstance(value, list):
        return Read(source.text, path, f"[{len(value)}]", found=True)
    return Read(source.text, path, value or "", found=True)
