"""Stored plans: kept with their hash, decided about by a person, carried out exactly or not at all.

`store_plan` keeps what a run spooled, `decide` approves or refuses it, `apply_stored` carries it out. Between
the three only the ledger is needed: they may happen on different days and machines.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from ..errors import Fatal
from ..ledger import Ledger, Origin, StoredPlan
from .exact import apply_exactly
from .job import Job
from .plan_summary import FAR, PlanSummary, summarize
from .report import RunReport
from .sampling import Taken

__all__ = ["LIFETIME", "apply_stored", "decide", "store_plan", "summary_of"]

R = TypeVar("R", bound=msgspec.Struct)

#: How long a plan waits for a decision: the shop moves on.
LIFETIME = dt.timedelta(days=1)
#: Keys of records that had moved: so many are kept with the plan.
_NAMED = 10_000

_OUTCOME = ("created", "updated", "removed", "unchanged", "moved", "parked", "quarantined", "failed")
_COUNTS = ("received", "unchanged", "parked", "quarantined", "superseded", "gone", "moved")


def store_plan(
    job: Job[R],
    report: RunReport,
    *,
    origin: Origin = "run",
    files: Sequence[Mapping[str, Any]] = (),
    guard: Sequence[str] = (),
    lifetime: dt.timedelta = LIFETIME,
    facts: Mapping[str, Any] | None = None,
) -> StoredPlan:
    """Keep what is spooled under the job's run as a plan to be decided about.

    `files` are those it was made of (name, sha256), `guard` what the guard says against it; `facts` are kept
    beside the counts.
    """
    ledger, run_id = job.ledger, job.run_id
    limit = job.thresholds.price_move
    summary = summarize(ledger.plans.stream(run_id), far_by=FAR if limit is None else limit.by)
    known = {
        "entity": job.sink.entity,
        "system": job.system,
        "mapping": job.mapping.version,
        "files": [dict(file) for file in files],
        "guard": list(guard),
        "counts": {name: getattr(report, name) for name in _COUNTS},
        "rejects": msgspec.to_builtins(report.rejects),
        "summary": msgspec.to_builtins(summary),
        **(facts or {}),
    }
    return ledger.decisions.store(
        run_id,
        feed=job.feed,
        origin=origin,
        digest=ledger.plans.digest(run_id),
        facts=known,
        expires_at=dt.datetime.now(dt.UTC) + lifetime,
    )


def summary_of(plan: StoredPlan) -> PlanSummary:
    """The plan in numbers, as they were when it was stored."""
    return msgspec.convert(plan.facts.get("summary", {}), PlanSummary)


def decide(
    ledger: Ledger,
    plan: StoredPlan,
    *,
    approve: bool,
    by: str,
    reason: str = "",
    mapping_version: str | None = None,
    now: dt.datetime | None = None,
) -> StoredPlan:
    """Approve a plan, or refuse it; who, when and why are kept.

    A plan that was approved and interrupted may be approved again, which changes nothing, or given up.

    Raises:
        Fatal: it was decided before, it expired, it is not what was shown any more, or a reason is missing.
    """
    plan = _current(ledger, plan)
    if not approve:
        if not reason:
            raise Fatal(f"Plan {plan.id} is refused with a reason", advice="Give --reason")
        decided = ledger.decisions.decide(plan.id, "refused", by=by, reason=reason)
        if decided is None:
            raise _decided(_current(ledger, plan))
        return decided
    _check(ledger, plan, mapping_version, now or dt.datetime.now(dt.UTC))
    if plan.state == "approved":
        return plan
    if plan.facts.get("guard") and not reason:
        raise Fatal(
            f"Plan {plan.id}: the guard says no: {'; '.join(plan.facts['guard'])}",
            advice="If this is what you want, apply it with --reason; the reason is kept",
        )
    decided = ledger.decisions.decide(plan.id, "approved", by=by, reason=reason)
    if decided is None:
        raise _decided(_current(ledger, plan))
    return decided


async def apply_stored(job: Job[R], report: RunReport, plan: StoredPlan) -> Iterable[Taken[R]]:
    """Carry out an approved plan under the job's run, and give a sample of the records for verification.

    What moved since it was planned is left alone, counted in `report.moved` and named. A plan of which
    something was not taken for now stays approved: applied again it goes on where it stopped.

    Raises:
        Fatal: it is not approved, or must not be carried out any more; nothing was sent. Or the target does
            not answer; what it took is noted.
        Retriable: the target could not be read; what it took is noted.
    """
    ledger = job.ledger
    plan = _current(ledger, plan)
    if plan.state != "approved":
        raise Fatal(f"Plan {plan.id} is {plan.state}, not approved", advice="Decide about it first")
    _check(ledger, plan, job.mapping.version, dt.datetime.now(dt.UTC))
    runs: list[str] = list(plan.facts.get("runs", ()))
    done = frozenset(place for run_id in runs for place in ledger.before.done_places(run_id))
    # Before the first call: who comes after us must know where to look for what we did.
    ledger.decisions.note(plan.id, {"runs": [*runs, job.run_id]})
    report.planned += summary_of(plan).changes
    sample, moved = await apply_exactly(job, report, plan, done=done)
    outcome = {
        name: getattr(report, name) for name in ("created", "updated", "removed", "unchanged", "moved")
    }
    ledger.decisions.note(plan.id, {"outcome": {**outcome, "keys_moved": moved[:_NAMED]}})
    if report.failed:
        report.settle(
            "completed_with_rejects",
            f"Plan {plan.id}: {report.failed} records were not taken for now",
            "Apply the plan again: it goes on with these",
        )
    else:
        ledger.decisions.close(plan.id)
        for run_id in (*runs, job.run_id):
            ledger.before.drop_undone(run_id)
    return sample


def _current(ledger: Ledger, plan: StoredPlan) -> StoredPlan:
    found = ledger.decisions.get(plan.id)
    if found is None:
        raise Fatal(f"The ledger knows no plan {plan.id}")
    return found


def _decided(plan: StoredPlan) -> Fatal:
    when = "" if plan.decided_at is None else f" on {plan.decided_at:%Y-%m-%d %H:%M} UTC"
    return Fatal(
        f"Plan {plan.id} was {plan.state} by {plan.decided_by}{when}",
        advice="A plan is decided once: plan again to see what is still to be done",
    )


def _check(ledger: Ledger, plan: StoredPlan, mapping_version: str | None, now: dt.datetime) -> None:
    """Refuse a plan that must not be carried out any more; nothing was sent then."""
    again = "Plan again, look at it, and apply that"
    if plan.state in {"applied", "refused"}:
        raise _decided(plan)
    if plan.is_expired(now):
        raise Fatal(f"Plan {plan.id} expired on {plan.expires_at:%Y-%m-%d %H:%M} UTC", advice=again)
    if ledger.plans.digest(plan.run_id) != plan.digest:
        raise Fatal(
            f"Plan {plan.id} is not what was shown: its rows do not have the hash {plan.short}",
            advice=f"Find out who changed the ledger. {again}",
        )
    if mapping_version is not None and plan.facts.get("mapping") != mapping_version:
        raise Fatal(f"The mapping of {plan.feed} changed after plan {plan.id} was made", advice=again)
    later = ledger.files.applied_since(plan.feed, plan.created_at)
    if later is not None:
        raise Fatal(
            f"{later.name} was applied on {later.changed_at:%Y-%m-%d %H:%M} UTC, after plan {plan.id}",
            advice=again,
        )
