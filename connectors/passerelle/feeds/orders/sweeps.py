"""Sweeps that are late: the shop was not looked through for orders, or the look did not come to its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Literal

import msgspec

from ...commercetools.orders.health import HEALTHY
from ...ledger import Ledger, OrderSweep, SweepKind

__all__ = ["LateSweep", "UnhealthySubscription", "late_sweeps", "unhealthy_subscriptions"]

#: How often a shop is taken to be looked through when neither the feed nor its runs say.
USUAL = timedelta(hours=1)
#: Runs that are looked at to learn how often a feed runs, and how many gaps between them are enough.
_RUNS, _GAPS = 20, 3
_SHORTEST = timedelta(minutes=1)

_KINDS: dict[SweepKind, tuple[str, str]] = {
    "orders": ("orders", "des commandes"),
    "messages": ("messages about orders", "des messages sur les commandes"),
    "notifications": ("notifications of orders", "des notifications de commandes"),
    "subscription": ("the subscription", "de l'abonnement"),
}


class LateSweep(msgspec.Struct, frozen=True, kw_only=True):
    """A look for orders that is late: `since` the end of the last one, or when the first one began.

    `why`: it was not begun (`not_run`), or it was begun at `began_at` and did not end (`not_ended`). `every`
    is how often it should end.
    """

    feed: str
    kind: SweepKind
    why: Literal["not_run", "not_ended"]
    since: datetime
    began_at: datetime
    every: timedelta
    run_id: str | None = None

    def told(self, language: Literal["en", "fr"] = "en") -> str:
        """Say it in a sentence."""
        what, quoi = _KINDS[self.kind]
        since, began = f"{self.since:%Y-%m-%d %H:%M} UTC", f"{self.began_at:%Y-%m-%d %H:%M} UTC"
        if language == "fr":
            text = f"{self.feed} : aucune relève {quoi} terminée depuis {since}"
            return text if self.why == "not_run" else f"{text}, celle de {began} n'est pas allée à son terme"
        text = f"{self.feed}: no look for {what} has ended since {since}"
        return text if self.why == "not_run" else f"{text}, the one of {began} did not come to its end"


class UnhealthySubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A Subscription whose queue the shop cannot fill, in the shop's word, since when we saw it so."""

    feed: str
    state: str
    since: datetime

    @property
    def loses(self) -> bool:
        """Whether what it should tell is lost: the poll still finds the orders."""
        return self.state == "ConfigurationErrorDeliveryStopped"


def late_sweeps(ledger: Ledger, now: datetime, *, intervals: float = 3) -> list[LateSweep]:
    """Name the looks for orders that did not end within so many of their intervals.

    The interval is what the feed says (`sweep_every`), else what its last runs show, else an hour. A feed
    that never looked is unknown here: nothing in the ledger says that it should have.
    """
    found: list[LateSweep] = []
    for sweep in ledger.order_sweeps.all():
        if sweep.kind == "subscription":
            continue
        since = sweep.ended_at or sweep.began_at
        every = sweep.every or _learned(ledger, sweep)
        if now - since <= intervals * every:
            continue
        begun = sweep.ended_at is None or sweep.began_at > sweep.ended_at
        found.append(
            LateSweep(
                feed=sweep.feed,
                kind=sweep.kind,
                why="not_ended" if begun else "not_run",
                since=since,
                began_at=sweep.began_at,
                every=every,
                run_id=sweep.run_id,
            )
        )
    return found


def unhealthy_subscriptions(ledger: Ledger) -> list[UnhealthySubscription]:
    """Name the Subscriptions that were not healthy when they were last looked at."""
    return [
        UnhealthySubscription(feed=sweep.feed, state=sweep.state, since=sweep.state_since or sweep.began_at)
        for sweep in ledger.order_sweeps.all()
        if sweep.kind == "subscription" and sweep.state is not None and sweep.state != HEALTHY
    ]


def _learned(ledger: Ledger, sweep: OrderSweep) -> timedelta:
    """Learn how often a feed runs from when its last runs began."""
    begun = [run.started_at for run in ledger.runs.last(sweep.feed, _RUNS) if run.mode != "dry_run"]
    gaps = [later - earlier for later, earlier in pairwise(begun)]
    if len(gaps) < _GAPS:
        return USUAL
    return max(timedelta(seconds=median(gap.total_seconds() for gap in gaps)), _SHORTEST)
