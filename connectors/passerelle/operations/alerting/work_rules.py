"""Rules about work: runs that fail, processes that died, orders that wait, calls and queues."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ...fulfilment import STEPS
from ...ledger import Finding, Run
from ...ledger.watching import CallsMade
from .facts import SWEEPS, Facts, FeedFacts
from .found import NAMED, finding, moment
from .settings import AlertSettings

__all__ = [
    "budgets_exhausted",
    "late_sweeps",
    "overdue_steps",
    "queues_unhealthy",
    "runs_failed",
    "workers_gone",
]

#: Steps in which a late order may not be at the ERP at all.
_URGENT_STEPS = frozenset({"export", "technical_ack", "functional_ack"})
#: Fewer calls say nothing about a shop that is busy.
_ENOUGH_CALLS = 20


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
        yield finding(
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
    """What sends orders, looks for them or shows them did not end well for a while."""
    late = {one.feed: one for one in facts.late}
    looks = {one.feed: one for one in facts.late_sweeps}
    for feed in facts.feeds:
        if not feed.outgoing:
            continue
        said: dict[str, str] = {}
        if feed.feed in late:
            since, last_at = late[feed.feed].since, late[feed.feed].last_at
            said = {lang: f"{feed.feed}: {text}" for lang, text in late[feed.feed].expected.items()}
        elif feed.feed in looks:
            sweep = looks[feed.feed]
            since = last_at = sweep.since
            said = {"en": sweep.told("en"), "fr": sweep.told("fr")}
        elif feed.is_expected or feed.feed in facts.swept or not _is_silent(feed, facts, settings):
            continue
        else:
            last_at = None if feed.last_good is None else feed.last_good.finished_at
            since = last_at or feed.recent[-1].started_at
        yield finding(
            "late_sweep",
            settings,
            feed=feed.feed,
            entity=feed.entity,
            since=since,
            facts={"last_at": moment(last_at), "expected": said},
        )


def overdue_steps(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """Orders are late in one step of their life."""
    for step in STEPS:
        count = facts.overdue.get(step.number, 0)
        if count < settings.limits.overdue_orders:
            continue
        first = [one for one in facts.overdue_first if one.awaited.step == step.number]
        due = [one.awaited.due for one in first if one.awaited.due is not None]
        yield finding(
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
        yield finding(
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
            yield finding(
                "budget_exhausted",
                settings,
                feed=one.feed,
                subject="refused",
                since=one.started_at,
                facts={"calls": one.calls, "again": one.again, "run": one.run_id},
            )


def queues_unhealthy(facts: Facts, settings: AlertSettings) -> Iterator[Finding]:
    """The shop cannot fill a queue, or the queue brought what nobody can read."""
    entities = {one.feed: one.entity for one in facts.feeds}
    for one in facts.subscriptions:
        yield finding(
            "queue_unhealthy",
            settings,
            feed=one.feed,
            subject="subscription",
            urgent=one.loses,
            since=one.since,
            facts={"state": one.state},
        )
    for feed, found in facts.unreadable.items():
        if found.count >= settings.limits_of(feed).unreadable:
            yield finding(
                "queue_unhealthy",
                settings,
                feed=feed,
                entity=entities.get(feed, ""),
                since=found.since or facts.now,
                count=found.count,
            )


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


def _is_silent(feed: FeedFacts, facts: Facts, settings: AlertSettings) -> bool:
    """Say whether a feed of orders of which nothing else is known ran, and did not end well for long."""
    if feed.entity not in SWEEPS or not feed.recent or _is_at_work(feed, facts):
        return False
    good = feed.last_good
    since = (None if good is None else good.finished_at) or feed.recent[-1].started_at
    return facts.now - since >= timedelta(seconds=settings.limits_of(feed.feed).sweep_after)


def _gone(settings: AlertSettings, feed: str, subject: str, who: str, beat: datetime, run_id: str) -> Finding:
    return finding(
        "worker_gone",
        settings,
        feed=feed,
        subject=subject,
        since=beat,
        facts={"who": who, "heartbeat_at": moment(beat), "run": run_id},
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
    return sorted(by_feed, key=lambda feed: -by_feed[feed])[:NAMED]
