"""The call budget of a project: what all its processes may use together, leased in slices of some seconds.

Nobody asks the common book for a single call: a process leases calls a second and calls at once for some
seconds and spends them by itself. The sum of what is leased never exceeds the budget, whoever comes and
goes; a newcomer waits until the others' slices end, and then each has its share by weight.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Awaitable, Callable, Collection
from typing import NamedTuple, Protocol

__all__ = [
    "SLICE_SECONDS",
    "Allowance",
    "Budget",
    "CallLimits",
    "CallPart",
    "CallSlice",
    "LocalBudget",
    "fair_share",
    "sliced",
]

#: How long a slice lasts: a process that died blocks its share for so long, a newcomer waits so long.
SLICE_SECONDS = 5.0
#: A slice is renewed when so much of it is over: who still works is always in the book.
_RENEWED_AT = 0.8
#: Calls that may be caught up after a pause shorter than this; nobody saves calls for a flood.
_BURST_SECONDS = 0.25
#: How often somebody who got nothing asks again.
_AGAIN_SECONDS = 0.5


class CallLimits(NamedTuple):
    """What a project's processes may use together; None is no bound."""

    calls_per_second: float | None
    calls_at_once: int | None


class CallPart(NamedTuple):
    """What somebody holds: their weight, and the part of the limits that is leased to them."""

    weight: int
    calls_per_second: float
    calls_at_once: int


class CallSlice(NamedTuple):
    """A part of the budget for `seconds`; None is no bound, 0 is nothing: ask again."""

    calls_per_second: float | None
    calls_at_once: int | None
    seconds: float


class Budget(Protocol):
    """The common book, in this process or in a database that several machines see."""

    async def lease(self, holder: str, weight: int) -> CallSlice:
        """Lease (or renew) a slice; never more than what the others have not leased."""
        ...

    async def give_back(self, holder: str) -> None:
        """Leave: the slice is free at once."""
        ...


def fair_share(limits: CallLimits, others: Collection[CallPart], weight: int) -> CallPart:
    """What a holder of this weight gets beside the others: its share by weight, at most what is left.

    Everybody has a share of at least one call at once; with more holders than calls at once, who comes
    late waits until somebody leaves.
    """
    part = weight / (weight + sum(other.weight for other in others))
    rate, at_once = 0.0, 0
    if limits.calls_per_second is not None:
        left = limits.calls_per_second - sum(other.calls_per_second for other in others)
        rate = max(0.0, min(limits.calls_per_second * part, left))
    if limits.calls_at_once is not None:
        places = limits.calls_at_once - sum(other.calls_at_once for other in others)
        at_once = max(0, min(max(1, int(limits.calls_at_once * part)), places))
    return CallPart(weight, rate, at_once)


def sliced(limits: CallLimits, part: CallPart, seconds: float) -> CallSlice:
    """A part as its holder spends it."""
    return CallSlice(
        None if limits.calls_per_second is None else part.calls_per_second,
        None if limits.calls_at_once is None else part.calls_at_once,
        seconds,
    )


class LocalBudget:
    """A budget that the clients of this process share; safe to use from several threads and loops."""

    def __init__(
        self,
        limits: CallLimits,
        *,
        seconds: float = SLICE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._seconds = seconds
        self._clock = clock
        self._leased: dict[str, tuple[CallPart, float]] = {}
        self._lock = threading.Lock()

    async def lease(self, holder: str, weight: int) -> CallSlice:
        """Lease (or renew) a slice."""
        now = self._clock()
        with self._lock:
            self._leased = {one: held for one, held in self._leased.items() if held[1] > now}
            others = [share for one, (share, _) in self._leased.items() if one != holder]
            share = fair_share(self._limits, others, weight)
            self._leased[holder] = share, now + self._seconds
        return sliced(self._limits, share, self._seconds)

    async def give_back(self, holder: str) -> None:
        """Leave."""
        with self._lock:
            self._leased.pop(holder, None)


class Allowance:
    """One client's part of a budget: paces its calls within the slice that it holds."""

    def __init__(
        self,
        budget: Budget,
        *,
        weight: int = 1,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._budget = budget
        self._weight = weight
        self._clock = clock
        self._sleep = sleep
        self._holder = secrets.token_hex(8)
        self._slice: CallSlice | None = None
        self._ends = 0.0
        self._next = 0.0
        self._in_flight = 0
        self._left = asyncio.Event()
        self._turn = asyncio.Lock()

    async def enter(self) -> None:
        """Wait until one more call may leave; who enters must `leave`."""
        # One at a time, in the order of asking: a queue before the door, so that pauses add up rightly.
        async with self._turn:
            while True:
                held = await self._held()
                now = self._clock()
                if held.calls_per_second == 0 or held.calls_at_once == 0:
                    self._ends = 0.0
                    await self._sleep(min(_AGAIN_SECONDS, held.seconds))
                elif held.calls_at_once is not None and self._in_flight >= held.calls_at_once:
                    self._left.clear()
                    await self._left.wait()
                elif held.calls_per_second is not None and self._next > now:
                    await self._sleep(min(self._next - now, self._ends - now))
                else:
                    break
            if held.calls_per_second is not None:
                self._next = max(self._next, now - _BURST_SECONDS) + 1 / held.calls_per_second
            self._in_flight += 1

    def leave(self) -> None:
        """The call is answered."""
        self._in_flight -= 1
        self._left.set()

    async def give_back(self) -> None:
        """No more calls: what is left of the slice is free for others."""
        if self._slice is not None:
            self._slice, self._ends = None, 0.0
            await self._budget.give_back(self._holder)

    async def _held(self) -> CallSlice:
        if self._slice is None or self._clock() >= self._ends:
            asked = self._clock()
            self._slice = await self._budget.lease(self._holder, self._weight)
            # Counted from before the question: in the book the slice ends no earlier than that.
            self._ends = asked + self._slice.seconds * _RENEWED_AT
            if self._slice.calls_per_second:
                self._next = min(self._next, self._clock() + 1 / self._slice.calls_per_second)
        return self._slice
