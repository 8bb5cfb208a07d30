"""`passerelle up` loses processes one after the other; what Prefect says of runs is true again soon after."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psutil
import pytest

from passerelle.feeds import Settings, Workspace
from passerelle.ledger import Run
from tests.killing import kill, lives
from tests.waiting import free_port, until

from .asking import started
from .conftest import PROJECT
from .small_project import make_project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

#: Two heartbeats of a run, as `passerelle up` sets them.
TWO_HEARTBEATS = dt.timedelta(seconds=60)
UP = """
import pathlib, sys
from passerelle.cli.up import UpOptions, run
home, project, port, web_port = sys.argv[1:]
options = UpOptions(
    home=pathlib.Path(home), project=pathlib.Path(project), port=int(port), web_port=int(web_port), sweep=2
)
sys.exit(run(options))
"""


def now() -> dt.datetime:
    """The clock of this machine, which Prefect and the ledger go by, too."""
    return dt.datetime.now(dt.UTC)


class Machine:
    """A machine on which `passerelle up` runs: it can be asked, hurt, switched off and on."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.project = make_project(folder)
        self.terminal = folder / "terminal"
        self.port = free_port()
        self.web_port = free_port()
        self.api = f"http://127.0.0.1:{self.port}/api"
        self._up: subprocess.Popen[bytes] | None = None

    def on(self) -> None:
        """Start `passerelle up` and wait until it serves."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        # What it says is looked for line by line.
        environment["COLUMNS"] = "200"
        environment["PASSERELLE_HOME"] = str(self.home)
        environment["PASSERELLE_MAPPINGS"] = str(PROJECT / "mappings")
        ready = self.home / "prefect" / "served.json"
        ready.unlink(missing_ok=True)
        with self.terminal.open("wb") as output:
            self._up = subprocess.Popen(
                [sys.executable, "-c", UP, *map(str, (self.home, self.project, self.port, self.web_port))],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        until(lambda: ready.exists() or self._ended(), 180)
        assert ready.exists(), self.said()

    def _ended(self) -> bool:
        return self._up is None or self._up.poll() is not None

    def family(self) -> list[psutil.Process]:
        """All processes of the command, and it."""
        assert self._up is not None
        up = psutil.Process(self._up.pid)
        return [up, *up.children(recursive=True)]

    def part(self, word: str) -> list[psutil.Process]:
        """The processes whose command has this word."""
        found = []
        for process in self.family():
            with suppress(psutil.NoSuchProcess):
                found += [process] if word in " ".join(process.cmdline()) else []
        return found

    def off(self) -> None:
        """Pull the plug: every process dies at the same time."""
        kill(self.family())
        self.reap()

    def kill_command(self) -> list[psutil.Process]:
        """Kill only the command itself; give what works on without it."""
        _up, *left = self.family()
        assert self._up is not None
        self._up.kill()
        self.reap()
        return left

    def stop(self) -> int:
        """Ask it to stop, as systemd does; give the exit code."""
        assert self._up is not None
        self._up.terminate()
        return self._up.wait(120)

    def reap(self) -> None:
        """Let the dead go."""
        assert self._up is not None
        self._up.wait(60)

    def said(self) -> str:
        """What stands in the terminal."""
        return self.terminal.read_text(encoding="utf-8", errors="replace")

    def start_run(self) -> str:
        """Start a run as the form does, and wait until it works; give its id."""
        (self.project / "began").unlink(missing_ok=True)
        served = msgspec.json.decode((self.home / "prefect" / "served.json").read_bytes())[0]["id"]
        run = started(self.api, served, {})
        until(
            lambda: (
                (self.project / "began").exists() or self.state(run) in {"CRASHED", "FAILED", "CANCELLED"}
            ),
            180,
        )
        until(lambda: self.state(run) == "RUNNING", 180)
        return run

    def worker(self) -> psutil.Process:
        """The process of the run that works."""
        return psutil.Process(int((self.project / "began").read_text()))

    def go(self) -> None:
        """Let the run that works end well."""
        (self.project / "go").touch()

    def state(self, run: str) -> str:
        """What Prefect says of a run; nothing while nobody answers."""
        return str(self._asked(run).get("state_type", ""))

    def _asked(self, run: str) -> dict[str, Any]:
        try:
            answer = httpx.get(f"{self.api}/flow_runs/{run}", timeout=30)
        except httpx.TransportError:
            return {}
        found: dict[str, Any] = answer.json() if answer.status_code == httpx.codes.OK else {}
        return found

    def says(self, run: str, *states: str, since: dt.datetime) -> None:
        """Wait until Prefect says one of these of a run; by its own time that was soon after a moment."""
        until(lambda: self.state(run) in states, 180)
        said = dt.datetime.fromisoformat(self._asked(run)["state"]["timestamp"])
        assert said - since <= TWO_HEARTBEATS

    def writes(self, outcome: str, *, since: dt.datetime) -> Run:
        """Wait until the ledger has an end of the newest run; by its own time it came soon after a moment."""
        until(lambda: self.book()[0].outcome is not None, 180)
        run = self.book()[0]
        assert run.outcome == outcome
        assert run.finished_at is not None
        assert run.finished_at - since <= TWO_HEARTBEATS
        return run

    def book(self) -> list[Run]:
        """The runs of the ledger, the newest first."""
        with Workspace(Settings(home=self.home)).ledger() as ledger:
            return ledger.runs.last("none", 20)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine, switched off at the end."""
    machine = Machine(tmp_path_factory.mktemp("machine"))
    machine.on()
    yield machine
    if not machine._ended():  # noqa: SLF001 - the fixture is of the machine
        machine.off()


