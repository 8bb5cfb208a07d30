"""Peak mode as feeds meet it: lanes, frozen deletes, calls, what is logged at a run's start."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from passerelle.commercetools import CallLimits
from passerelle.feeds import RunOptions, RunReport, run_feed
from passerelle.feeds.approving import apply_decided, undo_run
from passerelle.feeds.jobs import job_for
from passerelle.feeds.peak import Frozen, held_back
from passerelle.feeds.shop import LedgerBudget
from passerelle.ledger import Ledger
from tests.sync.desk import line, open_ledger

from .house import House, stock_xml
from .orders.till import Till
from .test_deletions import ALL, file, shop

HOUR = dt.timedelta(hours=1)


def switch(ledger: Ledger, rules: dict[str, Any], *, hours: float = 1) -> dt.datetime:
    """Switch it on from now; gives its end."""
    now = dt.datetime.now(dt.UTC)
    until = now + HOUR * hours
    ledger.peak.switch_on("black-friday", rules, since=now - HOUR, until=until, by="Zoé", reason="sales")
    return until


class TestLanes:
    @pytest.fixture
    def house(self, tmp_path: Path) -> House:
        """A house; its feed is stock, which the rules of a test may call something else."""
        return House(tmp_path)

    def test_a_paused_lane_starts_no_run_until_peak_mode_ends(self, house: House) -> None:
        """Dry runs go on, and so does what a person asks for; the end needs nobody."""
        products = house.workspace.mapping("products-fr")
        with house.ledger() as ledger:
            until = switch(ledger, {"lanes": {"products": {"paused": True}}})
            told = held_back(ledger, products, RunOptions())
            assert told.startswith("products-fr is paused by peak mode black-friday until")
            assert not held_back(ledger, products, RunOptions(dry_run=True))
            assert not held_back(ledger, products, RunOptions(despite_peak="wrong photo"))
            assert not held_back(ledger, house.workspace.mapping("stock"), RunOptions())
            assert not held_back(ledger, products, RunOptions(), until)

    def test_runs_of_a_slow_lane_keep_their_distance(self, house: House) -> None:
        """A run counts from its start; one that failed, only planned or is another feed's does not count."""
        products = house.workspace.mapping("products-fr")
        with house.ledger() as ledger:
            switch(ledger, {"lanes": {"catalogue": {"every": "2h"}}}, hours=9)
            for feed, mode, outcome in (
                ("products-fr", "auto", "failed"),
                ("products-fr", "dry_run", "succeeded"),
                ("products-be", "auto", "succeeded"),
            ):
                ledger.runs.finish(ledger.runs.start(feed, mode=mode).id, outcome)  # type: ignore[arg-type]  # of four words
            assert not held_back(ledger, products, RunOptions())
            run = ledger.runs.start("products-fr", mode="auto")
            ledger.runs.finish(run.id, "completed_with_rejects")
            assert "products-fr waits until" in held_back(ledger, products, RunOptions())
            almost = run.started_at + 2 * HOUR - dt.timedelta(seconds=1)
            assert held_back(ledger, products, RunOptions(), almost)
            assert not held_back(ledger, products, RunOptions(), almost + dt.timedelta(seconds=1))

    async def test_a_run_that_waits_says_so_and_is_no_run(self, house: House) -> None:
        """Nothing fails, nothing is done, and the journal knows no run."""
        with house.ledger() as ledger:
            switch(ledger, {"lanes": {"products-fr": {"paused": True}}})
            report = await run_feed(house.workspace, "products-fr")
            assert (report.outcome, report.run_id) == ("succeeded", "")
            assert "--despite-peak" in report.advice
            assert ledger.runs.last("products-fr") == []


class TestFrozenDeletes:
    async def test_they_wait_for_the_end_even_of_a_run_at_work(self, tmp_path: Path) -> None:
        """Before the end nothing is taken away and the run says so; at the end it is, by the next run."""
        house = shop(tmp_path, "{absent: delete, after: 1}")
        await file(house, 1, ALL)
        with house.ledger() as ledger:
            until = switch(ledger, {"freeze": ["deletes"]})
        house.now = until - dt.timedelta(microseconds=1)
        report = await file(house, 2, ALL[:2])
        assert (report.removed, sorted(house.quantities)) == (0, ["A", "B", "C"])
        assert any("Deletes are frozen by peak mode black-friday" in note for note in report.notes)
        house.now = until
        report = await file(house, 3, ALL[:2])
        assert (report.removed, sorted(house.quantities)) == (1, ["A", "B"])

    async def test_they_are_asked_about_when_they_are_due(self, tmp_path: Path) -> None:
        """A run that begins in peak mode and gets to its deletes after the end takes them away."""
        house = shop(tmp_path, "{absent: delete, after: 1}")
        await file(house, 1, ALL)
        with house.ledger() as ledger:
            until = switch(ledger, {"freeze": ["deletes"]})
        house.now = until - HOUR
        write = house.shelf.apply

        async def apply(change: Any) -> Any:
            house.now = until
            return await write(change)

        house.shelf.apply = apply  # type: ignore[method-assign]  # the hour strikes while it writes
        report = await file(house, 2, [line("A", 9), *ALL[1:2]])
        assert (report.updated, report.removed, sorted(house.quantities)) == (1, 1, ["A", "B"])

    async def test_a_reason_lets_them_happen(self, tmp_path: Path) -> None:
        """Asked for despite peak mode they are carried out, and what is not due needs no note."""
        house = shop(tmp_path, "{absent: delete, after: 1}")
        await file(house, 1, ALL)
        with house.ledger() as ledger:
            switch(ledger, {"freeze": ["deletes"]})
        assert not [note for note in (await file(house, 2, ALL)).notes if "frozen" in note]
        report = await file(house, 3, ALL[:2], despite_peak="recall")
        assert report.removed == 1


