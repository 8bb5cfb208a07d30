"""Alerts as people see them: what is wrong, what it does, what to do; what a look changed; who was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..ledger import Alert, AlertMessage
from ..operations.alerting import AlertSettings, Checked, Delivery, page_of
from ..operations.alerting.kinds import rank_of
from ..operations.alerting.speaking import speak, when
from .orders.views import duration
from .sheets import Block, Cell, Line, Sheet, Tone
from .words import Language, say

__all__ = ["alerts_view", "checked_view", "deliveries_view"]

_STATES: dict[str, Tone] = {"sent": "good", "failed": "bad", "waiting": "warn"}


def alerts_view(
    alerts: Sequence[Alert],
    unsent: Sequence[AlertMessage],
    settings: AlertSettings,
    lang: Language,
    *,
    now: datetime,
) -> list[Block]:
    """Each alert with its effect, advice and page; then the messages that did not leave."""
    blocks: list[Block] = []
    if not alerts:
        blocks.append(Line(say("alerts_none", lang), "good"))
    for alert in _ordered(alerts):
        blocks += _told(alert, settings, lang, now)
    blocks += [
        Line(
            say(
                "alerts_unsent",
                lang,
                channel=one.channel,
                subject=one.subject,
                tries=one.tries,
                why=one.error,
            ),
            "bad",
        )
        for one in unsent
    ]
    return blocks


def checked_view(checked: Checked, settings: AlertSettings, lang: Language) -> list[Block]:
    """What a look opened and closed, how many are open, and who was told."""
    blocks: list[Block] = []
    for word, alerts, tone in (("opened", checked.opened, "bad"), ("closed", checked.closed, "good")):
        blocks += [
            Line(f"{say(f'alert_{word}', lang)} #{one.id} {_what(one, settings, lang)}", tone)  # type: ignore[arg-type]  # both are tones
            for one in alerts
        ]
    if not blocks:
        blocks.append(Line(say("alerts_unchanged", lang), "dim"))
    blocks.append(Line(say("alerts_open", lang, count=len(checked.open)), "strong"))
    return [*blocks, *deliveries_view(checked.told, lang)]


def deliveries_view(deliveries: Sequence[Delivery], lang: Language) -> list[Block]:
    """What became of each message; nothing when there was none."""
    if not deliveries:
        return []
    sheet = Sheet("", [say(column, lang) for column in ("channel", "state", "message", "note")])
    for one in deliveries:
        state = Cell(say(f"message_{one.state}", lang), _STATES[one.state])
        sheet.rows.append([one.channel, state, one.subject, one.note])
    return [sheet]


def _ordered(alerts: Sequence[Alert]) -> list[Alert]:
    """Open ones first, the critical ones of them before the rest."""
    return sorted(
        alerts,
        key=lambda one: (
            one.closed_at is not None,
            one.severity != "critical",
            rank_of(one.kind),
            one.since,
        ),
    )


def _told(alert: Alert, settings: AlertSettings, lang: Language, now: datetime) -> list[Block]:
    spoken, zone = speak(alert, lang, settings.time_zone), settings.time_zone
    if alert.closed_at is not None:
        lasted = say("alert_lasted", lang, since=when(alert.since, zone), until=when(alert.closed_at, zone))
        return [Line(f"#{alert.id} {spoken.what}", "dim"), Line(lasted, "dim", 1)]
    tone: Tone = "bad" if alert.severity == "critical" else "warn"
    since = say(
        "alert_since",
        lang,
        severity=say(f"severity_{alert.severity}", lang),
        since=when(alert.since, zone),
        age=duration(now - alert.since, lang),
    )
    blocks: list[Block] = [Line(f"#{alert.id} {spoken.what}", tone), Line(since, "dim", 1)]
    if alert.acknowledged_by is not None:
        taken = say("alert_taken_for", lang, who=alert.acknowledged_by, why=alert.acknowledged_why or "")
        blocks.append(Line(taken, "good", 1))
    page = f"{settings.runbook_url or 'docs/runbook/'}{page_of(alert.kind)}"
    return [*blocks, Line(spoken.effect, indent=1), Line(spoken.advice, "strong", 1), Line(page, "dim", 1)]


def _what(alert: Alert, settings: AlertSettings, lang: Language) -> str:
    return speak(alert, lang, settings.time_zone).what
