"""One run of one feed: under its lease, written down, ended with a report whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec

from ..errors import PasserelleError
from ..files import Folder
from ..ledger import LeaseHeld, Ledger
from ..mapping import Mapping, OutgoingMapping
from ..sync import Job, Progress, RunReport, take_up, tell_remarks, tell_waiting
from .bulk import door_for, settle_claims, via_of
from .gate import Gate
from .incoming import IncomingRun
from .jobs import siblings
from .options import RunOptions
from .order_journal import journal
from .orders_out import OrderExport
from .replay import Replay
from .shop import record_journey, shop_for
from .sinks import SYSTEM, sink_for
from .upkeep import sweep
from .wiring import thresholds
from .workspace import Workspace

__all__ = ["run_feed"]

#: A lease is kept by a living process however long it works; this is for holders on other machines.
LEASE_SECONDS = 3600.0


def _unwatched(progress: Progress) -> None:
    """Nobody looks."""


async def run_feed(
    workspace: Workspace,
    feed: str,
    options: RunOptions | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
) -> RunReport:
    """Carry one feed and report: bad data, a bad connection and a stop by the guard are in the report.

    Only one run of a feed at a time. Raises ConfigError when the settings or mappings are wrong, so that
    nothing could be started.
    """
    options = options or RunOptions()
    mapping = workspace.mapping(feed)
    known: Mapping | OutgoingMapping = (
        mapping if isinstance(mapping, OutgoingMapping) else workspace.incoming(feed)
    )
    with workspace.ledger() as ledger:
        try:
            with ledger.leases.take(f"feed:{feed}", ttl=LEASE_SECONDS, purpose="run"):
                return await _run(workspace, ledger, known, options, progress or _unwatched)
        except LeaseHeld as held:
            report = RunReport(feed=feed, entity=known.entity, run_id="", dry_run=options.dry_run)
            report.settle("failed", str(held))
            return report


async def _run(
    workspace: Workspace,
    ledger: Ledger,
    mapping: Mapping | OutgoingMapping,
    options: RunOptions,
    watch: Callable[[Progress], None],
) -> RunReport:
    for dead in ledger.runs.sweep_dead(mapping.feed):
        ledger.plans.drop(dead.id)
    sweep(workspace, mapping.feed)
    run = ledger.runs.start(
        mapping.feed,
        mode="dry_run" if options.dry_run else options.mode,
        parameters=options.model_dump(mode="json"),
    )
    report = RunReport(feed=mapping.feed, entity=mapping.entity, run_id=run.id, dry_run=options.dry_run)
    try:
        await _carry(workspace, ledger, mapping, options, report, watch)
    except PasserelleError as error:
        report.settle("failed", error.message, error.advice)
    except OSError as error:
        report.settle(
            "failed", str(error), "Look at the folder it names, its rights and the room on its disk"
        )
    except BaseException:
        # Cancelled, or a bug: the run is over, and says so.
        ledger.plans.drop(run.id)
        ledger.runs.finish(run.id, "failed", _totals(report), "interrupted")
        raise
    if report.quarantined or report.failed or report.mismatched or report.rejects:
        report.settle("completed_with_rejects")
    ledger.plans.drop(run.id)
    ledger.runs.finish(run.id, report.outcome, _totals(report), report.message)
    return report


async def _carry(
    workspace: Workspace,
    ledger: Ledger,
    mapping: Mapping | OutgoingMapping,
    options: RunOptions,
    report: RunReport,
    watch: Callable[[Progress], None],
) -> None:
    async with shop_for(workspace, mapping, ledger, report) as client:
        with await asyncio.to_thread(workspace.folder, mapping.spec.files.partner) as root:
            if isinstance(mapping, OutgoingMapping):
                lag = timedelta(seconds=workspace.settings.order_lag)
                gate = Gate(workspace, mapping.feed, mapping.spec.files, options, report)
                export = OrderExport(ledger, mapping, options, report, watch, lag=lag, gate=gate)
                await export.carry(client, root)
                return
            job: Job[Any] = Job(
                feed=mapping.feed,
                run_id=report.run_id,
                system=SYSTEM,
                mapping=mapping,
                sink=sink_for(mapping, client),
                ledger=ledger,
                thresholds=thresholds(mapping.spec.guard),
                dry_run=options.dry_run,
                skus=frozenset(options.skus),
                override_guard=options.override_guard,
                watch=watch,
                bulk=door_for(mapping, client),
                via=via_of(mapping, options),
                batch=124 if mapping.entity == "product" else 1000,
                on_taken=journal(ledger, report),
                waits=timedelta(seconds=mapping.spec.waits),
                journey=record_journey(report),
                siblings=lambda: siblings(workspace, mapping),
                verify_sample=0 if options.verify == "all" else options.verify,
                verify_all=options.verify == "all",
            )
            if options.replay:
                await Replay(workspace, job, options, report).carry(root)
            else:
                await _carry_incoming(workspace, job, options, report, root)


async def _carry_incoming(
    workspace: Workspace, job: Job[Any], options: RunOptions, report: RunReport, root: Folder
) -> None:
    """Carry what waits: first records that waited for others, then the files, then what these made ready."""
    await settle_claims(job, report)
    await take_up(job, report)
    created, parked = report.created, report.parked
    await IncomingRun(workspace, job, options, report).carry(root)
    if report.created > created or report.parked > parked:
        await take_up(job, report)
    tell_waiting(job, report)
    tell_remarks(job, report)


def _totals(report: RunReport) -> dict[str, Any]:
    """What the ledger keeps of a report: everything but the rows of changes."""
    totals = msgspec.structs.asdict(report)
    totals.pop("changes")
    kept: dict[str, Any] = msgspec.to_builtins(totals)
    return kept
