"""Learning: what ledger and report take down of a run's changes, a group of answers at a time.

The ledger learns of a record only after the target took it, so a run that dies is simply run again: what was
taken is known or agrees with the target, the rest is planned anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from ..errors import Position, Skippable
from ..ledger import PlanItem
from .answers import Answer, count, tell
from .comparing import parked, quarantined
from .fingerprints import encode_record
from .foreign import said
from .job import Job
from .protocols import Change
from .report import RunReport

__all__ = ["Learner", "carried"]

R = TypeVar("R", bound=msgspec.Struct)


class Learner(Generic[R]):
    """Takes down answers about the items of one file; `base` is the planner's."""

    def __init__(self, job: Job[R], report: RunReport, *, file: str, base: int) -> None:
        self._job = job
        self._report = report
        self._file = file
        self._base = base

    def learn(self, answers: Sequence[Answer]) -> None:
        """Take down a group, whole or not at all; once, also when the ledger's server went away meanwhile."""
        if not answers:
            return
        self._job.ledger.again(lambda: self.note(answers))
        self.count(answers)

    def note(self, answers: Sequence[Answer]) -> None:
        """Let the ledger learn: a transaction, or a part of the caller's; twice is as good as once."""
        job, ledger = self._job, self._job.ledger
        taken = [answer for answer in answers if answer.kind in {"created", "updated", "same"}]
        waiting = [answer for answer in answers if answer.waits_for]
        whole = [answer.item.key for answer in taken if not answer.waits_for]
        keys = [answer.item.key for answer in taken]
        with ledger.transaction(durable=False):
            ledger.fingerprints.store(
                job.feed, [(one.item.key, one.item.raw, one.item.strong) for one in taken], job.run_id
            )
            ledger.bindings.put(
                job.system,
                job.sink.entity,
                [(one.item.key, one.applied.id, one.applied.version) for one in taken if one.applied],
            )
            ledger.wanted.put(job.feed, [(one.item.key, one.item.record or b"") for one in taken], job.run_id)
            ledger.before.done(job.run_id, [self._image(one) for one in taken if one.kind != "same"])
            if self._report.foreign:
                ledger.foreign_edits.overwritten(job.run_id, job.feed, keys)
            ledger.quarantine.resolve_keys(job.feed, keys, job.run_id)
            ledger.parked.resolve(job.feed, whole, job.run_id)
            ledger.parked.park(
                job.run_id,
                job.feed,
                [parked(one.item, Position(self._file), one.waits_for) for one in waiting],
                age_limit=job.waits,
            )
            ledger.quarantine.add(
                job.run_id,
                job.feed,
                [
                    quarantined(answer.item.key, answer.item.record, Position(self._file), answer.error)
                    for answer in answers
                    if isinstance(answer.error, Skippable) and answer.kind != "waits"
                ],
            )
            if job.on_taken is not None and taken:
                job.on_taken([self.record(answer.item) for answer in taken])

    def count(self, answers: Sequence[Answer]) -> None:
        """Let the report count them."""
        for answer in answers:
            if answer.kind != "same":
                # What was the same was counted when it was planned.
                count(self._report, answer)
            if answer.kind != "waits":
                # What waits is told when the run is over.
                tell(self._report, answer, file=self._file)

    def record(self, item: PlanItem) -> R:
        """The record of an item."""
        return msgspec.json.decode(item.record or b"", type=self._job.sink.record_type)

    def _image(self, answer: Answer) -> tuple[int, str, int, bytes]:
        """What undo must know of a change that was made: of a create the resource itself says enough."""
        item, applied = answer.item, answer.applied
        record = b"" if answer.kind == "created" else carried(item, self._job.sink.record_type)
        target, version = ("", 0) if applied is None else (applied.id, applied.version)
        return (self._base + item.seq, target, version, record)


def carried(item: PlanItem, record_type: type[msgspec.Struct]) -> bytes:
    """Give the part of an item's record that its change carries, as JSON: not what was left to others."""
    if not item.record or item.change is None:
        return item.record or b""
    if not msgspec.json.decode(item.change, type=_Kept).kept:
        return item.record
    change = msgspec.json.decode(item.change, type=Change)
    return encode_record(said(msgspec.json.decode(item.record, type=record_type), change))


class _Kept(msgspec.Struct, frozen=True):
    """The one part of a change that is looked at for every record; the others are not decoded."""

    kept: tuple[tuple[str, ...], ...] = ()
