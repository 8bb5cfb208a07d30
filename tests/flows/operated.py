"""A service under which runs of feeds are started, cancelled, killed and retried, as in the UI."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from passerelle.cli.up import PrefectUp, UpOptions
from passerelle.ledger import Backfill, Run
from tests.feeds.orders.till import Till
from tests.waiting import free_port, until

from .asking import got, posted, started
from .conftest import PROJECT
from .guarded import environment

__all__ = ["Operated", "operated"]

#: What the UI says when its buttons are pressed (Prefect 3.8: Cancel, Retry).
CANCEL = {"type": "CANCELLING", "name": "Cancelling"}
RETRY = {"type": "SCHEDULED", "name": "AwaitingRetry", "message": "Retry from the UI"}


class Operated:
    """One shop, one ERP, and `passerelle up` for the deployments `stock` and `backfill`."""

    def __init__(self, till: Till, up: PrefectUp) -> None:
        self.till = till
        self.url = f"{up.url}/api"
        self._up = up
        self._served = {one.name: one.id for one in up.deployments}

    # As the UI does.

    def start(self, deployment: str, **parameters: Any) -> str:
        """Press Run; gives the run's id."""
        asked = {"parameters": {"dry_run": False, **parameters}}
        return started(self.url, self._served[deployment], asked)

    def cancel(self, run: str) -> None:
        """Press Cancel."""
        self._post(f"flow_runs/{run}/set_state", {"state": CANCEL, "force": True})

    def retry(self, run: str) -> None:
        """Press Retry."""
        answer = self._post(f"flow_runs/{run}/set_state", {"state": RETRY, "force": False})
        assert answer["status"] == "ACCEPT", answer

    def state(self, run: str) -> tuple[str, str]:
        """The type and the message of a run's state."""
        state = got(f"{self.url}/flow_runs/{run}")["state"]
        return str(state["type"]), str(state["message"])

    def running(self) -> str | None:
        """The run that the server takes for running, if there is one."""
        asked = {"flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}}}
        found = posted(f"{self.url}/flow_runs/filter", asked)
        return next((str(run["id"]) for run in found), None)

    def until_over(self, run: str, seconds: float = 90) -> str:
        """Wait for the end of a run; gives the type of its last state."""
        until(lambda: self.state(run)[0] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}, seconds)
        return self.state(run)[0]

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = posted(f"{self.url}/{path}", body)
        return found

    # As the ledger has it.

    def backfills(self) -> list[Backfill]:
        """The backfills, the newest first."""
        with self.till.workspace.ledger() as ledger:
            return ledger.backfills.last()

    def backfill_of(self, run: str) -> Backfill | None:
        """The backfill that a run carries, once it is asked for."""
        return next((one for one in self.backfills() if one.token == f"prefect:{run}"), None)

    def until_done(self, run: str, least: int) -> None:
        """Wait until the backfill of a run has carried so many records; it must not be at its end."""
        until(lambda: (found := self.backfill_of(run)) is not None and found.done >= least)
        found = self.backfill_of(run)
        assert found is not None
        assert found.done < found.total, "too quick to be stopped in the middle"

    def book(self) -> list[Run]:
        """The runs of stock, the newest first."""
        with self.till.workspace.ledger() as ledger:
            return ledger.runs.last("stock", 20)

    def held(self) -> list[str]:
        """Which leases of the feed, its turn and its backfills anybody holds."""
        with self.till.workspace.ledger() as ledger:
            names = ["feed:stock", "turn:stock", *(f"backfill:{one.id}" for one in ledger.backfills.last())]
            return [name for name in names if ledger.leases.holder(name) is not None]

    def process(self) -> psutil.Process:
        """The process of the run that is at work, as the ledger names it."""
        (run,) = [one for one in self.book() if one.outcome is None]
        return psutil.Process(run.owner.pid)

    def slow(self, ms: int) -> None:
        """Let the shop answer so late."""
        self.till.sandbox.control("POST", "/latency", {"ms": ms})


@contextmanager
def operated(till: Till, folder: Path) -> Iterator[Operated]:
    """Serve our own flows, with the declaration cut to the deployments that are used here."""
    project = folder / "project"
    project.mkdir()
    (project / "flows").symlink_to(PROJECT / "flows", target_is_directory=True)
    declared = yaml.safe_load((PROJECT / "prefect.yaml").read_text(encoding="utf-8"))
    declared["deployments"] = [one for one in declared["deployments"] if one["name"] in {"stock", "backfill"}]
    (project / "prefect.yaml").write_text(yaml.safe_dump(declared), encoding="utf-8")
    options = UpOptions(home=till.workspace.home, project=project, port=free_port(), schedules=False, sweep=1)
    with pytest.MonkeyPatch.context() as patch:
        # The other tests of this folder run a server of their own.
        for variable in [name for name in os.environ if name.startswith("PREFECT_")]:
            patch.delenv(variable)
        for variable, value in environment(till).items():
            patch.setenv(variable, value)
        with PrefectUp(options) as up:
            yield Operated(till, up)
