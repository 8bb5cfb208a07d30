"""From a waiting file to a plan, a decision, exactly that in the shop; and back again. Over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

import pytest

from passerelle.errors import ConfigError, Fatal
from passerelle.feeds import RunOptions, RunReport
from passerelle.feeds.approving import Planned, apply_decided, plan_feed, refuse_plan, undo_run
from passerelle.ledger import LeaseHeld, StoredPlan
from passerelle.sync import summary_of
from tests.sync.desk import line

from .house import House, stock_xml
from .orders.till import Till

Levels = Mapping[str, int]


def drop(till: Till, sequence: int, levels: Levels, *, mode: str = "C") -> str:
    """The ERP drops a stock file."""
    path = till.home / "erp" / "out" / "stock" / f"STOCK_TOUS_{mode}_{sequence:05d}_20261101.xml"
    lines = [line(sku, quantity) for sku, quantity in levels.items()]
    path.write_bytes(stock_xml(lines, sequence=sequence, mode=mode))
    path.with_suffix(".ok").touch()
    return path.name


@pytest.fixture
async def stock_till(till: Till) -> Till:
    """A shop that has depot 001."""
    async with till.workspace.client() as client:
        await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})
    return till


async def levels(till: Till) -> dict[str, int]:
    """What the shop holds."""
    async with till.workspace.client() as client:
        return {
            entry["sku"]: entry["quantityOnStock"] for entry in await client.query_all("inventory", [None])
        }


async def somebody_sets(till: Till, sku: str, quantity: int) -> None:
    """A person writes in the shop's back office."""
    async with till.workspace.client() as client:
        [entry] = [one for one in await client.query_all("inventory", [None]) if one["sku"] == sku]
        action = {"action": "changeQuantity", "quantity": quantity}
        await client.update("inventory", entry["id"], entry["version"], [action])


async def planned(till: Till, **options: Any) -> StoredPlan:
    """Plan what waits; there must be something."""
    made = await plan_feed(till.workspace, "stock", RunOptions(**options))
    assert made.plan is not None, made.report
    return made.plan


def writes(till: Till) -> int:
    """Writes that the shop counted since the last call."""
    count = int(till.sandbox.stats()["writes"])
    till.sandbox.reset_stats()
    return count


async def applied(till: Till, plan: StoredPlan | None, **options: Any) -> RunReport:
    """Apply a plan by its hash."""
    assert plan is not None
    return await apply_decided(till.workspace, plan.short, by="ann", **options)


async def test_a_plan_waits_and_is_applied_exactly(stock_till: Till) -> None:
    """The file stays in the inbox, the shop is as it was; applied, the next run writes nothing."""
    till = stock_till
    drop(till, 1, {"A": 5, "B": 5})
    await till.run("stock")
    name = drop(till, 2, {"A": 7, "B": 5, "C": 1})
    writes(till)
    plan = await planned(till)
    assert (writes(till), await levels(till)) == (0, {"A": 5, "B": 5})
    assert [(file["name"], file["mode"]) for file in plan.facts["files"]] == [(name, "full")]
    assert summary_of(plan).kinds == {"update": 1, "create": 1}
    assert (till.home / "erp" / "out" / "stock" / name).is_file()

    report = await applied(till, plan)
    assert (report.outcome, report.updated, report.created, report.verified) == ("succeeded", 1, 1, 2)
    assert (writes(till), await levels(till)) == (2, {"A": 7, "B": 5, "C": 1})

    report = await till.run("stock")
    assert (report.outcome, report.unchanged, report.mapped, writes(till)) == ("succeeded", 3, 0, 0)
    assert [(file.name, file.state) for file in report.files] == [(name, "applied")]


@pytest.mark.parametrize(("verify", "read"), [("all", 3), (2, 2), (0, 0)])
async def test_what_was_applied_is_read_back_as_asked(
    stock_till: Till, verify: int | Literal["all"], read: int
) -> None:
    """All of it, or so many; one that moved since the plan is none of it."""
    drop(stock_till, 1, {"A": 5, "B": 5, "C": 5, "D": 5})
    await stock_till.run("stock")
    drop(stock_till, 2, {"A": 6, "B": 6, "C": 6, "D": 6})
    plan = await planned(stock_till)
    async with stock_till.workspace.client() as client:
        entry = next(one for one in await client.query_all("inventory", [None]) if one["sku"] == "D")
        took = {"action": "removeQuantity", "quantity": 1}
        await client.update("inventory", entry["id"], entry["version"], [took])
    report = await applied(stock_till, plan, options=RunOptions(verify=verify))
    assert (report.updated, report.moved, report.verified, report.mismatched) == (3, 1, read, 0)


