"""Orders shown: a run of its own that brings the shop up to date with what the ledger knows of its orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...errors import ConfigError
from ...ledger import LeaseHeld
from ...mapping import OutgoingMapping
from ...sync import Progress, RunReport
from ..run_book import booked
from ..shop import shop_for
from ..workspace import Workspace
from .projecting import OrderProjector, Projected, tell_projected
from .showing import Showings

__all__ = ["ORDERS_SHOWN", "project_orders"]

#: The name of such a run in the ledger and in reports; no mapping is called so.
ORDERS_SHOWN = "orders-shown"


class _Shown(NamedTuple):
    """What the book of runs asks of a feed."""

    feed: str = ORDERS_SHOWN
    entity: str = "order"


def _unwatched(progress: Progress) -> None:
    """Nobody looks."""


async def project_orders(
    workspace: Workspace,
    *,
    dry_run: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> RunReport:
    """Show every order that the shop shows otherwise than the ledger knows it; a dry run tells what it lacks.

    In the report `updated` are orders brought up to date, `unchanged` those that said so already. Only one
    such run at a time. Raises ConfigError when no feed of orders leaves from here.
    """
    exports = [
        mapping
        for mapping in workspace.mappings.values()
        if isinstance(mapping, OutgoingMapping) and mapping.entity == "order"
    ]
    if not exports:
        raise ConfigError(
            "No feed of orders leaves from here, so there are no orders to show",
            advice="Write one (entity: order, docs/how-to/write-a-file.md)",
        )
    with workspace.ledger() as ledger:
        try:
            async with (
                booked(
                    workspace,
                    ledger,
                    _Shown(),
                    mode="dry_run" if dry_run else "auto",
                    parameters={},
                    dry_run=dry_run,
                ) as report,
                shop_for(workspace, exports[0], ledger, report) as client,
            ):
                showings = Showings(workspace, client)
                projector = OrderProjector(ledger, client, showings, report, watch=progress or _unwatched)
                if dry_run:
                    report.planned = await projector.foresee()
                else:
                    _count(report, await tell_projected(projector, report))
        except LeaseHeld as held:
            report = RunReport(feed=ORDERS_SHOWN, entity="order", run_id="", dry_run=dry_run)
            report.settle("failed", str(held))
        return report


def _count(report: RunReport, done: Projected) -> None:
    report.received = sum(done)
    report.updated, report.unchanged = done.changed, done.same
    report.quarantined, report.failed = done.refused, done.failed
    report.parked = done.paused
