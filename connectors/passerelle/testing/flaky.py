"""A dial for failure: wraps any sink and lets chosen calls fail the way targets fail."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import Generic, TypeVar

from ..errors import Conflict, Fatal, ReferenceMissing, Refused, Retriable
from ..sync.protocols import Applied, Change, Live, Removal, Removing, Sink

__all__ = ["Crash", "Flaky", "Trouble"]

R = TypeVar("R")


class Crash(RuntimeError):
    """The process dies here: no error that anything in Passerelle expects."""


class Trouble(StrEnum):
    """How a call fails. `LOST` applies the change and loses the answer; `CRASH_AFTER` dies instead."""

    CONFLICT = "conflict"
    RETRIABLE = "retriable"
    LOST = "lost"
    REFUSED = "refused"
    REFERENCE_MISSING = "reference_missing"
    FATAL = "fatal"
    CRASH = "crash"
    CRASH_AFTER = "crash_after"


class Flaky(Generic[R]):
    """The wrapped sink, except that some calls of `apply` (or of `read_live`) fail.

    Every `every`-th call fails, and the calls named in `at`, counted from 1; `keys` limits both to changes of
    these keys. `calls` counts what came, `failed` what was made to fail.
    """

    def __init__(
        self,
        sink: Sink[R],
        trouble: Trouble,
        *,
        every: int = 0,
        at: Collection[int] = (),
        keys: Collection[str] | None = None,
        on_read: bool = False,
    ) -> None:
        self._sink = sink
        self._trouble = trouble
        self._every = every
        self._at = at
        self._keys = keys
        self._on_read = on_read
        self.entity = sink.entity
        self.record_type = sink.record_type
        self.hierarchical = sink.hierarchical
        self.calls = 0
        self.failed = 0

    @property
    def concurrency(self) -> int:
        """As the wrapped sink."""
        return self._sink.concurrency

    def key(self, record: R) -> str:
        """As the wrapped sink."""
        return self._sink.key(record)

    def parents(self, record: R) -> Sequence[str]:
        """As the wrapped sink."""
        return self._sink.parents(record)

    async def prepare(self) -> None:
        """As the wrapped sink."""
        await self._sink.prepare()

    async def read_live(self, records: Sequence[R]) -> Mapping[str, Live]:
        """Read, or fail when the dial says so."""
        if self._on_read and self._is_due():
            raise _ERRORS[self._trouble]("read")
        return await self._sink.read_live(records)

    def plan(self, record: R, live: Live | None) -> Change | None:
        """As the wrapped sink."""
        return self._sink.plan(record, live)

    async def read_ids(self, ids: Sequence[str]) -> Mapping[str, Live]:
        """Read, or fail when the dial says so; for a wrapped sink that can remove."""
        if self._on_read and self._is_due():
            raise _ERRORS[self._trouble]("read")
        return await self._removing.read_ids(ids)

    def plan_removal(self, key: str, live: Live, policy: Removal) -> Change | None:
        """As the wrapped sink, which can remove."""
        return self._removing.plan_removal(key, live, policy)

    def returned(self, record: R, policy: Removal) -> R:
        """As the wrapped sink, which can remove."""
        return self._removing.returned(record, policy) if isinstance(self._sink, Removing) else record

    @property
    def _removing(self) -> Removing[R]:
        if not isinstance(self._sink, Removing):
            raise TypeError(f"{type(self._sink).__name__} cannot remove")
        return self._sink

    async def apply(self, change: Change) -> Applied:
        """Apply, or fail when the dial says so."""
        if self._on_read or (self._keys is not None and change.key not in self._keys) or not self._is_due():
            return await self._sink.apply(change)
        if self._trouble in {Trouble.LOST, Trouble.CRASH_AFTER}:
            await self._sink.apply(change)
        raise _ERRORS[self._trouble](change.key)

    def _is_due(self) -> bool:
        self.calls += 1
        due = self.calls in self._at or (self._every > 0 and self.calls % self._every == 0)
        self.failed += due
        return due


_ERRORS: dict[Trouble, Callable[[str], Exception]] = {
    Trouble.CONFLICT: lambda what: Conflict(f"{what}: changed meanwhile"),
    Trouble.LOST: lambda what: Conflict(f"{what}: the answer was lost"),
    Trouble.RETRIABLE: lambda what: Retriable(f"{what}: not now (503)"),
    Trouble.REFUSED: lambda what: Refused(f"{what}: refused"),
    Trouble.REFERENCE_MISSING: lambda what: ReferenceMissing(
        f"{what}: points to nothing", reference="nothing"
    ),
    Trouble.FATAL: lambda what: Fatal(f"{what}: not allowed (403)"),
    Trouble.CRASH: Crash,
    Trouble.CRASH_AFTER: Crash,
}