async def test_who_decided_when_and_why_is_kept(stock_till: Till) -> None:
    """In the plan, and in the journal of runs."""
    drop(stock_till, 1, {"A": 5})
    plan = await planned(stock_till)
    report = await applied(stock_till, plan, reason="checked with the warehouse")
    with stock_till.workspace.ledger() as ledger:
        found = ledger.decisions.get(plan.id)
        run = ledger.runs.get(report.run_id)
    assert found is not None
    assert run is not None
    assert (found.state, found.decided_by, found.reason) == ("applied", "ann", "checked with the warehouse")
    assert (run.mode, run.parameters["plan"], run.parameters["by"]) == ("apply", plan.id, "ann")


async def test_files_behind_wait_for_the_plan(stock_till: Till) -> None:
    """What a later file says is compared with a shop that has the first one: it is planned then."""
    first = drop(stock_till, 1, {"A": 5})
    second = drop(stock_till, 2, {"A": 9, "B": 1}, mode="D")
    made = await plan_feed(stock_till.workspace, "stock")
    assert made.plan is not None
    assert [file["name"] for file in made.plan.facts["files"]] == [first]
    assert any(second in note for note in made.report.notes)
    await applied(stock_till, made.plan)
    assert await levels(stock_till) == {"A": 5}
    again = await plan_feed(stock_till.workspace, "stock")
    assert again.plan is None
    assert any("passerelle run stock" in note for note in again.report.notes)
    await stock_till.run("stock")
    assert await levels(stock_till) == {"A": 9, "B": 1}


async def test_what_moved_meanwhile_is_left_alone(stock_till: Till) -> None:
    """A person was quicker with one record: the others are applied, the run says so."""
    drop(stock_till, 1, {"A": 5, "B": 5})
    await stock_till.run("stock")
    drop(stock_till, 2, {"A": 7, "B": 8})
    plan = await planned(stock_till)
    await somebody_sets(stock_till, "A", 6)
    report = await applied(stock_till, plan)
    assert (report.outcome, report.updated, report.moved) == ("completed_with_rejects", 1, 1)
    assert await levels(stock_till) == {"A": 6, "B": 8}


async def test_what_the_guard_stops_is_a_plan_that_needs_a_reason(stock_till: Till) -> None:
    """A person sees all of it before letting it pass; without a reason nothing is written."""
    full = {f"S{n}": 5 for n in range(10)}
    drop(stock_till, 1, full)
    await stock_till.run("stock")
    drop(stock_till, 2, dict.fromkeys(full, 0))
    made = await plan_feed(stock_till.workspace, "stock")
    assert made.report.outcome == "stopped_by_guard"
    assert made.plan is not None
    assert made.plan.facts["guard"][0].startswith("zeroed: 10 of 10")
    with pytest.raises(Fatal, match="the guard says no"):
        await applied(stock_till, made.plan)
    assert set((await levels(stock_till)).values()) == {5}
    report = await applied(stock_till, made.plan, reason="season is over")
    assert (report.updated, set((await levels(stock_till)).values())) == (10, {0})


async def test_a_run_in_between_voids_the_plan(stock_till: Till) -> None:
    """The scheduled run took the file: nothing is left to decide."""
    drop(stock_till, 1, {"A": 5})
    plan = await planned(stock_till)
    await stock_till.run("stock")
    with pytest.raises(Fatal, match="was applied on"):
        await applied(stock_till, plan)


async def test_a_refused_plan_is_not_applied(stock_till: Till) -> None:
    """The file stays where it is, for people to sort out."""
    name = drop(stock_till, 1, {"A": 5})
    plan = await planned(stock_till)
    refused = refuse_plan(stock_till.workspace, str(plan.id), by="bob", reason="wrong export")
    assert (refused.state, refused.decided_by) == ("refused", "bob")
    with pytest.raises(Fatal, match="was refused by bob"):
        await applied(stock_till, plan)
    assert (stock_till.home / "erp" / "out" / "stock" / name).is_file()


async def test_nothing_that_waits_is_no_plan(stock_till: Till) -> None:
    """No file, or one that changes nothing."""
    assert await _nothing(stock_till)
    drop(stock_till, 1, {"A": 5})
    await stock_till.run("stock")
    drop(stock_till, 2, {"A": 5})
    assert await _nothing(stock_till)


async def _nothing(till: Till) -> bool:
    made: Planned = await plan_feed(till.workspace, "stock")
    return made.plan is None and made.report.outcome == "succeeded"


async def test_a_refused_file_is_no_plan(stock_till: Till) -> None:
    """What a run would refuse is refused here too, and told."""
    path = stock_till.home / "erp" / "out" / "stock" / "STOCK_TOUS_C_00001_20261101.xml"
    path.write_bytes(stock_xml([line("A", 1)], sequence=1, mode="C", count=9))
    path.with_suffix(".ok").touch()
    made = await plan_feed(stock_till.workspace, "stock")
    assert (made.plan, made.report.outcome) == (None, "failed")


