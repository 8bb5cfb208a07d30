"""Approving: a feed is planned, a person decides, exactly that is carried out; or a run is taken back."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from ..errors import ConfigError
from ..ledger import LeaseHeld, Ledger, StoredPlan
from ..mapping import Mapping, OutgoingMapping
from ..sync import (
    Job,
    Progress,
    Removal,
    RunReport,
    Watch,
    apply_stored,
    decide,
    plan_undo,
    store_plan,
    verify_sample,
)
from .incoming.replay import Replay
from .incoming.run import IncomingRun
from .jobs import job_for
from .keeping import PlanKeeper
from .options import RunOptions
from .orders.projecting import OrderProjector, tell_projected
from .orders.showing import Showings
from .orders.speaking import SPOKEN
from .peak import check_frozen
from .peak_rules import Freezable
from .run import run_feed
from .run_book import booked
from .shop import shop_for
from .turns import in_turn
from .workspace import Workspace

__all__ = ["LIFETIME", "Planned", "apply_decided", "plan_feed", "refuse_plan", "undo_run"]

#: How long a plan waits for a decision: the shop moves on.
LIFETIME = dt.timedelta(days=1)
#: Plans that peak mode may freeze, by what made them.
_RISKY: dict[str, Freezable] = {"undo": "undo", "drift": "repair"}


class Planned(NamedTuple):
    """What planning saw, and the plan that waits for a decision; None when there is nothing to decide."""

    report: RunReport
    plan: StoredPlan | None


def _unwatched(progress: Progress) -> None:
    """Nobody looks."""


async def plan_feed(
    workspace: Workspace,
    feed: str,
    options: RunOptions | None = None,
    *,
    lifetime: dt.timedelta = LIFETIME,
    purpose: str = "plan",
    progress: Watch = _unwatched,
) -> Planned:
    """Plan what the first waiting file of a feed would change, and keep that for a decision.

    Nothing is written to the shop and the file stays where it is. What the guard says is kept with the plan:
    approving it then needs a reason, and lets the file pass even where no record of it changes. A feed that
    leaves is only shown. With `skus` or a window the plan is of
    everything that the files say of them, as in a run. `purpose` is what the journal of runs says of it.
    """
    options = (options or RunOptions()).model_copy(update={"dry_run": True})
    if isinstance(workspace.mapping(feed), OutgoingMapping):
        return Planned(await run_feed(workspace, feed, options, progress=progress), None)
    mapping = workspace.incoming(feed)
    plan: StoredPlan | None = None
    with workspace.ledger() as ledger:
        parameters = options.model_dump(mode="json")
        try:
            async with (
                in_turn(ledger, feed),
                booked(
                    workspace, ledger, mapping, mode=purpose, parameters=parameters, dry_run=True
                ) as report,
                _job(workspace, mapping, ledger, report, options, progress) as job,
            ):
                plan = await _plan(workspace, job, report, options, lifetime)
        except LeaseHeld as held:
            report = _held(mapping, held, dry_run=True)
    return Planned(report, plan)


async def _plan(
    workspace: Workspace, job: Job[Any], report: RunReport, options: RunOptions, lifetime: dt.timedelta
) -> StoredPlan | None:
    facts: dict[str, Any] = {"options": options.model_dump(mode="json", exclude_defaults=True)}
    with await asyncio.to_thread(workspace.folder, job.mapping.spec.files.partner) as root:
        if options.replay:
            await Replay(workspace, job, options, report).carry(root)
            if not _changes(job):
                return None
            stopped = [one["said"] for one in report.breaches]
            facts["breaches"] = report.breaches
            read = [{"name": file.name} for file in report.files if file.state == "planned"]
            return store_plan(
                job, report, origin="replay", files=read, guard=stopped, lifetime=lifetime, facts=facts
            )
        keeper = PlanKeeper(job)
        await IncomingRun(workspace, job, options, report, keeper=keeper).carry(root)
    keeper.finish()
    if keeper.behind:
        report.notes.append(
            f"{', '.join(keeper.behind)}: behind {keeper.files[-1]['name']}, planned when that is put away"
        )
    if not keeper.files:
        return None
    guard = list(keeper.guard)
    if report.outcome == "stopped_by_guard":
        guard.append(report.message)
    if guard:
        report.settle(
            "stopped_by_guard",
            "; ".join(keeper.guard) or report.message,
            "Look at the plan; if it is what you want, apply it with --reason",
        )
    elif not _changes(job):
        report.notes.append(
            f"{keeper.files[-1]['name']} changes nothing: `passerelle run {job.feed}` puts it away"
        )
        return None
    # What the guard stops is decided about even where no record changes: whether the file may pass.
    report.breaches = [*keeper.breaches, *report.breaches]
    facts["breaches"] = report.breaches
    return store_plan(job, report, files=keeper.files, guard=guard, lifetime=lifetime, facts=facts)


async def apply_decided(
    workspace: Workspace,
    plan: str,
    *,
    by: str,
    reason: str = "",
    despite_peak: str = "",
    options: RunOptions | None = None,
    progress: Watch = _unwatched,
) -> RunReport:
    """Approve a plan (by its number or the first digits of its hash) and carry out exactly that.

    A plan that was approved and interrupted goes on where it stopped. Of the options `verify` counts: how
    many of the plan's records are read back; the others had their say when it was planned. Peak mode may
    freeze what undoes a run or repairs drift: `despite_peak` is the reason to do it all the same.

    Raises:
        ConfigError: there is no such plan, or its feed is gone.
        Fatal: it was decided before, it expired, something happened since; nothing was written.
    """
    options = RunOptions() if options is None else RunOptions(verify=options.verify)
    with workspace.ledger() as ledger:
        found = ledger.decisions.named(plan)
        mapping = workspace.incoming(found.feed)
        if found.origin in _RISKY:
            check_frozen(
                ledger, _RISKY[found.origin], subject=f"plan {found.id}", despite=despite_peak, by=by
            )
        approved = decide(ledger, found, approve=True, by=by, reason=reason, mapping_version=mapping.version)
        parameters = {"plan": approved.id, "digest": approved.digest, "origin": approved.origin, "by": by}
        try:
            async with (
                in_turn(ledger, mapping.feed),
                booked(workspace, ledger, mapping, mode="apply", parameters=parameters) as report,
                _job(workspace, mapping, ledger, report, options, progress) as job,
            ):
                sample = await apply_stored(job, report, approved)
                await verify_sample(job, report, sample, file=f"plan {approved.id}")
                if mapping.entity in SPOKEN:
                    async with shop_for(workspace, mapping, ledger, report) as client:
                        projector = OrderProjector(ledger, client, Showings(workspace, client), report)
                        await tell_projected(projector, report)
        except LeaseHeld as held:
            return _held(mapping, held)
    return report


def refuse_plan(workspace: Workspace, plan: str, *, by: str, reason: str) -> StoredPlan:
    """Decide that a plan is not carried out; raises ConfigError and Fatal as `apply_decided`."""
    with workspace.ledger() as ledger:
        return decide(ledger, ledger.decisions.named(plan), approve=False, by=by, reason=reason)


async def undo_run(
    workspace: Workspace,
    run: str,
    *,
    published: Removal = "unpublish",
    lifetime: dt.timedelta = LIFETIME,
    progress: Watch = _unwatched,
) -> Planned:
    """Plan what takes a run back (by its id or a part of it), and keep that for a decision.

    What changed since is left alone, counted in `report.moved` and named.

    Raises:
        ConfigError: there is no such run, or its feed is gone, or its records cannot be read back.
    """
    options = RunOptions(dry_run=True)
    plan: StoredPlan | None = None
    with workspace.ledger() as ledger:
        undone = ledger.runs.named(run)
        mapping = workspace.incoming(undone.feed)
        if mapping.entity in SPOKEN:
            raise ConfigError(
                f"Run {undone.id} of {undone.feed} took down what was said of orders: that cannot be unsaid",
                advice="Have the sender correct it: the same message, with what is right and a later time",
            )
        if mapping.entity == "order_edit":
            raise ConfigError(
                f"Run {undone.id} of {undone.feed} applied edits to orders: the shop works totals out anew",
                advice="Have the ERP send what is right as a change of its own",
            )
        if (since := ledger.before.dropped(undone)) is not None:
            raise ConfigError(
                f"Run {undone.id} of {undone.feed} cannot be taken back: it began on "
                f"{undone.started_at:%Y-%m-%d}, and what there was before it was dropped on {since:%Y-%m-%d}",
                advice=f"It is kept for {workspace.settings.retention.before_images} days "
                "(PASSERELLE_RETENTION__BEFORE_IMAGES); have the source send what is right",
            )
        if not any(ledger.before.of_run(undone.id)):
            raise ConfigError(
                f"Run {undone.id} of {undone.feed} wrote nothing that could be taken back",
                advice="It changed nothing, or was a dry run",
            )
        try:
            async with (
                booked(
                    workspace, ledger, mapping, mode="undo", parameters={"undoes": undone.id}, dry_run=True
                ) as report,
                _job(workspace, mapping, ledger, report, options, progress) as job,
            ):
                await plan_undo(job, report, undone.id, published=published)
                if _changes(job):
                    facts = {"undoes": undone.id, "undone_started": undone.started_at.isoformat()}
                    plan = store_plan(job, report, origin="undo", lifetime=lifetime, facts=facts)
        except LeaseHeld as held:
            report = _held(mapping, held, dry_run=True)
    return Planned(report, plan)


@asynccontextmanager
async def _job(
    workspace: Workspace,
    mapping: Mapping,
    ledger: Ledger,
    report: RunReport,
    options: RunOptions,
    watch: Watch,
) -> AsyncIterator[Job[Any]]:
    async with shop_for(workspace, mapping, ledger, report, behind=options.behind) as client:
        yield job_for(workspace, mapping, client, ledger, report, options, watch)


def _changes(job: Job[Any]) -> int:
    totals = job.ledger.plans.totals(job.run_id)
    return totals.items - totals.by_kind.get("same", 0)


def _held(mapping: Mapping, held: LeaseHeld, *, dry_run: bool = False) -> RunReport:
    report = RunReport(feed=mapping.feed, entity=mapping.entity, run_id="", dry_run=dry_run)
    report.settle("failed", str(held))
    return report