def test_pages_of_other_sites_get_no_answer(machine: Machine) -> None:
    """A page of the internet that the operator has open cannot read this server; its secrets have a key."""
    asked = httpx.get(f"{machine.api}/health", headers={"Origin": "https://shop.example"}, timeout=30)
    assert "access-control-allow-origin" not in asked.headers
    key = machine.home / "prefect" / "encryption.key"
    assert key.stat().st_mode & 0o077 == 0


def test_the_operators_page_is_served_and_started_again(machine: Machine) -> None:
    """It comes with the service, and a killed page is a page again a moment later."""

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{machine.web_port}/", timeout=30).is_success
        except httpx.TransportError:
            return False

    until(answers, 120)
    (page,) = machine.part("web --port")
    kill([page])
    until(lambda: "operators' page was killed (SIGKILL); it is started again" in machine.said(), 60)
    until(answers, 120)


def test_no_killed_process_leaves_a_run_in_a_false_state(machine: Machine) -> None:
    """Server, runner, run, command and the whole machine are killed; each time the truth comes back."""
    # The server: all its processes. The run works on, and its end is known.
    run = machine.start_run()
    worker = machine.worker()
    kill(machine.part("prefect server") + machine.part("prefect.server"))
    until(lambda: "Prefect server was killed (SIGKILL); it is started again" in machine.said(), 60)
    until(lambda: machine.state(run) == "RUNNING", 120)
    assert lives(worker)
    gone_on = now()
    machine.go()
    machine.says(run, "COMPLETED", since=gone_on)
    assert machine.book()[0].outcome == "succeeded"

    # The run itself.
    run = machine.start_run()
    killed = now()
    machine.worker().kill()
    machine.says(run, "CRASHED", since=killed)
    assert machine.writes("failed", since=killed).interrupted

    # The runner: its run would work on unseen. It is ended, and the feed can run again.
    run = machine.start_run()
    worker = machine.worker()
    killed = now()
    kill(machine.part("flows.serve"))
    until(lambda: "runner of the flows was killed (SIGKILL); it is started again" in machine.said(), 60)
    machine.says(run, "CRASHED", since=killed)
    assert not lives(worker)
    machine.writes("failed", since=killed)
    run = machine.start_run()

    # The command alone: the next start ends what it left, and serves.
    left = machine.kill_command()
    machine.on()
    assert not any(map(lives, left))
    machine.says(run, "CRASHED", "CANCELLED", since=now())

    # The whole machine.
    run = machine.start_run()
    machine.off()
    machine.on()
    served = now()
    machine.says(run, "CRASHED", since=served)
    assert machine.writes("failed", since=served).interrupted

    # And asked to stop: the run is cancelled with its `finally`, and nothing stays.
    (machine.project / "ended").unlink(missing_ok=True)
    machine.start_run()
    family = machine.family()
    assert machine.stop() == 0
    assert (machine.project / "ended").exists()
    until(lambda: not any(map(lives, family)))
    assert all(one.outcome is not None for one in machine.book())
