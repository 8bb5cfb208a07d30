"""Exact applying: what was approved is sent with the versions it was planned against, and nothing else.

Unlike `applying`, nothing is planned anew here. A record that moved since is left as it is, counted and
named. A run of it that dies is run again: what it did is known by its before-images, what it sent without
an answer is found by reading.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Generic, Literal, NamedTuple, TypeVar, cast

import msgspec

from ..errors import ConfigError, Conflict, Fatal, Skippable
from ..ledger import PlanItem, StoredPlan
from .answers import Answer, answer_to, work_off
from .applying import DOWN_AFTER, GROUP, REPLAN_SECONDS, REPLANS, waves
from .foreign import Met, Ownership, said
from .job import Job
from .noting import Noting
from .protocols import Applied, Change, Expecting, Interlocking, Live, Removal, Removing
from .report import Progress, RunReport
from .sampling import Sample, Taken
from .together import Together

__all__ = ["REMOVALS", "apply_exactly", "apply_some"]

R = TypeVar("R", bound=msgspec.Struct)

#: What items of a plan are called that take a record away.
REMOVALS: AbstractSet[str] = frozenset({"unpublish", "zero", "deactivate", "delete"})

_State = Literal["as planned", "agrees", "moved"]


class _Ready(NamedTuple, Generic[R]):
    """An item that may be sent: the target is as it was when it was planned."""

    item: PlanItem
    change: Change
    record: R | None


class _Exact(Generic[R]):
    def __init__(self, job: Job[R], report: RunReport, plan: StoredPlan, *, total: int) -> None:
        self._job = job
        self._report = report
        self._plan = plan
        self._file = f"plan {plan.id}"
        self._total = total
        self._done = 0
        self._failing = 0
        self._noting = Noting(job, report, plan, file=self._file)
        self._ownership = Ownership(job, report)
        self._answers: list[Answer] = []
        # The items are those of the run that planned.
        self.sample: Sample[R] = Sample(replace(job, run_id=plan.run_id))
        self.moved: list[str] = []

    async def carry(self, pages: Iterable[Sequence[PlanItem]]) -> None:
        """Look at each page of items, send those that are as planned, note every answer."""
        for page in pages:
            try:
                await work_off(self._work, await self._look(page), at_once=self._job.sink.concurrency)
            finally:
                # Also when a Fatal ends the run: what the target took is noted.
                self._note()

    async def _look(self, page: Sequence[PlanItem]) -> list[_Ready[R]]:
        """Read the target once for all of them; answer for those that there is nothing to send for."""
        ready: list[_Ready[R]] = []
        images: list[tuple[int, str, str, bytes]] = []
        met: list[Met[R]] = []
        records = {item.seq: self._decoded(item) for item in page if item.record}
        there = await self._read(page, records)
        for item in page:
            change = None if item.change is None else msgspec.json.decode(item.change, type=Change)
            record, live = records.get(item.seq), there.get(item.seq)
            state = self._state(item, change, record, live)
            if change is not None and state == "as planned":
                ready.append(_Ready(item, change, record))
                body = b"" if live is None else msgspec.json.encode(live.body)
                images.append((item.seq, item.key, change.kind, body))
                if record is not None and live is not None and self._plan.origin != "undo":
                    met.append(Met(item.key, record, live, change))
            elif state == "moved":
                self._answer(Answer(item, "moved"))
            else:
                self._answer(Answer(item, "same", None if live is None else Applied(live.id, live.version)))
        if isinstance(self._job.sink, Expecting):
            for one in ready:
                self._job.sink.expect(one.change)
        self._ownership.note(met)
        self._job.ledger.before.keep(self._job.run_id, self._job.sink.entity, images)
        return ready

    async def _read(self, page: Sequence[PlanItem], records: dict[int, R]) -> dict[int, Live]:
        """Read what the target holds for these items, by their place: by their record, else by its id."""
        sink = self._job.sink
        found: dict[int, Live] = {}
        if records:
            live = await sink.read_live(list(records.values()))
            keyed = {seq: live.get(sink.key(record)) for seq, record in records.items()}
            found.update((seq, one) for seq, one in keyed.items() if one is not None)
        ids = {
            item.seq: msgspec.json.decode(item.change, type=Change).target_id
            for item in page
            if item.seq not in records and item.change is not None
        }
        if ids:
            by_id = await _removing(self._job).read_ids([one for one in ids.values() if one is not None])
            found.update((seq, by_id[one]) for seq, one in ids.items() if one is not None and one in by_id)
        return found

    def _state(self, item: PlanItem, change: Change | None, record: R | None, live: Live | None) -> _State:
        """Compare the target with what the plan was made against, and with what it wants."""
        if change is not None:
            planned = None if change.kind == "create" else (change.target_id, change.version)
            if planned == (None if live is None else (live.id, live.version)):
                return "as planned"
        try:
            if record is not None:
                # What was left to others when it was planned is left to them now.
                carried = said(record, change)
                agrees = live is not None and self._job.sink.plan(carried, live) is None
            else:
                policy = cast("Removal", item.kind)
                sink = _removing(self._job)
                agrees = live is None or sink.plan_removal(item.key, live, policy) is None
        except Skippable:
            agrees = False
        return "agrees" if agrees else "moved"

    async def _work(self, pending: Iterator[_Ready[R]]) -> None:
        for ready in pending:
            with self._job.journey(self._file, ready.item.seq):
                answer = await answer_to(ready.item, self._send(ready))
            self._answer(answer)
            self._failing = self._failing + 1 if answer.kind == "later" else 0
            if len(self._answers) >= GROUP:
                self._note()
            if self._failing >= DOWN_AFTER:
                raise Fatal(
                    f"The last {self._failing} changes were not taken: {answer.error}",
                    advice="The target does not answer; apply the plan again when it does, nothing is lost",
                )

    async def _send(self, ready: _Ready[R]) -> Answer:
        """Send one change. When the outcome is in doubt look: what did not arrive is sent once more."""
        item, change = ready.item, ready.change
        for tried in range(1, REPLANS + 1):
            try:
                applied = await self._job.sink.apply(change)
            except Conflict:
                if tried == REPLANS:
                    raise
                await asyncio.sleep(REPLAN_SECONDS * tried * tried)
                records = {} if ready.record is None else {item.seq: ready.record}
                live = (await self._read([item], records)).get(item.seq)
                state = self._state(item, change, ready.record, live)
                if state == "moved":
                    break
                if state == "agrees":
                    # The call had arrived, or somebody did the same.
                    gone = Applied(change.target_id or "", 0)
                    applied = gone if live is None else Applied(live.id, live.version)
                    return Answer(item, _kind(item), applied, waits_for=change.waiting)
                if isinstance(self._job.sink, Expecting):
                    self._job.sink.expect(change)
            else:
                return Answer(item, _kind(item), applied, waits_for=change.waiting)
        return Answer(item, "moved")

    def _answer(self, answer: Answer) -> None:
        self._answers.append(answer)
        self._done += 1
        if answer.kind == "moved":
            self.moved.append(answer.item.key)
        item = answer.item
        if answer.kind not in {"created", "updated"} or not item.record:
            self.sample.leave_out(item.key)
            return
        change = msgspec.json.decode(item.change or b"", type=Change)
        carried = said(self._decoded(item), change)
        self.sample.offer(item.key, carried, change, carried)

    def _note(self) -> None:
        answers, self._answers = self._answers, []
        if answers:
            self._noting.note(answers)
            self._job.watch(Progress(self._job.feed, "apply", self._file, self._done, self._total))

    def _decoded(self, item: PlanItem) -> R:
        return msgspec.json.decode(item.record or b"", type=self._job.sink.record_type)


def _pages(items: Sequence[PlanItem], size: int) -> Iterator[Sequence[PlanItem]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _kind(item: PlanItem) -> Literal["created", "updated", "removed"]:
    if item.kind in REMOVALS:
        return "removed"
    return "created" if item.kind == "create" else "updated"


def _removing(job: Job[R]) -> Removing[R]:
    if isinstance(job.sink, Removing):
        return job.sink
    raise ConfigError(f"feed {job.feed}: {job.sink.entity} records cannot be removed from {job.system}")


async def apply_exactly(
    job: Job[R], report: RunReport, plan: StoredPlan, *, done: AbstractSet[int] = frozenset()
) -> tuple[Iterable[Taken[R]], list[str]]:
    """Send the items of a stored plan, rank by rank, but for the places that were `done` before.

    Gives a sample of the records for verification, and the keys of those that moved since they were planned.

    Raises:
        Fatal: the target refuses us altogether or does not answer; what it took until then is noted.
        Retriable: the target could not be read.
    """
    plans = job.ledger.plans
    total = plans.totals(plan.run_id).items - len(done)
    report.received += total
    report.pending += total
    applier = _Exact(job, report, plan, total=total)
    await job.prepare()
    for rank in plans.ranks(plan.run_id):
        items = (item for item in plans.stream(plan.run_id, rank=rank) if item.seq not in done)
        if job.sink.hierarchical:
            listed = list(items)
            for wave in waves(job, [item for item in listed if item.record]):
                await applier.carry(_pages(wave, job.batch))
            items = (item for item in listed if not item.record)
        together = Together(job, plan.run_id, rank=rank)
        await applier.carry(together.pages(items, job.batch, done=done))
    return applier.sample, applier.moved


async def apply_some(
    job: Job[R], report: RunReport, plan: StoredPlan, items: Sequence[PlanItem]
) -> tuple[Iterable[Taken[R]], list[str]]:
    """Send these items of a stored plan, all of one rank; otherwise as `apply_exactly`.

    What goes together has to be among them: `Together`.
    """
    report.received += len(items)
    report.pending += len(items)
    applier = _Exact(job, report, plan, total=len(items))
    await job.prepare()
    if job.sink.hierarchical:
        for wave in waves(job, [item for item in items if item.record]):
            await applier.carry(_pages(wave, job.batch))
        items = [item for item in items if not item.record]
    await applier.carry([items] if isinstance(job.sink, Interlocking) else _pages(items, job.batch))
    return applier.sample, applier.moved
