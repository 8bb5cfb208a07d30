"""The service as a whole, on a project of its own: real server, real runner, a flow that waits."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psutil
import pytest

from passerelle.cli.up import PrefectUp, UpOptions
from tests.waiting import free_port, until

from .asking import posted, started
from .small_project import SCHEDULE, make_project


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
        assert served.schedules == [f"{SCHEDULE} Europe/Paris"]
        until(lambda: _count_runs(up.url, "SCHEDULED") > 0)
        started(f"{up.url}/api", served.id, {})
        until((project / "began").exists)
        family = [one for one in psutil.Process().children(recursive=True) if one not in others]
        assert int((project / "began").read_text()) in {process.pid for process in family}
    assert (project / "ended").exists()
    _gone, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []
    database = sqlite3.connect(home / "prefect" / "prefect.db")
    states = database.execute("SELECT state_type FROM flow_run WHERE state_type != 'SCHEDULED'").fetchall()
    database.close()
    assert states == [("CANCELLED",)]


def _count_runs(url: str, state: str) -> int:
    asked = {"flow_runs": {"state": {"type": {"any_": [state]}}}}
    return int(posted(f"{url}/api/flow_runs/count", asked))
