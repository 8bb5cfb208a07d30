"""Waiting: records whose reference was not there are carried when it is, told while it is not, and given up.

A record is parked in the ledger (`ledger.Parked`), so what it waits for may come with any later run, of any
feed. Records that point to each other in a ring are created without what is missing and completed here.
"""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import TypeVar

import msgspec

from ..errors import Fault, Position
from ..ledger import Quarantined, Waiting
from .applying import apply_plan
from .job import Job
from .planning import Planner
from .report import RunReport
from .verifying import verify_sample

__all__ = ["take_up", "tell_waiting"]

R = TypeVar("R", bound=msgspec.Struct)

#: Stands for a file in reports where there is none.
_NAME = "parked records"
#: So many of the things that are waited for are named, those first that most records wait for.
_NAMED = 10


async def take_up(job: Job[R], report: RunReport) -> None:
    """Compare and carry the feed's parked records; those that still wait stay parked and are not counted.

    Raises:
        Fatal: the target refuses us altogether or does not answer.
    """
    ledger = job.ledger
    if not ledger.parked.count(job.feed):
        return
    if not job.dry_run:
        _give_up(job, report)
    ledger.plans.drop(job.run_id)
    parked = report.parked
    planner = Planner(job, report, file=_NAME, full=False)
    await planner.take_up(ledger.parked.waiting(job.feed))
    await planner.finish()
    report.planned += planner.planned
    if job.dry_run:
        return
    sample = await apply_plan(job, report, file=_NAME, total=planner.spooled, base=planner.base)
    await verify_sample(job, report, sample, file=_NAME)
    # What waits on was not resumed: it is told, and counts with the file that brought it.
    report.resumed -= report.parked - parked
    report.parked = parked
    ledger.plans.drop(job.run_id)


def tell_waiting(job: Job[R], report: RunReport) -> None:
    """Tell what records of the feed wait for, how many, and until when; called when the run is over.

    Once, with what most of them wait for: a depot without a channel is one line, not one a SKU.
    """
    parked = job.ledger.parked
    first = next(parked.waiting(job.feed), None)
    if first is None:
        return
    total, awaited = parked.count(job.feed), parked.awaited(job.feed)
    named = [f"{reference} ({count})" for reference, count in islice(awaited.items(), _NAMED)]
    more = len(awaited) - len(named)
    also = f"; in all {total} wait for {', '.join(named)}{f' and {more} others' if more else ''}"
    report.reject(
        "reference_missing",
        f"{_place(first)}, {first.key} waits for {', '.join(first.waits_for)} since "
        f"{first.parked_at:%Y-%m-%d}{also if total > 1 else ''}",
        f"It is carried by itself when that is there, and given up on {first.expires_at:%Y-%m-%d}: "
        "see that the feed which brings it runs",
        total,
    )


def _give_up(job: Job[R], report: RunReport) -> None:
    """Put records whose time is over into quarantine: nobody looks for what waits for ever."""
    now = dt.datetime.now(dt.UTC)
    over = [one for one in job.ledger.parked.waiting(job.feed) if one.expires_at <= now]
    if not over:
        return
    with job.ledger.transaction():
        job.ledger.quarantine.add(job.run_id, job.feed, [_expired(one) for one in over])
        job.ledger.parked.resolve(job.feed, [one.key for one in over], job.run_id)
    for one in over:
        report.reject(
            "reference_expired",
            f"{_place(one)}, {one.key} waited for {', '.join(one.waits_for)} since {one.parked_at:%Y-%m-%d}",
            _ADVICE,
        )


_ADVICE = "Have what it points to created, or the record corrected, and sent again"


def _expired(one: Waiting) -> Quarantined:
    fault = Fault(
        "reference_expired",
        _place(one),
        ", ".join(one.waits_for),
        f"something that exists; nothing came between {one.parked_at:%Y-%m-%d} and {one.expires_at:%Y-%m-%d}",
        _ADVICE,
    )
    return Quarantined(record_key=one.key, faults=(fault,), raw=one.record, file=one.file)


def _place(one: Waiting) -> Position:
    return Position(one.file or _NAME, one.ordinal, one.line)
