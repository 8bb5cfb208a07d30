"""Sending a backfill: what is left of its plan, batch by batch, each under the feed's lease and no longer.

Between two batches nothing of the feed is held: runs of the day go first, a person may pause or cancel, a
killed process has lost the batch it was at and nothing else. What was sent is known by its before-images.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from ...commercetools import Client
from ...errors import PasserelleError
from ...feeds import RunOptions, RunReport
from ...feeds.jobs import job_for
from ...feeds.shop import shop_for
from ...feeds.turns import BACKFILL, behind_others
from ...ledger import BackfillBatch, PlanItem, StoredPlan
from ...sync import Job, verify_sample
from ...sync.exact import apply_some
from ...sync.together import Together
from .planning import PlanInHand, changes_of
from .standing import Course, Stopped

__all__ = ["COUNTED", "Sender", "Stale"]

#: Of each batch so many records are read back, the risky ones first.
_VERIFIED = 20
COUNTED = ("created", "updated", "unchanged", "moved", "failed", "quarantined", "parked")


class Stale(Exception):
    """A file of the feed was applied since the plan was made: what is left is planned anew."""


class Sender:
    """Sends the plans of one backfill; it knows how quick its batches were."""

    def __init__(self, course: Course, plan: PlanInHand) -> None:
        self._course = course
        self._ledger = course.ledger
        self._plan = plan
        #: Changes and seconds of the batches carried by this process.
        self._pace = (0, 0.0)

    async def send(self, plan: StoredPlan) -> int:
        """Send what is left of a plan; count the records that moved. Raises `Stopped` and `Stale`."""
        course, ledger, feed = self._course, self._ledger, plan.feed
        runs: list[str] = list(plan.facts.get("runs", ()))
        done = {place for run_id in runs for place in ledger.before.done_places(run_id)}
        run = ledger.runs.start(
            feed,
            mode=BACKFILL,
            parameters={"backfill": course.number, "plan": plan.id, "digest": plan.digest},
        )
        # Before the first call: who comes after us must know where to look for what we did.
        plan = ledger.decisions.note(plan.id, {"runs": [*runs, run.id]})
        report = RunReport(feed=feed, entity=course.mapping.entity, run_id=run.id)
        course.stand("running", plan_id=plan.id)
        moved = 0
        try:
            async with shop_for(
                course.workspace,
                course.mapping,
                ledger,
                report,
                behind=course.request.lane == "behind",
            ) as client:
                options = RunOptions(verify=_VERIFIED, behind=course.request.lane == "behind")
                job = job_for(
                    course.workspace,
                    course.mapping,
                    client,
                    ledger,
                    report,
                    options,
                    lambda _: course.beat(),
                )
                for rank, items in self._batches(plan, job):
                    course.look_up()
                    moved += await self._carry_batch(job, report, client, plan, rank, items, done)
        except BaseException as error:
            message = error.message if isinstance(error, PasserelleError) else str(error) or "interrupted"
            stopped = isinstance(error, Stopped | Stale)
            report.settle("succeeded" if stopped else "failed", "" if stopped else message)
            self._finish(report)
            raise
        if report.quarantined or report.failed or report.mismatched or report.rejects:
            report.settle("completed_with_rejects")
        self._finish(report)
        return moved + report.failed

    def _finish(self, report: RunReport) -> None:
        totals = {**msgspec.to_builtins(report), "changes": []}
        self._ledger.runs.finish(report.run_id, report.outcome, totals, report.message)

    async def _carry_batch(
        self,
        job: Job[Any],
        report: RunReport,
        client: Client,
        plan: StoredPlan,
        rank: int,
        items: list[PlanItem],
        done: set[int],
    ) -> int:
        """Send one batch under the feed's lease; count those that moved."""
        before, used = {name: getattr(report, name) for name in COUNTED}, replace(client.usage)
        ledger = self._ledger
        async with behind_others(ledger, plan.feed):
            if self._plan.is_stale(plan):
                raise Stale
            number = 1 + max((one.number for one in ledger.backfills.batches(self._course.number)), default=0)
            batch = BackfillBatch(
                backfill_id=self._course.number,
                number=number,
                plan_id=plan.id,
                rank=rank,
                last_seq=items[-1].seq,
                records=len(items),
                run_id=report.run_id,
                started_at=dt.datetime.now(dt.UTC),
            )
            ledger.backfills.begin(batch)
            sample, moved = await apply_some(
                job, report, plan, [item for item in items if item.seq not in done]
            )
            await verify_sample(job, report, sample, file=f"backfill {self._course.number}, batch {number}")
            counts = {name: getattr(report, name) - before[name] for name in COUNTED}
            # The report knows the calls of a run when it is over; the client counts each as it leaves.
            reads, writes = client.usage.reads - used.reads, client.usage.writes - used.writes
            counts |= {"calls": reads + writes, "reads": reads, "writes": writes}
            self._course.row = ledger.backfills.end(batch, counts)
        took = (dt.datetime.now(dt.UTC) - batch.started_at).total_seconds()
        self._pace = (self._pace[0] + len(items), self._pace[1] + took)
        self._course.tell(f"batch {number}", self._left())
        return len(moved)

    def _left(self) -> float:
        changes, seconds = self._pace
        return max(0, self._course.row.total - self._course.row.done) * seconds / changes if changes else 0.0

    def _batches(self, plan: StoredPlan, job: Job[Any]) -> Iterator[tuple[int, list[PlanItem]]]:
        """Cut what is left of a plan into batches of one rank each; what needs each other stays together."""
        carried = {
            (one.rank, one.last_seq)
            for one in self._ledger.backfills.batches(self._course.number)
            if one.plan_id == plan.id and one.finished_at is not None
        }
        size = 10**9 if job.sink.hierarchical else self._course.request.batch
        for rank in self._ledger.plans.ranks(plan.run_id):
            past = max((seq for of, seq in carried if of == rank), default=0)
            together = Together(job, plan.run_id, rank=rank)
            for batch in together.pages(changes_of(self._ledger, plan, rank=rank, after=past), size):
                yield rank, batch
