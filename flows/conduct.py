"""Conduct: one run of one feed as Prefect sees it: carry it, publish what happened, end in a state."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from prefect import State, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Failed

from passerelle.feeds import Progress, RunOptions, RunReport, Workspace, project_orders, run_feed
from passerelle.operations.telemetry import start_telemetry

from .approval import asked_person
from .artifacts import publish_report
from .blocks import read_secrets
from .progress import ProgressArtifact
from .summary import headline

__all__ = ["conduct", "conduct_orders_shown", "final_state"]


@task(name="carry", task_run_name="carry {feed}", cache_policy=NO_CACHE, persist_result=False)
async def carry(feed: str, options: RunOptions, tell: Callable[[Progress], None]) -> RunReport:
    """Run the feed from its files to the shop: the library does the work and keeps the ledger."""
    await read_secrets()
    workspace = Workspace.load()
    start_telemetry(workspace.settings)
    return await run_feed(workspace, feed, options, progress=tell)


@task(name="show orders", cache_policy=NO_CACHE, persist_result=False)
async def show(tell: Callable[[Progress], None], *, dry_run: bool) -> RunReport:
    """Tell the shop what the ledger knows of its orders."""
    await read_secrets()
    workspace = Workspace.load()
    start_telemetry(workspace.settings)
    return await project_orders(workspace, dry_run=dry_run, progress=tell)


async def conduct(feed: str, options: RunOptions) -> State[None]:
    """Carry one feed, publish what happened, and return the state that tells how it went."""
    async with ProgressArtifact(feed) as progress:
        report = await carry(feed, options, progress.note)
    if report.outcome != "stopped_by_guard" or options.dry_run:
        return await _told(report)
    workspace = Workspace.load()
    # The page tells what was stopped while the run waits for a person.
    await publish_report(workspace.home, report)
    answered = await asked_person(workspace, report, options)
    return await _told(report) if answered is None else await _told(answered.report, state=answered.state)


async def conduct_orders_shown(*, dry_run: bool) -> State[None]:
    """Bring the shop up to date with its orders, and return the state that tells how it went."""
    async with ProgressArtifact("orders-shown") as progress:
        report = await show(progress.note, dry_run=dry_run)
    return await _told(report)


async def _told(report: RunReport, *, state: str = "") -> State[None]:
    path = await publish_report(Workspace.load().home, report)
    get_run_logger().info("%s Report: %s", headline(report), path)
    return final_state(report, state=state)


def final_state(report: RunReport, *, state: str = "") -> State[None]:
    """Map an outcome to a Prefect state.

    Rejects do not fail a run, since the good records were carried, but it is never plain green either: the
    state is named `CompletedWithRejects`, so that lists and automations can tell. A run that the guard
    stopped is a failure a person must look at, named `StoppedByGuard` so that nobody looks for a bug; `state`
    names what came of it instead, when a person was asked: `Refused`, `Unanswered`, `NotApplied`.
    """
    message = " ".join(part for part in (headline(report), report.message, report.advice) if part)
    match report.outcome:
        case "succeeded":
            return Completed(message=message)
        case "completed_with_rejects":
            return Completed(name="CompletedWithRejects", message=message)
        case "stopped_by_guard":
            return Failed(name=state or "StoppedByGuard", message=message)
        case "failed":
            return Failed(message=message)
        case unknown:
            assert_never(unknown)
