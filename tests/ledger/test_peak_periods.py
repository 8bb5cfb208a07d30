from __future__ import annotations

import datetime as dt
import threading

import pytest

from passerelle.ledger import Ledger, PeakPeriod

NOON = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def switch(
    ledger: Ledger, profile: str = "black-friday", hours: float = 1, **more: dt.datetime
) -> PeakPeriod:
    """Switch it on at noon, or when told."""
    since = more.get("since", NOON)
    return ledger.peak.switch_on(
        profile, {"freeze": ["deletes"]}, since=since, until=since + HOUR * hours, by="Zoé", reason="sales"
    )


def words(ledger: Ledger) -> list[str]:
    """What the audit log says, the oldest first."""
    return [entry.what for entry in ledger.audit.entries()][::-1]


def test_it_holds_from_its_beginning_to_its_end_and_not_a_moment_longer(ledger: Ledger) -> None:
    """Who asks at a moment is answered for that moment; nothing has to run for it to end."""
    assert ledger.peak.at(NOON) is None
    on = switch(ledger)
    just = dt.timedelta(microseconds=1)
    moments = [NOON - just, NOON, NOON + HOUR - just, NOON + HOUR]
    assert [ledger.peak.at(at) for at in moments] == [None, on, on, None]
    assert on.rules == {"freeze": ["deletes"]}


def test_its_end_is_logged_once_and_at_the_hour_when_it_was(ledger: Ledger) -> None:
    """Whoever notices first writes it down; the end is the one that was set, not the moment of noticing."""
    switch(ledger)
    assert ledger.peak.note_end(NOON) is None
    ended = ledger.peak.note_end(NOON + 9 * HOUR)
    assert ended is not None
    assert (ended.ended_at, ended.ended_by) == (NOON + HOUR, "clock")
    assert ledger.peak.note_end(NOON + 10 * HOUR) is None
    assert words(ledger) == ["peak_on", "peak_expired"]


def test_switching_off_ends_it_and_says_who_and_why(ledger: Ledger) -> None:
    """Off twice is said once."""
    future = dt.datetime.now(dt.UTC) + HOUR
    switch(ledger, since=future)
    ended = ledger.peak.switch_off(by="Max", reason="over")
    assert ended is not None
    assert ended.ended_by == "Max"
    assert ledger.peak.at(future) is None
    assert ledger.peak.switch_off(by="Max") is None
    last = next(ledger.audit.entries())
    assert (last.what, last.who, last.reason) == ("peak_off", "Max", "over")
    assert last.before["until"].startswith(f"{future + HOUR:%Y-%m-%dT%H}")


def test_switching_on_again_replaces_what_is_on(ledger: Ledger) -> None:
    """One period at most is open; the log says what held before and what holds now."""
    future = dt.datetime.now(dt.UTC) + HOUR
    first, second = switch(ledger, since=future), switch(ledger, "soldes", since=future)
    assert ledger.peak.at(future) == second
    assert [one.ended_at is None for one in ledger.peak.last()] == [True, False]
    entry = next(ledger.audit.entries())
    assert (entry.before["id"], entry.after["id"], entry.after["profile"]) == (first.id, second.id, "soldes")


def test_an_end_before_the_beginning_is_refused(ledger: Ledger) -> None:
    """Nobody switches it on for no time."""
    with pytest.raises(ValueError, match="ends after"):
        switch(ledger, hours=0)
    assert words(ledger) == []


def test_of_two_people_who_switch_at_once_one_is_last(ledger: Ledger) -> None:
    """However many switch at the same moment, one period is open and every change is in the log."""
    future = dt.datetime.now(dt.UTC) + HOUR
    people = [threading.Thread(target=switch, args=(ledger,), kwargs={"since": future}) for _ in range(6)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sum(one.ended_at is None for one in ledger.peak.last()) == 1
    assert words(ledger) == ["peak_on"] * 6
