"""Applying: sends the spooled changes, as many at once as there are connections, and notes each answer.

The ledger learns of a record only after the target took it, so a run that dies here is simply run again:
what was taken is known or agrees with the shop, the rest is planned anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Generic, Literal, TypeVar, cast

import msgspec

from ..errors import Conflict, Fatal
from ..ledger import PlanItem
from .agreeing import note_agreed
from .answers import Answer, answer_to, work_off
from .bulk.loading import carry_in_bulk
from .foreign import Met, Ownership, said
from .hooking import note_left
from .job import Job
from .learning import Learner
from .protocols import Applied, Change, Expecting, Live, Removal, Removing
from .report import Progress, RunReport
from .sampling import Sample, Taken

__all__ = ["Applier", "Taken", "apply_plan", "waves"]

R = TypeVar("R", bound=msgspec.Struct)

#: How often one record is read and planned again before it is left for the next run.
REPLANS = 5
#: Pause before that: who is in trouble (500), or races with us, is not helped by being asked at once.
REPLAN_SECONDS = 0.02
#: Answers to calls are noted in the ledger in groups of this size.
GROUP = 250
#: With those that needed no call a group may grow to this size: they cost nothing to be found again.
LARGEST_GROUP = 2000
#: So many records in a row that the target did not take mean that it is down.
DOWN_AFTER = 50


class Applier(Generic[R]):
    """Sends the changes of one file; who carries out a part of them says how answers are taken down."""

    def __init__(self, job: Job[R], report: RunReport, *, file: str, total: int, base: int) -> None:
        self._job = job
        self._base = base
        self._learner = Learner(job, report, file=file, base=base)
        self._file = file
        self._total = total
        self._done = 0
        self._failing = 0
        self._answers: list[Answer] = []
        self._called = 0
        self.sample: Sample[R] = Sample(job)
        self._ownership = Ownership(job, report)

    async def carry_all(self, items: Iterable[PlanItem]) -> None:
        """Keep `concurrency` changes in flight until the items are used up; note every answer."""
        try:
            await work_off(self._work, items, at_once=self._job.sink.concurrency)
        finally:
            # Also when a Fatal ends the run: what the target took is noted.
            self._note()

    async def _work(self, pending: Iterable[PlanItem]) -> None:
        for item in pending:
            self._may_go_on()
            with self._job.journey(self._file, item.seq):
                answer = await self._carry(item)
            if answer.kind not in {"created", "updated"}:
                self.sample.leave_out(item.key)
            self._answers.append(answer)
            self._done += 1
            if answer.kind != "same":
                self._called += 1
                self._failing = self._failing + 1 if answer.kind == "later" else 0
            if self._called >= GROUP or len(self._answers) >= LARGEST_GROUP:
                self._note()
            if self._failing >= DOWN_AFTER:
                raise Fatal(
                    f"The last {self._failing} changes were not taken: {answer.error}",
                    advice="The target does not answer; run again when it does, nothing is lost",
                )

    def _may_go_on(self) -> None:
        """Raise when nothing more is to be sent; asked before each change."""

    async def _carry(self, item: PlanItem) -> Answer:
        if item.change is None:
            return Answer(item, "same")
        return await answer_to(item, self._send(item, msgspec.json.decode(item.change, type=Change)))

    async def _send(self, item: PlanItem, planned: Change) -> Answer:
        """Send one change; when the shop moved or an answer was lost, read it again and plan again."""
        sink = self._job.sink
        record = self._learner.record(item)
        done: Literal["created", "updated"] = "created" if item.kind == "create" else "updated"
        carried = said(record, planned)
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
                # Who lost the right to write meanwhile must not plan an older word on top of a newer one.
                self._may_go_on()
                live = (await sink.read_live([record])).get(sink.key(record))
                carried, change = self._plan_again(item.key, record, live)
                if change is not None:
                    if isinstance(sink, Expecting):
                        sink.expect(change)
                    body = b"" if live is None else msgspec.json.encode(live.body)
                    image = (self._base + item.seq, item.key, change.kind, body)
                    self._job.ledger.before.keep(self._job.run_id, sink.entity, [image])
                # When the shop agrees although we did not see the answer, the lost call had arrived.
                applied = None if live is None else Applied(live.id, live.version)
        self.sample.offer(item.key, carried, planned, said(record, planned))
        return Answer(item, done, applied, waits_for=() if change is None else change.waiting)

    def _plan_again(self, key: str, record: R, live: Live | None) -> tuple[R, Change | None]:
        """Plan as planning does, without what is left to others; give what is carried, too."""
        sink = self._job.sink
        wrote = self._job.ledger.wanted.get(self._job.feed, [key])
        known = wrote.get(key)
        if known is not None and known.removed is not None and isinstance(sink, Removing):
            record = sink.returned(record, cast("Removal", known.removed))
        change = sink.plan(record, live)
        if live is None or change is None:
            return record, change
        left = self._ownership.decide([Met(key, record, live, change)], wrote).get(key)
        if left is None:
            return record, change
        again = sink.plan(left.record, live)
        return left.record, None if again is None else left.marked(again)

    def _note(self) -> None:
        answers, self._answers, self._called = self._answers, [], 0
        if answers:
            self._learn(answers)
            self._job.watch(Progress(self._job.feed, "apply", self._file, self._done, self._total))

    def _learn(self, answers: Sequence[Answer]) -> None:
        """Take down a group of answers."""
        self._learner.learn(answers)


async def apply_plan(
    job: Job[R], report: RunReport, *, file: str, total: int, base: int = 0
) -> Iterable[Taken[R]]:
    """Send every change spooled under the run's id; give back a sample of the records for verification.

    `base` is the planner's: it tells the before-images of this file from those of other files of the run.

    Raises:
        Fatal: the target refuses us altogether or does not answer; what it took until then is noted.
        Retriable: the target could not be read while its bulk door was used; the same holds.
    """
    note_left(job)
    total -= await note_agreed(job, report, file=file, total=total)
    total -= await carry_in_bulk(job, report, file=file, base=base)
    if job.sharing is not None:
        sample = await job.sharing.carry(job, report, file=file, total=total, base=base)
        if sample is not None:
            return sample
    applier = Applier(job, report, file=file, total=total, base=base)
    if isinstance(job.sink, Expecting):
        for item in job.ledger.plans.stream(job.run_id):
            if item.change is not None:
                job.sink.expect(msgspec.json.decode(item.change, type=Change))
    if job.sink.hierarchical:
        for wave in waves(job, list(job.ledger.plans.stream(job.run_id))):
            await applier.carry_all(wave)
    else:
        await applier.carry_all(job.ledger.plans.stream(job.run_id))
    return applier.sample


def waves(job: Job[R], items: Sequence[PlanItem]) -> Iterable[list[PlanItem]]:
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
