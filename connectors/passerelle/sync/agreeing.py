"""Agreeing: records of a plan with which the target agrees need no call; the ledger learns them by itself."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TypeVar

import msgspec

from ..ledger import AgreedPage
from .job import Job
from .report import Progress, RunReport

__all__ = ["note_agreed"]

R = TypeVar("R", bound=msgspec.Struct)

#: Records that become known in one transaction: long enough to pay, short enough for other writers.
PAGE = 2000


async def note_agreed(job: Job[R], report: RunReport, *, file: str, total: int) -> int:
    """Make known what the plan holds as agreed, and take it out of the plan; count it.

    Where somebody must hear of every record that is taken (`on_taken`), nothing: they go with the others.
    """
    if job.on_taken is not None:
        return 0
    done, after = 0, 0
    while page := job.ledger.again(partial(_note, job, report, after)):
        done, after = done + len(page.keys), page.last
        job.watch(Progress(job.feed, "apply", file, done, total))
        # Other tasks (a heartbeat) get their turn between two pages.
        await asyncio.sleep(0)
    if done:
        job.ledger.plans.discard(job.run_id, "same")
    return done


def _note(job: Job[R], report: RunReport, after: int) -> AgreedPage | None:
    """Note one page, whole or not at all; twice is as good as once. None when there is no more."""
    ledger = job.ledger
    with ledger.transaction(durable=False):
        page = ledger.agreed.learn(job.run_id, job.feed, after=after, most=PAGE)
        if not page.keys:
            return None
        if report.foreign:
            ledger.foreign_edits.overwritten(job.run_id, job.feed, page.keys)
        ledger.quarantine.resolve_keys(job.feed, page.keys, job.run_id)
        ledger.parked.resolve(job.feed, page.keys, job.run_id)
    return page
