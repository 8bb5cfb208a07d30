"""What the commands about alerts do: load, ask the room, print."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.console import Console

from ..errors import ConfigError
from ..feeds import Workspace
from ..ledger import Alert, person
from ..operations.alerting import (
    AlertSettings,
    Delivery,
    acknowledge,
    channels_of,
    check,
    page_of,
    try_channels,
)
from ..operations.alerting.speaking import speak
from .alerting_views import alerts_view, checked_view, deliveries_view
from .sheets import Block, Line, terminal
from .words import Language, say

__all__ = ["check_now", "list_alerts", "take_alert", "try_now"]

_SOMETHING = 3
_SHOWN = 50


def list_alerts(*, every: bool, as_json: bool, lang: Language) -> int:
    """Print the open alerts, or the last ones; give the exit code."""
    settings = AlertSettings.load()
    with Workspace.load().ledger() as ledger:
        shown = ledger.alerts.last(_SHOWN) if every else ledger.alerts.open()
        unsent = ledger.alerts.messages.unsent()
    if as_json:
        _print_json({"alerts": [_row(one, settings, lang) for one in shown], "unsent": unsent})
    else:
        _print(alerts_view(shown, unsent, settings, lang, now=datetime.now(UTC)))
    return _SOMETHING if any(one.closed_at is None for one in shown) else 0


def check_now(*, telling: bool, as_json: bool, lang: Language) -> int:
    """Look once and print what changed; give the exit code."""
    settings = AlertSettings.load()
    checked = check(Workspace.load(), settings, telling=telling)
    if as_json:
        alerts = {
            name: [_row(one, settings, lang) for one in getattr(checked, name)]
            for name in ("opened", "closed", "open")
        }
        _print_json({"at": checked.at, **alerts, "told": checked.told})
    else:
        _print(checked_view(checked, settings, lang))
    return _exit_code(checked.told)


def take_alert(number: int, *, reason: str, by: str, as_json: bool, lang: Language) -> None:
    """Note who looks after an alert, and print it."""
    if not reason.strip():
        raise ConfigError("Why? A reason is kept with it", advice="--reason 'asked the ERP, Anna calls back'")
    settings = AlertSettings.load()
    with Workspace.load().ledger() as ledger:
        taken = acknowledge(ledger, number, by=person(by), why=reason.strip())
    if as_json:
        _print_json(_row(taken, settings, lang))
        return
    _print([Line(say("alert_taken", lang, number=number, who=taken.acknowledged_by), "good")])


def try_now(names: Sequence[str], *, as_json: bool, lang: Language) -> int:
    """Send to the channels, print what became of it; give the exit code."""
    settings = AlertSettings.load()
    channels = channels_of(settings)
    known = {one.name for one in channels}
    unknown = sorted(set(names) - known)
    if not channels:
        raise ConfigError(
            "No channel is set: alerts are kept and shown, and nobody is told",
            advice="Set PASSERELLE_ALERTS__MAIL__… or PASSERELLE_ALERTS__WEBHOOKS__…",
        )
    if unknown:
        raise ConfigError(f"There is no channel {unknown[0]!r}", advice=f"Known: {', '.join(sorted(known))}")
    chosen = [one for one in channels if not names or one.name in names]
    tried = try_channels(settings, datetime.now(UTC), chosen)
    if as_json:
        _print_json({"told": tried})
    else:
        _print(deliveries_view(tried, lang))
    return _exit_code(tried)


def _exit_code(deliveries: Sequence[Delivery]) -> int:
    return _SOMETHING if any(one.state == "failed" for one in deliveries) else 0


def _row(alert: Alert, settings: AlertSettings, lang: Language) -> dict[str, Any]:
    spoken = speak(alert, lang, settings.time_zone)
    page = f"{settings.runbook_url or 'docs/runbook/'}{page_of(alert.kind)}"
    return {**msgspec.structs.asdict(alert), **spoken._asdict(), "runbook": page}


def _print(blocks: Sequence[Block]) -> None:
    Console().print(terminal(blocks))


def _print_json(document: Any) -> None:
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
