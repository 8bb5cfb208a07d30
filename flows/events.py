"""Events: what Prefect's event log tells of runs, and how events of ours get there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.events import emit_event
from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter, EventResourceFilter

__all__ = ["HEARTBEAT", "last_heartbeats", "tell"]

HEARTBEAT = "prefect.flow-run.heartbeat"
_RUN = "prefect.flow-run."
_PAGE = 50


async def last_heartbeats(
    client: PrefectClient, runs: Collection[UUID], *, now: datetime, within: timedelta
) -> dict[UUID, datetime]:
    """Read when each run was last heard of, within a time before now; who was silent is left out."""
    heard: dict[UUID, datetime] = {}
    wanted = [f"{_RUN}{run}" for run in runs]
    while wanted:
        asked = EventFilter(
            occurred=EventOccurredFilter.model_validate({"since": now - within, "until": now}),
            event=EventNameFilter(name=[HEARTBEAT]),
            resource=EventResourceFilter(id=wanted[:_PAGE]),
        )
        # The newest come first: a page that lacks a run shows at least that the others were heard since.
        page = await client.read_events(asked, limit=_PAGE)
        if not page.events:
            wanted = wanted[_PAGE:]
            continue
        for event in page.events:
            run = UUID(event.resource.id.removeprefix(_RUN))
            heard[run] = max(event.occurred, heard.get(run, event.occurred))
        wanted = [name for name in wanted if UUID(name.removeprefix(_RUN)) not in heard]
    return heard


def tell(kind: str, subject: str, payload: dict[str, Any]) -> None:
    """Emit `passerelle.<kind>` about `passerelle.<subject>`, for automations; sent in the background.

    `tell("alert.opened", "feed.stock", {...})` is matched by an automation as event `passerelle.alert.opened`
    of the resource `passerelle.feed.stock`. Counts and names only: event logs are read by many.
    """
    emit_event(
        event=f"passerelle.{kind}", resource={"prefect.resource.id": f"passerelle.{subject}"}, payload=payload
    )
