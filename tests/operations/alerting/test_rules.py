"""Rules as they are: facts in, findings out, at the edges that no real run shows quickly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from passerelle.ledger import FileRecord, Finding, Owner, Run
from passerelle.ledger.watching import CallsMade, HeldFile, HeldLease, RunLook
from passerelle.operations.alerting import (
    KINDS,
    RULES,
    AlertSettings,
    CallRate,
    Facts,
    FeedFacts,
    Late,
    Limits,
    find,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HERE, AWAY = Owner("here", 1, 0.0), Owner("away", 2, 0.0)
MINUTE = timedelta(minutes=1)


def ended(outcome: str, ago: timedelta = MINUTE, *, message: str = "", **more: Any) -> Run:
    """A run that is over."""
    at = NOW - ago
    fields = {"id": f"r{ago}", "feed": "stock", "mode": "auto", "parameters": {}, "owner": HERE}
    return Run(started_at=at, finished_at=at, outcome=outcome, message=message, **{**fields, **more})  # type: ignore[arg-type]  # the tests name outcomes as text


def feed(**facts: Any) -> FeedFacts:
    """The feed of stock."""
    return FeedFacts(**{"feed": "stock", "entity": "stock", **facts})


def held(number: int, *, last: int | None, mode: str = "delta", ago: timedelta = MINUTE) -> HeldFile:
    """A numbered file that stays where it is."""
    at = NOW - ago
    return HeldFile(
        FileRecord(
            id=number, feed="stock", series="stock", name=f"f{number}", sha256="x", size=1, sequence=number,
            mode=mode, state="held", note="", archived_as=None, run_id=None, recorded_at=at, changed_at=at,
        ),
        last,
    )  # fmt: skip


def found(facts: Facts, **settings: Any) -> list[Finding]:
    """Ask every rule."""
    return find(facts, AlertSettings(**settings), KINDS)


def kinds(facts: Facts, **settings: Any) -> list[str]:
    """What every rule says."""
    return [one.kind for one in found(facts, **settings)]


def test_nothing_is_wrong_where_nothing_happened() -> None:
    """No feed, or a feed that never ran, raises nothing; each kind has its rule."""
    assert set(RULES) == set(KINDS)
    assert found(Facts(now=NOW)) == []
    assert found(Facts(now=NOW, feeds=(feed(), feed(outgoing=True, entity="order")))) == []


def test_a_good_run_after_a_stopped_one_ends_it() -> None:
    """The last run counts."""
    stopped = ended("stopped_by_guard", message="f2: volume")
    assert kinds(Facts(now=NOW, feeds=(feed(recent=(stopped,)),))) == ["guard_stop"]
    assert kinds(Facts(now=NOW, feeds=(feed(recent=(ended("succeeded"), stopped)),))) == []


@pytest.mark.parametrize(
    "silent",
    [
        ended("failed", message="the shop does not answer"),
        ended("succeeded", message="not now: quiet hours; next at 06:00"),
        ended("succeeded", mode="backfill"),
        ended("succeeded", parameters={"skus": ["A"]}),
        ended("completed_with_rejects", parameters={"as_of": "2026-11-01"}),
    ],
    ids=["failed", "not-now", "backfill", "skus", "as-of"],
)
def test_a_run_that_did_not_look_at_the_files_ends_no_stop(silent: Run) -> None:
    """However many there are of them; one that took or refused a file does."""
    stopped = ended("stopped_by_guard", message="f2: volume")
    assert kinds(Facts(now=NOW, feeds=(feed(recent=(silent, stopped)),))) == ["guard_stop"]
    assert "guard_stop" in kinds(Facts(now=NOW, feeds=(feed(recent=(silent,) * 3, before=(stopped,)),)))
    good = ended("succeeded", parameters={"skus": []})
    assert "guard_stop" not in kinds(Facts(now=NOW, feeds=(feed(recent=(silent, good, stopped)),)))
    refused = ended("failed", totals={"files": [{"name": "f2", "state": "refused"}]})
    assert "guard_stop" not in kinds(Facts(now=NOW, feeds=(feed(recent=(refused, stopped)),)))


def test_the_guard_is_told_beside_a_gap_only_when_it_minds_something_else() -> None:
    """One cause is one alert; two causes are two."""
    gap = (held(4, last=1),)
    same = feed(held=gap, recent=(ended("stopped_by_guard", message="f4: sequence: received 4"),))
    other = feed(held=gap, recent=(ended("stopped_by_guard", message="f2: volume: 5 records"),))
    assert kinds(Facts(now=NOW, feeds=(same,))) == ["sequence_gap"]
    assert kinds(Facts(now=NOW, feeds=(other,))) == ["guard_stop", "sequence_gap"]


def test_a_file_that_is_stuck_is_told_where_nothing_says_why() -> None:
    """It came and did not reach the shop: by the guard, which is told as such, or nobody knows why."""
    stuck = Late(feed="stock", since=NOW, is_stuck=True)
    stopped = feed(recent=(ended("stopped_by_guard", message="f2: volume"),))
    assert kinds(Facts(now=NOW, feeds=(feed(),), late=(stuck,))) == ["late_file"]
    assert kinds(Facts(now=NOW, feeds=(stopped,), late=(stuck,))) == ["guard_stop"]
    late = Late(feed="stock", since=NOW)
    assert kinds(Facts(now=NOW, feeds=(stopped,), late=(late,))) == ["guard_stop", "late_file"]


@pytest.mark.parametrize(
    ("file", "patience", "is_gap"),
    [
        (held(4, last=1), 0.0, True),
        (held(2, last=1), 0.0, False),
        (held(4, last=1, mode="full"), 0.0, False),
        (held(4, last=4), 0.0, False),
        (held(4, last=None), 0.0, False),
        (held(4, last=1), 3600.0, False),
        (held(4, last=1, ago=61 * MINUTE), 3600.0, True),
    ],
)
def test_a_gap_is_a_number_missing_longer_than_the_feed_waits(
    file: HeldFile, patience: float, *, is_gap: bool
) -> None:
    """The next number, a full one and an old one wait for nothing; a patient feed waits first."""
    assert kinds(Facts(now=NOW, feeds=(feed(held=(file,), patience=patience),))) == ["sequence_gap"] * is_gap


@pytest.mark.parametrize(
    ("runs", "tells"),
    [
        ((ended("failed"),), False),
        ((ended("failed", 31 * MINUTE),), True),
        ((ended("failed"), ended("failed", 2 * MINUTE)), True),
        ((ended("failed"), ended("succeeded", 2 * MINUTE)), False),
        ((ended("succeeded"), ended("failed", 60 * MINUTE), ended("failed", 61 * MINUTE)), False),
    ],
)
def test_one_failed_run_is_not_yet_an_alert(runs: tuple[Run, ...], *, tells: bool) -> None:
    """Twice in a row, or once and nothing better for half an hour."""
    assert kinds(Facts(now=NOW, feeds=(feed(recent=runs),))) == ["run_failed"] * tells


def lease(owner: Owner, *, alive: bool | None, expires: timedelta) -> HeldLease:
    """The lease of the feed of stock."""
    taken = NOW - 60 * MINUTE
    return HeldLease(
        name="feed:stock", owner=owner, purpose="", taken_at=taken, heartbeat_at=taken,
        expires_at=NOW + expires, is_alive=alive,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("alive", "leases", "gone"),
    [
        (True, (), False),
        (False, (), True),
        # On another machine nobody can look: its lease tells.
        (None, (lease(AWAY, alive=None, expires=MINUTE),), False),
        (None, (lease(AWAY, alive=None, expires=-MINUTE),), True),
        (None, (), True),
    ],
)
def test_a_worker_is_gone_when_its_process_or_its_lease_ended(
    alive: bool | None,  # noqa: FBT001 - a case of the table
    leases: tuple[HeldLease, ...],
    *,
    gone: bool,
) -> None:
    """On this machine the process is asked, on another one the lease."""
    run = RunLook(Run(id="r", feed="stock", mode="auto", parameters={}, owner=AWAY, started_at=NOW), alive)
    assert kinds(Facts(now=NOW, at_work=(run,), leases=leases)) == ["worker_gone"] * gone


def test_one_dead_worker_is_one_alert() -> None:
    """Its run, its lease and the run that was closed for it speak of the same one."""
    run = RunLook(
        Run(id="r", feed="stock", mode="auto", parameters={}, owner=HERE, started_at=NOW), is_alive=False
    )
    closed = ended("failed", interrupted=True)
    facts = Facts(
        now=NOW,
        at_work=(run,),
        leases=(lease(HERE, alive=False, expires=MINUTE),),
        feeds=(feed(recent=(closed,)),),
    )
    assert kinds(facts) == ["worker_gone"]
    # Nobody took it up since: it is still one. A run at work has.
    assert kinds(Facts(now=NOW, feeds=(feed(recent=(closed,)),))) == ["worker_gone"]
    at_work = RunLook(run.run, is_alive=True)
    assert kinds(Facts(now=NOW, feeds=(feed(recent=(closed,)),), at_work=(at_work,))) == []


def test_calls_count_for_the_part_of_a_run_that_fell_into_the_window() -> None:
    """A run of two hours made half of its calls in the last one."""
    made = CallsMade("stock", "r", NOW - timedelta(hours=2), NOW, calls=7200, again=0)
    facts = Facts(now=NOW, call_rate=CallRate(project="p", per_second=1.0, calls=(made,)))
    assert kinds(facts) == ["budget_exhausted"]
    assert found(facts)[0].facts["calls"] == 3600
    roomy = Facts(now=NOW, call_rate=CallRate(project="p", per_second=1.2, calls=(made,)))
    assert kinds(roomy) == []
    assert kinds(Facts(now=NOW, call_rate=CallRate(project="p", per_second=None, calls=(made,)))) == []


def test_a_kind_has_the_severity_of_its_feed_or_of_the_settings() -> None:
    """Stock is felt by customers at once, a catalogue is not; the settings have the last word."""
    stopped = (ended("stopped_by_guard", message="volume"),)
    stock = Facts(now=NOW, feeds=(feed(recent=stopped),))
    products = Facts(now=NOW, feeds=(feed(feed="products-fr", entity="product", recent=stopped),))
    assert [one.severity for one in found(stock)] == ["critical"]
    assert [one.severity for one in found(products)] == ["warning"]
    assert [one.severity for one in found(products, severities={"guard_stop": "critical"})] == ["critical"]


def test_limits_of_a_feed_are_its_own() -> None:
    """Five rejects of a hundred are too many for stock, and usual for one supplier."""
    run = ended("completed_with_rejects", totals={"received": 100, "quarantined": 5, "rejects": []})
    facts = Facts(now=NOW, feeds=(feed(received=run), feed(feed="supplier-a", received=run)))
    own = {"supplier_a": Limits(reject_share=0.2)}
    assert [one.feed for one in found(facts, feeds=own)] == ["stock"]


def test_what_is_switched_off_is_not_looked_for() -> None:
    """A kind that nobody wants to hear of raises nothing."""
    assert "drift" not in AlertSettings(off=("drift",)).looked_for
