"""Points in time as the API writes them (UTC, milliseconds, a `Z`), and the clock they are read from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from typing_extensions import override

__all__ = ["Clock", "at", "keep_time_by", "moment_text", "now", "now_text"]


class Clock:
    """The time of one sandbox: that of the machine, moved on by what was asked for."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    @property
    def ahead_seconds(self) -> float:
        """How far ahead of the machine's time it is."""
        return self._ahead.total_seconds()

    def now(self) -> datetime:
        """The moment."""
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self._ahead += timedelta(seconds=seconds)

    def reset(self) -> None:
        """Go back to the machine's time."""
        self._ahead = timedelta()


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
