from __future__ import annotations

import pytest
from prefect.client.orchestration import get_client

from flows.deployments import read_declaration
from flows.lanes import Lane
from flows.pool import set_up_pool
from passerelle.errors import ConfigError

from .conftest import PROJECT

DECLARATION = read_declaration(PROJECT / "prefect.yaml")


@pytest.mark.usefixtures("prefect_server")
async def test_the_queues_of_the_pool_have_the_priorities_of_the_lanes() -> None:
    """Workers take stock and orders first, too; setting it up again changes nothing."""
    async with get_client() as client:
        assert await set_up_pool(client, DECLARATION)
        queues = await client.read_work_queues(work_pool_name="passerelle")
        by_priority = [queue.name for queue in sorted(queues, key=lambda queue: queue.priority or 0)]
        assert by_priority == ["now", "prices", "catalogue", "backfills", "default"]
        limits = {queue.name: queue.concurrency_limit for queue in queues}
        assert (limits["now"], limits["backfills"]) == (None, 1)
        assert await set_up_pool(client, DECLARATION) == []
        urgent = DECLARATION.model_copy(
            update={"lanes": {**DECLARATION.lanes, "backfills": Lane(priority=4, at_once=2)}}
        )
        assert await set_up_pool(client, urgent) == ["set the queue passerelle/backfills to priority 4"]


async def test_a_queue_that_is_no_lane_is_refused() -> None:
    """A lane that was mistyped would be a queue without priority: nobody would notice."""
    mistyped = DECLARATION.model_copy(update={"lanes": {"nou": Lane(priority=1)}})
    async with get_client() as client:
        with pytest.raises(ConfigError, match="catalogue, now, prices"):
            await set_up_pool(client, mistyped)
