"""Checking: one look at everything that may be wrong; alerts are opened and closed, people are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from ...errors import ConfigError
from ...feeds import Workspace
from ...ledger import Alert, Finding, Ledger
from ..freshness import freshness
from .channels import Channel
from .facts import Late, read_facts, read_facts_without_feeds
from .kinds import KINDS, Kind
from .rules import find
from .settings import AlertSettings
from .telling import Delivery, tell

__all__ = ["Checked", "acknowledge", "check", "foresee"]

#: One look at a time; a dead one is not waited for.
_LEASE = "alerts"
_LEASE_SECONDS = 300.0
#: Kinds that need no mapping to be looked for.
_WITHOUT_FEEDS: tuple[Kind, ...] = ("worker_gone", "overdue_step", "foreign_fight", "budget_exhausted")


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a look found and did."""

    at: datetime
    opened: tuple[Alert, ...] = ()
    closed: tuple[Alert, ...] = ()
    open: tuple[Alert, ...] = ()
    told: tuple[Delivery, ...] = ()


def check(
    workspace: Workspace,
    settings: AlertSettings,
    *,
    now: datetime | None = None,
    telling: bool = True,
    channels: Sequence[Channel] | None = None,
) -> Checked:
    """Look once, and tell people unless `telling` is off; a channel that does not answer fails nothing.

    Raises:
        LeaseHeld: another look is under way.
    """
    now = datetime.now(UTC) if now is None else now.astimezone(UTC)
    with workspace.ledger() as ledger, ledger.leases.take(_LEASE, ttl=_LEASE_SECONDS, purpose="check"):
        findings, looked_for = _look(workspace, ledger, settings, now)
        # What is switched off, or was known to another version only, is nobody's alert any more.
        strange = {one.kind for one in ledger.alerts.open() if one.kind not in KINDS}
        over = {*looked_for, *settings.off, *strange}
        changes = ledger.alerts.note(
            findings, now, looked_for=over, again_within=timedelta(seconds=settings.again_within)
        )
        told = tell(ledger, settings, now, channels) if telling else []
        ledger.alerts.drop_closed(now - timedelta(days=settings.keep_days))
        return Checked(
            at=now,
            opened=tuple(changes.opened),
            closed=tuple(changes.closed),
            open=tuple(changes.open),
            told=tuple(told),
        )


def foresee(workspace: Workspace, settings: AlertSettings, *, now: datetime | None = None) -> list[Finding]:
    """Find what is wrong now; open, close and tell nothing."""
    with workspace.ledger() as ledger:
        return _look(workspace, ledger, settings, now or datetime.now(UTC))[0]


def acknowledge(ledger: Ledger, number: int, *, by: str, why: str, now: datetime | None = None) -> Alert:
    """Note that a person looks after an alert, in the audit log too; raises ConfigError."""
    with ledger.transaction():
        taken = ledger.alerts.acknowledge(number, by=by, why=why, now=now or datetime.now(UTC))
        what = {"kind": taken.kind, "feed": taken.feed, "subject": taken.subject}
        ledger.audit.note("alert_acknowledged", f"alert {number}", who=by, after=what, reason=why)
    return taken


def _look(
    workspace: Workspace, ledger: Ledger, settings: AlertSettings, now: datetime
) -> tuple[list[Finding], tuple[Kind, ...]]:
    """Find what is wrong, and say which kinds were looked for."""
    try:
        mappings = workspace.mappings
    except ConfigError as error:
        # One mapping that cannot be read hides no dead worker and no late order.
        facts = read_facts_without_feeds(workspace, ledger, settings, now)
        kinds = tuple(kind for kind in settings.looked_for if kind in _WITHOUT_FEEDS)
        broken = Finding(
            kind="run_failed",
            subject="mappings",
            severity=settings.severities.get("run_failed", "critical"),
            since=now,
            facts={"message": error.message, "advice": error.advice},
        )
        return [*find(facts, settings, kinds), broken], kinds
    late = [
        Late(
            feed=one.feed,
            since=one.late_since or now,
            expected={"en": one.why("en"), "fr": one.why("fr")},
            effect={"en": one.effect("en"), "fr": one.effect("fr")},
            last_at=one.arrived_at,
            is_stuck=one.state == "stuck",
        )
        for one in freshness(ledger, mappings, now)
        if one.is_late
    ]
    facts = read_facts(workspace, ledger, settings, now, late)
    return find(facts, settings, settings.looked_for), settings.looked_for
