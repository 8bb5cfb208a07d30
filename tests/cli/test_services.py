from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from passerelle.cli.services import Service, claim
from passerelle.errors import ConfigError, Fatal
from tests.waiting import over, until

#: Starts a child that ignores SIGTERM, tells its pid, then ends by itself or waits.
PARENT = """
import pathlib, subprocess, sys, time
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=1); time.sleep(99)"
child = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
child.stdout.readline()
pathlib.Path("part").write_text(str(child.pid))
pathlib.Path("part").rename("child")
time.sleep(600)
"""


#: Starts a service, then dies of what cannot be caught.
KILLED = """
import os, pathlib, signal, sys
from passerelle.cli.services import Service
Service("parent", [sys.executable, "-c", "import time; time.sleep(600)"], folder=pathlib.Path.cwd(),
        environment=os.environ, log=pathlib.Path("log"), stop_seconds=10).__enter__()
os.kill(os.getpid(), signal.SIGKILL)
"""


def _service(folder: Path, program: str) -> Service:
    return Service(
        "parent",
        [sys.executable, "-c", program],
        folder=folder,
        environment=os.environ,
        log=folder / "log",
        stop_seconds=10,
    )


def test_a_service_takes_its_children_with_it(tmp_path: Path) -> None:
    """No process is left, not even a child of the service that does not listen to SIGTERM."""
    with _service(tmp_path, PARENT):
        until((tmp_path / "child").exists)
        child = psutil.Process(int((tmp_path / "child").read_text()))
    until(lambda: over(child))


def test_what_a_killed_command_left_is_ended_by_the_next_one(tmp_path: Path) -> None:
    """Nobody was there to stop the service: the next start does, and only if it is still the same process."""
    command = subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path, check=False, timeout=240)
    assert command.returncode == -signal.SIGKILL
    left = psutil.Process(msgspec.json.decode((tmp_path / "log.pid").read_bytes())["pid"])
    assert not over(left)
    _service(tmp_path, "").end_leftover()
    assert over(left)
    assert not (tmp_path / "log.pid").exists()


def test_a_process_that_got_an_old_pid_is_left_alone(tmp_path: Path) -> None:
    """This very process is not ended for a note that another one left years ago."""
    (tmp_path / "log.pid").write_bytes(
        msgspec.json.encode({"pid": os.getpid(), "started": 1.0, "what": "parent"})
    )
    _service(tmp_path, "").end_leftover()
    assert not (tmp_path / "log.pid").exists()


def test_a_service_that_ends_by_itself_tells_its_last_words(tmp_path: Path) -> None:
    """The message has the exit code and the end of the log: nobody has to look for it."""
    with _service(tmp_path, "import sys; sys.exit('no such table: flow')") as service:

        def ended() -> bool:
            try:
                service.check()
            except Fatal as error:
                return "ended with code 1" in error.message and "no such table: flow" in error.advice
            return False

        until(ended)


def test_a_claim_is_held_by_one_live_process(tmp_path: Path) -> None:
    """A second start is refused with the holder's pid and what it does; afterwards the claim is free."""
    path = tmp_path / "up.json"
    with claim(path, what="passerelle up, http://127.0.0.1:4200"):
        with (
            pytest.raises(ConfigError, match=rf"process {os.getpid()}: passerelle up"),
            claim(path, what="another"),
        ):
            pass
        assert path.exists()
    assert not path.exists()


def test_a_claim_of_a_dead_process_is_no_obstacle(tmp_path: Path) -> None:
    """A pid that was given to another process meanwhile is not the holder."""
    path = tmp_path / "up.json"
    path.write_bytes(msgspec.json.encode({"pid": os.getpid(), "started": 1.0, "what": "long ago"}))
    with claim(path, what="now"):
        assert b"now" in path.read_bytes()


def test_a_claim_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    """A file cut short by a full disk does not end in a stack trace."""
    path = tmp_path / "up.json"
    path.write_bytes(b'{"pid": 1')
    with pytest.raises(ConfigError, match="cannot be read"), claim(path, what="now"):
        pass
