"""Rules: each looks at the facts and tells what is wrong by one of them; nothing is read or written here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from ...fulfilment import STEPS
from ...ledger import Finding, Run, Severity
from ...ledger.watching import CallsMade
from .facts import SWEEPS, Facts, FeedFacts
from .kinds import Kind
from .settings import AlertSettings

__all__ = ["RULES", "Rule", "find"]

Rule: TypeAlias = Callable[[Facts, AlertSettings], Iterator[Finding]]

#: What customers feel at once: pieces that are not there, orders that do not leave.
_URGENT = frozenset(
    {"stock", "order", "order_ack", "order_file_ack", "order_message", "order_request", "shipment"}
)
#: Kinds that are as urgent as what the feed carries.
_BY_FEED: frozenset[Kind] = frozenset(
    {"guard_stop", "late_file", "sequence_gap", "file_refused", "run_failed", "late_sweep", "queue_unhealthy"}
)
#: Steps in which a late order may not be at the ERP at all.
_URGENT_STEPS = frozenset({"export", "technical_ack", "functional_ack"})
#: Fewer calls say nothing about a shop that is busy.
_ENOUGH_CALLS = 20
#: So many names, causes and examples are told.
_NAMED = 3


def find(facts: Facts, settings: AlertSettings, kinds: Iterable[Kind]) -> list[Finding]:
    """Ask the rules of these kinds."""
    found: list[Finding] = []
    for kind in kinds:
        found += RULES[kind](facts, settings)
    return found


def _finding(
    kind: Kind,
    settings: AlertSettings,
    *,
    since: datetime,
    entity: str = "",
    urgent: bool = False,
    **more: Any,
) -> Finding:
    by_feed = kind in _BY_FEED and entity in _URGENT
    severity: Severity = settings.severities.get(kind, "critical" if by_feed or urgent else "warning")
    return Finding(kind=kind, severity=severity, since=since, **more)


def late_files(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """Something of an incoming feed should have come, and did not."""
    incoming = {one.feed: one for one in facts.feeds if not one.outgoing}
    for late in facts.late:
        feed = incoming.get(late.feed)
        if feed is not None:
            yield _finding(
                "late_file",
                settings,
                feed=late.feed,
                entity=feed.entity,
                since=late.since,
                facts={"expected": late.expected, "effect": late.effect, "last_at": _moment(late.last_at)},
            )


def sequence_gaps(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """A file waits for a number that did not come; a full one waits for nothing."""
    for feed in facts.feeds:
        for series, held in _by_series(feed, facts.now).items():
            first, last = held[0].file, held[0].last
            if last is None or first.sequence is None:
                continue
            missing = [feed.numbering.written(number) for number in (last + 1, first.sequence - 1)]
            yield _finding(
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
    """The guard stopped the last run; a gap in the numbers is told as such."""
    for feed in facts.feeds:
        run = feed.recent[0] if feed.recent else None
        if run is None or run.outcome != "stopped_by_guard":
            continue
        gaps = [held.file.name for these in _by_series(feed, facts.now).values() for held in these]
        if any(run.message.startswith(f"{name}: sequence:") for name in gaps):
            continue
        yield _finding(
            "guard_stop",
            settings,
            feed=feed.feed,
            entity=feed.entity,
            since=run.finished_at or run.started_at,
            facts={"message": run.message, "advice": run.totals.get("advice", ""), "run": run.id},
        )


def files_refused(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """Files were refused, and none was applied since."""
    for feed in facts.feeds:
        if feed.refused:
            newest = feed.refused[-1]
            yield _finding(
                "file_refused",
                settings,
                feed=feed.feed,
                entity=feed.entity,
                since=feed.refused[0].changed_at,
                count=len(feed.refused),
                facts={"files": [one.name for one in feed.refused[-_NAMED:]], "note": newest.note},
            )


def runs_failed(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """Runs fail again and again, or one failed and nothing went better for a while."""
    for feed in facts.feeds:
        limits = settings.limits_of(feed.feed)
        failed = _failed_in_a_row(feed)
        if not failed or _is_about_a_file(failed[0], feed):
            continue
        since = failed[-1].finished_at or failed[-1].started_at
        if feed.last_good is not None and len(failed) == len(feed.recent):
            since = min(since, feed.last_good.finished_at or since)
        waited = facts.now - (failed[-1].finished_at or failed[-1].started_at)
        if len(failed) < limits.failed_runs and waited < timedelta(seconds=limits.failed_for):
            continue
        yield _finding(
            "run_failed",
            settings,
            feed=feed.feed,
            entity=feed.entity,
            since=since,
            facts={
                "message": failed[0].message,
                "advice": failed[0].totals.get("advice", ""),
                "run": failed[0].id,
            },
        )


def workers_gone(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """A process ended in the middle of its work, and nobody took it up."""
    leases = {lease.name: lease for lease in facts.leases}
    seen: set[tuple[str, str]] = set()
    for run, is_alive in facts.at_work:
        lease = leases.get(f"feed:{run.feed}")
        lost = is_alive is None and (lease is None or lease.expires_at <= facts.now)
        if is_alive is False or lost:
            seen.add((run.feed, ""))
            beat = run.started_at if lease is None else lease.heartbeat_at
            yield _gone(settings, run.feed, "", str(run.owner), beat, run.id)
    for lease in leases.values():
        feed = lease.name.removeprefix("feed:")
        place = (feed, "") if lease.name.startswith("feed:") else ("", lease.name)
        lost = lease.is_alive is None and lease.expires_at <= facts.now
        if place not in seen and (lease.is_alive is False or lost):
            seen.add(place)
            yield _gone(settings, *place, str(lease.owner), lease.heartbeat_at, "")
    for one in facts.feeds:
        last = one.recent[0] if one.recent else None
        taken_up = (one.feed, "") in seen or _is_at_work(one, facts)
        if last is not None and last.interrupted and not taken_up:
            yield _gone(settings, one.feed, "", str(last.owner), last.finished_at or last.started_at, last.id)


def late_sweeps(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """What sends orders or shows them did not end well for a while, though it once did or tried."""
    late = {one.feed: one for one in facts.late}
    for feed in facts.feeds:
        if not feed.outgoing:
            continue
        after = settings.limits_of(feed.feed).sweep_after
        expected = late.get(feed.feed)
        if expected is not None:
            since, last_at = expected.since, expected.last_at
        elif feed.is_expected or feed.entity not in SWEEPS or not feed.recent:
            continue
        else:
            good = feed.last_good
            last_at = None if good is None else good.finished_at
            since = last_at or feed.recent[-1].started_at
            if _is_at_work(feed, facts) or facts.now - since < timedelta(seconds=after):
                continue
        yield _finding(
            "late_sweep",
            settings,
            feed=feed.feed,
            entity=feed.entity,
            since=since,
            facts={"last_at": _moment(last_at)},
        )


def overdue_steps(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """Orders are late in one step of their life."""
    for step in STEPS:
        count = facts.overdue.get(step.number, 0)
        if count < settings.limits.overdue_orders:
            continue
        first = [one for one in facts.overdue_first if one.awaited.step == step.number]
        due = [one.awaited.due for one in first if one.awaited.due is not None]
        yield _finding(
            "overdue_step",
            settings,
            subject=step.slug,
            urgent=step.slug in _URGENT_STEPS,
            since=min(due, default=facts.now),
            count=count,
            facts={
                "step": step.number,
                "name": {"en": step.name("en"), "fr": step.name("fr")},
                "orders": [one.number for one in first],
            },
        )


def budgets_exhausted(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """All calls that the budget allows are made, or the shop itself says that they are too many."""
    rate = facts.call_rate
    if rate is None:
        return
    limits = settings.limits
    window = timedelta(seconds=limits.budget_window)
    made = sum(_calls_within(one, facts.now - window) for one in rate.calls)
    if rate.per_second is not None and made >= limits.budget_share * rate.per_second * limits.budget_window:
        allowed = rate.per_second * limits.budget_window
        yield _finding(
            "budget_exhausted",
            settings,
            subject="used up",
            since=facts.now - window,
            facts={
                "calls": round(made),
                "allowed": round(allowed),
                "minutes": max(1, round(limits.budget_window / 60)),
                "feeds": _greatest(rate.calls),
            },
        )
    for one in {call.feed: call for call in reversed(rate.calls)}.values():
        if one.calls >= _ENOUGH_CALLS and one.again >= limits.refused_calls * one.calls:
            yield _finding(
                "budget_exhausted",
                settings,
                feed=one.feed,
                subject="refused",
                since=one.started_at,
                facts={"calls": one.calls, "again": one.again, "run": one.run_id},
            )


def queues_unhealthy(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """A queue brought what nobody can read: it may be shared with others, or its format changed."""
    entities = {one.feed: one.entity for one in facts.feeds}
    for feed, found in facts.unreadable.items():
        if found.count >= settings.limits_of(feed).unreadable:
            yield _finding(
                "queue_unhealthy",
                settings,
                feed=feed,
                entity=entities.get(feed, ""),
                since=found.since or facts.now,
                count=found.count,
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
        yield _finding(
            "reject_rate",
            settings,
            feed=feed.feed,
            since=run.finished_at or run.started_at,
            count=lost,
            facts={"received": received, "causes": causes[:_NAMED], "run": run.id},
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
            yield _finding(
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
            yield _finding(
                "foreign_fight", settings, feed=feed, since=found.since or facts.now, count=found.count
            )


RULES: Mapping[Kind, Rule] = {
    "guard_stop": guard_stops,
    "late_file": late_files,
    "sequence_gap": sequence_gaps,
    "file_refused": files_refused,
    "run_failed": runs_failed,
    "worker_gone": workers_gone,
    "late_sweep": late_sweeps,
    "overdue_step": overdue_steps,
    "budget_exhausted": budgets_exhausted,
    "queue_unhealthy": queues_unhealthy,
    "reject_rate": reject_rates,
    "drift": drifts,
    "foreign_fight": foreign_fights,
}


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


def _failed_in_a_row(feed: FeedFacts) -> list[Run]:
    failed: list[Run] = []
    for run in feed.recent:
        if run.outcome != "failed" or run.interrupted:
            break
        failed.append(run)
    return failed


def _is_about_a_file(run: Run, feed: FeedFacts) -> bool:
    """Say whether a run failed by a file that was refused: that is an alert of its own."""
    refused = {one.name for one in feed.refused}
    return any(file["state"] == "refused" and file["name"] in refused for file in run.totals.get("files", ()))


def _is_at_work(feed: FeedFacts, facts: Facts) -> bool:
    return any(run.feed == feed.feed and alive is not False for run, alive in facts.at_work)


def _gone(settings: AlertSettings, feed: str, subject: str, who: str, beat: datetime, run_id: str) -> Finding:
    return _finding(
        "worker_gone",
        settings,
        feed=feed,
        subject=subject,
        since=beat,
        facts={"who": who, "heartbeat_at": _moment(beat), "run": run_id},
    )


def _calls_within(made: CallsMade, since: datetime) -> float:
    """The calls of a run that fell into the window, when it called evenly."""
    lasted = (made.finished_at - made.started_at).total_seconds()
    inside = (made.finished_at - max(made.started_at, since)).total_seconds()
    return float(made.calls) if lasted <= 0 else made.calls * max(0.0, min(1.0, inside / lasted))


def _greatest(calls: tuple[CallsMade, ...]) -> list[str]:
    by_feed: dict[str, int] = {}
    for one in calls:
        by_feed[one.feed] = by_feed.get(one.feed, 0) + one.calls
    return sorted(by_feed, key=lambda feed: -by_feed[feed])[:_NAMED]


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
