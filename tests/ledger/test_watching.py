from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

from passerelle.errors import Fault, Position
from passerelle.ledger import Ledger, Owner, Quarantined, Sighting
from passerelle.ledger.database import utc_now
from passerelle.ledger.owners import this_process

HOUR = timedelta(hours=1)


def carry(ledger: Ledger, outcome: str, *, mode: str = "auto", feed: str = "stock", **totals: object) -> str:
    """A run that is over."""
    run = ledger.runs.start(feed, mode=mode, parameters={"skus": totals.pop("skus", [])})
    ledger.runs.finish(run.id, outcome, totals)  # type: ignore[arg-type]  # the tests name outcomes as text
    return run.id


def test_looks_and_plans_say_nothing_of_how_a_feed_is_carried(ledger: Ledger) -> None:
    """The last runs are those that carried; a dry run, a look for drift and a plan are passed over."""
    first = carry(ledger, "succeeded", received=5)
    second = carry(ledger, "failed", received=0)
    for mode in ("dry_run", "drift", "plan", "undo"):
        carry(ledger, "stopped_by_guard", mode=mode, received=9)
    ledger.runs.start("stock", mode="auto")
    watching = ledger.watching
    assert [one.id for one in watching.recent("stock", 5)] == [second, first]
    good, received = watching.last_good("stock"), watching.last_received("stock")
    assert (good and good.id, received and received.id) == (first, first)
    assert (watching.recent("prices", 5), watching.last_good("prices"), watching.last_look("prices")) == (
        [],
        None,
        None,
    )


def test_the_last_look_for_drift_is_one_of_the_whole_feed(ledger: Ledger) -> None:
    """Somebody who looks at one SKU, or whose look failed, says nothing of the rest."""
    whole = carry(ledger, "completed_with_rejects", mode="drift")
    carry(ledger, "succeeded", mode="drift", skus=["A"])
    carry(ledger, "failed", mode="drift")
    look = ledger.watching.last_look("stock")
    assert look is not None
    assert look.id == whole


def test_a_look_counts_until_the_next_one_however_many_runs_came_between(ledger: Ledger) -> None:
    """Stock runs every ten minutes, and is looked at once a month: thousands of runs later drift is drift."""
    whole = carry(ledger, "completed_with_rejects", mode="drift")
    with ledger.transaction(durable=False):
        for number in range(3_100):
            carry(ledger, "succeeded", mode="drift" if number % 100 == 0 else "auto", skus=["A"])
        carry(ledger, "succeeded", mode="drift", feed="prices")
    look = ledger.watching.last_look("stock")
    assert look is not None
    assert (look.id, look.outcome) == (whole, "completed_with_rejects")


def test_it_is_told_who_is_at_work_and_who_is_gone(ledger: Ledger) -> None:
    """A process of this machine is asked; one of another machine cannot be."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    here = this_process()
    dead = Owner(here.host, gone.pid, here.process_started)
    owners = {"stock": here, "prices": dead, "orders": Owner("elsewhere", 1, 0.0)}
    for feed, owner in owners.items():
        ledger.runs.start(feed, mode="auto", owner=owner)
    seen = {one.run.feed: one.is_alive for one in ledger.watching.at_work()}
    assert seen == {"stock": True, "prices": False, "orders": None}
    with ledger.leases.take("feed:stock", ttl=60, purpose="auto"):
        [lease] = ledger.watching.leases()
    assert (lease.name, lease.is_alive, lease.owner) == ("feed:stock", True, here)


def test_files_that_stay_are_given_with_what_they_wait_for(ledger: Ledger) -> None:
    """Held ones by number with the last applied one; refused ones until a good one came."""
    files = ledger.files
    files.record("stock", "f1", "s1", 1, sequence=1, state="applied")
    files.record("stock", "f4", "s4", 1, sequence=4, state="held")
    files.record("stock", "f3", "s3", 1, sequence=3, state="held")
    files.record("stock", "marker", "s5", 1, state="held")
    files.record("stock", "f2", "s2", 1, sequence=2, state="refused")
    watching = ledger.watching
    assert [(one.file.name, one.last) for one in watching.held("stock")] == [("f3", 1), ("f4", 1)]
    assert [one.name for one in watching.refused("stock")] == ["f2"]
    files.record("stock", "f2b", "s6", 1, sequence=2, state="applied")
    assert watching.refused("stock") == []
    assert watching.held("prices") == []


def test_fights_rejects_and_calls_are_counted_by_feed(ledger: Ledger) -> None:
    """With the moment of the first one."""
    run = carry(ledger, "succeeded", calls=30, calls_again=3)
    ledger.foreign_edits.met(
        run,
        "stock",
        [Sighting("A", "name", "ours", "theirs", "fight"), Sighting("B", "name", "ours", "theirs", "report")],
    )
    fault = Fault("unreadable_notification", Position("queue"), "<x/>", "a notification")
    ledger.quarantine.add(run, "orders notifications", [Quarantined(record_key=None, faults=(fault,))])
    watching, now = ledger.watching, utc_now()
    fights, rejects = watching.fights(), watching.rejects(["orders notifications", "others"])
    assert {feed: one.count for feed, one in fights.items()} == {"stock": 1}
    assert {feed: one.count for feed, one in rejects.items()} == {"orders notifications": 1}
    assert all(
        one.since is not None and now - one.since < HOUR for one in (*fights.values(), *rejects.values())
    )
    [made] = watching.calls_since(now - HOUR)
    assert (made.feed, made.calls, made.again) == ("stock", 30, 3)
    assert watching.calls_since(now + HOUR) == []
