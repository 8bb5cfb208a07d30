"""Rules about files and records: what came, what did not, what was refused, what the shop holds otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from ...ledger import Finding, StoredPlan
from .facts import Facts, FeedFacts
from .found import NAMED, finding, moment
from .settings import AlertSettings
from .stopped import last_stop

__all__ = [
    "STUCK",
    "drifts",
    "files_refused",
    "foreign_fights",
    "guard_stops",
    "late_files",
    "reject_rates",
    "sequence_gaps",
]

#: The subject of a late file that came.
STUCK = "stuck"


def late_files(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """Something of an incoming feed should have come, and did not."""
    incoming = {one.feed: one for one in facts.feeds if not one.outgoing}
    for late in facts.late:
        feed = incoming.get(late.feed)
        if feed is not None:
            yield finding(
                "late_file",
                settings,
                feed=late.feed,
                entity=feed.entity,
                since=late.since,
                subject=STUCK if late.is_stuck else "",
                facts={"expected": late.expected, "effect": late.effect, "last_at": moment(late.last_at)},
            )


def sequence_gaps(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """A file waits for a number that did not come; a full one waits for nothing."""
    for feed in facts.feeds:
        for series, held in _by_series(feed, facts.now).items():
            first, last = held[0].file, held[0].last
            if last is None or first.sequence is None:
                continue
            missing = [feed.numbering.written(number) for number in (last + 1, first.sequence - 1)]
            yield finding(
                "sequence_gap",
                settings,
                feed=feed.feed,
                subject="" if series == feed.feed else series,
                entity=feed.entity,
                since=min(one.file.recorded_at for one in held),
                count=first.sequence - 1 - last,
                facts={"first": missing[0], "last": missing[1], "file": first.name, "held": len(held)},
            )


def guard_stops(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """The guard stopped a run or a plan, and nobody decided; a gap in the numbers is told as such."""
    for feed in facts.feeds:
        run, plan = last_stop((*feed.recent, *feed.before)), feed.undecided
        if run is not None:
            gaps = [held.file.name for these in _by_series(feed, facts.now).values() for held in these]
            if any(run.message.startswith(f"{name}: sequence:") for name in gaps):
                run = None
        told: dict[str, Any] = {} if plan is None else {"plan": plan.id}
        if run is not None:
            since = run.finished_at or run.started_at
            told |= {"message": run.message, "advice": run.totals.get("advice", ""), "run": run.id}
            told["breaches"] = run.totals.get("breaches", [])
        elif plan is not None:
            since = plan.created_at
            told |= {"message": _said_of(plan), "advice": "", "run": plan.run_id}
            told["breaches"] = [{"file": _file_of(plan), **one} for one in plan.facts.get("breaches", ())]
        else:
            continue
        yield finding("guard_stop", settings, feed=feed.feed, entity=feed.entity, since=since, facts=told)


def files_refused(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """Files were refused, and none was applied since."""
    for feed in facts.feeds:
        if feed.refused:
            newest = feed.refused[-1]
            yield finding(
                "file_refused",
                settings,
                feed=feed.feed,
                entity=feed.entity,
                since=feed.refused[0].changed_at,
                count=len(feed.refused),
                facts={"files": [one.name for one in feed.refused[-NAMED:]], "note": newest.note},
            )


def reject_rates(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """Of what the last file brought, more was refused than usual."""
    for feed in facts.feeds:
        run, limits = feed.received, settings.limits_of(feed.feed)
        if run is None or run.outcome == "stopped_by_guard":
            continue
        received = int(run.totals.get("received", 0))
        lost = int(run.totals.get("quarantined", 0)) + int(run.totals.get("failed", 0))
        if lost < limits.rejects or lost < limits.reject_share * received:
            continue
        causes = sorted(run.totals.get("rejects", ()), key=lambda row: -int(row["count"]))
        yield finding(
            "reject_rate",
            settings,
            feed=feed.feed,
            since=run.finished_at or run.started_at,
            count=lost,
            facts={"received": received, "causes": causes[:NAMED], "run": run.id},
        )


def drifts(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """The last look found the shop otherwise than we wrote it, and nothing was set right since."""
    for feed in facts.feeds:
        look, limits = feed.look, settings.limits_of(feed.feed)
        if look is None or look.outcome != "completed_with_rejects":
            continue
        if feed.recent and feed.recent[0].mode == "apply" and feed.recent[0].started_at > look.started_at:
            continue
        checked, found = int(look.totals.get("received", 0)), int(look.totals.get("pending", 0))
        if found >= limits.drift_share * checked:
            yield finding(
                "drift",
                settings,
                feed=feed.feed,
                since=look.finished_at or look.started_at,
                count=max(1, found),
                facts={"checked": checked, "found": found, "message": look.message, "run": look.id},
            )


def foreign_fights(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """Somebody else writes a field again and again that we write, too: we stopped."""
    for feed, found in facts.fights.items():
        if found.count >= settings.limits_of(feed).fights:
            yield finding(
                "foreign_fight", settings, feed=feed, since=found.since or facts.now, count=found.count
            )


def _said_of(plan: StoredPlan) -> str:
    file, said = _file_of(plan), "; ".join(map(str, plan.facts.get("guard", ())))
    return f"{file}: {said}" if file else said


def _file_of(plan: StoredPlan) -> str:
    files = [str(file["name"]) for file in plan.facts.get("files", ())]
    return files[-1] if files else ""


def _by_series(feed: FeedFacts, now: datetime) -> dict[str, list[Any]]:
    """The held files of each series that wait for a missing number, longer than the feed is patient."""
    found: dict[str, list[Any]] = {}
    for held in feed.held:
        number, last = held.file.sequence, held.last
        if last is None or number is None or number <= last + 1 or held.file.mode == "full":
            continue
        if now - held.file.recorded_at >= timedelta(seconds=feed.patience):
            found.setdefault(held.file.series, []).append(held)
    return found
