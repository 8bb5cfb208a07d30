"""Points in time as the API writes them (UTC, milliseconds, a `Z`), and the clock they are read from."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import partial

from typing_extensions import override

__all__ = ["Clock", "at", "keep_time_by", "moment_text", "now", "now_text"]


# The machine's time; in C, because every document and every answer asks for it.
_machine_time = partial(datetime.now, UTC)


class Clock:
    """The time of one sandbox: that of the machine, moved on by what was asked for.

    It never goes back, not even when the machine's clock is set back: then it stands until that has come
    as far. A shop's changes lie in the order in which they were made.
    """

    def __init__(self, machine: Callable[[], datetime] = _machine_time) -> None:
        self._machine = machine
        self._changing = threading.Lock()
        self._ahead = timedelta()
        self._latest = machine()

    @property
    def ahead_seconds(self) -> float:
        """How far ahead of the machine's time it is."""
        return self._ahead.total_seconds()

    def now(self) -> datetime:
        """The moment."""
        with self._changing:
            moment = self._latest = max(self._latest, self._machine() + self._ahead)
        return moment

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        passed = timedelta(seconds=seconds)
        with self._changing:
            self._ahead += passed
            # Where it stands, that much passes as well.
            self._latest += passed

    def reset(self) -> None:
        """Go back to the machine's time."""
        with self._changing:
            self._ahead = timedelta()
            self._latest = self._machine()


class _Stopped(Clock):
    """A moment that does not pass."""

    def __init__(self, moment: datetime) -> None:
        super().__init__()
        self._moment = moment

    @override
    def now(self) -> datetime:
        return self._moment


# Several sandboxes may live in one process, each with a time of its own.
_CLOCK: ContextVar[Clock] = ContextVar("clock of the sandbox that answers", default=Clock())  # noqa: B039 - nobody moves it


def keep_time_by(clock: Clock) -> None:
    """Read `clock` from here on, in the task at hand."""
    _CLOCK.set(clock)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """What is done inside is done at `moment`: what was due while nobody asked, what lies in the past."""
    before = _CLOCK.set(_Stopped(moment))
    try:
        yield
    finally:
        _CLOCK.reset(before)


def now() -> datetime:
    """The present moment of the sandbox that answers."""
    return _CLOCK.get().now()


def moment_text(moment: datetime) -> str:
    """Write a zoned moment; texts compare as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def now_text() -> str:
    """Write the present moment."""
    return moment_text(now())
