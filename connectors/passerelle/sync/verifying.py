"""Verifying: reads what was applied back, and reports what the shop does not show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import msgspec

from ..errors import Retriable, Skippable
from .job import Job
from .protocols import Change, Settling
from .report import Progress, RunReport
from .sampling import Taken

__all__ = ["verify_sample"]

R = TypeVar("R", bound=msgspec.Struct)


async def verify_sample(job: Job[R], report: RunReport, sample: Iterable[Taken[R]], *, file: str) -> None:
    """Compare these records with the shop again; a difference is a reject (`accepted_not_applied`).

    What the shop does not show is not known either: the next file that holds it sends it again. A record
    that somebody wrote after us is none of that. Where a target shows changes late (`Settling`), what
    differs is read once more when it has had its time.
    """
    done = 0
    for part in _parts(sample, job.batch):
        job.watch(Progress(job.feed, "verify", file, done, done + len(part)))
        try:
            differing = await _differing(job, report, part, file)
            if differing and isinstance(job.sink, Settling) and job.sink.settles_in > 0:
                await job.sleep(job.sink.settles_in)
                late = [taken for taken in part if taken.key in differing]
                differing = await _differing(job, report, late, file)
        except Retriable as error:
            report.notes.append(f"The applied records could not be read back: {error}")
            return
        report.verified += len(part)
        _tell(job, report, differing, file)
        done += len(part)
        job.watch(Progress(job.feed, "verify", file, done, done))


async def _differing(
    job: Job[R], report: RunReport, part: Sequence[Taken[R]], file: str
) -> dict[str, Change]:
    """Read records back; give what would still have to change, by key in the ledger."""
    live = await job.sink.read_live([taken.record for taken in part])
    found: dict[str, Change] = {}
    moved: dict[str, int] = {}
    for taken in part:
        key = job.sink.key(taken.record)
        try:
            change = job.sink.plan(taken.record, live.get(key))
        except Skippable as error:
            # It was taken a moment ago: what it points to went away since.
            report.notes.append(f"{file}, {key}: could not be compared again: {error}")
            report.verified -= 1
            continue
        if change is not None:
            found[taken.key] = change
            moved[taken.key] = live[key].version if key in live else 0
    if not found:
        return {}
    bound = job.ledger.bindings.get(job.system, job.sink.entity, list(found))
    # A version past the one that our write left: the shop took it, and somebody wrote since.
    since = {key for key in found if key in bound and moved[key] > bound[key].version}
    if since:
        report.notes.append(f"{file}: {len(since)} records were written by others right after us")
    return {key: change for key, change in found.items() if key not in since}


def _tell(job: Job[R], report: RunReport, differing: dict[str, Change], file: str) -> None:
    for change in differing.values():
        fields = ", ".join(field.field for field in change.fields)
        report.reject(
            "accepted_not_applied",
            f"{file}, {change.key}: the shop shows something else in {fields}",
            "Somebody else may write this field: look at the record in the shop",
        )
    report.mismatched += len(differing)
    job.ledger.fingerprints.invalidate(job.feed, list(differing))


def _parts(sample: Iterable[Taken[R]], size: int) -> Iterator[list[Taken[R]]]:
    rest = iter(sample)
    while part := list(islice(rest, size)):
        yield part
