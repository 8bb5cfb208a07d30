"""A shop and an ERP for flows: stock that a guard stops, found by the flows through the environment."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType

from passerelle.sandbox import Sandbox
from tests.feeds.orders.till import Till

__all__ = ["environment", "input_keys", "paused", "stock_till"]


async def stock_till(home: Path, shop: Sandbox) -> Till:
    """A project of its own that has depot 001."""
    till = Till(home, shop, f"flow-{uuid4().hex[:12]}")
    await till.set_up()
    async with till.workspace.client() as client:
        await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})
    return till


def environment(till: Till) -> dict[str, str]:
    """The variables with which a flow finds this shop and this ERP."""
    shop = "PASSERELLE_COMMERCETOOLS__"
    return {
        "PASSERELLE_HOME": str(till.workspace.home),
        "PASSERELLE_MAPPINGS": str(till.workspace.settings.mappings),
        "PASSERELLE_FOLDER": str(till.home / "erp"),
        f"{shop}PROJECT_KEY": till.project,
        f"{shop}CLIENT_ID": till.sandbox.client_id,
        f"{shop}CLIENT_SECRET": till.sandbox.client_secret.get_secret_value(),
        f"{shop}AUTH_URL": till.sandbox.url,
        f"{shop}API_URL": till.sandbox.url,
        f"{shop}CONCURRENCY": "2",
    }


async def paused(client: PrefectClient, *, form: bool = True, after: FlowRun | None = None) -> FlowRun:
    """Wait for the one run that waits for a person; with a form that is until the form is there.

    `after` is that run as it waited before: it is another question that is waited for.
    """
    wanted = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED])),
        # Those of deployments are of other tests, and some of them wait for ever.
        deployment_id=FlowRunFilterDeploymentId(is_null_=True),
    )
    async with asyncio.timeout(60):
        while True:
            found = await client.read_flow_runs(flow_run_filter=wanted)
            if found and not _is_same(found[0], after) and (not form or await _has_form(client, found[0])):
                return found[0]
            await asyncio.sleep(0.1)
    pytest.fail("no run waits")


def _is_same(run: FlowRun, before: FlowRun | None) -> bool:
    if before is None or before.state is None or run.state is None:
        return False
    return run.state.id == before.state.id


async def _has_form(client: PrefectClient, run: FlowRun) -> bool:
    """Say whether the form of this very question is there: the server keeps it a moment after the pause."""
    assert run.state is not None
    keys = run.state.state_details.run_input_keyset
    return keys is not None and keys["schema"] in {one.key for one in await input_keys(client, run.id)}


async def input_keys(client: PrefectClient, run: UUID) -> list[Any]:
    """What is stored for the inputs of a run: its form is there when there is any."""
    return await client.filter_flow_run_input(flow_run_id=run, key_prefix="", limit=20, exclude_keys=set())
