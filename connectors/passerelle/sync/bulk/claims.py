"""Claims of earlier runs: what became of records that the bulk door had not carried when their run was over.

What is still under way there stays claimed. What ended there, well or badly, or was forgotten, is compared
with the target again: a record that waits is parked and taken up anyway; one that the ledger knows meanwhile
in a newer version is parked too, for the older one may have arrived after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from ...ledger import Claim, ParkedRecord
from ..job import Job
from ..report import RunReport
from .door import BulkDoor, Queue

__all__ = ["settle"]

R = TypeVar("R", bound=msgspec.Struct)


async def settle(job: Job[R], report: RunReport) -> None:
    """Look what became of the feed's open claims; no call is made when there are none.

    Raises:
        Retriable, Fatal: the target could not be asked; the claims stay.
    """
    door, claims = job.bulk, job.ledger.claims
    places = [] if door is None or job.dry_run else claims.places(job.feed)
    if door is None or not places:
        return
    found = await asyncio.gather(*(door.queue(place) for place in places))
    queues = dict(zip(places, found, strict=True))
    ended = again = 0
    for page in claims.pages(job.feed):
        over: list[Claim] = []
        numbered: list[tuple[str, str, str, bytes, str | None]] = []
        for claim in page:
            queue = queues[claim.place]
            if not _is_under_way(claim, queue):
                over.append(claim)
            elif claim.number is None and claim.name in queue.names:
                # The run died between handing it over and hearing of it.
                number = queue.names[claim.name]
                numbered.append((claim.key, claim.place, claim.name, claim.digest, number))
        claims.put(job.feed, numbered)
        with job.ledger.transaction():
            again += _compare_again(job, over)
            claims.end(job.feed, [claim.key for claim in over])
        ended += len(over)
    _tell(report, door, found, ended, again)


def _is_under_way(claim: Claim, queue: Queue) -> bool:
    if not queue.whole:
        return True
    return claim.name in queue.names if claim.number is None else claim.number in queue.numbers


def _compare_again(job: Job[R], claims: Sequence[Claim]) -> int:
    """Park what the ledger knows of these records, so that this run compares it; count them."""
    keys = [claim.key for claim in claims]
    known = job.ledger.wanted.get(job.feed, keys)
    prints = job.ledger.fingerprints.lookup(job.feed, sorted(known))
    again = [
        ParkedRecord(
            key=key,
            waits_for=("what an older version of it did",),
            record=one.record,
            raw=prints[key].raw,
            strong=prints[key].strong or b"",
        )
        for key, one in known.items()
        if one.record and key in prints
    ]
    job.ledger.parked.park(job.run_id, job.feed, again, age_limit=job.waits)
    return len(again)


def _tell(report: RunReport, door: BulkDoor, queues: Sequence[Queue], ended: int, again: int) -> None:
    waiting = [one for queue in queues for one in queue.waiting]
    if ended:
        text = f"{ended} records that the {door.name} had not carried are over there"
        report.notes.append(f"{text}; {again} of them are compared again" if again else text)
    if waiting:
        until = min((one.until for one in waiting if one.until is not None), default=None)
        when = "" if until is None else f" until {until:%Y-%m-%d %H:%M} UTC"
        report.notes.append(
            f"{len(waiting)} records still wait in the {door.name}{when}, such as {waiting[0].name} for "
            f"{', '.join(waiting[0].waits_for)}; they are parked here too, so none of them is lost"
        )
