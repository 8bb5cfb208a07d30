"""Verifying: reads a sample of what was applied back, and reports what the shop does not show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from ..errors import Retriable, Skippable
from .applying import Taken
from .job import Job
from .report import Progress, RunReport

__all__ = ["verify_sample"]

R = TypeVar("R", bound=msgspec.Struct)


async def verify_sample(job: Job[R], report: RunReport, sample: Sequence[Taken[R]], *, file: str) -> None:
    """Compare these records with the shop again; a difference is a reject (`accepted_not_applied`).

    What the shop does not show is not known either: the next file that holds it sends it again.
    """
    if not sample:
        return
    job.watch(Progress(job.feed, "verify", file, 0, len(sample)))
    try:
        live = await job.sink.read_live([taken.record for taken in sample])
    except Retriable as error:
        report.notes.append(f"The applied records could not be read back: {error}")
        return
    mismatched: list[str] = []
    for taken in sample:
        key = job.sink.key(taken.record)
        try:
            change = job.sink.plan(taken.record, live.get(key))
        except Skippable as error:
            # It was taken a moment ago: what it points to went away since.
            report.notes.append(f"{file}, {key}: could not be compared again: {error}")
            continue
        report.verified += 1
        if change is not None:
            mismatched.append(taken.key)
            fields = ", ".join(field.field for field in change.fields)
            report.reject(
                "accepted_not_applied",
                f"{file}, {key}: the shop shows something else in {fields}",
                "Somebody else may write this field: look at the record in the shop",
            )
    report.mismatched += len(mismatched)
    job.ledger.fingerprints.invalidate(job.feed, mismatched)
    job.watch(Progress(job.feed, "verify", file, len(sample), len(sample)))
