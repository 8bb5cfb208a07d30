"""How often and how long to try again: a value, with sleeper and dice handed in."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from ...errors import Conflict, Retriable

__all__ = ["RetryPolicy"]

T = TypeVar("T")


def _same_call_may_succeed(error: BaseException) -> bool:
    # A Conflict wants another call (read, plan again), never the same one.
    return isinstance(error, Retriable) and not isinstance(error, Conflict)


@dataclass(frozen=True)
class RetryPolicy:
    """At most `attempts` calls, waiting between them: the target's hint first, else back-off with jitter.

    The n-th pause lies between half and all of `first * 2**n` seconds, never above `longest`. A hint is
    kept to the letter plus up to a tenth, so that many callers do not come back at one instant; a hint
    above `patience` seconds gives up at once and hands the hint to the caller in `Retriable.retry_after`.
    """

    attempts: int = 6
    first: float = 0.5
    longest: float = 30.0
    patience: float = 120.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    dice: Callable[[], float] = random.random

    async def __call__(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call until it succeeds, fails for good, or the attempts are used up; the last error is raised."""
        try:
            return await call()
        except Retriable as error:
            failed = [error]

        async def again() -> T:
            if failed:
                raise failed.pop()
            return await call()

        # tenacity costs as much as the request's own JSON: only who failed once pays for it.
        retrying = AsyncRetrying(
            stop=self._stop,
            wait=self._pause,
            retry=retry_if_exception(_same_call_may_succeed),
            sleep=self.sleep,
            reraise=True,
        )
        return await retrying(again)

    def _hint(self, state: RetryCallState) -> float | None:
        error = state.outcome.exception() if state.outcome is not None else None
        return error.retry_after if isinstance(error, Retriable) else None

    def _stop(self, state: RetryCallState) -> bool:
        hint = self._hint(state)
        return (hint is not None and hint > self.patience) or stop_after_attempt(self.attempts)(state)

    def _pause(self, state: RetryCallState) -> float:
        hint = self._hint(state)
        if hint is not None:
            return hint * (1 + self.dice() / 10)
        pause = min(self.longest, self.first * 2.0 ** (state.attempt_number - 1))
        return pause * (1 + self.dice()) / 2
