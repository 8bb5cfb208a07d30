"""How many requests may be in flight: a state machine under an invented API and an invented clock."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from passerelle.commercetools.http.congestion import Congestion, Sent


class Event(NamedTuple):
    """Something that happens to a request: it leaves, or the n-th of those under way is answered."""

    what: str
    which: int
    seconds: float


EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from(["sent", "answered", "refused"]),
        st.integers(0, 10),
        st.floats(0, 100, allow_nan=False),
    ),
    max_size=200,
)


#: The answer that completes a round of slow ones is a good one by itself: it must not grow the limit first.
SLOW_AFTER_REFUSALS = [
    *[Event("sent", 0, 0), Event("refused", 0, 0)] * 6,  # from 100 to 1
    *[Event("sent", 0, 0)] * 16,
    Event("refused", 15, 0),
    *[Event("answered", 0, 0)] * 8,
    Event("sent", 0, 10),
    Event("answered", 0, 10),
    *[Event("answered", 0, 0)] * 7,
]


def round_trip(
    limits: Congestion, now: float, latency: float, *, kind: str = "read", requests: int = 0
) -> float:
    """As many requests as there is room for leave together and are answered well; the time after it."""
    sent = [limits.sent(kind, now) for _ in range(requests or limits.limit)]
    for one in sent:
        limits.answered(one, now + latency)
    return now + latency


@settings(deadline=None)
@given(st.integers(1, 300), EVENTS)
@example(100, SLOW_AFTER_REFUSALS)
def test_the_limit_keeps_its_bounds_and_halves_once_a_round_trip(maximum: int, events: list[Event]) -> None:
    """Whatever happens in whatever order: 1 <= limit <= maximum; who left before a halving causes none."""
    limits = Congestion(maximum)
    now = 0.0
    under_way: list[tuple[Sent, int]] = []
    for event in events:
        now += event.seconds
        before, halvings = limits.limit, limits.halvings
        if event.what == "sent" or not under_way:
            under_way.append((limits.sent("read", now), halvings))
            continue
        sent, seen = under_way.pop(event.which % len(under_way))
        if event.what == "refused":
            limits.refused(sent)
            assert limits.halvings == halvings + (seen == halvings)
        else:
            limits.answered(sent, now)
        assert limits.halvings - halvings in ({0, 1} if seen == halvings else {0})
        if limits.halvings > halvings:
            assert limits.limit == max(1, before // 2)
        assert 1 <= limits.limit <= maximum


@settings(deadline=None)
@given(st.integers(1, 300), EVENTS)
def test_the_limit_recovers_when_all_is_well_again(maximum: int, events: list[Event]) -> None:
    """From whatever state, good answers bring the maximum back, in round trips that do not depend on it."""
    limits = Congestion(maximum)
    now = 0.0
    for event in events:
        now += event.seconds
        sent = limits.sent("read", now)
        if event.what == "refused":
            limits.refused(sent)
        else:
            limits.answered(sent, now + event.seconds)
    for _ in range(40):
        now = round_trip(limits, now, 0.05)
    assert limits.limit == maximum


@settings(deadline=None)
@given(st.integers(1, 300))
def test_it_starts_at_the_maximum_and_stays_there(maximum: int) -> None:
    """A shop that is well is never asked less than the settings allow."""
    limits = Congestion(maximum)
    now = 0.0
    for _ in range(20):
        assert limits.limit == maximum
        now = round_trip(limits, now, 0.05)
    assert limits.halvings == 0


def test_a_round_of_refusals_halves_once() -> None:
    """Twenty answers of one crowd say one thing; the next crowd may say it again."""
    limits = Congestion(20)
    for expected in (10, 5, 2, 1, 1):
        for sent in [limits.sent("update", 0.0) for _ in range(20)]:
            limits.refused(sent)
        assert limits.limit == expected


@pytest.mark.parametrize("maximum", [4, 20, 100, 300])
def test_the_way_back_takes_some_round_trips_whatever_the_maximum(maximum: int) -> None:
    """From half to all in about eight round trips, one step at a time."""
    limits = Congestion(maximum)
    limits.refused(limits.sent("read", 0.0))
    assert limits.limit == maximum // 2
    now, trips = 0.0, 0
    while limits.limit < maximum:
        now = round_trip(limits, now, 0.05)
        trips += 1
    assert 2 <= trips <= 10


def crowded(limits: Congestion, *, capacity: int, service: float, rounds: int, now: float) -> float:
    """An API that serves `capacity` at once: beyond that requests queue and everybody waits longer."""
    for _ in range(rounds):
        now = round_trip(limits, now, service * max(1.0, limits.limit / capacity))
    return now


def test_rising_latency_halves() -> None:
    """Nobody said no, but answers take many times longer since a neighbour came: fewer requests at once."""
    limits = Congestion(64)
    now = crowded(limits, capacity=64, service=0.1, rounds=5, now=0.0)
    assert limits.limit == 64
    limit_before = limits.halvings
    crowded(limits, capacity=4, service=0.1, rounds=2, now=now)
    assert limits.halvings == limit_before + 1
    assert limits.limit < 64


def test_latency_that_fewer_requests_do_not_mend_is_the_new_normal() -> None:
    """Larger answers take longer: one halving finds that out, and the maximum comes back."""
    limits = Congestion(32)
    now = 0.0
    for _ in range(5):
        now = round_trip(limits, now, 0.05)
    for _ in range(40):
        now = round_trip(limits, now, 1.0)
    assert limits.halvings == 1
    assert limits.limit == 32


def test_kinds_are_judged_apart() -> None:
    """A slow create beside quick reads is no congestion."""
    limits = Congestion(16)
    now = 0.0
    for _ in range(20):
        now = round_trip(limits, now, 0.02, kind="read")
        now = round_trip(limits, now, 0.9, kind="create")
    assert limits.halvings == 0


@settings(deadline=None)
@given(st.integers(0, 1000))
def test_noise_is_no_congestion(seed: int) -> None:
    """Latencies that scatter, and one answer in ten that hangs, change nothing."""
    dice = Random(seed)  # noqa: S311 - weather, not a secret
    limits = Congestion(20)
    now = 0.0
    for _ in range(60):
        sent = [limits.sent("update", now) for _ in range(limits.limit)]
        for one in sent:
            hangs = dice.random() < 0.1
            limits.answered(one, now + (5.0 if hangs else dice.uniform(0.03, 0.12)))
        now += 0.1
    assert limits.halvings == 0


def test_quick_answers_may_become_much_slower_before_it_counts() -> None:
    """From 2 ms to 400 ms is our own machine being busy: half a second must be lost."""
    limits = Congestion(20)
    now = 0.0
    for latency in (0.002, 0.4, 0.002, 0.4):
        now = round_trip(limits, now, latency)
    assert limits.halvings == 0


def test_what_was_best_long_ago_does_not_count() -> None:
    """After a minute of slower answers they are what is compared with."""
    limits = Congestion(8)
    now = round_trip(limits, 0.0, 0.1, requests=8)
    now = round_trip(limits, now + 61, 1.0, requests=8)
    assert limits.halvings == 0


def test_nothing_in_flight_is_no_setting() -> None:
    """A maximum below 1 is a mistake."""
    with pytest.raises(ValueError, match="expected 1 or more"):
        Congestion(0)
