"""What is over goes when it is old enough, a piece at a time; what is open stays however old it is."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from passerelle.errors import Fault, Position
from passerelle.ledger import CallShare, Ledger, ParkedRecord, PlanItem, Quarantined
from passerelle.ledger.aging import Oldest
from passerelle.ledger.database import Database
from passerelle.ledger.schema import call_share, parked, plan, quarantine, run

DAY = timedelta(days=1)
NOW = datetime(2026, 5, 2, 12, tzinfo=UTC)


def test_closed_rejects_go_and_open_ones_stay(ledger: Ledger, ledger_url: str) -> None:
    """An entry goes by the day on which it was closed, not by that on which it was opened."""
    for key in "abcd":
        fault = Fault("unknown_code", Position("f.xml", 3), "X", "a known code", "add it")
        ledger.quarantine.add("run-1", "stock", [Quarantined(record_key=key, faults=(fault,))])
    ledger.quarantine.resolve_keys("stock", ["a", "b", "c"])
    _age(ledger_url, quarantine, "opened_at", dict.fromkeys("abcd", 200), name="record_key")
    _age(ledger_url, quarantine, "closed_at", {"a": 120, "b": 100, "c": 80}, name="record_key")
    before = NOW - 90 * DAY
    assert ledger.quarantine.drop_closed(before, 1) == 1
    assert [one.record_key for one in ledger.quarantine.entries(open_only=False)] == ["b", "c", "d"]
    assert ledger.quarantine.drop_closed(before, 100) == 1
    assert ledger.quarantine.drop_closed(before, 100) == 0
    assert [one.record_key for one in ledger.quarantine.entries(open_only=False)] == ["c", "d"]


def test_closed_waits_go_and_what_waits_stays(ledger: Ledger, ledger_url: str) -> None:
    """A record that waits is kept until it is carried or given up, and some time beyond."""
    rows = [ParkedRecord(key=key, waits_for=("x",), record=b"{}", raw=b"r", strong=b"s") for key in "abc"]
    ledger.parked.park("run-1", "products", rows, age_limit=900 * DAY)
    ledger.parked.resolve("products", ["a", "b"], "run-2")
    _age(ledger_url, parked, "parked_at", dict.fromkeys("abc", 200))
    _age(ledger_url, parked, "closed_at", {"a": 91, "b": 89})
    assert ledger.parked.drop_closed(NOW - 90 * DAY, 100) == 1
    with closing(Database(ledger_url)) as database, database.read() as connection:
        assert list(connection.execute(sa.select(parked.c.key).order_by(parked.c.key)).scalars()) == [
            "b",
            "c",
        ]


def test_runs_go_but_the_last_one_of_a_feed(ledger: Ledger, ledger_url: str) -> None:
    """The last run of a feed, one at work and one that can be taken back stay, however old they are."""
    made = [ledger.runs.start(feed, mode="auto") for feed in ("a", "a", "a", "a", "b", "b")]
    first, undoable, works, last, gone, young = made
    for one in made:
        if one is not works:
            ledger.runs.finish(one.id, "succeeded")
    ledger.before.keep(undoable.id, "product", [(1, "k", "create", b"")])
    ages = {one.id: 200 - place for place, one in enumerate(made)} | {young.id: 10}
    _age(ledger_url, run, "started_at", ages, name="id")
    before = NOW - 180 * DAY
    assert ledger.runs.drop_older(before, 1) == 1
    assert ledger.runs.get(first.id) is None
    assert ledger.runs.drop_older(before, 100) == 1
    assert ledger.runs.get(gone.id) is None
    assert [one.id for one in ledger.runs.last(n=9)] == [young.id, last.id, works.id, undoable.id]
    assert ledger.runs.drop_older(before, 100) == 0


def test_many_old_ones_that_stay_hide_nothing(ledger: Ledger, ledger_url: str) -> None:
    """More open rows than a page holds do not keep those behind them from going."""
    rows = [
        ParkedRecord(key=f"{n:05}", waits_for=("x",), record=b"{}", raw=b"r", strong=b"s")
        for n in range(2_500)
    ]
    ledger.parked.park("run-1", "products", rows, age_limit=900 * DAY)
    ledger.parked.resolve("products", ["00001", "01500", "02499"], "run-2")
    with closing(Database(ledger_url)) as database, database.write() as connection:
        connection.execute(parked.update().values(parked_at=NOW - 300 * DAY))
        closed = parked.update().where(parked.c.closed_at.is_not(None))
        connection.execute(closed.values(closed_at=NOW - 200 * DAY))
    assert ledger.parked.drop_closed(NOW - 90 * DAY, 100) == 3
    assert ledger.parked.count() == 2_497


def test_shares_of_those_who_are_gone_go(ledger: Ledger, ledger_url: str) -> None:
    """A budget that nobody asks for again leaves no rows behind."""
    ledger.call_shares.renew("old", "a", seconds=60, share=lambda _: CallShare(1, 1.0, 1))
    ledger.call_shares.renew("new", "b", seconds=60, share=lambda _: CallShare(1, 1.0, 1))
    _age(ledger_url, call_share, "expires_at", {"a": 1}, name="holder")
    assert ledger.call_shares.drop_ended(NOW) == 1
    assert ledger.call_shares.drop_ended(NOW) == 0


def test_the_oldest_of_each_kind_is_known(ledger: Ledger, ledger_url: str) -> None:
    """Nothing is older than what is told; an empty ledger has nothing of any kind."""
    assert set(ledger.oldest()) == {None}
    rows = [ParkedRecord(key=key, waits_for=("x",), record=b"{}", raw=b"r", strong=b"s") for key in "ab"]
    ledger.parked.park("run-1", "products", rows, age_limit=900 * DAY)
    for key in "ab":
        fault = Fault("unknown_code", Position("f.xml", 3), "X", "a known code", "add it")
        ledger.quarantine.add("run-1", "stock", [Quarantined(record_key=key, faults=(fault,))])
        ledger.call_shares.renew(key, key, seconds=60, share=lambda _: CallShare(1, 1.0, 1))
    first, second, third = (ledger.runs.start("a", mode="auto") for _ in range(3))
    for one in (second, third):
        ledger.before.keep(one.id, "product", [(1, "k", "create", b"")])
        ledger.plans.spool(one.id, [PlanItem(1, "k", b"r", None, "same")])
    with closing(Database(ledger_url)) as database, database.write() as connection:
        planned = plan.update().where(plan.c.run_id == second.id)
        connection.execute(planned.values(created_at=NOW - 6 * DAY))
    _age(ledger_url, parked, "parked_at", {"a": 3, "b": 2})
    _age(ledger_url, quarantine, "opened_at", {"a": 5, "b": 4}, name="record_key")
    _age(ledger_url, call_share, "expires_at", {"a": 1, "b": 2}, name="holder")
    _age(ledger_url, run, "started_at", {first.id: 9, second.id: 8, third.id: 7}, name="id")
    assert ledger.oldest() == Oldest(
        closed_rejects=NOW - 5 * DAY,
        closed_waits=NOW - 3 * DAY,
        runs=NOW - 9 * DAY,
        plans=NOW - 6 * DAY,
        before_images=NOW - 8 * DAY,
        call_shares=NOW - 2 * DAY,
    )


def _age(url: str, table: sa.Table, column: str, days: dict[str, int], *, name: str = "key") -> None:
    """Put a time of some rows so many days before NOW."""
    with closing(Database(url)) as database, database.write() as connection:
        for key, age in days.items():
            connection.execute(table.update().where(table.c[name] == key).values({column: NOW - age * DAY}))
