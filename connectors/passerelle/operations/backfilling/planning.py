"""The plan of a backfill: made as a whole between two runs of the day, gone on with, put aside, closed.

When a file of the feed was applied meanwhile, or the mapping or time went on, what is left is planned anew: a
newer word is never written over by an older one that was planned before it came.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from contextlib import suppress

from ...errors import Fatal
from ...feeds.approving import Planned, plan_feed
from ...feeds.turns import BACKFILL, behind_others
from ...ledger import Ledger, PlanItem, StoredPlan
from ...sync import Progress, decide
from .standing import Course

__all__ = ["PlanInHand", "changes_of"]

#: A plan waits for the batches behind it, for a person, for Monday.
_LIFETIME = dt.timedelta(days=7)
#: While files are read it is looked so often (seconds) whether somebody still wants them read.
_LOOK_EVERY = 0.5
_PAGE = 1_000


def changes_of(
    ledger: Ledger, plan: StoredPlan, *, rank: int | None = None, after: int = 0
) -> Iterator[PlanItem]:
    """Stream the items of a plan that change something, behind a place."""
    while page := ledger.plans.read(plan.run_id, after=after, limit=_PAGE, rank=rank):
        yield from (item for item in page if item.change is not None)
        after = page[-1].seq


class PlanInHand:
    """The plan that a backfill carries out; there is one at a time, and its row names it."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._ledger = course.ledger
        self._mapping = course.mapping

    def find(self) -> StoredPlan | None:
        """Give the plan that is to be carried out or goes on, when it still may."""
        if self._course.row.plan_id is None:
            return None
        plan = self._ledger.decisions.get(self._course.row.plan_id)
        if plan is None or plan.state not in {"stored", "approved"} or self.is_stale(plan):
            if plan is not None and plan.state in {"stored", "approved"}:
                self.drop(plan)
            return None
        return plan

    def is_stale(self, plan: StoredPlan) -> bool:
        """Say whether the plan must not be carried out any more: time, the mapping or the feed went on."""
        since = self._course.row.planned_since or plan.created_at
        if plan.is_expired(dt.datetime.now(dt.UTC)) or plan.facts.get("mapping") != self._mapping.version:
            return True
        return self._ledger.files.applied_since(plan.feed, since) is not None

    async def make(self) -> StoredPlan | None:
        """Plan the whole of it, between two runs of the day; None when nothing is to do or it failed."""
        self._course.stand("planning")
        while True:
            self._course.look_up()
            since = dt.datetime.now(dt.UTC)
            async with behind_others(self._ledger, self._course.row.feed):
                pass
            report, plan = await self._planned()
            if report.run_id:
                break
            await asyncio.sleep(0.2)  # somebody was quicker
        if report.outcome == "failed":
            self._course.stand("failed", outcome="failed", message=report.message)
            return None
        if plan is None:
            if report.outcome == "stopped_by_guard":
                said = f"{report.message}: there is no change to decide about. {report.advice}"
                self._course.stand("failed", outcome="stopped_by_guard", message=said)
            return None
        total = self._course.row.done + sum(1 for _ in changes_of(self._ledger, plan))
        self._course.stand(
            "running", plan_id=plan.id, planned_since=since, total=total, message=f"plan {plan.id}"
        )
        return plan

    async def _planned(self) -> Planned:
        """Read and compare; given up at once where nobody wants it any more: nothing is written by then."""
        planning = asyncio.create_task(
            plan_feed(
                self._course.workspace,
                self._course.row.feed,
                self._course.request.options,
                lifetime=_LIFETIME,
                purpose=BACKFILL,
                progress=self._watch,
            )
        )
        try:
            while not (await asyncio.wait({planning}, timeout=_LOOK_EVERY))[0]:
                self._course.look_whether_to_plan()
            return planning.result()
        finally:
            # Whatever ends us: the run that plans is closed by then, and holds nothing of the feed.
            planning.cancel()
            await asyncio.gather(planning, return_exceptions=True)

    def _watch(self, progress: Progress) -> None:
        self._course.beat()
        self._course.tell(f"{progress.file}: {progress.phase} {progress.done}")

    def approve(self, plan: StoredPlan, by: str, reason: str) -> StoredPlan:
        """Approve it in the name of who asked for the backfill, or of who decided about it."""
        who = by or self._course.row.asked_by
        why = reason or f"backfill {self._course.number}"
        return decide(
            self._ledger,
            plan,
            approve=True,
            by=who,
            reason=why,
            mapping_version=self._mapping.version,
        )

    def drop(self, plan: StoredPlan) -> None:
        """Put a plan aside that must not be carried out any more; the rest is planned anew."""
        with suppress(Fatal):
            decide(
                self._ledger,
                plan,
                approve=False,
                by=f"backfill {self._course.number}",
                reason="what is left is planned anew: the feed, the mapping or time went on",
            )
        self._clean(plan)
        self._course.row = self._ledger.backfills.stand(self._course.number, "planning", plan_id=None)

    def close(self, plan: StoredPlan) -> None:
        """Close a plan that is carried out."""
        self._ledger.decisions.close(plan.id)
        self._clean(plan)
        self._course.row = self._ledger.backfills.stand(self._course.number, "running", plan_id=None)

    def _clean(self, plan: StoredPlan) -> None:
        current = self._ledger.decisions.get(plan.id)
        for run_id in () if current is None else current.facts.get("runs", ()):
            self._ledger.before.drop_undone(run_id)

    def give_up(self, why: str) -> None:
        """Refuse what is left: nobody wants the backfill any more."""
        if self._course.row.plan_id is None:
            return
        plan = self._ledger.decisions.get(self._course.row.plan_id)
        if plan is not None and plan.state in {"stored", "approved"}:
            with suppress(Fatal):
                decide(self._ledger, plan, approve=False, by=f"backfill {self._course.number}", reason=why)
