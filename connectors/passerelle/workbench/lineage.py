"""Lineage: what a trace says of a field, in plain values that can be shown and written as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from ..errors import Fault
from ..mapping import Mapping
from ..records import Money
from .rules import Rules
from .trace_log import FieldTrace

__all__ = ["Lineage", "Origin", "RuleRun", "lineage", "plain", "shown"]


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """A raw text and where it stood; `found` is False when nothing is there.

    `row` is the row of another file that it came from, in a record that was joined.
    """

    source: str
    path: str
    raw: str | None
    found: bool = True
    row: str = ""


class RuleRun(msgspec.Struct, frozen=True, omit_defaults=True):
    """One function as the mapping says it, what it was given and what it gave."""

    rule: str
    given: Any
    result: Any
    error: str | None = None


class Lineage(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one field of a record came about; see `FieldTrace` for `fills` and `state`."""

    fills: str
    state: str
    result: Any
    origins: tuple[Origin, ...] = ()
    rules: tuple[RuleRun, ...] = ()
    faults: tuple[Fault, ...] = ()


def lineage(mapping: Mapping, traces: Iterable[FieldTrace]) -> tuple[Lineage, ...]:
    """Say every field of one record; a list stands before the fields of its items."""
    rules = Rules(mapping.spec)
    return tuple(_said(rules, trace) for trace in traces)


def _said(rules: Rules, trace: FieldTrace) -> Lineage:
    names = rules.spoken(trace.fills, (step.name for step in trace.steps))
    runs = tuple(
        RuleRun(name, plain(step.given), plain(step.result), step.error)
        for name, step in zip(names, trace.steps, strict=True)
    )
    origins = tuple(Origin(read.source, read.path, read.raw, read.found, read.origin) for read in trace.reads)
    result = None if trace.state == "list" else plain(trace.result)
    if trace.state == "list" and trace.result is not None:
        result = len(trace.result)
    return Lineage(trace.fills, trace.state, result, origins, runs, trace.faults)


def plain(value: Any) -> Any:
    """Give a value as JSON has it; numbers and money keep every digit as text."""
    if isinstance(value, Money):
        return str(value)
    if value is None or isinstance(value, str | bool | int):
        return value
    return msgspec.to_builtins(value)


def shown(value: Any) -> str:
    """Give a value as people read it in a cell."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(shown(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {shown(item)}" for name, item in value.items())
    return str(value)
