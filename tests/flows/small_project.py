"""A project of its own for tests of the service: our `flows.serve` with flows that wait to be told."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

from .conftest import PROJECT

__all__ = ["SCHEDULE", "make_project"]

_SOON = dt.datetime.now(dt.UTC) + dt.timedelta(days=30)
#: Once a year, a month from now: Prefect plans a hundred days ahead, and it is not due while a test runs.
SCHEDULE = f"0 3 {_SOON.day} {_SOON.month} *"

#: What `flows.serve` consists of.
SERVED = ("__init__", "automations", "deployments", "events", "lanes", "serve", "sweeping", "warm")

#: Waits until somebody writes `go`; as a run of a feed it holds the lease and is in the book.
SLOW = """
import asyncio, os, pathlib
from prefect import flow
from passerelle.feeds import Workspace

@flow(name="slow")
async def slow(feed: str) -> None:
    with Workspace.load().ledger() as ledger, ledger.leases.take(f"feed:{feed}", ttl=3600):
        run = ledger.runs.start(feed, mode="auto")
        try:
            pathlib.Path("part").write_text(str(os.getpid()))
            pathlib.Path("part").rename("began")
            while not pathlib.Path("go").exists():
                await asyncio.sleep(0.1)
            pathlib.Path("go").unlink()
        except BaseException:
            ledger.runs.finish(run.id, "failed", message="interrupted")
            raise
        else:
            ledger.runs.finish(run.id, "succeeded")
        finally:
            pathlib.Path("ended").touch()
"""

DECLARATION = f"""
definitions:
  lanes:
    now: {{priority: 1}}
deployments:
  - name: slow
    entrypoint: flows.slow.slow
    description: A flow that waits.
    tags: [passerelle]
    parameters: {{feed: none}}
    concurrency_limit: {{limit: 1, collision_strategy: CANCEL_NEW}}
    work_pool: {{name: passerelle, work_queue_name: now}}
    schedules:
      - {{slug: yearly, cron: "{SCHEDULE}", timezone: Europe/Paris}}
"""


def make_project(folder: Path) -> Path:
    """Write the project into a folder of its own; give that folder."""
    project = folder / "project"
    (project / "flows").mkdir(parents=True)
    for name in SERVED:
        shutil.copy(PROJECT / "flows" / f"{name}.py", project / "flows")
    (project / "flows" / "slow.py").write_text(SLOW, encoding="utf-8")
    (project / "prefect.yaml").write_text(DECLARATION, encoding="utf-8")
    return project
