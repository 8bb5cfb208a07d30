"""Trends: the last runs of a feed in a row, counted alike, so that a picture can be drawn of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from ..ledger import Ledger, Outcome, Run

__all__ = ["Trend", "TrendPoint", "point_of", "trend"]

#: Runs that compare or decide are no part of the trend: they write nothing, or what another one planned.
_LOOKING = ("dry_run", "plan", "undo")


class TrendPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One run: `changed` were written, `refused` were not carried, `seconds` is how long it took."""

    run_id: str
    started_at: dt.datetime
    outcome: Outcome | None
    received: int = 0
    changed: int = 0
    refused: int = 0
    unchanged: int = 0
    calls: int = 0
    seconds: float | None = None


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """The last runs of a feed, the oldest first."""

    feed: str
    points: list[TrendPoint]

    @property
    def worked(self) -> int:
        """How many of them worked, with rejects or without."""
        return sum(point.outcome in {"succeeded", "completed_with_rejects"} for point in self.points)

    def typical(self, field: str) -> float | None:
        """Give the median of a count or of the seconds, None without any."""
        known = sorted(value for point in self.points if (value := getattr(point, field)) is not None)
        if not known:
            return None
        middle = len(known) // 2
        return float(known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2)


def trend(ledger: Ledger, feed: str, *, last: int = 30) -> Trend:
    """Lay the last runs of a feed in a row; dry runs and plans are left out."""
    return Trend(feed=feed, points=_points(ledger.runs.last(feed, 2 * last))[-last:])


def _points(runs: Sequence[Run]) -> list[TrendPoint]:
    return [point_of(run) for run in reversed(runs) if run.mode not in _LOOKING]


def point_of(run: Run) -> TrendPoint:
    """Count one run."""
    totals = run.totals
    took = None if run.finished_at is None else (run.finished_at - run.started_at).total_seconds()
    return TrendPoint(
        run_id=run.id,
        started_at=run.started_at,
        outcome=run.outcome,
        received=totals.get("received", 0),
        changed=sum(totals.get(name, 0) for name in ("created", "updated", "removed")),
        refused=sum(totals.get(name, 0) for name in ("quarantined", "failed", "mismatched")),
        unchanged=totals.get("unchanged", 0),
        calls=totals.get("calls", 0),
        seconds=took,
    )
