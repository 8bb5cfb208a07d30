"""A feed comes under the stock law, or leaves it: what was published before follows from other rules."""

from __future__ import annotations

from typing import Any

from ...ledger import LawState
from ...sync import Job, RunReport
from .law import law_of

__all__ = ["turn_to_law"]


def turn_to_law(job: Job[Any], report: RunReport) -> None:
    """Have every record of the feed compared anew when the law began to hold for it, or no longer does.

    Its files may repeat what they said before: without this nothing would be worked out until they say
    something new. Asks the ledger once, and only for feeds of stock.
    """
    if job.mapping.entity != "stock" or job.dry_run:
        return
    law, ledger = law_of(job), job.ledger
    was = ledger.stock_claims.law(job.feed)
    if (law is None) == (was == LawState()):
        return
    with ledger.transaction():
        count = ledger.fingerprints.invalidate(job.feed)
        if law is None:
            ledger.stock_claims.drop(job.feed)
        else:
            # What was sold before is taken off when the levels are published.
            ledger.stock_claims.carried(job.feed, looked_at=law.started)
    if count:
        now = "holds now" if law is not None else "does not hold any more"
        report.notes.append(
            f"The stock law {now} for this feed: the {count} records that are known are compared anew when a"
            " file holds them, so have a full file sent"
        )
