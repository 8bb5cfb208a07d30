"""Who holds something is told from others by what no clock changes."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from passerelle.ledger import Ledger, Owner, leases, owners
from passerelle.ledger.owners import is_alive, lives, process_started, this_process
from tests.memory import needs_proc


def clock_set(patch: pytest.MonkeyPatch, seconds: float) -> None:
    """Set the clock: the time of day at which the machine was booted is computed from it."""
    booted = psutil.boot_time()
    patch.setattr("psutil._pslinux.boot_time", lambda: booted + seconds)
    assert psutil.Process().create_time() == pytest.approx(this_day_started() + seconds)


def this_day_started() -> float:
    """Give the time of day at which this process started, by the clock as it is outside of the test."""
    code = f"import psutil; print(psutil.Process({os.getpid()}).create_time())"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)


@needs_proc
@pytest.mark.parametrize("seconds", [-3600.0, 3.0, 86400.0])
def test_a_clock_that_is_set_makes_nobody_dead(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """A machine that was paused and is told the time takes no lease from whoever works on."""
    me = this_process()
    clock_set(monkeypatch, seconds)
    assert is_alive(me) is True
    assert lives(os.getpid(), process_started(os.getpid()))


@needs_proc
def test_another_boot_has_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a start of the machine the same pid at the same tick is another process."""
    me = this_process()
    assert me.process_started < 0
    monkeypatch.setattr(owners, "_boot", lambda: 4711)
    assert process_started(me.pid) != me.process_started
    assert is_alive(me) is False


@needs_proc
def test_a_start_is_exact_in_a_ledger(monkeypatch: pytest.MonkeyPatch, ledger: Ledger) -> None:
    """A tick more or less is another number, in the largest boot too, and the database keeps it."""
    monkeypatch.setattr(owners, "_boot", lambda: (1 << 18) - 1)
    start = process_started(os.getpid())
    assert start - 1 < start < start + 1
    me = Owner(this_process().host, os.getpid(), start)
    monkeypatch.setattr(leases, "this_process", lambda: me)
    with ledger.leases.take("stock", ttl=60):
        held = ledger.leases.holder("stock")
        assert held is not None
        assert ledger.leases.is_heard("stock", me)
        assert not ledger.leases.is_heard("stock", Owner(me.host, me.pid, start - 1))


def test_a_process_that_is_gone_is_dead() -> None:
    """Ended and not yet waited for, then gone whole: by neither kind of start it lives."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    starts = (process_started(child.pid), psutil.Process(child.pid).create_time())
    assert [lives(child.pid, start) for start in starts] == [True, True]
    assert not lives(child.pid, starts[1] - 3600)
    assert not lives(child.pid, starts[0] - 1)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert [lives(child.pid, start) for start in starts] == [False, False]
    child.communicate()
    assert [lives(child.pid, start) for start in starts] == [False, False]
    with pytest.raises(psutil.NoSuchProcess):
        process_started(child.pid)


def test_without_a_kernel_that_tells_the_time_of_day_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere it is the clock's seconds, and the owner of another host is not asked."""
    monkeypatch.setattr(owners, "_boot", lambda: None)
    start = process_started(os.getpid())
    assert start == pytest.approx(psutil.Process().create_time(), abs=1)
    assert lives(os.getpid(), start)
    assert is_alive(Owner("another-host", os.getpid(), start)) is None
