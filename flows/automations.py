"""Automations: what the server itself does when something happens, shipped as code and kept as shipped.

A self-hosted Prefect brings none. `passerelle up` installs these at each start; for a shared server run
`python -m flows.automations`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import sys

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.settings import get_current_settings

from .events import HEARTBEAT
from .sweeping import SILENT_HEARTBEATS

__all__ = ["OWN_PREFIX", "heartbeat_frequency", "install", "shipped"]

#: What has a name that begins so is ours: it is kept as it is here, or removed.
OWN_PREFIX = "passerelle: "


def heartbeat_frequency() -> dt.timedelta:
    """How often a run says that it lives, as Prefect's settings have it."""
    return dt.timedelta(seconds=get_current_settings().flows.heartbeat_frequency or 180)


def shipped(heartbeat: dt.timedelta) -> list[AutomationCore]:
    """List the automations for runs that beat this often."""
    # Any event of the run ends the waiting, not only the states that Prefect names: ours have names of their
    # own (CompletedWithRejects, StoppedByGuard), and events are named after them.
    zombies = EventTrigger(
        match={"prefect.resource.id": "prefect.flow-run.*"},
        for_each={"prefect.resource.id"},
        after={HEARTBEAT},
        expect={"prefect.flow-run.*"},
        posture=Posture.Proactive,
        threshold=1,
        within=SILENT_HEARTBEATS * heartbeat,
    )
    crash = ChangeFlowRunState(
        name="Crashed",
        state=StateType.CRASHED,
        force=False,
        message="Nothing was heard of it for three heartbeats. The ledger keeps what was done.",
    )
    return [
        AutomationCore(
            name=f"{OWN_PREFIX}silent runs are crashed",
            description="Ends a run that sent heartbeats and then nothing: its process or machine is gone.",
            enabled=True,
            trigger=zombies,
            actions=[crash],
        )
    ]


async def install(client: PrefectClient, heartbeat: dt.timedelta) -> list[str]:
    """Make the server's automations of ours those that are shipped; say what was changed, nothing when equal.

    One that a person switched off stays off.
    """
    wanted = {automation.name: automation for automation in shipped(heartbeat)}
    changed: list[str] = []
    for found in await client.read_automations(limit=200):
        if not found.name.startswith(OWN_PREFIX):
            continue
        automation = wanted.pop(found.name, None)
        if automation is None:
            await client.delete_automation(found.id)
            changed.append(f"removed {found.name}")
        elif _content(found) != _content(automation):
            kept = automation.model_copy(update={"enabled": found.enabled})
            # The server takes an owner when one is made and refuses to hear of it afterwards; the client
            # sends what was set.
            update = AutomationCore(**kept.model_dump(exclude={"owner_resource"}))
            await client.update_automation(found.id, update)
            changed.append(f"updated {found.name}")
    for automation in wanted.values():
        await client.create_automation(automation)
        changed.append(f"installed {automation.name}")
    return changed


def _content(automation: AutomationCore) -> dict[str, object]:
    """Tell what an automation does, in one form: the server fills in what we left out, and has an order."""
    trigger = automation.trigger.model_dump(mode="json", exclude={"id"})
    return {
        "description": automation.description,
        "trigger": {
            name: sorted(value) if isinstance(value, list) else value
            for name, value in trigger.items()
            if value not in (None, [], {})
        },
        "actions": [action.model_dump(mode="json", exclude_none=True) for action in automation.actions],
    }


async def _main() -> int:
    async with get_client() as client:
        for line in await install(client, heartbeat_frequency()):
            sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
