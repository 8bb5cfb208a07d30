from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from passerelle.cli.services import Service
from passerelle.cli.supervising import TRIES, Supervisor
from passerelle.errors import Fatal
from tests.waiting import over, until

#: Starts a child in its session, tells its number, then waits to be killed.
PARENT = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("part").write_text(str(child.pid))
pathlib.Path("part").rename("child")
time.sleep(600)
"""


class Clock:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def _service(folder: Path, program: str) -> Service:
    return Service(
        "runner of the flows",
        [sys.executable, "-c", program],
        folder=folder,
        environment=os.environ,
        log=folder / "flows.log",
        stop_seconds=5,
    )


def _works(service: Service) -> bool:
    return service.ended is None


def test_a_killed_service_is_said_and_started_again_after_a_pause(tmp_path: Path) -> None:
    """The terminal says what ended and when it comes back; its orphans are gone before that."""
    said: list[str] = []
    clock = Clock()
    with _service(tmp_path, PARENT) as service:
        supervisor = Supervisor([service], say=said.append, clock=clock)
        until((tmp_path / "child").exists)
        orphan = psutil.Process(int((tmp_path / "child").read_text()))
        (tmp_path / "child").unlink()
        leader = orphan.ppid()
        psutil.Process(leader).kill()
        until(lambda: service.ended is not None)
        supervisor.check()
        assert said == ["The runner of the flows was killed (SIGKILL); it is started again in 1 s (1/5)"]
        assert over(orphan)
        supervisor.check()
        assert not _works(service)
        clock.now += 1
        supervisor.check()
        until((tmp_path / "child").exists)
        assert _works(service)
        assert psutil.Process(int((tmp_path / "child").read_text())).ppid() != leader


def test_who_ends_again_and_again_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    """The pauses grow; after five ends in a row the end of the log is the message."""
    said: list[str] = []
    clock = Clock()
    with _service(tmp_path, "raise SystemExit('no such table: flow')") as service:
        supervisor = Supervisor([service], say=said.append, clock=clock)

        def given_up() -> bool:
            if service.ended is not None:
                clock.now += 31
            try:
                supervisor.check()
            except Fatal as error:
                return error.message.endswith("ended with code 1") and "no such table: flow" in error.advice
            return False

        until(given_up)
    assert [line.split(" in ")[1] for line in said] == [
        f"{pause} s ({number}/{TRIES})" for number, pause in enumerate((1, 2, 4, 8, 16), 1)
    ]


def test_what_can_be_spared_is_given_up_alone(tmp_path: Path) -> None:
    """A page that cannot start is no reason to carry no stock; the terminal has its last words."""
    said: list[str] = []
    clock = Clock()
    with _service(tmp_path, "raise SystemExit('port is taken')") as service:
        supervisor = Supervisor([], spare=[service], say=said.append, clock=clock)

        def given_up() -> bool:
            if service.ended is not None:
                clock.now += 31
            supervisor.check()
            return len(said) > TRIES

        until(given_up)
        supervisor.check()
    assert len(said) == TRIES + 1
    assert "port is taken" in said[-1]


def test_who_worked_well_for_a_while_starts_counting_anew(tmp_path: Path) -> None:
    """Five ends in five months are no reason to give up."""
    said: list[str] = []
    clock = Clock()
    with _service(tmp_path, "raise SystemExit(1)") as service:
        supervisor = Supervisor([service], say=said.append, clock=clock)
        for _ in range(TRIES + 2):
            until(lambda: service.ended is not None)
            clock.now += 3600
            supervisor.check()
            clock.now += 1
            supervisor.check()
    assert {line[-5:] for line in said} == {"(1/5)"}


def test_the_log_of_the_time_before_is_kept(tmp_path: Path) -> None:
    """Whoever looks for the reason of a crash finds it after the next start, too."""
    for word in ("first", "second"):
        with _service(tmp_path, f"print('{word}')") as service:
            until(lambda service=service: service.ended is not None)  # type: ignore[misc]
    assert (tmp_path / "flows.log").read_text() == "second\n"
    assert (tmp_path / "flows.log.1").read_text() == "first\n"


@pytest.mark.parametrize("kill_parent_first", [True, False])
def test_children_of_a_killed_service_are_ended_by_the_next_start(
    tmp_path: Path, *, kill_parent_first: bool
) -> None:
    """Command and service were killed, a run works on: the next start ends it, by the session it is in."""
    service = _service(tmp_path, PARENT)
    service.start()
    until((tmp_path / "child").exists)
    child = psutil.Process(int((tmp_path / "child").read_text()))
    if kill_parent_first:
        psutil.Process(child.ppid()).kill()
        until(lambda: service.ended is not None)
    _service(tmp_path, "").end_leftover()
    until(lambda: over(child))
    service.stop()
