"""Processes that carry out a plan are killed, frozen, and lose their database; nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from rich.console import Console
from rich.table import Table

from tests.killing import kill

from .conftest import MakeYard
from .yard import Watcher, Yard, counts, levels, until

SEED = 2026
MOMENTS = 25
RECORDS, PARTS = 900, 3
#: So long a call to the shop takes: long enough for a run to be killed in its middle.
LATENCY_MS = 60
#: So long a process that is frozen, or without its database, is waited for.
LEASE = 3.0
#: A dead process is not waited for: whoever did so would be seen, on however busy a machine.
LONG_LEASE = 120.0
#: A heart beats three times in a lease, so two thirds of it are left when a process dies.
WELL_BEFORE = LONG_LEASE / 2


class _Stage:
    """A yard for three processes, and its twin that one process carries, kept at the same state."""

    def __init__(self, yards: MakeYard, url: str, lease: float) -> None:
        self.alone = yards()
        self.yard: Yard = yards(url, lease=lease, connections=4)
        for one in (self.alone, self.yard):
            asyncio.run(one.set_up())
        self._sequence = 0
        self.wanted: dict[str, int] = {}
        self.next_file()
        first = self.yard.run_here("levels")
        assert counts(first) == self.wanted
        self.workers = [self.yard.start_worker() for _ in range(2)]
        self.watcher: Watcher = self.yard.watch()

    def next_file(self) -> None:
        """The ERP drops a file in which every number is another; the twin carries it at once."""
        self._sequence += 1
        for one in (self.alone, self.yard):
            one.drop("levels", self._sequence, levels(RECORDS, self._sequence))
        self.latency(0)
        report = self.alone.run_here("levels")
        assert report.outcome == "succeeded", report
        self.wanted = counts(report)
        self.latency(LATENCY_MS)

    def latency(self, milliseconds: int) -> None:
        """Let the shop answer so late."""
        self.yard.shop.control("POST", "/latency", {"ms": milliseconds})

    def holds_what_one_process_leaves(self, moment: str, *, images: bool) -> None:
        """Compare shop and ledger with the twin's, versions of every resource included."""
        assert self.yard.dump() == self.alone.dump(), f"{moment}: another shop"
        assert self.yard.memory() == self.alone.memory(), f"{moment}: another ledger"
        if images:
            assert self.yard.images() == self.alone.images(), f"{moment}: other before-images"

    def close(self) -> None:
        """Leave the shop quick."""
        self.watcher.close()
        self.latency(0)


@pytest.fixture
def lease() -> float:
    """How long a silent process keeps what it holds."""
    return LEASE


