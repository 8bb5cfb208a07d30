"""One run of one feed: what waited, its files one after the other, then what is to be told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..files import Folder
from ..ledger import LeaseHeld, Ledger
from ..mapping import Mapping, OutgoingMapping
from ..sync import Job, Progress, RunReport, take_up, tell_remarks, tell_waiting
from .bulk import door_for, settle_claims, via_of
from .incoming.replay import Replay
from .incoming.run import IncomingRun
from .jobs import job_for
from .options import RunOptions
from .orders.projecting import OrderProjector, tell_projected
from .orders.showing import Showings
from .orders.speaking import SPOKEN
from .outgoing.parts import carry_outgoing
from .parts import PartedApplying
from .parts_fit import check_parts, divided_as_set
from .peak import held_back
from .run_book import LEASE_SECONDS, booked
from .shop import shop_for
from .stock.again import work_out_again
from .stock.turning import turn_to_law
from .turns import in_turn
from .workspace import Workspace

__all__ = ["run_feed"]


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
    mapping, options = workspace.mapping(feed), options or RunOptions()
    known: Mapping | OutgoingMapping = (
        mapping if isinstance(mapping, OutgoingMapping) else workspace.incoming(feed)
    )
    check_parts(known, options)
    options = divided_as_set(known, options, workspace.settings.parts)
    with workspace.ledger() as ledger:
        if waits := held_back(ledger, known, options):
            report = RunReport(feed=feed, entity=known.entity, run_id="")
            report.settle("succeeded", waits, "Nothing was done; --despite-peak REASON starts it")
            return report
        try:
            async with (
                in_turn(ledger, known.feed),
                booked(
                    workspace,
                    ledger,
                    known,
                    mode="dry_run" if options.dry_run else options.mode,
                    parameters=options.model_dump(mode="json"),
                    dry_run=options.dry_run,
                    lease_seconds=workspace.settings.lease if (options.parts or 1) > 1 else LEASE_SECONDS,
                ) as report,
            ):
                await _carry(workspace, ledger, known, options, report, progress or _unwatched)
        except LeaseHeld as held:
            report = RunReport(feed=feed, entity=known.entity, run_id="", dry_run=options.dry_run)
            report.settle("failed", str(held))
        return report


async def _carry(
    workspace: Workspace,
    ledger: Ledger,
    mapping: Mapping | OutgoingMapping,
    options: RunOptions,
    report: RunReport,
    watch: Callable[[Progress], None],
) -> None:
    async with shop_for(workspace, mapping, ledger, report, behind=options.behind) as client:
        if isinstance(mapping, OutgoingMapping):
            await carry_outgoing(workspace, mapping, client, ledger, report, options, watch)
            return
        with await asyncio.to_thread(workspace.folder, mapping.spec.files.partner) as root:
            bulk, via = door_for(mapping, client), via_of(mapping, options)
            sharing = _sharing(workspace, ledger, mapping, options)
            job = job_for(
                *(workspace, mapping, client, ledger, report, options, watch),
                bulk=bulk,
                via=via,
                sharing=sharing,
            )
            if options.replay:
                await Replay(workspace, job, options, report).carry(root)
            else:
                await _carry_incoming(workspace, job, options, report, root)
        if mapping.entity in SPOKEN and not options.dry_run:
            # The shop says what the ledger learned; what it learned before and could not say yet, too.
            projector = OrderProjector(ledger, client, Showings(workspace, client), report, watch=watch)
            await tell_projected(projector, report)


def _sharing(
    workspace: Workspace, ledger: Ledger, mapping: Mapping, options: RunOptions
) -> PartedApplying | None:
    """Let others help, where that is asked for, and where it is the shop that takes the time."""
    if options.parts is None or options.parts == 1 or options.dry_run:
        return None
    return PartedApplying(
        ledger,
        mapping,
        options.model_dump(mode="json"),
        parts=options.parts,
        lease_seconds=workspace.settings.lease,
    )


async def _carry_incoming(
    workspace: Workspace, job: Job[Any], options: RunOptions, report: RunReport, root: Folder
) -> None:
    """Carry what waits: first records that waited for others, then the files, then what these made ready."""
    turn_to_law(job, report)
    await settle_claims(job, report)
    await take_up(job, report)
    created = report.created
    await IncomingRun(workspace, job, options, report).carry(root)
    await work_out_again(job, report)
    if report.created > created:
        await take_up(job, report)
    tell_waiting(job, report)
    tell_remarks(job, report)
