"""Drift of a feed: one look at the shop under the feed's lease, and a plan that sets it right when asked."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ..errors import ConfigError
from ..ledger import LeaseHeld, StoredPlan
from ..sync import Progress, RunReport, Watch, store_plan
from ..sync.drift import Drift, Slice, look_for_drift
from .approving import LIFETIME
from .jobs import job_for
from .options import RunOptions
from .run_book import booked
from .shop import shop_for
from .workspace import Workspace

__all__ = ["Drifted", "drift_of"]


class Drifted(NamedTuple):
    """What a look found, and the plan that would set it right; None when none was asked for or needed."""

    report: RunReport
    drift: Drift
    plan: StoredPlan | None


def _unwatched(progress: Progress) -> None:
    """Nobody looks."""


async def drift_of(
    workspace: Workspace,
    feed: str,
    *,
    part: Slice | None = None,
    skus: tuple[str, ...] = (),
    repair: bool = False,
    extra: int = 0,
    tolerance: float = 0.0,
    progress: Watch = _unwatched,
) -> Drifted:
    """Compare what is wanted of a feed with the live shop; nothing is written there.

    The outcome is `completed_with_rejects` when more than the share `tolerance` (a fraction of one) of the
    records looked at are not as they should be. With `repair` a plan is stored for a person to decide about.

    Raises:
        ConfigError: there is no such feed, or its records are not kept as they were said.
    """
    mapping = workspace.incoming(feed)
    if mapping.entity == "order_edit":
        raise ConfigError(
            f"Feed {feed}: an edit was made once, the order may have moved on since: there is no drift",
            advice=f"`passerelle order NUMBER` shows what {feed} changed in an order",
        )
    options = RunOptions(dry_run=True, skus=skus)
    drift = Drift()
    plan: StoredPlan | None = None
    with workspace.ledger() as ledger:
        parameters = {
            "slice": part,
            "skus": skus,
            "repair": repair,
            "extra": extra,
            "tolerance": tolerance,
        }
        try:
            async with booked(
                workspace, ledger, mapping, mode="drift", parameters=parameters, dry_run=True
            ) as report:
                async with shop_for(workspace, mapping, ledger, report) as client:
                    job = job_for(workspace, mapping, client, ledger, report, options, progress)
                    drift = await look_for_drift(job, report, part=part, repair=repair, extra=extra)
                _count(report, drift, tolerance)
                if repair and report.planned:
                    facts = {"drift": dict(drift.causes)}
                    plan = store_plan(job, report, origin="drift", lifetime=LIFETIME, facts=facts)
        except LeaseHeld as held:
            report = RunReport(feed=feed, entity=mapping.entity, run_id="", dry_run=True)
            report.settle("failed", str(held))
    return Drifted(report, drift, plan)


def _count(report: RunReport, drift: Drift, tolerance: float) -> None:
    """Put the counts where the ledger keeps those of a run."""
    report.received, report.unchanged = drift.checked, drift.agreeing
    report.pending = drift.missing + drift.different + drift.unclear
    report.fields = msgspec.structs.asdict(drift)["fields"]
    if drift.found > tolerance * drift.checked:
        report.settle("completed_with_rejects", f"{drift.found} records are not as they are wanted")
