"""Carrying: a backfill is planned as a whole, shown to the guard, and sent batch by batch.

Between two batches nothing of the feed is held: runs of the day go first, a person may pause or cancel, a
killed process has lost the batch it was at and nothing else. What was sent is known by its before-images.
When a file of the feed was applied meanwhile, or records moved in the shop, what is left is planned anew: a
newer word is never written over by an older one that was planned before it came.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from ...commercetools import Client
from ...errors import Fatal, PasserelleError
from ...feeds import RunOptions, RunReport, Workspace
from ...feeds.approving import Planned, plan_feed
from ...feeds.jobs import job_for
from ...feeds.peak import check_frozen, frozen_now
from ...feeds.shop import shop_for
from ...feeds.turns import BACKFILL, behind_others, lease_of_backfill
from ...ledger import Backfill, BackfillBatch, LeaseHeld, Ledger, PlanItem, StoredPlan
from ...mapping import Mapping
from ...sync import Job, Progress, decide, verify_sample
from ...sync.exact import apply_some
from ...sync.together import Together
from .asking import BackfillRequest, check_feed, request_of

__all__ = ["Standing", "Tell", "carry_backfill"]

#: A plan waits for the batches behind it, for a person, for Monday.
_LIFETIME = dt.timedelta(days=7)
_LEASE_SECONDS = 900.0
#: While files are read it is looked so often (seconds) whether somebody still wants them read.
_LOOK_EVERY = 0.5
#: A run of Prefect that is cancelled and a service that is stopped look the same.
_GIVEN_UP = "paused: the run that carried it was cancelled, or its service stopped"
#: Planned anew so often; what still moves then is told, and left to the next run of the feed.
_ROUNDS = 3
_PAGE = 1_000
#: Of each batch so many records are read back, the risky ones first.
_VERIFIED = 20
_COUNTED = ("created", "updated", "unchanged", "moved", "failed", "quarantined", "parked")


class Standing(NamedTuple):
    """Where a backfill stands: `done` of `total` changes, and how long the rest takes (None: not known)."""

    backfill: Backfill
    doing: str
    seconds_left: float | None = None


#: Told where it stands, after each batch and while files are read; it must be quick.
Tell = Callable[[Standing], None]


def _untold(standing: Standing) -> None:
    """Nobody looks."""


class _Stopped(Exception):
    """A person wants no further batch."""

    def __init__(self, wish: str, why: str = "paused between two batches") -> None:
        super().__init__(wish)
        self.wish = wish
        self.why = why


class _Stale(Exception):
    """A file of the feed was applied since the plan was made: what is left is planned anew."""


async def carry_backfill(
    workspace: Workspace,
    number: int,
    *,
    by: str = "",
    reason: str = "",
    really: bool = False,
    despite_peak: str = "",
    tell: Tell = _untold,
    should_stop: Callable[[], bool] = lambda: False,
) -> Backfill:
    """Carry a backfill from where it stands: to its end, or until somebody stops it between two batches.

    A dry run ends as `planned`; called again with `really` exactly that plan is carried out. When the guard
    speaks against the plan it ends as `waiting`; called again with `by` and `reason` the plan is approved.
    `should_stop` is asked between batches like a person's wish to pause. While peak mode freezes backfills it
    pauses; `despite_peak` is the reason to carry it all the same.

    Raises:
        LeaseHeld: another process is carrying it.
        ConfigError: there is no such backfill, or its feed is gone.
        Fatal: it is over.
    """
    with workspace.ledger() as ledger:
        found = ledger.backfills.named(number)
        if found.is_over:
            raise Fatal(f"Backfill {number} is {found.state}", advice="Ask for a new one")
        with ledger.leases.take(lease_of_backfill(number), ttl=_LEASE_SECONDS, purpose=BACKFILL) as own:
            ledger.backfills.wish(number, "", by=by)
            if despite_peak:
                subject = f"backfill {number}"
                check_frozen(ledger, "backfill", subject=subject, despite=despite_peak, by=by)
            carrier = _Carrier(
                workspace, ledger, found, tell, should_stop, own.heartbeat_if_due, in_peak=not despite_peak
            )
            try:
                return await carrier.carry(by=by, reason=reason, really=really)
            except LeaseHeld:
                raise
            except PasserelleError as error:
                return carrier.stand("failed", message=str(error))
            except BaseException:
                carrier.stand("failed", message="interrupted: it can be resumed")
                raise


class _Carrier:
    """Carries one backfill in this process."""

    def __init__(
        self,
        workspace: Workspace,
        ledger: Ledger,
        backfill: Backfill,
        tell: Tell,
        should_stop: Callable[[], bool],
        beat: Callable[[], None],
        *,
        in_peak: bool,
    ) -> None:
        self._workspace = workspace
        self._ledger = ledger
        self._number = backfill.id
        self._row = backfill
        self._tell = tell
        self._should_stop = should_stop
        self._beat = beat
        self._in_peak = in_peak
        self._request: BackfillRequest = request_of(backfill)
        self._mapping: Mapping = check_feed(workspace, backfill.feed)
        #: Changes and seconds of the batches carried by this process.
        self._pace = (0, 0.0)

    def stand(self, state: Any, *, message: str = "", **values: Any) -> Backfill:
        """Write down where it stands."""
        self._row = self._ledger.backfills.stand(self._number, state, message=message, **values)
        return self._row

    async def carry(self, *, by: str, reason: str, really: bool) -> Backfill:
        """Plan where that is due and carry out what is planned, until nothing is left or it is stopped."""
        rounds = 0
        try:
            while True:
                plan = self._plan_in_hand()
                if plan is None:
                    rounds += 1
                    plan = await self._plan()
                if plan is None:
                    return self._over() if self._row.state != "failed" else self._row
                if self._request.dry_run and not really and plan.state == "stored":
                    return self.stand("planned", message=f"plan {plan.id}: nothing was written")
                if plan.facts.get("guard") and plan.state == "stored" and not reason:
                    said = "; ".join(plan.facts["guard"])
                    return self.stand("waiting", outcome="stopped_by_guard", message=said)
                approved = self._approve(plan, by, reason)
                try:
                    moved = await self._send(approved)
                except _Stale:
                    self._drop_plan(approved)
                    continue
                self._close(approved)
                if not moved or rounds >= _ROUNDS or approved.facts.get("guard"):
                    return self._over()
        except _Stopped as stopped:
            if stopped.wish == "cancel":
                self._give_up("cancelled")
                return self.stand("cancelled", message="cancelled; what was written stays")
            return self.stand("paused", message=stopped.why)

    # Planning

    def _plan_in_hand(self) -> StoredPlan | None:
        """Give the plan that is to be carried out or goes on, when it still may."""
        if self._row.plan_id is None:
            return None
        plan = self._ledger.decisions.get(self._row.plan_id)
        if plan is None or plan.state not in {"stored", "approved"} or self._is_stale(plan):
            if plan is not None and plan.state in {"stored", "approved"}:
                self._drop_plan(plan)
            return None
        return plan

    def _is_stale(self, plan: StoredPlan) -> bool:
        since = self._row.planned_since or plan.created_at
        if plan.is_expired(dt.datetime.now(dt.UTC)) or plan.facts.get("mapping") != self._mapping.version:
            return True
        return self._ledger.files.applied_since(plan.feed, since) is not None

    async def _plan(self) -> StoredPlan | None:
        """Plan the whole of it, between two runs of the day; None when nothing is to do or it failed."""
        self.stand("planning")
        while True:
            self._look_up()
            since = dt.datetime.now(dt.UTC)
            async with behind_others(self._ledger, self._row.feed):
                pass
            report, plan = await self._planned()
            if report.run_id:
                break
            await asyncio.sleep(0.2)  # somebody was quicker
        if report.outcome == "failed":
            self.stand("failed", outcome="failed", message=report.message)
            return None
        if plan is None:
            if report.outcome == "stopped_by_guard":
                said = f"{report.message}: there is no change to decide about. {report.advice}"
                self.stand("failed", outcome="stopped_by_guard", message=said)
            return None
        total = self._row.done + sum(1 for _ in self._changes(plan))
        self.stand("running", plan_id=plan.id, planned_since=since, total=total, message=f"plan {plan.id}")
        return plan

    async def _planned(self) -> Planned:
        """Read and compare; given up at once where nobody wants it any more: nothing is written by then."""
        planning = asyncio.create_task(
            plan_feed(
                self._workspace,
                self._row.feed,
                self._request.options,
                lifetime=_LIFETIME,
                purpose=BACKFILL,
                progress=self._watch,
            )
        )
        try:
            while not (await asyncio.wait({planning}, timeout=_LOOK_EVERY))[0]:
                self._look_whether_to_plan()
            return planning.result()
        finally:
            # Whatever ends us: the run that plans is closed by then, and holds nothing of the feed.
            planning.cancel()
            await asyncio.gather(planning, return_exceptions=True)

    def _watch(self, progress: Progress) -> None:
        self._beat()
        self._tell(Standing(self._row, f"{progress.file}: {progress.phase} {progress.done}"))

    def _approve(self, plan: StoredPlan, by: str, reason: str) -> StoredPlan:
        who = by or self._row.asked_by
        why = reason or f"backfill {self._number}"
        return decide(
            self._ledger, plan, approve=True, by=who, reason=why, mapping_version=self._mapping.version
        )

    # Sending

    async def _send(self, plan: StoredPlan) -> int:
        """Send what is left of a plan; count the records that moved. Raises _Stopped and _Stale."""
        ledger, feed = self._ledger, plan.feed
        runs: list[str] = list(plan.facts.get("runs", ()))
        done = {place for run_id in runs for place in ledger.before.done_places(run_id)}
        run = ledger.runs.start(
            feed, mode=BACKFILL, parameters={"backfill": self._number, "plan": plan.id, "digest": plan.digest}
        )
        # Before the first call: who comes after us must know where to look for what we did.
        plan = ledger.decisions.note(plan.id, {"runs": [*runs, run.id]})
        report = RunReport(feed=feed, entity=self._mapping.entity, run_id=run.id)
        self.stand("running", plan_id=plan.id)
        moved = 0
        try:
            async with shop_for(
                self._workspace, self._mapping, ledger, report, behind=self._request.lane == "behind"
            ) as client:
                options = RunOptions(verify=_VERIFIED, behind=self._request.lane == "behind")
                job = job_for(
                    self._workspace, self._mapping, client, ledger, report, options, lambda _: self._beat()
                )
                for rank, items in self._batches(plan, job):
                    self._look_up()
                    moved += await self._carry_batch(job, report, client, plan, rank, items, done)
        except BaseException as error:
            message = error.message if isinstance(error, PasserelleError) else str(error) or "interrupted"
            stopped = isinstance(error, _Stopped | _Stale)
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
        before, used = {name: getattr(report, name) for name in _COUNTED}, replace(client.usage)
        ledger = self._ledger
        async with behind_others(ledger, plan.feed):
            if self._is_stale(plan):
                raise _Stale
            number = 1 + max((one.number for one in ledger.backfills.batches(self._number)), default=0)
            batch = BackfillBatch(
                backfill_id=self._number,
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
            await verify_sample(job, report, sample, file=f"backfill {self._number}, batch {number}")
            counts = {name: getattr(report, name) - before[name] for name in _COUNTED}
            # The report knows the calls of a run when it is over; the client counts each as it leaves.
            reads, writes = client.usage.reads - used.reads, client.usage.writes - used.writes
            counts |= {"calls": reads + writes, "reads": reads, "writes": writes}
            self._row = ledger.backfills.end(batch, counts)
        took = (dt.datetime.now(dt.UTC) - batch.started_at).total_seconds()
        self._pace = (self._pace[0] + len(items), self._pace[1] + took)
        self._tell(Standing(self._row, f"batch {number}", self._left()))
        return len(moved)

    def _left(self) -> float:
        changes, seconds = self._pace
        return max(0, self._row.total - self._row.done) * seconds / changes if changes else 0.0

    def _batches(self, plan: StoredPlan, job: Job[Any]) -> Iterator[tuple[int, list[PlanItem]]]:
        """Cut what is left of a plan into batches of one rank each; what needs each other stays together."""
        carried = {
            (one.rank, one.last_seq)
            for one in self._ledger.backfills.batches(self._number)
            if one.plan_id == plan.id and one.finished_at is not None
        }
        size = 10**9 if job.sink.hierarchical else self._request.batch
        for rank in self._ledger.plans.ranks(plan.run_id):
            past = max((seq for of, seq in carried if of == rank), default=0)
            together = Together(job, plan.run_id, rank=rank)
            for batch in together.pages(self._changes(plan, rank=rank, after=past), size):
                yield rank, batch

    def _changes(self, plan: StoredPlan, *, rank: int | None = None, after: int = 0) -> Iterator[PlanItem]:
        """Stream the items of a plan that change something, behind a place."""
        while page := self._ledger.plans.read(plan.run_id, after=after, limit=_PAGE, rank=rank):
            yield from (item for item in page if item.change is not None)
            after = page[-1].seq

    # Between batches, and at the end

    def _look_up(self) -> None:
        """Follow what people want; raises _Stopped."""
        self._beat()
        if wish := self._ledger.backfills.named(self._number).wish:
            raise _Stopped(wish)
        if self._should_stop():
            raise _Stopped("pause", _GIVEN_UP)
        frozen = frozen_now(self._ledger, "backfill") if self._in_peak and self._row.plan_id else None
        if frozen is not None:
            raise _Stopped("pause", str(frozen))

    def _look_whether_to_plan(self) -> None:
        """Follow who gives it up while files are read; a mere pause is kept until there is a plan."""
        self._beat()
        if self._ledger.backfills.named(self._number).wish == "cancel":
            raise _Stopped("cancel")
        if self._should_stop():
            raise _Stopped("pause", _GIVEN_UP)

    def _drop_plan(self, plan: StoredPlan) -> None:
        """Put a plan aside that must not be carried out any more; the rest is planned anew."""
        with suppress(Fatal):
            decide(
                self._ledger,
                plan,
                approve=False,
                by=f"backfill {self._number}",
                reason="what is left is planned anew: the feed, the mapping or time went on",
            )
        self._clean(plan)
        self._row = self._ledger.backfills.stand(self._number, "planning", plan_id=None)

    def _close(self, plan: StoredPlan) -> None:
        self._ledger.decisions.close(plan.id)
        self._clean(plan)
        self._row = self._ledger.backfills.stand(self._number, "running", plan_id=None)

    def _clean(self, plan: StoredPlan) -> None:
        current = self._ledger.decisions.get(plan.id)
        for run_id in () if current is None else current.facts.get("runs", ()):
            self._ledger.before.drop_undone(run_id)

    def _give_up(self, why: str) -> None:
        if self._row.plan_id is None:
            return
        plan = self._ledger.decisions.get(self._row.plan_id)
        if plan is not None and plan.state in {"stored", "approved"}:
            with suppress(Fatal):
                decide(self._ledger, plan, approve=False, by=f"backfill {self._number}", reason=why)

    def _over(self) -> Backfill:
        """Write down how it ended, from all its batches."""
        batches = self._ledger.backfills.batches(self._number)
        counts = {name: sum((one.counts or {}).get(name, 0) for one in batches) for name in _COUNTED}
        bad = counts["failed"] or counts["quarantined"] or counts["moved"]
        written = counts["created"] + counts["updated"]
        if self._request.dry_run and not batches:
            return self.stand("done", outcome="succeeded", message="nothing would change: the shop agrees")
        message = (
            f"{written} records written in {len(batches)} batches" if batches else "the shop agreed already"
        )
        return self.stand("done", outcome="completed_with_rejects" if bad else "succeeded", message=message)
