"""Found: how a rule tells what is wrong, with the severity that its kind and its feed have."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...ledger import Finding, Severity
from .kinds import Kind
from .settings import AlertSettings

__all__ = ["NAMED", "finding", "moment"]

#: What customers feel at once: pieces that are not there, orders that do not leave.
_URGENT = frozenset(
    {"stock", "order", "order_ack", "order_file_ack", "order_message", "order_request", "shipment"}
)
#: Kinds that are as urgent as what the feed carries.
_BY_FEED: frozenset[Kind] = frozenset(
    {"guard_stop", "late_file", "sequence_gap", "file_refused", "run_failed", "late_sweep", "queue_unhealthy"}
)
#: So many names, causes and examples are told.
NAMED = 3


def finding(
    kind: Kind,
    settings: AlertSettings,
    *,
    since: datetime,
    entity: str = "",
    urgent: bool = False,
    **more: Any,
) -> Finding:
    """Tell a finding; what customers feel at once is critical, unless the settings say otherwise."""
    by_feed = kind in _BY_FEED and entity in _URGENT
    severity: Severity = settings.severities.get(kind, "critical" if by_feed or urgent else "warning")
    return Finding(kind=kind, severity=severity, since=since, **more)


def moment(at: datetime | None) -> str | None:
    """Give a moment as JSON holds it."""
    return None if at is None else at.isoformat()
