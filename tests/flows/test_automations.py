from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.events.actions import DoNothing
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

from flows.automations import OWN_PREFIX, install, shipped

BEAT = dt.timedelta(seconds=30)


def test_a_silent_run_is_crashed_and_any_event_of_it_is_a_sound() -> None:
    """States with names of our own (CompletedWithRejects) must not look like silence."""
    (zombies,) = shipped(BEAT)
    trigger = zombies.trigger
    assert isinstance(trigger, EventTrigger)
    assert trigger.posture is Posture.Proactive
    assert trigger.expect == {"prefect.flow-run.*"}
    assert trigger.within == 3 * BEAT
    assert [action.type for action in zombies.actions] == ["change-flow-run-state"]


async def _ours(client: PrefectClient) -> dict[str, Any]:
    return {one.name: one for one in await client.read_automations() if one.name.startswith(OWN_PREFIX)}


@pytest.mark.usefixtures("prefect_server")
async def test_installing_again_changes_nothing_and_mends_what_was_changed() -> None:
    """Ours are kept as they are shipped; what is switched off stays off; those of others are left alone."""
    (zombies,) = shipped(BEAT)
    other = AutomationCore(
        name="of somebody else",
        trigger=EventTrigger(expect={"x"}, posture=Posture.Reactive, threshold=1),
        actions=[DoNothing()],
    )
    old = other.model_copy(update={"name": f"{OWN_PREFIX}of long ago"})
    async with get_client() as client:
        for automation in (other, old):
            await client.create_automation(automation)
        assert sorted(await install(client, BEAT)) == [f"installed {zombies.name}", f"removed {old.name}"]
        assert await install(client, BEAT) == []
        assert set(await _ours(client)) == {zombies.name}
        assert await client.read_automations_by_name(other.name)

        found = (await _ours(client))[zombies.name]
        off = zombies.model_dump(exclude={"owner_resource"}) | {"enabled": False}
        await client.update_automation(found.id, AutomationCore(**off))
        assert await install(client, 2 * BEAT) == [f"updated {zombies.name}"]
        found = (await _ours(client))[zombies.name]
        assert found.trigger.within == 6 * BEAT
        assert not found.enabled
