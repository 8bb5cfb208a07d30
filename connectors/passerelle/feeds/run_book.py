"""The book of runs: a run takes its feed's lease, is written down, and is closed whatever happens."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Protocol

import msgspec

from ..errors import PasserelleError
from ..ledger import Ledger, Run
from ..sync import RunReport
from .auditing import note_start
from .following import run_told
from .parts_beating import beating
from .peak import peak_of
from .turns import is_between_batches
from .upkeep import drop_old, sweep
from .workspace import Workspace

__all__ = ["LEASE_SECONDS", "Booked", "booked"]

#: So long after its last word a process on another machine is taken for dead; on this one it is known.
LEASE_SECONDS = 3600.0


class Booked(Protocol):
    """What is run: a feed, and what it carries."""

    @property
    def feed(self) -> str:
        """Its name in the book; nothing else of that name runs meanwhile."""
        ...

    @property
    def entity(self) -> str:
        """Which kind of record it carries."""
        ...


@asynccontextmanager
async def booked(
    workspace: Workspace,
    ledger: Ledger,
    mapping: Booked,
    *,
    mode: str,
    parameters: Mapping[str, Any],
    dry_run: bool = False,
    lease_seconds: float = LEASE_SECONDS,
) -> AsyncIterator[RunReport]:
    """Run something on a feed, one at a time; an error of ours ends the block and is in the report.

    While it runs a thread says so, so that `lease_seconds` may be short: when this process dies, or is cut
    off for so long, another one on any machine may begin.

    Raises:
        LeaseHeld: another run of the feed is at work.
    """
    feed = mapping.feed
    with (
        ledger.leases.take(f"feed:{feed}", ttl=lease_seconds, purpose=mode) as lease,
        beating(lease.heartbeat, lease_seconds) as heart,
    ):
        # Who holds the lease is alone: what another machine left open is over, however young it is, unless it
        # is a backfill that lets us go first.
        lives = partial(is_between_batches, ledger)
        for dead in ledger.runs.sweep_dead(feed, lives=lives):
            ledger.plans.drop(dead.id)
            ledger.parts.drop(dead.id)
        sweep(workspace, feed)
        run = ledger.runs.start(feed, mode=mode, parameters=parameters)
        report = RunReport(feed=feed, entity=mapping.entity, run_id=run.id, dry_run=dry_run)
        with run_told(report, mode):
            try:
                _look_around(workspace, ledger, mapping, run, report)
                yield report
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
            if heart.lost is not None:
                report.settle("failed", heart.lost.message, heart.lost.advice)
            if report.quarantined or report.failed or report.mismatched or report.rejects:
                report.settle("completed_with_rejects")
            ledger.plans.drop(run.id)
            if not dry_run:
                _let_go(workspace, ledger, report)
            ledger.runs.finish(run.id, report.outcome, _totals(report), report.message)


def _look_around(workspace: Workspace, ledger: Ledger, what: Booked, run: Run, report: RunReport) -> None:
    """Log what changed in the configuration and that peak mode has ended; say that it is on."""
    now = dt.datetime.now(dt.UTC)
    if not report.dry_run:
        note_start(workspace, ledger, what, run)
    period = ledger.peak.period()
    if period is not None and not report.dry_run and now >= period.until:
        ledger.peak.note_end(now)
    if (peak := peak_of(period, now)) is not None:
        report.notes.append(peak.told)


def _let_go(workspace: Workspace, ledger: Ledger, report: RunReport) -> None:
    """Drop what is older than it is kept; what hinders that is noted, for the run itself did its work."""
    try:
        drop_old(ledger, workspace.settings.retention, dt.datetime.now(dt.UTC))
    except PasserelleError as error:
        report.notes.append(f"Old rows of the ledger stay until the next run: {error.message}")


def _totals(report: RunReport) -> dict[str, Any]:
    """What the ledger keeps of a report: everything but the rows of changes."""
    totals = msgspec.structs.asdict(report)
    totals.pop("changes")
    kept: dict[str, Any] = msgspec.to_builtins(totals)
    return kept
