"""The clock of a sandbox: that of the machine, moved on when asked, and never back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.sandbox.moments import Clock

SIX = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)


class Machine:
    """A machine whose clock is set by hand."""

    def __init__(self) -> None:
        self.time = SIX

    def __call__(self) -> datetime:
        """What its clock says."""
        return self.time


@pytest.fixture
def machine() -> Machine:
    """At six o'clock."""
    return Machine()


@given(st.lists(st.tuples(st.booleans(), st.integers(-7_200, 7_200)), max_size=30))
def test_it_never_goes_back(steps: list[tuple[bool, int]]) -> None:
    """However the machine's clock is set: no moment lies before an earlier one, and what passes passes."""
    machine = Machine()
    clock = Clock(machine)
    before = clock.now()
    for passes, seconds in steps:
        if passes:
            clock.advance(abs(seconds))
        else:
            machine.time += timedelta(seconds=seconds)
        moment = clock.now()
        assert moment >= before + timedelta(seconds=abs(seconds) if passes else 0)
        before = moment


def test_it_stands_until_the_machine_has_come_as_far(machine: Machine) -> None:
    """Set back by a minute, the machine is waited for; then both go on together."""
    clock = Clock(machine)
    machine.time = SIX + timedelta(minutes=10)
    told = [clock.now()]
    for minute in (9, 10, 11):
        machine.time = SIX + timedelta(minutes=minute)
        told.append(clock.now())
    assert told == [SIX + timedelta(minutes=minute) for minute in (10, 10, 10, 11)]


def test_time_that_is_let_pass_passes_while_it_stands(machine: Machine) -> None:
    """An hour is an hour, also behind a clock that was set back."""
    clock = Clock(machine)
    machine.time = SIX - timedelta(minutes=10)
    clock.advance(3_600)
    assert clock.now() == SIX + timedelta(hours=1)
    assert clock.ahead_seconds == 3_600


def test_a_reset_goes_back_to_the_machine(machine: Machine) -> None:
    """A sandbox that begins anew has the machine's time, whatever was told before."""
    clock = Clock(machine)
    clock.advance(3_600)
    assert clock.now() == SIX + timedelta(hours=1)
    machine.time = SIX - timedelta(minutes=10)
    clock.reset()
    assert (clock.now(), clock.ahead_seconds) == (machine.time, 0)