@pytest.fixture
def stage(yards: MakeYard, postgresql: Callable[[], str], lease: float) -> Any:
    """Two workers that wait, and everything known once."""
    made = _Stage(yards, postgresql(), lease)
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("lease", [LONG_LEASE])
def test_any_process_may_be_killed_at_any_moment(stage: _Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """SIGKILL of the run or of a worker, 25 times: the work goes on long before a lease ends.

    It ends as one process would have ended it, and each resource was written once.
    """
    dice = random.Random(SEED)  # noqa: S311 - moments, no secrets
    told = Table("no", "killed", "noted by then", "resumed after s", title=f"SIGKILL at {MOMENTS} moments")
    yard, resumed_after, by_run = stage.yard, list[float](), 0
    for number in range(MOMENTS):
        stage.next_file()
        runs = len(stage.watcher.runs())
        run = yard.start_run("levels", parts=PARTS)
        # A moment is a number of answers that are noted: it does not depend on how busy the machine is.
        moment = dice.choice([0, 0, *range(RECORDS - 400)])
        stage.watcher.sees_runs(runs + 1, within=60)
        if moment:
            stage.watcher.sees_noted(moment, within=60)
        victim = dice.choice([run, *stage.workers])
        held = {part for part, (pid, _, _) in stage.watcher.parts().items() if pid == victim.pid}
        times = {part: times for part, (_, times, _) in stage.watcher.parts().items()}
        yard.kill(victim)
        died = time.monotonic()
        if victim is run:
            by_run += 1
            stage.watcher.sees_runs(runs + 2, within=WELL_BEFORE)
            resumed_after.append(time.monotonic() - died)
            until(lambda: stage.watcher.runs()[-1][1] is not None, within=150, what="it is carried")
            assert stage.watcher.runs()[-1][1] == "succeeded"
        else:
            if held:
                _see_taken_up(stage.watcher, held, times, victim.pid)
                resumed_after.append(time.monotonic() - died)
            report = yard.report(run)
            assert report["outcome"] == "succeeded", report
            assert {name: report[name] for name in stage.wanted} == stage.wanted, report
            stage.workers.remove(victim)
            stage.workers.append(yard.start_worker())
        who = "the run" if victim is run else "a worker" if held else "a worker at rest"
        told.add_row(
            str(number), who, str(moment), f"{resumed_after[-1]:.2f}" if victim is run or held else "-"
        )
        stage.holds_what_one_process_leaves(f"moment {number}", images=False)
        with capsys.disabled():
            # As it goes: on a busy machine this takes minutes.
            Console().print(f"{number}: {who}, {moment} noted")
    with capsys.disabled():
        Console().print("\n", told)
    assert by_run >= 4
    assert len(resumed_after) >= MOMENTS // 2, "most were killed at rest: the moments prove little"


def _see_taken_up(watcher: Watcher, held: set[int], times: dict[int, int], victim: int) -> None:
    """Wait until none of these parts is the dead process's any more."""

    def is_so() -> bool:
        now = watcher.parts()
        return all(
            part not in now or (now[part][1] > times[part] and now[part][0] != victim) for part in held
        )

    until(is_so, within=WELL_BEFORE, what="its part is taken up")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_process_that_wakes_up_too_late_writes_nothing(stage: _Stage) -> None:
    """A worker that stands still for longer than its lease loses its part to another process, and no sooner.

    When it goes on it finds that out, and what it has in hand is not written twice.
    """
    yard, frozen = stage.yard, stage.workers[0]
    stage.next_file()
    # Long enough in its part to be met there.
    stage.latency(200)
    run = yard.start_run("levels", parts=PARTS)
    until(lambda: _noted_by(stage.watcher, frozen.pid), within=60, what="the worker is in its part")
    frozen.send_signal(signal.SIGSTOP)
    try:
        (part, ends), *others = stage.watcher.leases(frozen.pid).items()
        assert others == []
        until(
            lambda: stage.watcher.holder(part)[0] != frozen.pid,
            # A minute more when it stopped in a transaction: so long the server keeps its rows for it.
            within=150,
            what="its part is taken up",
        )
        assert stage.watcher.holder(part)[1] >= ends, "it was not waited for"
    finally:
        frozen.send_signal(signal.SIGCONT)
    report = yard.report(run)
    assert {name: report[name] for name in stage.wanted} == stage.wanted, report
    stage.holds_what_one_process_leaves("after the freeze", images=True)
    frozen.terminate()
    _, words = frozen.communicate(timeout=60)
    assert "is left to others" in words


def _noted_by(watcher: Watcher, pid: int) -> bool:
    return any(holder == pid and noted for holder, _, noted in watcher.parts().values())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ten_seconds_without_the_database(stage: _Stage, server: Any) -> None:
    """PostgreSQL is killed in the middle and is away for ten seconds, three lease times: all go on.

    Nothing is lost or doubled, and the run ends well.
    """
    yard = stage.yard
    stage.next_file()
    run = yard.start_run("levels", parts=PARTS)
    stage.watcher.sees_runs(2, within=60)
    stage.watcher.sees_noted(RECORDS // 4, within=60)
    stage.watcher.close()
    _kill_server(server)
    time.sleep(10)  # the time without it is what is tested
    server.ensure_postgres_running()
    report = yard.report(run)
    assert report["outcome"] == "succeeded", report
    assert {name: report[name] for name in stage.wanted} == stage.wanted, report
    stage.holds_what_one_process_leaves("after the outage", images=True)
    assert all(worker.poll() is None for worker in stage.workers), "a worker gave up"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_one_process_survives_it_as_well(stage: _Stage, server: Any) -> None:
    """A run that nobody helps waits for its database, too: while it plans, and while it sends."""
    yard = stage.yard
    for worker in stage.workers:
        yard.kill(worker)
    stage.next_file()
    run = yard.start("run", "levels", "--json")
    stage.watcher.sees_runs(2, within=60)
    time.sleep(random.Random(SEED).uniform(0.5, 2))  # noqa: S311 - a moment; somewhere in its middle
    stage.watcher.close()
    _kill_server(server)
    time.sleep(10)  # as above
    server.ensure_postgres_running()
    report = yard.report(run)
    assert report["outcome"] == "succeeded", report
    assert {name: report[name] for name in stage.wanted} == stage.wanted, report
    stage.holds_what_one_process_leaves("after the outage", images=True)


def _kill_server(server: Any) -> None:
    """SIGKILL of the server and of every process of it, as a machine that dies."""
    postmaster = psutil.Process(server.get_pid())
    kill([postmaster, *postmaster.children(recursive=True)])
