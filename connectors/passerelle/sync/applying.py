"""Applying: sends the spooled changes, as many at once as there are connections, and notes each answer.

The ledger learns of a record only after the target took it, so a run that dies here is simply run again:
what was taken is known or agrees with the shop, the rest is planned anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Generic, Literal, NamedTuple, TypeVar

import msgspec

from ..errors import Conflict, Fatal, Position, ReferenceMissing, Retriable, Skippable
from ..ledger import PlanItem
from .comparing import parked, quarantined
from .job import Job
from .protocols import Applied, Change
from .report import Progress, RunReport

__all__ = ["Taken", "apply_plan"]

R = TypeVar("R", bound=msgspec.Struct)

#: How often one record is read and planned again before it is left for the next run.
REPLANS = 5
#: Pause before that: who is in trouble (500), or races with us, is not helped by being asked at once.
REPLAN_SECONDS = 0.02
#: Answers are noted in the ledger in groups of this size.
GROUP = 250
#: So many records in a row that the target did not take mean that it is down.
DOWN_AFTER = 50


class Taken(NamedTuple, Generic[R]):
    """A record that the target took, under its key in the ledger."""

    key: str
    record: R


class _Answer(NamedTuple):
    """What became of one planned item."""

    item: PlanItem
    kind: Literal["created", "updated", "same", "waits", "refused", "later"]
    applied: Applied | None = None
    error: Skippable | Retriable | None = None
    waits_for: tuple[str, ...] = ()
    """What the record points to that is not there yet; it may have been carried without it."""


class _Applier(Generic[R]):
    def __init__(self, job: Job[R], report: RunReport, *, file: str, total: int, base: int) -> None:
        self._job = job
        self._base = base
        self._report = report
        self._file = file
        self._total = total
        self._done = 0
        self._taken = 0
        self._failing = 0
        self._answers: list[_Answer] = []
        self.sample: list[Taken[R]] = []
        self._sample_step = max(1, total // max(1, job.verify_sample))

    async def carry_all(self, items: Iterable[PlanItem]) -> None:
        """Keep `concurrency` changes in flight until the items are used up; note every answer."""
        pending = iter(items)
        workers = [asyncio.create_task(self._work(pending)) for _ in range(self._job.sink.concurrency)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            # Also when a Fatal ends the run: what the target took is noted.
            self._note()

    async def _work(self, pending: Iterable[PlanItem]) -> None:
        for item in pending:
            with self._job.journey(self._file, item.seq):
                answer = await self._carry(item)
            self._answers.append(answer)
            self._done += 1
            if answer.kind != "same":
                self._failing = self._failing + 1 if answer.kind == "later" else 0
            if len(self._answers) >= GROUP:
                self._note()
            if self._failing >= DOWN_AFTER:
                raise Fatal(
                    f"The last {self._failing} changes were not taken: {answer.error}",
                    advice="The target does not answer; run again when it does, nothing is lost",
                )

    async def _carry(self, item: PlanItem) -> _Answer:
        if item.change is None:
            return _Answer(item, "same")
        try:
            return await self._send(item, msgspec.json.decode(item.change, type=Change))
        except Retriable as error:
            return _Answer(item, "later", error=error)
        except ReferenceMissing as error:
            return _Answer(item, "waits", error=error, waits_for=(error.reference,))
        except Skippable as error:
            return _Answer(item, "refused", error=error)

    async def _send(self, item: PlanItem, planned: Change) -> _Answer:
        """Send one change; when the shop moved or an answer was lost, read it again and plan again."""
        sink = self._job.sink
        record = self._record(item)
        done: Literal["created", "updated"] = "created" if item.kind == "create" else "updated"
        applied: Applied | None = None
        change: Change | None = planned
        tries = 0
        while change is not None:
            try:
                applied = await sink.apply(change)
                break
            except Conflict:
                tries += 1
                if tries == REPLANS:
                    raise
                await asyncio.sleep(REPLAN_SECONDS * tries * tries)
                live = (await sink.read_live([record])).get(sink.key(record))
                change = sink.plan(record, live)
                if change is not None:
                    body = b"" if live is None else msgspec.json.encode(live.body)
                    image = (self._base + item.seq, item.key, change.kind, body)
                    self._job.ledger.before.keep(self._job.run_id, sink.entity, [image])
                # When the shop agrees although we did not see the answer, the lost call had arrived.
                applied = None if live is None else Applied(live.id, live.version)
        self._remember(item.key, record)
        return _Answer(item, done, applied, waits_for=() if change is None else change.waiting)

    def _remember(self, key: str, record: R) -> None:
        """Keep every n-th taken record for verification."""
        self._taken += 1
        if len(self.sample) < self._job.verify_sample and self._taken % self._sample_step == 0:
            self.sample.append(Taken(key, record))

    def _note(self) -> None:
        answers, self._answers = self._answers, []
        if not answers:
            return
        job, ledger, report = self._job, self._job.ledger, self._report
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
                job.on_taken([self._record(answer.item) for answer in taken])
        for answer in answers:
            _count(report, answer.kind)
            if answer.error is not None and answer.kind != "waits":
                code = answer.error.code if isinstance(answer.error, Skippable) else "not_taken"
                report.reject(
                    code, f"{self._file}, {answer.item.key}: {answer.error.message}", answer.error.advice
                )
        job.watch(Progress(job.feed, "apply", self._file, self._done, self._total))

    def _image(self, answer: _Answer) -> tuple[int, str, int, bytes]:
        """What undo must know of a change that was made: of a create the resource itself says enough."""
        item, applied = answer.item, answer.applied
        record = b"" if answer.kind == "created" else item.record or b""
        target, version = ("", 0) if applied is None else (applied.id, applied.version)
        return (self._base + item.seq, target, version, record)

    def _record(self, item: PlanItem) -> R:
        return msgspec.json.decode(item.record or b"", type=self._job.sink.record_type)


def _count(report: RunReport, kind: str) -> None:
    """Count one answer in the report; what was the same was counted when it was planned."""
    if kind == "same":
        return
    report.pending -= 1
    match kind:
        case "created":
            report.created += 1
        case "updated":
            report.updated += 1
        case "waits":
            report.parked += 1
        case "refused":
            report.quarantined += 1
        case _:
            report.failed += 1


async def apply_plan(
    job: Job[R], report: RunReport, *, file: str, total: int, base: int = 0
) -> list[Taken[R]]:
    """Send every change spooled under the run's id; give back a sample of the records for verification.

    `base` is the planner's: it tells the before-images of this file from those of other files of the run.

    Raises:
        Fatal: the target refuses us altogether or does not answer; what it took until then is noted.
    """
    applier = _Applier(job, report, file=file, total=total, base=base)
    if job.sink.hierarchical:
        for wave in _waves(job, list(job.ledger.plans.stream(job.run_id))):
            await applier.carry_all(wave)
    else:
        await applier.carry_all(job.ledger.plans.stream(job.run_id))
    return applier.sample


def _waves(job: Job[R], items: Sequence[PlanItem]) -> Iterable[list[PlanItem]]:
    """Order records that point to each other: parents in an earlier wave than their children."""
    by_key: dict[str, PlanItem] = {}
    graph: dict[str, set[str]] = {}
    for item in items:
        record = msgspec.json.decode(item.record or b"", type=job.sink.record_type)
        key = job.sink.key(record)
        by_key[key] = item
        graph[key] = set(job.sink.parents(record))
    sorter = TopologicalSorter({key: parents & graph.keys() for key, parents in graph.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        raise Fatal(
            f"These records are each other's parents: {' → '.join(error.args[1])}",
            advice="Have the tree mended in the source; nothing of this file was applied",
        ) from error
    while sorter.is_active():
        ready = sorter.get_ready()
        yield [by_key[key] for key in ready]
        sorter.done(*ready)
