"""Facts: what the ledger holds that may be wrong, read once; rules look at nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from ...feeds import Workspace
from ...feeds.orders.shown import ORDERS_SHOWN
from ...feeds.orders.sweeps import LateSweep, UnhealthySubscription, late_sweeps, unhealthy_subscriptions
from ...feeds.wiring import numbering
from ...ledger import FileRecord, Ledger, Numbering, Overdue, Run, StoredPlan
from ...ledger.watching import CallsMade, HeldFile, HeldLease, OpenRejects, RunLook
from ...mapping import Mapping, OutgoingMapping
from .settings import AlertSettings
from .stopped import is_silent_about, undecided

__all__ = ["CallRate", "Facts", "FeedFacts", "Late", "read_facts", "read_facts_without_feeds"]

#: So many late orders of a step are named.
_NAMED = 3
#: So far back a stop is sought behind runs that did not look at the files.
_FAR_BACK = 100
#: What sends orders, or asks the shop about them.
SWEEPS = frozenset({"order", "order_request"})


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """A feed of which something should have come: since when it is late, what it was, what it does."""

    feed: str
    since: datetime
    expected: dict[str, str] = {}
    effect: dict[str, str] = {}
    last_at: datetime | None = None
    #: Something came in time, and nothing of it reached the shop.
    is_stuck: bool = False


class FeedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One feed; runs are those that carried and are over, the newest first."""

    feed: str
    entity: str
    outgoing: bool = False
    #: A missing number is waited for so long, in seconds.
    patience: float = 0.0
    numbering: Numbering = Numbering()
    recent: tuple[Run, ...] = ()
    #: Those before them, where the recent ones say nothing of the files that wait.
    before: tuple[Run, ...] = ()
    #: What the guard stopped and a person is to decide about.
    undecided: StoredPlan | None = None
    last_good: Run | None = None
    received: Run | None = None
    look: Run | None = None
    held: tuple[HeldFile, ...] = ()
    refused: tuple[FileRecord, ...] = ()
    #: Something says when this feed is late: `expects:` of its mapping.
    is_expected: bool = False


class CallRate(msgspec.Struct, frozen=True, kw_only=True):
    """What a project allows its processes together, and what the last runs called."""

    project: str
    per_second: float | None
    calls: tuple[CallsMade, ...] = ()


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that rules look at, as it is at `now`."""

    now: datetime
    feeds: tuple[FeedFacts, ...] = ()
    late: tuple[Late, ...] = ()
    at_work: tuple[RunLook, ...] = ()
    leases: tuple[HeldLease, ...] = ()
    #: Late orders by step, and the longest late of each.
    overdue: dict[int, int] = {}
    overdue_first: tuple[Overdue, ...] = ()
    fights: dict[str, OpenRejects] = {}
    #: Looks for orders that did not end in time, of the feeds whose looks are known.
    late_sweeps: tuple[LateSweep, ...] = ()
    swept: frozenset[str] = frozenset()
    subscriptions: tuple[UnhealthySubscription, ...] = ()
    #: Notifications that nobody could read, by feed.
    unreadable: dict[str, OpenRejects] = {}
    call_rate: CallRate | None = None


def read_facts(
    workspace: Workspace, ledger: Ledger, settings: AlertSettings, now: datetime, late: Iterable[Late] = ()
) -> Facts:
    """Read the facts; `late` is what is known of arrivals."""
    feeds = [
        _feed(ledger, mapping, settings, now)
        for mapping in workspace.mappings.values()
        if mapping.entity != "order_statement"
    ]
    feeds.append(_runs_of(ledger, FeedFacts(feed=ORDERS_SHOWN, entity="order", outgoing=True), settings))
    queues = {f"{one.feed} notifications": one.feed for one in feeds if one.entity in SWEEPS and one.outgoing}
    unreadable = ledger.watching.rejects(list(queues))
    return msgspec.structs.replace(
        read_facts_without_feeds(workspace, ledger, settings, now),
        feeds=tuple(feeds),
        late=tuple(late),
        late_sweeps=tuple(late_sweeps(ledger, now)),
        swept=frozenset(one.feed for one in ledger.order_sweeps.all()),
        subscriptions=tuple(
            one
            for one in unhealthy_subscriptions(ledger)
            if _names_a_subscription(workspace.mappings.get(one.feed))
        ),
        unreadable={queues[name]: found for name, found in unreadable.items()},
    )


def read_facts_without_feeds(
    workspace: Workspace, ledger: Ledger, settings: AlertSettings, now: datetime
) -> Facts:
    """Read what can be read without any mapping."""
    watching = ledger.watching
    return Facts(
        now=now,
        at_work=tuple(watching.at_work()),
        leases=tuple(watching.leases()),
        overdue=ledger.order_book.overdue_counts(now),
        overdue_first=tuple(ledger.order_book.overdue(now, limit=_NAMED)),
        fights=watching.fights(),
        call_rate=_call_rate(workspace, ledger, settings, now),
    )


def _names_a_subscription(mapping: Mapping | OutgoingMapping | None) -> bool:
    """Say whether a feed still has one: of one that it gave up the ledger keeps what it last heard."""
    return isinstance(mapping, OutgoingMapping) and bool(
        mapping.spec.target.get("commercetools", {}).get("subscription")
    )


def _feed(
    ledger: Ledger, mapping: Mapping | OutgoingMapping, settings: AlertSettings, now: datetime
) -> FeedFacts:
    expected = bool(getattr(mapping.spec, "expects", ()))
    if isinstance(mapping, OutgoingMapping):
        outgoing = FeedFacts(feed=mapping.feed, entity=mapping.entity, outgoing=True, is_expected=expected)
        return _runs_of(ledger, outgoing, settings)
    files, watching = mapping.spec.files, ledger.watching
    return _runs_of(
        ledger,
        FeedFacts(
            feed=mapping.feed,
            entity=mapping.entity,
            patience=files.sequence.wait,
            numbering=numbering(files),
            received=watching.last_received(mapping.feed),
            look=watching.last_look(mapping.feed),
            held=tuple(watching.held(mapping.feed)),
            refused=tuple(watching.refused(mapping.feed)),
            is_expected=expected,
            undecided=undecided(ledger, mapping.feed, now),
        ),
        settings,
    )


def _runs_of(ledger: Ledger, facts: FeedFacts, settings: AlertSettings) -> FeedFacts:
    most = settings.limits_of(facts.feed).failed_runs
    recent = tuple(ledger.watching.recent(facts.feed, max(most, 1)))
    good = next((one for one in recent if one.outcome != "failed"), None)
    if good is None and recent:
        good = ledger.watching.last_good(facts.feed)
    before: tuple[Run, ...] = ()
    if recent and not facts.outgoing and all(is_silent_about(one) for one in recent):
        before = tuple(ledger.watching.recent(facts.feed, _FAR_BACK)[len(recent) :])
    return msgspec.structs.replace(facts, recent=recent, before=before, last_good=good)


def _call_rate(
    workspace: Workspace, ledger: Ledger, settings: AlertSettings, now: datetime
) -> CallRate | None:
    shop = workspace.settings.commercetools
    if shop is None:
        return None
    since = now - timedelta(seconds=settings.limits.budget_window)
    return CallRate(
        project=shop.project_key,
        per_second=shop.calls_per_second,
        calls=tuple(ledger.watching.calls_since(since)),
    )
