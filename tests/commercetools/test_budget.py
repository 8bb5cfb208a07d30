"""The call budget: what is leased never exceeds it, whoever comes and goes, and weights say who gets more."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.commercetools.http.budget import (
    Allowance,
    CallLimits,
    CallPart,
    CallSlice,
    LocalBudget,
    fair_share,
)

from .conftest import FakeTime

LIMITS = st.builds(
    CallLimits, st.none() | st.floats(0.1, 1000, allow_nan=False), st.none() | st.integers(1, 200)
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["lease", "leave", "wait"]), st.integers(0, 5), st.integers(1, 8)), max_size=80
)


@settings(deadline=None)
@given(LIMITS, STEPS)
def test_what_is_leased_never_exceeds_the_budget(
    limits: CallLimits, steps: list[tuple[str, int, int]]
) -> None:
    """Holders come, renew, go and die in any order: at every moment the slices that hold fit together."""

    async def play() -> None:
        time = FakeTime()
        budget = LocalBudget(limits, seconds=5, clock=time.clock)
        held: dict[str, tuple[CallSlice, float]] = {}
        for what, who, weight in steps:
            name = str(who)
            if what == "lease":
                held[name] = await budget.lease(name, weight), time.now + 5
            elif what == "leave":
                await budget.give_back(name)
                held.pop(name, None)
            else:
                time.now += weight / 2
            live = [one for one, ends in held.values() if ends > time.now]
            if limits.calls_per_second is None:
                assert all(one.calls_per_second is None for one in live)
            else:
                total = sum(one.calls_per_second or 0 for one in live)
                assert total <= limits.calls_per_second * (1 + 1e-9)
            if limits.calls_at_once is not None:
                assert sum(one.calls_at_once or 0 for one in live) <= limits.calls_at_once

    asyncio.run(play())


async def test_after_one_slice_everybody_has_a_share_by_weight() -> None:
    """A newcomer waits until the other renews; then stock has four parts of five, the catalogue one."""
    time = FakeTime()
    budget = LocalBudget(CallLimits(100, 20), seconds=5, clock=time.clock)
    assert await budget.lease("catalogue", 1) == CallSlice(100, 20, 5)
    for _ in range(8):
        assert await budget.lease("stock", 4) == CallSlice(0, 0, 5)
        time.now += 0.5
    assert await budget.lease("catalogue", 1) == CallSlice(20, 4, 5)
    assert await budget.lease("stock", 4) == CallSlice(80, 16, 5)
    await budget.give_back("stock")
    assert await budget.lease("catalogue", 1) == CallSlice(100, 20, 5)


def test_a_share_is_by_weight_and_at_most_what_is_left() -> None:
    """Two of weight 1 and 3; then the same while the other still holds everything."""
    limits = CallLimits(100, 20)
    assert fair_share(limits, [CallPart(1, 25, 5)], 3) == CallPart(3, 75, 15)
    assert fair_share(limits, [CallPart(1, 100, 20)], 3) == CallPart(3, 0, 0)
    assert fair_share(limits, [CallPart(9, 90, 18)], 1) == CallPart(1, 10, 2)
    assert fair_share(CallLimits(None, 1), [CallPart(9, 0, 0)], 1) == CallPart(1, 0, 1)


class Fixed:
    """A budget that gives these slices in turn, the last one for ever."""

    def __init__(self, *slices: CallSlice) -> None:
        self.slices = list(slices)
        self.asked = 0
        self.given_back = 0

    async def lease(self, holder: str, weight: int) -> CallSlice:  # noqa: ARG002 - the Protocol's signature
        """The next slice."""
        self.asked += 1
        return self.slices.pop(0) if len(self.slices) > 1 else self.slices[0]

    async def give_back(self, holder: str) -> None:  # noqa: ARG002 - the Protocol's signature
        """Count it."""
        self.given_back += 1


@settings(deadline=None)
@given(st.floats(0.5, 200, allow_nan=False), st.integers(1, 120), st.floats(0, 3, allow_nan=False))
def test_calls_are_paced(rate: float, calls: int, idle: float) -> None:
    """In any stretch of time no more calls leave than the rate allows, and a quarter of a second's worth."""

    async def play() -> list[float]:
        time = FakeTime()
        allowance = Allowance(Fixed(CallSlice(rate, None, 5)), clock=time.clock, sleep=time.sleep)
        left: list[float] = []
        for n in range(calls):
            await allowance.enter()
            left.append(time.now)
            allowance.leave()
            if n == calls // 2:
                time.now += idle
        return left

    left = asyncio.run(play())
    for first in range(0, calls, 7):
        for last in range(first, calls, 5):
            allowed = rate * (left[last] - left[first] + 0.25) + 1
            assert last - first <= allowed + 1e-6
    assert left[-1] - left[0] <= (calls - 1) / rate + idle + 1e-6


async def test_the_book_is_asked_once_a_slice() -> None:
    """A thousand calls in ten seconds ask twice: nothing is written a call."""
    time = FakeTime()
    fixed = Fixed(CallSlice(100, 10, 5))
    allowance = Allowance(fixed, clock=time.clock, sleep=time.sleep)
    for _ in range(1000):
        await allowance.enter()
        allowance.leave()
    assert fixed.asked == 3  # a slice of five seconds is renewed after four
    await allowance.give_back()
    await allowance.give_back()
    assert fixed.given_back == 1


async def test_who_gets_nothing_asks_again() -> None:
    """A newcomer waits half a second at a time until something is free."""
    time = FakeTime()
    fixed = Fixed(CallSlice(0, 5, 5), CallSlice(10, 0, 5), CallSlice(10, 5, 5))
    allowance = Allowance(fixed, clock=time.clock, sleep=time.sleep)
    await allowance.enter()
    assert (fixed.asked, time.slept) == (3, [0.5, 0.5])


async def test_no_more_calls_at_once_than_leased() -> None:
    """The third waits until one of two is answered."""
    allowance = Allowance(Fixed(CallSlice(None, 2, 600)))
    flying = peak = 0

    async def call() -> None:
        nonlocal flying, peak
        await allowance.enter()
        flying += 1
        peak = max(peak, flying)
        await asyncio.sleep(0)
        flying -= 1
        allowance.leave()

    async with asyncio.timeout(60):
        await asyncio.gather(*(call() for _ in range(20)))
    assert peak == 2


async def test_a_caller_that_gives_up_blocks_nobody() -> None:
    """Cancelled while it waits: those behind it get their turn."""
    allowance = Allowance(Fixed(CallSlice(None, 1, 600)))
    await allowance.enter()
    waiting = [asyncio.create_task(allowance.enter()) for _ in range(2)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.gather(waiting[0], return_exceptions=True)
    allowance.leave()
    async with asyncio.timeout(60):
        await waiting[1]
