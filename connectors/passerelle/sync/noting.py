"""Noting: what the ledger learns when the items of a stored plan were answered, by what made the plan.

A plan of a feed's files makes its records known, as a run does. An undo leaves them to be planned again: the
source still says otherwise. A repair writes what was wanted before, so nothing new is learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar, cast

import msgspec

from ..errors import Position, Skippable
from ..ledger import StoredPlan
from .answers import Answer, count, tell
from .comparing import parked, quarantined
from .fingerprints import encode_record
from .job import Job
from .learning import carried
from .protocols import Removal
from .report import RunReport
from .restoring import overlaid

__all__ = ["Noting"]

R = TypeVar("R", bound=msgspec.Struct)

_TAKEN = frozenset({"created", "updated", "same"})


class Noting(Generic[R]):
    """Writes answers into ledger and report, a group at a time, each group whole or not at all."""

    def __init__(self, job: Job[R], report: RunReport, plan: StoredPlan, *, file: str) -> None:
        self._job = job
        self._report = report
        self._origin = plan.origin
        self._file = file
        #: Runs that were at this plan before: what they sent without hearing of it is told to their images.
        self._before: list[str] = list(plan.facts.get("runs", ()))

    def note(self, answers: Sequence[Answer]) -> None:
        """Make the ledger know, count, and say what was not taken."""
        removals = [one for one in answers if one.item.record is None and one.kind in {"removed", "same"}]
        taken = [one for one in answers if one.item.record is not None and one.kind in _TAKEN]
        with self._job.ledger.transaction(durable=False):
            self._note_removals(removals)
            self._note_taken(taken)
            self._note_images([*removals, *taken])
            self._put_aside(answers)
            if self._job.on_taken is not None and taken and self._learns:
                self._job.on_taken([self._decoded(one.item.record) for one in taken])
        for one in answers:
            self._count(one)

    @property
    def _learns(self) -> bool:
        return self._origin in {"run", "replay"}

    def _note_taken(self, taken: Sequence[Answer]) -> None:
        job, ledger = self._job, self._job.ledger
        keys = [one.item.key for one in taken]
        ledger.bindings.put(
            job.system,
            job.sink.entity,
            [(one.item.key, one.applied.id, one.applied.version) for one in taken if one.applied],
        )
        if self._report.foreign or self._before:
            # Also what an earlier run at this plan sent without hearing of it.
            for run_id in (*self._before, job.run_id):
                ledger.foreign_edits.overwritten(run_id, job.feed, keys)
        if self._learns:
            # A replay may give an older word back to the target: the next file is compared anew.
            prints = [
                (one.item.key, one.item.raw, one.item.strong)
                if self._origin == "run"
                else (one.item.key, b"", None)
                for one in taken
            ]
            ledger.fingerprints.store(job.feed, prints, job.run_id)
            ledger.wanted.put(job.feed, [(one.item.key, one.item.record or b"") for one in taken], job.run_id)
            ledger.quarantine.resolve_keys(job.feed, keys, job.run_id)
            ledger.parked.resolve(job.feed, [one.item.key for one in taken if not one.waits_for], job.run_id)
        elif self._origin == "undo":
            # The source still says what was undone: the next full file that holds it is compared anew.
            ledger.fingerprints.invalidate(job.feed, keys)
            created = [one.item.key for one in taken if one.kind == "created"]
            ledger.fingerprints.store(job.feed, [(key, b"", None) for key in created], job.run_id)
            ledger.wanted.put(job.feed, self._restored(taken), job.run_id)

    def _restored(self, taken: Sequence[Answer]) -> list[tuple[str, bytes]]:
        """Say what the target should hold after an undo: what was wanted, with what was given back."""
        known = self._job.ledger.wanted.get(self._job.feed, [one.item.key for one in taken])
        rows: list[tuple[str, bytes]] = []
        for one in taken:
            given = self._decoded(one.item.record)
            wanted = known.get(one.item.key)
            if wanted is not None and wanted.record and one.kind != "created":
                given = overlaid(self._decoded(wanted.record), given)
            rows.append((one.item.key, encode_record(given)))
        return rows

    def _note_removals(self, removals: Sequence[Answer]) -> None:
        job, ledger = self._job, self._job.ledger
        keys = [one.item.key for one in removals]
        ledger.fingerprints.forget(job.feed, keys)
        for policy in sorted({one.item.kind for one in removals}):
            away = [one.item.key for one in removals if one.item.kind == policy]
            ledger.wanted.bury(job.feed, away, cast("Removal", policy), job.run_id)
            if policy == "delete":
                ledger.bindings.forget(job.system, job.sink.entity, away)
        ledger.quarantine.resolve_keys(job.feed, keys, job.run_id)
        ledger.parked.resolve(job.feed, keys, job.run_id)

    def _note_images(self, answers: Sequence[Answer]) -> None:
        """Complete the before-images: what undo must know of a change that was made."""
        before = self._job.ledger.before
        rows: dict[bool, list[tuple[int, str, int, bytes]]] = {True: [], False: []}
        for one in answers:
            if one.item.change is None:
                continue
            removal = one.item.record is None
            target, version = ("", 0) if one.applied is None else (one.applied.id, one.applied.version)
            record = b"" if one.item.kind == "create" else carried(one.item, self._job.sink.record_type)
            rows[one.kind == "same"].append((one.item.seq, target, 0 if removal else version, record))
        before.done(self._job.run_id, rows[False])
        for run_id in self._before:
            before.done(run_id, rows[True])

    def _put_aside(self, answers: Sequence[Answer]) -> None:
        job, position = self._job, Position(self._file)
        if self._learns:
            waiting = [one for one in answers if one.waits_for]
            job.ledger.parked.park(
                job.run_id,
                job.feed,
                [parked(one.item, position, one.waits_for) for one in waiting],
                age_limit=job.waits,
            )
            job.ledger.quarantine.add(
                job.run_id,
                job.feed,
                [
                    quarantined(one.item.key, one.item.record, position, one.error)
                    for one in answers
                    if one.kind == "refused" and isinstance(one.error, Skippable)
                ],
            )

    def _count(self, answer: Answer) -> None:
        count(self._report, answer)
        if answer.kind == "moved":
            self._report.reject(
                "moved_since",
                f"{self._file}, {answer.item.key}: it changed in the target after it was planned",
                "It was left as it is: look at it there, or plan again",
            )
        if answer.kind != "waits" or not self._learns:
            tell(self._report, answer, file=self._file)

    def _decoded(self, record: bytes | None) -> R:
        return msgspec.json.decode(record or b"", type=self._job.sink.record_type)
