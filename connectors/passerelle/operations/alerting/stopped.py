"""Stopped: what the guard stopped of a feed and nobody decided about; a run that looked away ends nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ...feeds.turns import BACKFILL
from ...ledger import Backfill, Ledger, Run, StoredPlan

__all__ = ["is_silent_about", "last_stop", "undecided"]

#: Options of a run that reads something of the past, whatever waits in the folder.
_OF_THE_PAST = ("skus", "files", "since", "until", "as_of")

#: What becomes of a file that is done with.
_TAKEN = frozenset({"applied", "refused"})


def last_stop(runs: Iterable[Run]) -> Run | None:
    """Find the run that the guard stopped and that none ended since; the newest run comes first.

    A backfill that it stopped is known by its plan, which waits for a person.
    """
    for run in runs:
        if run.outcome == "stopped_by_guard" and run.mode != BACKFILL:
            return run
        if not is_silent_about(run):
            return None
    return None


def is_silent_about(run: Run) -> bool:
    """Say whether a run says nothing of the files that wait: it failed, or it did not look at them.

    A run that succeeded without looking says why: it was not the hour to visit, peak mode held it.
    """
    if any(file["state"] in _TAKEN for file in run.totals.get("files", ())):
        return False
    if run.outcome == "failed" or run.mode == BACKFILL or (run.outcome == "succeeded" and run.message):
        return True
    return any(run.parameters.get(name) for name in _OF_THE_PAST)


def undecided(ledger: Ledger, feed: str, now: datetime) -> StoredPlan | None:
    """Find the plan that the guard speaks against and that waits for a person; the newest of a feed.

    One whose files were planned anew or applied since, or of which the same was decided under another
    number, waits for nobody.
    """
    if not any(_waits(plan, now) for plan in ledger.decisions.last(feed, states=("stored",))):
        return None
    plans = ledger.decisions.last(feed)
    for place, plan in enumerate(plans):
        if not _waits(plan, now) or any(_about(later) == _about(plan) for later in plans[:place]):
            continue
        if any(_settles(other, plan) for other in plans):
            continue
        asked = _backfill_of(ledger, plan)
        if asked is not None:
            # One that was only to be shown asks for nothing. One that waits plans anew what is out of date.
            if asked.state == "waiting":
                return plan
        elif ledger.files.applied_since(feed, plan.created_at) is None:
            return plan
    return None


def _waits(plan: StoredPlan, now: datetime) -> bool:
    return plan.state == "stored" and bool(plan.facts.get("guard")) and not plan.is_expired(now)


def _settles(other: StoredPlan, plan: StoredPlan) -> bool:
    """Say whether what a plan would do was decided by another one after it was made."""
    if other.decided_at is None or other.decided_at < plan.created_at:
        return False
    return other.digest == plan.digest and _about(other) == _about(plan)


def _about(plan: StoredPlan) -> tuple[Any, ...]:
    files = [file["name"] for file in plan.facts.get("files", ())]
    return plan.origin, files, plan.facts.get("options")


def _backfill_of(ledger: Ledger, plan: StoredPlan) -> Backfill | None:
    return next((one for one in ledger.backfills.last(plan.feed) if one.plan_id == plan.id), None)
