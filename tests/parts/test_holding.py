"""Who holds a part of a plan, and what may be written for it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from passerelle.ledger import Division, HeldPart, LeaseLost, Ledger, Owner, PlanItem, parts
from passerelle.ledger.database import Database
from passerelle.ledger.owners import this_process


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger, in each database."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql")()
    with Ledger.open(url) as opened:
        yield opened


def _divide(ledger: Ledger, *waves: list[list[int]], lease: float = 60.0) -> Division:
    """A run with a plan of as many records as are named, divided so."""
    run = ledger.runs.start("stock", mode="auto")
    seqs = [seq for wave in waves for part in wave for seq in part]
    ledger.plans.spool(run.id, [PlanItem(seq, f"K{seq}", b"raw", b"strong", "update") for seq in seqs])
    division = Division(
        run_id=run.id, feed="stock", file="f.csv", base=0, recipe="1/ab", options={}, lease_seconds=lease
    )
    ledger.parts.divide(division, waves)
    return division


def _claimed(ledger: Ledger, division: Division) -> HeldPart:
    held = ledger.parts.claim(division)
    assert held is not None
    return held


def _elsewhere(patch: pytest.MonkeyPatch) -> None:
    """Claim parts as a process of another machine, which nobody here can ask whether it lives."""
    patch.setattr(parts, "this_process", lambda: Owner("another", 4711, 1.0))


class _Clock:
    """The time of the database and of who holds a part; it goes on when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        """What a process goes by."""
        return self.seconds

    def now(self) -> datetime:
        """What all who share the ledger go by."""
        return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    """A clock of the test's own: no lease ends because a machine is busy."""
    made = _Clock()
    monkeypatch.setattr(Database, "now", lambda *_: made.now())
    monkeypatch.setattr(parts, "HeldPart", functools.partial(HeldPart, clock=made.monotonic))
    return made


def _nothing() -> None:
    """Nothing is learned."""


def test_each_part_is_one_holders(ledger: Ledger) -> None:
    """A part that is held is not given to a second process; a division without free parts gives nothing."""
    division = _divide(ledger, [[1, 3], [2]])
    first, second = _claimed(ledger, division), _claimed(ledger, division)
    assert [item.seq for item in first.stream()] == [1, 3]
    assert [(item.seq, item.key, item.raw) for item in second.stream()] == [(2, "K2", b"raw")]
    assert ledger.parts.claim(division) is None
    state = ledger.parts.state(division.run_id)
    assert state is not None
    assert (state.free, state.held, state.done, state.noted) == (0, 2, 0, 0)


def test_who_takes_up_goes_on_behind_the_last_note(ledger: Ledger) -> None:
    """What was noted is no part of what is left, and the notes of all holders are kept in order."""
    division = _divide(ledger, [[1, 2, 3, 4]])
    first = _claimed(ledger, division)
    first.note([2, 1], b"first", _nothing)
    first.give_back()
    second = _claimed(ledger, division)
    assert (second.left, [item.seq for item in second.stream()]) == (2, [3, 4])
    second.note([3, 4], b"second", _nothing)
    second.finish()
    assert list(ledger.parts.notes(division.run_id)) == [b"first", b"second"]
    state = ledger.parts.state(division.run_id)
    assert state is not None
    assert (state.done, state.noted) == (1, 4)


def test_children_wait_for_the_last_of_their_parents(ledger: Ledger) -> None:
    """No part of a later wave is given out while one of an earlier wave is held."""
    division = _divide(ledger, [[1], [2]], [[3]])
    first, second = _claimed(ledger, division), _claimed(ledger, division)
    first.note([1], b"", _nothing)
    first.finish()
    assert ledger.parts.claim(division) is None
    second.note([2], b"", _nothing)
    second.finish()
    assert [item.seq for item in _claimed(ledger, division).stream()] == [3]


