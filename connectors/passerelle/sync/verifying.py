"""Verifying: reads a sample of what was applied back, and reports what the shop does not show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from ..errors import Retriable, Skippable
from .job import Job
from .report import Progress, RunReport

__all__ = ["verify_sample"]

R = TypeVar("R", bound=msgspec.Struct)


async def verify_sample(job: Job[R], report: RunReport, records: Sequence[R], *, file: str) -> None:
    """Compare these records with the shop again; a difference is a reject (`accepted_not_applied`)."""
    if not records:
        return
    job.watch(Progress(job.feed, "verify", file, 0, len(records)))
    try:
        live = await job.sink.read_live(records)
    except Retriable as error:
        report.notes.append(f"The applied records could not be read back: {error}")
        return
    for record in records:
        key = job.sink.key(record)
        try:
            change = job.sink.plan(record, live.get(key))
        except Skippable:
            # Refused records are in quarantine already.
            continue
        report.verified += 1
        if change is not None:
            report.mismatched += 1
            names = ", ".join(field.field for field in change.fields)
            report.reject(
                "accepted_not_applied",
                f"{file}, {key}: the shop shows something else in {names}",
                "Somebody else may write this field: look at the record in the shop",
            )
    job.watch(Progress(job.feed, "verify", file, len(records), len(records)))
