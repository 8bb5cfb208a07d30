"""The board: how every feed stands, what was refused, what waits for a person, whether peak mode is on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from ..ledger import Alert, Ledger, PeakPeriod, StoredPlan
from ..mapping import Mapping as IncomingMapping
from ..mapping import OutgoingMapping
from .freshness import SEVERITY, FeedFreshness, Sizes, freshness
from .freshness_words import Language

__all__ = ["Board", "board", "board_as_json", "feed_as_json", "waiting_plans"]

_PLANS = 100


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at one moment: late feeds first, open alerts, open records counted by feed."""

    as_of: dt.datetime
    feeds: list[FeedFreshness]
    refused: dict[str, int]
    waiting: dict[str, int]
    alerts: list[Alert]
    plans: list[StoredPlan]
    peak: PeakPeriod | None

    @property
    def late(self) -> list[FeedFreshness]:
        """The feeds that a person has to do something about."""
        return [one for one in self.feeds if one.is_late]

    @property
    def states(self) -> dict[str, int]:
        """Count the feeds by state, the worst first."""
        counts = {state: sum(one.state == state for one in self.feeds) for state in reversed(SEVERITY)}
        return {state: count for state, count in counts.items() if count}


def board(
    ledger: Ledger,
    mappings: Mapping[str, IncomingMapping | OutgoingMapping],
    now: dt.datetime,
    *,
    sizes: Sizes | None = None,
) -> Board:
    """Read the board at a moment (with its zone)."""
    return Board(
        as_of=now,
        feeds=freshness(ledger, mappings, now, sizes=sizes),
        refused=ledger.latest.refused(),
        waiting=ledger.latest.waiting(),
        alerts=ledger.alerts.open(),
        plans=waiting_plans(ledger, now),
        peak=ledger.peak.at(now),
    )


def waiting_plans(ledger: Ledger, now: dt.datetime) -> list[StoredPlan]:
    """List the plans that wait for a person, the newest first."""
    plans = ledger.decisions.last(None, states=("stored",), n=_PLANS)
    return [plan for plan in plans if not plan.is_expired(now)]


def board_as_json(one: Board, lang: Language) -> dict[str, Any]:
    """Lay the board out for machines, with the sentences that people read."""
    plans = [{"id": plan.id, "feed": plan.feed, "expires_at": plan.expires_at} for plan in one.plans]
    return {
        "as_of": one.as_of,
        "late": len(one.late),
        "states": one.states,
        "peak": one.peak,
        "alerts": [{"id": alert.id, "kind": alert.kind, "feed": alert.feed} for alert in one.alerts],
        "plans": plans,
        "feeds": [
            {
                **feed_as_json(feed, lang),
                "refused": one.refused.get(feed.feed, 0),
                "waiting": one.waiting.get(feed.feed, 0),
            }
            for feed in one.feeds
        ],
    }


def feed_as_json(one: FeedFreshness, lang: Language) -> dict[str, Any]:
    """Lay a feed out for machines."""
    age = one.age
    return {
        **msgspec.structs.asdict(one),
        "is_late": one.is_late,
        "age_seconds": None if age is None else int(age.total_seconds()),
        "effect": one.effect(lang),
        "why": one.why(lang),
    }