class TestFrozenPlans:
    async def test_an_undo_waits_for_the_end_or_for_a_reason(self, till: Till) -> None:
        """It may be planned and looked at; carried out it is when peak mode is over, or somebody says why."""
        async with till.workspace.client() as client:
            await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})
        path = till.home / "erp" / "out" / "stock" / "STOCK_TOUS_C_00001_20261101.xml"
        path.write_bytes(stock_xml([line("A", 1)], sequence=1, mode="C"))
        path.with_suffix(".ok").touch()
        done = await till.run("stock")
        assert done.created == 1, done
        with open_ledger(till.ledger_path) as ledger:
            switch(ledger, {"freeze": ["undo"]})
        plan = (await undo_run(till.workspace, done.run_id)).plan
        assert plan is not None
        with pytest.raises(Frozen, match="Undo of runs is frozen by peak mode black-friday"):
            await apply_decided(till.workspace, str(plan.id), by="Zoé")
        report = await apply_decided(till.workspace, str(plan.id), by="Zoé", despite_peak="wrong file")
        assert report.outcome == "succeeded", report
        with open_ledger(till.ledger_path) as ledger:
            logged = [
                (one.what, one.who, one.reason) for one in ledger.audit.entries(subject=f"plan {plan.id}")
            ]
        assert logged == [
            ("undo_carried_out", "Zoé", ""),
            ("undo_approved", "Zoé", ""),
            ("peak_override", "Zoé", "wrong file"),
        ]


class TestBatches:
    async def test_batches_are_as_large_as_the_rules_say(self, till: Till) -> None:
        """Of a lane those of the lane, of stock its own, of everything else as ever."""
        sizes = []
        with open_ledger(till.ledger_path) as ledger:
            switch(ledger, {"lanes": {"catalogue": {"batch": 7}}, "stock": {"batch": 9}})
            async with till.workspace.client() as client:
                for feed in ("products-fr", "stock", "prices-fr"):
                    mapping = till.workspace.incoming(feed)
                    report = RunReport(feed=feed, entity=mapping.entity, run_id="r")
                    job = job_for(
                        till.workspace, mapping, client, ledger, report, RunOptions(), lambda _: None
                    )
                    sizes.append(job.batch)
        assert sizes == [7, 9, 1000]


class TestCalls:
    async def test_a_lane_leases_its_share_at_most_and_at_once(self, tmp_path: Path) -> None:
        """Switched on while a run is at work, its next slice is small; over, it is whole again."""
        with open_ledger(tmp_path / "ledger.db") as ledger:
            share = [1.0]
            budget = LedgerBudget(ledger, "shop", CallLimits(40, 20), at_most=lambda: share[0])
            assert (await budget.lease("a", 1))[:2] == (40, 20)
            share[0] = 0.1
            assert (await budget.lease("a", 1))[:2] == (4, 2)
            share[0] = 0.01
            assert (await budget.lease("a", 1))[:2] == (0.4, 1)
            share[0] = 1.0
            assert (await budget.lease("a", 1))[:2] == (40, 20)


class TestAuditedRuns:
    async def test_a_run_logs_what_changed_before_it(self, till: Till) -> None:
        """First seen, then nothing, then the one value that differs; secrets are never in it."""
        assert (await till.run("orders-out")).outcome == "succeeded"
        assert (await till.run("orders-out")).outcome == "succeeded"
        with open_ledger(till.ledger_path) as ledger:
            first = [(entry.what, entry.subject.split()[0]) for entry in ledger.audit.entries()]
            assert sorted(first) == [("config_first_seen", "mapping"), ("config_first_seen", "settings")]
            # How a command is watched, and a folder said in another way, are no change.
            same = {"log": "json", "home": till.workspace.home / ".." / till.workspace.home.name}
            till.workspace.settings = till.workspace.settings.model_copy(update=same)
            assert (await till.run("orders-out")).outcome == "succeeded"
            assert len(list(ledger.audit.entries())) == 2
            till.workspace.settings = till.workspace.settings.model_copy(update={"order_lag": 30.0})
            await till.run("orders-out")
            changed = next(ledger.audit.entries())
            assert (changed.what, changed.before, changed.after) == (
                "config_changed",
                {"order_lag": 0.0},
                {"order_lag": 30.0},
            )
            kept = ledger._database.engine.connect()  # noqa: SLF001 - what lies in the file
            with kept:
                said = str(kept.exec_driver_sql("SELECT group_concat(facts) FROM config_seen").scalar())
            assert "client_secret" in said
            assert till.sandbox.client_secret.get_secret_value() not in said

    async def test_what_a_person_lets_pass_is_logged(self, till: Till) -> None:
        """The reason, the feed and the run; a dry run is logged by nobody."""
        await till.run("orders-out", override_guard="only looking", dry_run=True)
        report = await till.run("orders-out", override_guard="the ERP was moved", despite_peak="orders first")
        with open_ledger(till.ledger_path) as ledger:
            logged = [one for one in ledger.audit.entries() if one.what.endswith("_override")]
        assert [(one.what, one.subject, one.reason) for one in logged] == [
            ("peak_override", "feed orders-out", "orders first"),
            ("guard_override", "feed orders-out", "the ERP was moved"),
        ]
        assert logged[0].after == {"run": report.run_id}
