"""What a run lets go when it is over, and what that means for whoever asks later."""

from __future__ import annotations

import itertools
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from passerelle.errors import ConfigError, Fault, Position
from passerelle.feeds.approving import undo_run
from passerelle.feeds.settings import Retention
from passerelle.feeds.upkeep import drop_old
from passerelle.ledger import Ledger, ParkedRecord, Quarantined
from passerelle.ledger.database import Database
from passerelle.ledger.schema import parked, quarantine
from passerelle.ledger.schema import run as runs
from tests.sync.desk import line, open_ledger

from .house import House, stock_xml
from .orders.till import Till

DAY = timedelta(days=1)


def drop(till: Till, sequence: int, **levels: int) -> None:
    """The ERP drops a full stock file."""
    path = till.home / "erp" / "out" / "stock" / f"STOCK_TOUS_C_{sequence:05d}_20261101.xml"
    path.write_bytes(stock_xml([line(*level) for level in levels.items()], sequence=sequence, mode="C"))
    path.with_suffix(".ok").touch()


def age(url: str, run_id: str, days: int) -> None:
    """Put the start of a run so many days back."""
    with closing(Database(url)) as database, database.write() as connection:
        started = datetime.now(UTC) - days * DAY
        connection.execute(runs.update().where(runs.c.id == run_id).values(started_at=started))


async def test_a_run_lets_go_what_is_old_and_undo_says_so(till: Till) -> None:
    """Before-images last as long as the settings say: then the run cannot be taken back, in words."""
    async with till.workspace.client() as client:
        await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})
    drop(till, 1, A=5)
    old = await till.run("stock")
    drop(till, 2, A=6)
    young = await till.run("stock")
    age(till.workspace.settings.ledger_url, old.run_id, 31)
    age(till.workspace.settings.ledger_url, young.run_id, 29)
    await till.run("stock", dry_run=True)
    assert (await undo_run(till.workspace, old.run_id)).report.received == 1
    await till.run("stock")
    with pytest.raises(ConfigError, match="what there was before it was dropped") as told:
        await undo_run(till.workspace, old.run_id)
    assert "30 days (PASSERELLE_RETENTION__BEFORE_IMAGES)" in str(told.value.advice)
    assert (await undo_run(till.workspace, young.run_id)).plan is not None


def test_the_work_of_one_run_is_bounded_and_the_next_goes_on(house: House) -> None:
    """When its seconds are over it ends after a piece; nothing is left out in the end, nothing young goes."""
    now = datetime.now(UTC)
    with house.ledger() as ledger:
        old = _run_with_images(ledger, 5_000)
        young = _run_with_images(ledger, 10)
        age(str(house.workspace.settings.ledger_url), old, 40)
        retention = Retention(seconds=2)
        ticks = itertools.count()
        counts = []
        while dropped := drop_old(ledger, retention, now, clock=lambda: float(next(ticks))):
            counts.append(dropped)
        assert counts == [{"before_images": 4_000}, {"before_images": 1_000}]
        assert len(ledger.before.done_places(young)) == 10


def test_what_many_rows_there_are_of_keeps_nothing_else_waiting(house: House) -> None:
    """With time for one piece only, old runs and rejects still go: images come last."""
    with open_ledger(house.workspace.home / "ledger.db") as ledger:
        old = _run_with_images(ledger, 5_000)
        idle = [ledger.runs.start("idle", mode="auto").id for _ in range(2)]
        for one in idle:
            ledger.runs.finish(one, "succeeded")
        for one in (old, *idle):
            age(str(house.workspace.settings.ledger_url), one, 400)
        ticks = itertools.count()
        assert drop_old(
            ledger, Retention(seconds=1), datetime.now(UTC), clock=lambda: float(next(ticks))
        ) == {"runs": 1}
        assert [run.id for run in ledger.runs.last("idle", 9)] == idle[1:]


def test_nothing_old_asks_for_no_lock(house: House) -> None:
    """Where nothing is old a run does not wait for who writes in the ledger: it only reads."""
    with house.ledger() as ledger:
        run = _run_with_images(ledger, 10)
        with closing(Database(str(house.workspace.settings.ledger_url))) as other, other.write() as writer:
            writer.execute(runs.update().where(runs.c.id == run).values(message="at work"))
            ticks = itertools.count()
            assert drop_old(ledger, Retention(), datetime.now(UTC), clock=lambda: float(next(ticks))) == {}
        assert next(ticks) == 1


def test_each_kind_goes_when_it_is_old(house: House) -> None:
    """Old before-images, waits, rejects and runs are found by the one question that is asked."""
    url = str(house.workspace.settings.ledger_url)
    with house.ledger() as ledger:
        old = _run_with_images(ledger, 3)
        young = _run_with_images(ledger, 3)
        fault = Fault("unknown_code", Position("f.xml", 3), "X", "a known code", "add it")
        ledger.quarantine.add(old, "stock", [Quarantined(record_key="a", faults=(fault,))])
        ledger.quarantine.resolve_keys("stock", ["a"])
        waiting = ParkedRecord(key="a", waits_for=("x",), record=b"{}", raw=b"r", strong=b"s")
        ledger.parked.park(old, "stock", [waiting], age_limit=900 * DAY)
        ledger.parked.resolve("stock", ["a"], young)
        age(url, old, 400)
        long_ago = datetime.now(UTC) - 400 * DAY
        with closing(Database(url)) as database, database.write() as connection:
            connection.execute(quarantine.update().values(opened_at=long_ago, closed_at=long_ago))
            connection.execute(parked.update().values(parked_at=long_ago, closed_at=long_ago))
        now = datetime.now(UTC)
        kinds = {"closed_rejects": 1, "closed_waits": 1, "before_images": 3}
        # The seconds that it may take do not pass.
        drop_all = partial(drop_old, ledger, Retention(), now, clock=lambda: 0.0)
        assert drop_all() == kinds
        assert drop_all() == {"runs": 1}
        assert drop_all() == {}


def _run_with_images(ledger: Ledger, count: int) -> str:
    run = ledger.runs.start("stock", mode="auto")
    ledger.before.keep(run.id, "stock", [(n, f"k{n}", "create", b"") for n in range(1, count + 1)])
    ledger.before.done(run.id, [(n, f"id-{n}", 1, b"{}") for n in range(1, count + 1)])
    ledger.runs.finish(run.id, "succeeded")
    return run.id
