"""The service as a whole, on a project of its own: real server, real runner, a flow that waits."""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from passerelle.cli.up import PrefectUp, UpOptions

from .small_project import make_project


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one flow, served by our own `flows.serve`."""
    return make_project(tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_schedule_plans_runs_and_stopping_cancels_what_runs(tmp_path: Path, project: Path) -> None:
    """Runs are planned ahead; one at work ends through its `finally` as Cancelled, and no process stays."""
    home = tmp_path / "home"
    # Servers that other tests keep for the whole session are none of ours.
    others = set(psutil.Process().children(recursive=True))
    with PrefectUp(UpOptions(home=home, project=project, port=free_port(), schedules=True)) as up:
        (served,) = up.deployments
        assert served.schedules == ["0 3 1 1 * Europe/Paris"]
        _until(lambda: _count_runs(up.url, "SCHEDULED") > 0)
        created = httpx.post(f"{up.url}/api/deployments/{served.id}/create_flow_run", json={}, timeout=30)
        assert created.status_code == httpx.codes.CREATED
        _until((project / "began").exists)
        family = [one for one in psutil.Process().children(recursive=True) if one not in others]
        assert int((project / "began").read_text()) in {process.pid for process in family}
    assert (project / "ended").exists()
    _gone, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    database = sqlite3.connect(home / "prefect" / "prefect.db")
    states = database.execute("SELECT state_type FROM flow_run WHERE state_type != 'SCHEDULED'").fetchall()
    database.close()
    assert states == [("CANCELLED",)]


def _count_runs(url: str, state: str) -> int:
    asked = {"flow_runs": {"state": {"type": {"any_": [state]}}}}
    return int(httpx.post(f"{url}/api/flow_runs/count", json=asked, timeout=30).json())