async def test_bad_records_are_told_apart(stock_till: Till) -> None:
    """What a run would put aside is shown with the plan, and put aside by the run of the file."""
    path = stock_till.home / "erp" / "out" / "stock" / "STOCK_TOUS_C_00001_20261101.xml"
    path.write_bytes(stock_xml([line("A", 1), line("B", "many"), line("C", 1, "999")], sequence=1, mode="C"))
    path.with_suffix(".ok").touch()
    plan = await planned(stock_till)
    assert summary_of(plan).kinds == {"create": 1}
    assert sum(row["count"] for row in plan.facts["rejects"]) == 2


async def test_a_window_is_planned_as_it_would_be_run(stock_till: Till) -> None:
    """Of some SKUs, what archive and inbox say; the next file is compared anew with what was given back."""
    drop(stock_till, 1, {"A": 5, "B": 5})
    await stock_till.run("stock")
    await somebody_sets(stock_till, "A", 1)
    await somebody_sets(stock_till, "B", 1)
    plan = await planned(stock_till, skus=("A",))
    assert plan.origin == "replay"
    await applied(stock_till, plan)
    assert await levels(stock_till) == {"A": 5, "B": 1}


async def test_a_plan_expires(stock_till: Till) -> None:
    """Nobody decides about yesterday's shop."""
    drop(stock_till, 1, {"A": 5})
    made = await plan_feed(stock_till.workspace, "stock", lifetime=timedelta(0))
    with pytest.raises(Fatal, match="expired on"):
        await applied(stock_till, made.plan)


async def test_one_at_a_time(stock_till: Till) -> None:
    """While a run of the feed is at work nothing is planned, applied or undone."""
    drop(stock_till, 1, {"A": 5})
    plan = await planned(stock_till)
    report = await stock_till.run("stock")
    with stock_till.workspace.ledger() as ledger, ledger.leases.take("feed:stock", ttl=60):
        assert (await plan_feed(stock_till.workspace, "stock")).report.outcome == "failed"
        assert (await undo_run(stock_till.workspace, report.run_id)).report.outcome == "failed"
        with pytest.raises(LeaseHeld):
            ledger.leases.take("feed:stock", ttl=60)
    assert plan.state == "stored"


async def test_a_feed_that_leaves_is_only_shown(till: Till) -> None:
    """Orders are not approved one by one."""
    till.place()
    made = await plan_feed(till.workspace, "orders-out")
    assert (made.plan, made.report.dry_run) == (None, True)


# Undo ----------------------------------------------------------------------------------------------------


async def test_a_run_is_taken_back(stock_till: Till) -> None:
    """The shop is as it was before, but for what a person changed since; the next full writes it again."""
    till = stock_till
    drop(till, 1, {"A": 5, "B": 5, "D": 5})
    await till.run("stock")
    drop(till, 2, {"A": 7, "B": 8, "C": 1, "D": 5})
    run = await till.run("stock")
    await somebody_sets(till, "B", 6)
    undo = await undo_run(till.workspace, run.run_id[-8:])
    assert undo.plan is not None
    assert (undo.plan.origin, undo.plan.facts["undoes"]) == ("undo", run.run_id)
    assert summary_of(undo.plan).kinds == {"update": 1, "delete": 1}
    assert (undo.report.moved, undo.report.outcome) == (1, "completed_with_rejects")
    assert await levels(till) == {"A": 7, "B": 6, "C": 1, "D": 5}
    report = await applied(till, undo.plan)
    assert (report.updated, report.removed) == (1, 1)
    assert await levels(till) == {"A": 5, "B": 6, "D": 5}

    drop(till, 3, {"A": 7, "B": 8, "C": 1, "D": 5})
    await till.run("stock")
    # Of what was undone the file has the last word again; a person's edit is none of it.
    assert await levels(till) == {"A": 7, "B": 6, "C": 1, "D": 5}


async def test_an_applied_plan_is_taken_back_too(stock_till: Till) -> None:
    """It is a run like any other, and so is its undo."""
    drop(stock_till, 1, {"A": 5})
    run = await applied(stock_till, await planned(stock_till))
    undo = await applied(stock_till, (await undo_run(stock_till.workspace, run.run_id)).plan)
    assert await levels(stock_till) == {}
    await applied(stock_till, (await undo_run(stock_till.workspace, undo.run_id)).plan)
    assert await levels(stock_till) == {"A": 5}


async def test_nothing_to_take_back_is_said(stock_till: Till) -> None:
    """A run that wrote nothing, and one that nobody knows."""
    drop(stock_till, 1, {"A": 5})
    report = await stock_till.run("stock", dry_run=True)
    with pytest.raises(ConfigError, match="wrote nothing"):
        await undo_run(stock_till.workspace, report.run_id)
    with pytest.raises(ConfigError, match="is no run"):
        await undo_run(stock_till.workspace, "no-such-run")


# A house with a shelf ------------------------------------------------------------------------------------


async def test_a_plain_dry_run_keeps_no_plan(house: House) -> None:
    """Only what is asked for is kept: a dry run leaves no trace."""
    house.drop(1, [line("A", 1)], mode="C")
    await house.run(dry_run=True)
    with house.ledger() as ledger:
        assert ledger.decisions.last() == []
