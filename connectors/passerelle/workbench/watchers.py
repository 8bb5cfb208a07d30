"""Watchers: copies of compiled fields that note what is asked and what is made, and change nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from ..mapping.conditions import Condition
from ..mapping.fields import Constant, Each, Field, KnownPair, Record, Scope
from ..mapping.misses import Misses
from ..mapping.paths import ABSENT, Source
from ..mapping.pipeline import Pipeline
from ..mapping.repair import TextDoctor
from ..mapping.unreadable import Unreadable
from .trace_log import Log, Step, settled

__all__ = ["watched_record"]

#: What a field says of itself; nothing in it works.
_FACTS = frozenset({"target", "gaps", "sources", "inner_sources", "origins", "source", "each"})


def watched_record(record: Record, log: Log) -> Record:
    """Copy a record so that every field of it is noted."""
    watched: Record = copy.copy(record)
    fields: list[Any] = [_WatchedField(one, log) for one in record.fields]
    watched.fields = tuple(fields)
    careful = watched.careful

    def read(scope: Scope) -> Any:
        with log.within():
            return careful(scope)

    setattr(watched, "careful", read)  # noqa: B010  # an instance's own method, which mypy allows no assignment to
    return watched


class _WatchedScope(Scope):
    """A scope that tells which places were asked for."""

    def __init__(self, scope: Scope, log: Log) -> None:
        super().__init__(scope.values, scope.position, scope.header, scope.parent, scope.path)
        self.faults = scope.faults
        self._log = log

    def at(self, source: Source) -> tuple[Any, str]:
        values, path = super().at(source)
        text, found = _sight(source, values)
        self._log.read(source.text, path, text, found=found)
        return values, path


class _WatchedField:
    """A field that is read as ever, between two notes."""

    def __init__(self, inner: Field, log: Log) -> None:
        self.to = inner.to
        self.target = inner.target
        self.key = inner.key
        self.sources = inner.sources
        self._plain = inner
        self._inner = _watched_parts(inner, log)
        self._log = log

    @property
    def spreads(self) -> bool:
        """As the field that is watched."""
        return self._plain.spreads

    @property
    def sure(self) -> bool:
        """As the field that is watched."""
        return self._plain.sure

    def careful(self, scope: Scope) -> Any:
        """Read the value, or note every fault and give FAULTY."""
        before = len(scope.faults)
        with self._log.reading(self.to, scope.path) as trace:
            value = self._inner.careful(_WatchedScope(scope, self._log))
        faults = scope.faults[before:]
        constant, several = isinstance(self._plain, Constant), isinstance(self._plain, Each)
        settled(trace, value, faults, constant=constant, several=several)
        return value


def _watched_parts(inner: Field, log: Log) -> Any:
    """Copy a field with watchers in the place of what works for it."""
    watched = copy.copy(inner)
    for name, part in vars(inner).items():
        if name not in _FACTS:
            setattr(watched, name, _watched(part, log))
    elements = getattr(inner, "elements", None)
    if elements is not None:
        # What a field reads in each element of its own making is noted too.
        found = watched.elements  # type: ignore[attr-defined]  # as inner, which has it

        def within(scope: Scope) -> list[Scope]:
            return [_WatchedScope(element, log) for element in found(scope)]

        watched.elements = within  # type: ignore[attr-defined]  # as above
    return watched


def _watched(part: Any, log: Log) -> Any:
    made: Any = part
    if isinstance(part, Pipeline):
        made = part._replace(convert=_watched_pipeline(part, log))
    elif isinstance(part, Condition):
        made = part._replace(holds=_watched_condition(part, log))
    elif isinstance(part, Record):
        made = watched_record(part, log)
    elif isinstance(part, TextDoctor):
        made = _WatchedDoctor(part, log)
    elif isinstance(part, Misses):
        made = Misses()
    elif isinstance(part, KnownPair):
        field: Any = _WatchedField(part.field, log)
        made = part._replace(field=field)
    elif isinstance(part, dict):
        made = {name: _watched(inner, log) for name, inner in part.items()}
    elif isinstance(part, tuple):
        inner = [_watched(one, log) for one in part]
        made = type(part)(*inner) if hasattr(part, "_fields") else tuple(inner)
    elif hasattr(part, "careful") and hasattr(part, "sources"):
        made = _watched_parts(part, log)
    return made


def _watched_pipeline(pipeline: Pipeline, log: Log) -> Callable[..., Any]:
    def run(value: Any, *raws: Any) -> Any:
        for name, convert in pipeline.steps:
            value = _run(name, convert, value, raws, log)
            if value is None or value is ABSENT:
                return value
        return value

    return run


def _run(name: str, convert: Callable[..., Any], given: Any, raws: tuple[Any, ...], log: Log) -> Any:
    try:
        result = convert(given, *raws)
    except Unreadable as error:
        log.step(Step(name, given, None, error.expected))
        raise
    log.step(Step(name, given, None if result is ABSENT else result))
    return result


def _watched_condition(condition: Condition, log: Log) -> Callable[..., bool]:
    def holds(*around: Any) -> bool:
        held = condition.holds(*around)
        log.step(Step("when", None, held))
        return held

    return holds


class _WatchedDoctor(TextDoctor):
    """A doctor that tells what it mended, and keeps no count of it."""

    def __init__(self, doctor: TextDoctor, log: Log) -> None:
        super().__init__(doctor.charset)
        self._log = log

    def see(self, text: str, path: str) -> str:
        return self._told(text, super().see(text, path))

    def mend(self, text: str, path: str) -> str:
        return self._told(text, super().mend(text, path))

    def _told(self, text: str, seen: str) -> str:
        self.pending.clear()
        if seen != text:
            self._log.step(Step("repair", text, seen))
        return seen


def _sight(source: Source, values: Any) -> tuple[str | None, bool]:
    """Give a short sight of what stands at a place, and whether anything does."""
    try:
        value = source.find(values)
    except Unreadable:
        return "…", True
    if value is ABSENT:
        return None, False
    if isinstance(value, dict):
        text = value.get("#text")
        return (text if isinstance(text, str) else f"{{{', '.join(value)}}}"), True
    if isinstance(value, list):
        return f"[{len(value)}]", True
    return value or "", True
