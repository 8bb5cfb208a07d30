"""Trace log: what was asked and made while one record was read, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET

from ..errors import Fault
from ..formats import Row
from ..mapping.fields import FAULTY
from ..mapping.origins import origin_at

__all__ = ["FieldTrace", "Log", "Read", "Step", "settled"]


@dataclass(frozen=True, slots=True)
class Read:
    """A raw value that a field asked for.

    `source` is the path as the mapping writes it, `path` as it stands in this record; `found` is False when
    nothing is there. `raw` is the text, or a short sight of a group or list. `origin` is the row that it
    stands in, where that is another one than the record's (a joined file).
    """

    source: str
    path: str
    raw: str | None
    found: bool
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One function that ran: what it was given and what it gave, or why it could not.

    A condition is a step named `when`, with True or False.
    """

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
    items: int = 0


class Log:
    """What was seen so far in the record that is read; watchers write into it."""

    def __init__(self) -> None:
        self.fields: list[FieldTrace] = []
        self._open: list[FieldTrace] = []
        self._around: list[str] = [""]
        self._row: Any = None

    def start(self, row: Row) -> None:
        """Begin a record."""
        self.fields = []
        self._open = []
        self._around = [""]
        self._row = row.values

    @contextmanager
    def reading(self, to: str, place: str) -> Iterator[FieldTrace]:
        """Note a field while it is read."""
        trace = FieldTrace(to, f"{self._around[-1]}{to}", place)
        self.fields.append(trace)
        self._open.append(trace)
        try:
            yield trace
        finally:
            self._open.pop()

    @contextmanager
    def within(self) -> Iterator[None]:
        """Note that the next record of the list that is open is read."""
        around = self._around[-1]
        if self._open:
            trace = self._open[-1]
            trace.items += 1
            around = f"{trace.fills}[{trace.items}]."
        self._around.append(around)
        try:
            yield
        finally:
            self._around.pop()

    def read(self, source: str, path: str, raw: str | None, *, found: bool) -> None:
        """Note a raw value for the field that is open."""
        if not self._open:
            return
        origin = origin_at(self._row, path) if path else None
        read = Read(source, path, raw, found, "" if origin is None else str(origin))
        if read not in self._open[-1].reads:
            self._open[-1].reads.append(read)

    def step(self, step: Step) -> None:
        """Note a function that ran for the field that is open."""
        if self._open:
            self._open[-1].steps.append(step)


def settled(trace: FieldTrace, value: Any, faults: list[Fault], *, constant: bool, several: bool) -> None:
    """Note what came of a field."""
    trace.faults = tuple(faults)
    trace.result = None if value is FAULTY or value is UNSET else value
    if value is FAULTY:
        trace.state = "faulty"
    elif value is UNSET:
        trace.state = "absent"
    elif constant:
        trace.state = "constant"
    elif several:
        trace.state = "list"
    else:
        blank = all(not read.found or not (read.raw or "").strip() for read in trace.reads)
        ran = any(step.name not in ("when", "repair") for step in trace.steps)
        trace.state = "stand_in" if blank and not ran else "value"
