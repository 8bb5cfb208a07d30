"""The profile for several machines: what prefect.yaml says is deployed by Prefect's own command, and run."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings

from flows.deployments import OWN_TAG, read_declared

from .conftest import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.usefixtures("prefect_server")]


def _prefect(home: Path, *arguments: str) -> str:
    """Run a module as an operator would, against the server of the tests."""
    variables = {
        **os.environ,
        "PREFECT_API_URL": str(get_current_settings().api.url),
        "PASSERELLE_HOME": str(home),
        # A worker gives each run an empty folder: who serves a project says where it is.
        "PYTHONPATH": str(PROJECT),
        "PASSERELLE_MAPPINGS": str(PROJECT / "mappings"),
    }
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=PROJECT,
        env=variables,
        check=False,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def _until_nothing_is_planned(client: PrefectClient, deployments: list[UUID]) -> None:
    """Delete what schedules that are off by now had planned: a worker would take it for work."""
    wanted = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=deployments),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
    )
    while planned := await client.read_flow_runs(flow_run_filter=wanted, limit=200):
        for run in planned:
            with suppress(ObjectNotFound):
                await client.delete_flow_run(run.id)


async def test_all_deployments_are_applied_and_a_worker_runs_one(tmp_path: Path) -> None:
    """`prefect deploy --all` ends well (newer FastAPI stops it half-way), and a process worker runs one."""
    declared = read_declared(PROJECT / "prefect.yaml")
    _prefect(tmp_path, "flows.pool")
    _prefect(tmp_path, "prefect", "--no-prompt", "deploy", "--all")
    async with get_client() as client:
        found = {
            deployment.name: deployment
            for deployment in await client.read_deployments(limit=200)
            if OWN_TAG in deployment.tags
        }
        assert set(found) >= {entry.name for entry in declared}
        for entry in declared:
            deployment = found[entry.name]
            assert (deployment.work_pool_name, deployment.work_queue_name) == ("passerelle", entry.lane)
            assert {one.slug for one in deployment.schedules} == {one.slug for one in entry.schedules}
            assert deployment.pull_steps == []
            assert deployment.path is None
            for one in deployment.schedules:
                assert one.id is not None
                await client.update_deployment_schedule(deployment.id, one.id, active=False)
        await _until_nothing_is_planned(client, [one.id for one in found.values()])
        run = await client.create_flow_run_from_deployment(found["alerts"].id)
        _prefect(
            tmp_path, "prefect", "worker", "start", "--pool", "passerelle", "--run-once", "--type", "process"
        )
        state = (await client.read_flow_run(run.id)).state
        assert state is not None
        assert state.is_completed(), state
        for deployment in found.values():
            await client.delete_deployment(deployment.id)