def test_a_silent_holder_loses_its_part_and_writes_nothing(
    ledger: Ledger, clock: _Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When its lease is over another process has it; what the old holder wants to note is dropped whole."""
    division = _divide(ledger, [[1, 2]], lease=60)
    with monkeypatch.context() as patch:
        _elsewhere(patch)
        silent = _claimed(ledger, division)
    clock.seconds = 59.9
    assert ledger.parts.claim(division) is None
    clock.seconds = 60
    held = _claimed(ledger, division)
    learned: list[str] = []
    for late in (
        lambda: silent.note([1], b"late", lambda: learned.append("late")),
        silent.beat,
        silent.finish,
    ):
        with pytest.raises((LeaseLost, ValueError)):
            late()
    silent.give_back()
    assert learned == []
    assert [item.seq for item in held.stream()] == [1, 2]
    held.note([1, 2], b"mine", _nothing)
    held.finish()
    assert list(ledger.parts.notes(division.run_id)) == [b"mine"]


def test_who_beats_keeps_its_part(ledger: Ledger, clock: _Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A holder on another machine keeps its part for as long as it says so."""
    division = _divide(ledger, [[1]], lease=60)
    with monkeypatch.context() as patch:
        _elsewhere(patch)
        held = _claimed(ledger, division)
    # Two and a half leases, and almost all of one between two beats.
    for seconds in (0, 10, 20, 79.9, 139.8, 150):
        clock.seconds = seconds
        assert ledger.parts.claim(division) is None
        assert held.expires_in > 0
        assert held.beat()
        assert held.expires_in == division.lease_seconds
    assert ledger.parts.claim(division) is None


def test_a_dead_process_of_this_machine_is_not_waited_for(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its part is free at once, however long its lease."""
    division = _divide(ledger, [[1]], lease=3600)
    dead = this_process()
    with monkeypatch.context() as patch:
        patch.setattr(parts, "this_process", lambda: Owner(dead.host, 2**22 + 1, 1.0))
        _claimed(ledger, division)
    assert _claimed(ledger, division).left == 1


def test_a_note_is_kept_once_when_the_answer_to_its_commit_is_lost(ledger: Ledger) -> None:
    """The same note again, as after a lost connection, learns nothing a second time."""
    division = _divide(ledger, [[1, 2]])
    held = _claimed(ledger, division)
    learned: list[int] = []
    held._note(1, [1], b"once", lambda: learned.append(1))  # noqa: SLF001 - as if nobody had heard the answer
    held.note([1], b"once", lambda: learned.append(1))
    held.note([2], b"next", lambda: learned.append(2))
    assert learned == [1, 2]
    assert list(ledger.parts.notes(division.run_id)) == [b"once", b"next"]
    held.finish()


def test_a_note_is_whole_or_not_at_all(ledger: Ledger) -> None:
    """When what is learned fails, the items are not answered either."""
    division = _divide(ledger, [[1, 2]])
    held = _claimed(ledger, division)

    def fails() -> None:
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        held.note([1], b"x", fails)
    assert [item.seq for item in held.stream()] == [1, 2]
    held.note([1, 2], b"y", _nothing)
    assert list(ledger.parts.notes(division.run_id)) == [b"y"]


def test_a_part_with_items_left_is_not_finished(ledger: Ledger) -> None:
    """Nobody may say that a part is done whose items were not answered."""
    held = _claimed(ledger, _divide(ledger, [[1]]))
    with pytest.raises(ValueError, match="items left"):
        held.finish()


def test_the_first_who_must_stop_says_why_to_all(ledger: Ledger) -> None:
    """A beat tells the others to stop; the first reason stays, and nobody new begins."""
    division = _divide(ledger, [[1], [2]])
    held = _claimed(ledger, division)
    assert held.beat()
    ledger.parts.stop(division.run_id, "the shop says no", "look at the token")
    ledger.parts.stop(division.run_id, "me too", "")
    assert not held.beat()
    state = ledger.parts.state(division.run_id)
    assert state is not None
    assert state.fault == ("the shop says no", "look at the token")
    assert ledger.parts.open() == []


def test_a_division_is_open_while_its_run_is(ledger: Ledger) -> None:
    """Workers see the divisions of runs that are at work, of the feeds that they ask for."""
    division = _divide(ledger, [[1]])
    assert ledger.parts.open() == ledger.parts.open(["stock"]) == [division]
    assert ledger.parts.open(["prices"]) == []
    ledger.runs.finish(division.run_id, "failed")
    assert ledger.parts.open() == []


def test_when_the_run_ends_nobody_writes_for_it(ledger: Ledger) -> None:
    """Who still holds a part of a dropped division finds it gone."""
    division = _divide(ledger, [[1]])
    held = _claimed(ledger, division)
    ledger.parts.drop(division.run_id)
    assert ledger.parts.state(division.run_id) is None
    with pytest.raises(LeaseLost):
        held.note([1], b"", _nothing)


def test_dividing_again_is_a_new_division(ledger: Ledger) -> None:
    """The second file of a run has parts of its own; nothing is left of the first's."""
    division = _divide(ledger, [[1, 2]])
    _claimed(ledger, division).note([1], b"first file", _nothing)
    ledger.parts.divide(division, [[[2]]])
    held = _claimed(ledger, division)
    assert [item.seq for item in held.stream()] == [2]
    assert list(ledger.parts.notes(division.run_id)) == []
