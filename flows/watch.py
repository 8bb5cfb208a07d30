"""Watch: what is wrong is found every few minutes, told to people, and emitted as events for automations."""

from __future__ import annotations

import asyncio
from typing import Any

from prefect import State, flow, get_run_logger
from prefect.artifacts import acreate_table_artifact
from prefect.states import Completed

from passerelle.feeds import Workspace
from passerelle.ledger import Alert, LeaseHeld
from passerelle.operations.alerting import AlertSettings, Checked, check, foresee, speak, summed_up

from .blocks import read_secrets
from .events import tell
from .summary import plain

__all__ = ["watch_alerts"]

_SHOWN = 100


@flow(name="watch-alerts", flow_run_name="watch")
async def watch_alerts(*, dry_run: bool = True) -> State[None]:
    """Look at everything once: alerts are opened and closed, mails and webhooks go out.

    Args:
        dry_run: Only say what is wrong; open, close and tell nothing. Switch off to watch for real.
    """
    await read_secrets()
    await read_secrets(AlertSettings)
    workspace, settings = Workspace.load(), AlertSettings.load()
    if dry_run:
        found = await asyncio.to_thread(foresee, workspace, settings)
        return Completed(message=f"Dry run: {summed_up(found)}")
    try:
        checked = await asyncio.to_thread(check, workspace, settings)
    except LeaseHeld as held:
        return Completed(message=f"Another look is under way: {held.message}")
    emit(checked)
    await _publish(checked, settings)
    unheard = sorted({one.channel for one in checked.told if one.state == "failed"})
    message = f"{summed_up(checked.open)}; {len(checked.opened)} opened, {len(checked.closed)} closed"
    get_run_logger().info("%s", message)
    if unheard:
        # Telling never fails a run: it is tried again by the next one, and seen in the list of runs.
        return Completed(name="NotEverybodyTold", message=f"{message}; not reached: {', '.join(unheard)}")
    return Completed(message=message)


def emit(checked: Checked) -> None:
    """Emit `passerelle.alert.opened` and `.closed` of `passerelle.alert.<kind>`; names and counts only."""
    for change, alerts in (("opened", checked.opened), ("closed", checked.closed)):
        for alert in alerts:
            tell(f"alert.{change}", f"alert.{alert.kind}", _payload(alert))


def _payload(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "kind": alert.kind,
        "feed": alert.feed,
        "subject": alert.subject,
        "severity": alert.severity,
        "count": alert.count,
        "since": alert.since.isoformat(),
        "opened_at": alert.opened_at.isoformat(),
        "closed_at": None if alert.closed_at is None else alert.closed_at.isoformat(),
    }


async def _publish(checked: Checked, settings: AlertSettings) -> None:
    rows = []
    for alert in checked.open[:_SHOWN]:
        spoken = speak(alert, "en", settings.time_zone)
        rows.append(
            {
                "alert": alert.id,
                "severity": alert.severity,
                "what": plain(spoken.what),
                "effect": plain(spoken.effect),
                "what to do": plain(spoken.advice),
                "looked after by": plain(alert.acknowledged_by or ""),
            }
        )
    if rows or checked.closed:
        await acreate_table_artifact(table=rows, key="alerts", description=plain(summed_up(checked.open)))
