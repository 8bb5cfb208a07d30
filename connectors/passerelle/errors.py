"""Errors, sorted by what happens next.

```
PasserelleError
├── Retriable          the same call may succeed later: the client tries again, then gives up
│   └── Conflict       the target moved meanwhile: read it again, plan again
├── Skippable          this record goes to quarantine, the others go on
│   ├── DataError      the source is wrong: every fault of the record at once, each with its position
│   ├── ReferenceMissing   what the record points to is not there yet
│   └── Refused        the target said no to this record and will say no again
│       └── Obstructed     something that may still go is in its way
├── FileRefused        this file is not taken: nothing of it was applied
└── Fatal              this run stops
    ├── ConfigError    a setting or a mapping is wrong: nothing was started
    └── GuardStop      applying would harm the shop: a person decides
```
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = [
    "ConfigError",
    "Conflict",
    "DataError",
    "Fatal",
    "Fault",
    "FileRefused",
    "GuardStop",
    "Obstructed",
    "PasserelleError",
    "Position",
    "ReferenceMissing",
    "Refused",
    "Retriable",
    "Skippable",
]


class Position(NamedTuple):
    """Where in a file something stands: record and line count from 1, path as the partner names it."""

    file: str
    record: int | None = None
    line: int | None = None
    path: str | None = None

    def __str__(self) -> str:
        parts = [self.file]
        if self.record is not None:
            parts.append(f"record {self.record}")
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.path is not None:
            parts.append(self.path)
        return ", ".join(parts)


class Fault(NamedTuple):
    """One thing that is wrong: what was received where, what was expected, what to do next.

    `code` is stable and groups faults in reports (`unknown_code`, `missing_value`, …);
    `received` is the raw text as it stood in the source, None when there was nothing.
    """

    code: str
    position: Position
    received: str | None
    expected: str
    advice: str = ""

    def __str__(self) -> str:
        received = "nothing" if self.received is None else repr(self.received)
        text = f"{self.position}: received {received}, expected {self.expected}"
        return f"{text}. {self.advice}" if self.advice else text


class PasserelleError(Exception):
    """Anything Passerelle raises on purpose; carries its data, and survives pickling."""

    def __init__(self, message: str, *, advice: str = "", **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.data = data

    def __str__(self) -> str:
        return f"{self.message}. {self.advice}" if self.advice else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.args, self.__dict__))


def _rebuild(kind: type[PasserelleError], args: tuple[Any, ...], state: dict[str, Any]) -> PasserelleError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class Retriable(PasserelleError):
    """The same call may succeed later; `retry_after` is the target's own hint in seconds, if it gave one."""

    def __init__(
        self, message: str, *, retry_after: float | None = None, advice: str = "", **data: Any
    ) -> None:
        super().__init__(message, advice=advice, **data)
        self.retry_after = retry_after


class Conflict(Retriable):
    """The target changed between reading and writing (or an answer was lost): read again and plan again."""


class Skippable(PasserelleError):
    """This record cannot be carried; the others go on. `code` groups such errors in reports."""

    def __init__(self, message: str, *, code: str = "refused", advice: str = "", **data: Any) -> None:
        super().__init__(message, advice=advice, **data)
        self.code = code


class DataError(Skippable):
    """The source record is wrong: all its faults at once."""

    def __init__(self, faults: tuple[Fault, ...], *, record_key: str | None = None) -> None:
        super().__init__("; ".join(str(fault) for fault in faults), code=faults[0].code)
        self.faults = faults
        self.record_key = record_key


class ReferenceMissing(Skippable):
    """The record points to something that the target does not have (yet)."""

    def __init__(self, message: str, *, reference: str, advice: str = "", **data: Any) -> None:
        super().__init__(message, code="reference_missing", advice=advice, **data)
        self.reference = reference


class Refused(Skippable):
    """The target refused this record (a 4xx that no repetition mends)."""


class Obstructed(Refused):
    """Something in the target is in this record's way, which another record of the run may still take away.

    Who plans many records judges it again when all others are planned, those of one `group` together; what is
    obstructed then is refused.
    """

    def __init__(
        self, message: str, *, group: str, code: str = "refused", advice: str = "", **data: Any
    ) -> None:
        super().__init__(message, code=code, advice=advice, **data)
        self.group = group


class FileRefused(PasserelleError):
    """A whole file is not taken, and nothing of it was applied: cut short, wrong counts, stale sequence."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Fatal(PasserelleError):
    """This run cannot go on."""


class ConfigError(Fatal):
    """A setting, a mapping or a code table is wrong; every fault found is in the message."""


class GuardStop(Fatal):
    """Applying the plan would harm the shop; says what was seen, what was allowed and how to go on."""
