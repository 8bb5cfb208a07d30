"""Plans that a person decides about: carried out exactly, or not at all."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.errors import Fatal
from passerelle.ledger import StoredPlan
from passerelle.records import StockLevel
from passerelle.sync import (
    Applied,
    Change,
    RunReport,
    apply_stored,
    decide,
    plan_rows,
    store_plan,
    summary_of,
)
from passerelle.sync.removing import remove
from passerelle.testing import Crash, Flaky, Shelf, Trouble

from .desk import Desk, counted, level, line, open_ledger, stock_key, stock_shelf


def key(sku: str) -> str:
    """How the ledger names it."""
    return f"{sku}|001"


async def planned(desk: Desk, *values: dict[str, str], **options: Any) -> StoredPlan:
    """Plan rows of a file, keep the plan, and end the run that planned."""
    guard = options.pop("guard", ())
    _, report = await desk.plan(list(values), dry_run=True, **options)
    plan = store_plan(desk.job, report, files=[{"name": "f.xml"}], guard=guard)
    desk.ledger.plans.drop(desk.job.run_id)
    desk.ledger.runs.finish(desk.job.run_id, "succeeded")
    return plan


async def applied(desk: Desk, plan: StoredPlan, *, sink: Any = None, by: str = "ann") -> RunReport:
    """Approve a plan and carry it out under a run of its own."""
    plan = decide(desk.ledger, plan, approve=True, by=by, mapping_version=desk.mapping.version)
    run = desk.ledger.runs.start("stock", mode="apply")
    job = replace(desk.job, run_id=run.id, dry_run=False, sink=sink or desk.shelf)
    report = RunReport(feed="stock", entity="stock", run_id=run.id)
    desk.job = job
    await apply_stored(job, report, plan)
    return report


def state(desk: Desk, plan: StoredPlan) -> str:
    """In which state the ledger has a plan."""
    found = desk.ledger.decisions.get(plan.id)
    assert found is not None
    return found.state


def fates(report: RunReport) -> int:
    """Records of a plan in some count."""
    return counted(report) + report.removed + report.moved


# What is kept --------------------------------------------------------------------------------------------


async def test_a_plan_writes_nothing_and_is_kept(desk: Desk) -> None:
    """The shop and what is known stay as they are; the plan says field by field what it would do."""
    await desk.carry([line("A", 5), line("B", 5)])
    before = (desk.shelf.contents(), desk.shelf.versions())
    plan = await planned(desk, line("A", 7), line("C", 1))
    assert (desk.shelf.contents(), desk.shelf.versions()) == before
    assert desk.known(key("A"), key("C")) == [key("A")]
    rows = plan_rows(desk.ledger.plans.stream(plan.run_id))
    assert [(row.key, row.kind, row.old, row.new) for row in rows if row.field == "quantity"] == [
        ("A/depot-001", "update", "5", "7"),
        ("C/depot-001", "create", None, "1"),
    ]
    assert summary_of(plan).kinds == {"update": 1, "create": 1}
    assert plan.facts["files"] == [{"name": "f.xml"}]
    assert plan.facts["mapping"] == desk.mapping.version


async def test_removals_are_part_of_a_plan(desk: Desk) -> None:
    """What would be taken away is spooled behind what the file says, carried out last, and buried."""
    await desk.carry([line("A", 5), line("B", 5)])
    _, report = await desk.plan([line("A", 7)], dry_run=True)
    await remove(desk.job, report, [key("B")], "delete", file="removals")
    plan = store_plan(desk.job, report)
    assert summary_of(plan).kinds == {"update": 1, "delete": 1}
    report = await applied(desk, plan)
    assert (report.updated, report.removed) == (1, 1)
    assert desk.shelf.contents() == {"A/depot-001": _body("A", 7)}
    assert desk.known(key("A"), key("B")) == [key("A")]
    assert desk.ledger.wanted.get("stock", [key("B")])[key("B")].removed == "delete"
    assert desk.ledger.bindings.get("shelf", "stock", [key("B")]) == {}


# Deciding ------------------------------------------------------------------------------------------------


async def test_a_plan_is_applied_exactly_and_then_known(desk: Desk) -> None:
    """The shop is as planned; the next run of the same file knows it all and writes nothing."""
    values = [line("A", 7), line("B", 3)]
    plan = await planned(desk, *values)
    report = await applied(desk, plan)
    assert (report.created, fates(report), report.received) == (2, 2, 2)
    assert {k: body["quantity"] for k, body in desk.shelf.contents().items()} == {
        "A/depot-001": 7,
        "B/depot-001": 3,
    }
    log = list(desk.shelf.log)
    again = await desk.carry(values)
    assert (again.unchanged, again.mapped, desk.shelf.log) == (2, 0, log)
    assert desk.ledger.wanted.get("stock", [key("A")])[key("A")].run_id == report.run_id
    assert state(desk, plan) == "applied"


async def test_a_sink_is_told_what_is_going_to_be_sent(desk: Desk) -> None:
    """Before the first of them, by a run and by a plan alike: prices that move let each other pass."""

    class Foreseeing(Shelf[StockLevel]):
        def __init__(self) -> None:
            super().__init__(StockLevel, key=stock_key, entity="stock")
            self.told: list[str] = []
            self.expected: list[str] = []

        def expect(self, change: Change) -> None:
            self.told.append(change.key)

        async def apply(self, change: Change) -> Applied:
            self.expected.append(",".join(self.told))
            return await super().apply(change)

    desk.shelf = shelf = Foreseeing()
    await desk.carry([line("A", 5), line("B", 5)])
    assert shelf.expected == ["A/depot-001,B/depot-001"] * 2
    plan = await planned(desk, line("A", 7), line("B", 8))
    shelf.told.clear()
    shelf.expected.clear()
    await applied(desk, plan)
    assert shelf.expected == ["A/depot-001,B/depot-001"] * 2


async def test_it_is_applied_once(desk: Desk) -> None:
    """The decision is kept, with who made it; a second one is told so and does nothing."""
    plan = await planned(desk, line("A", 7))
    await applied(desk, plan)
    with pytest.raises(Fatal, match=r"was applied by ann on"):
        await applied(desk, plan, by="bob")
    assert len(desk.shelf.log) == 1


async def test_a_refused_plan_stays_refused(desk: Desk) -> None:
    """With who, when and why; without a reason it is not refused."""
    plan = await planned(desk, line("A", 7))
    with pytest.raises(Fatal, match="with a reason"):
        decide(desk.ledger, plan, approve=False, by="ann")
    refused = decide(desk.ledger, plan, approve=False, by="ann", reason="wrong file")
    assert (refused.state, refused.decided_by, refused.reason) == ("refused", "ann", "wrong file")
    with pytest.raises(Fatal, match="was refused by ann"):
        await applied(desk, plan)
    with pytest.raises(Fatal, match="was refused by ann"):
        decide(desk.ledger, plan, approve=False, by="bob", reason="also")
    assert desk.shelf.log == []


async def test_what_the_guard_said_needs_a_reason(desk: Desk) -> None:
    """Who lets it pass says why, and that is kept."""
    plan = await planned(desk, line("A", 7), guard=["zeroed: 9 of 10"])
    with pytest.raises(Fatal, match="the guard says no: zeroed"):
        decide(desk.ledger, plan, approve=True, by="ann")
    assert state(desk, plan) == "stored"
    approved = decide(desk.ledger, plan, approve=True, by="ann", reason="season ends")
    assert (approved.state, approved.reason) == ("approved", "season ends")


async def test_an_expired_plan_is_not_applied(desk: Desk) -> None:
    """Nobody decided in time: the shop has moved on."""
    plan = await planned(desk, line("A", 7))
    late = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    with pytest.raises(Fatal, match="expired on"):
        decide(desk.ledger, plan, approve=True, by="ann", now=late)


async def test_rows_that_were_changed_are_not_applied(desk: Desk, tmp_path: Path) -> None:
    """The hash of what was shown is compared before the first call."""
    plan = await planned(desk, line("A", 7), line("B", 1))
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE plan_item SET change = CAST(replace(CAST(change AS TEXT), '7', '9') AS BLOB)"
                " WHERE seq = 1"
            )
        )
    engine.dispose()
    with pytest.raises(Fatal, match="not what was shown"):
        await applied(desk, plan)
    assert desk.shelf.log == []


async def test_another_mapping_voids_a_plan(desk: Desk) -> None:
    """What the records mean may have changed."""
    plan = await planned(desk, line("A", 7))
    with pytest.raises(Fatal, match="mapping of stock changed"):
        decide(desk.ledger, plan, approve=True, by="ann", mapping_version="other")


async def test_a_later_file_voids_a_plan(desk: Desk) -> None:
    """A file that was applied since holds newer words; one of another feed does not."""
    plan = await planned(desk, line("A", 7))
    desk.ledger.files.record("prices", "p.xml", "1" * 64, 1, state="applied")
    decide(desk.ledger, plan, approve=True, by="ann")
    desk.ledger.files.record("stock", "later.xml", "2" * 64, 1, state="applied")
    with pytest.raises(Fatal, match=r"later\.xml was applied"):
        await applied(desk, plan)
    assert desk.shelf.log == []


async def test_an_unapproved_plan_is_not_carried_out(desk: Desk) -> None:
    """Carrying out is not deciding."""
    plan = await planned(desk, line("A", 7))
    with pytest.raises(Fatal, match="not approved"):
        await apply_stored(desk.job, RunReport(feed="stock", entity="stock", run_id="r"), plan)


# What moved meanwhile ------------------------------------------------------------------------------------


async def test_a_record_that_moved_is_left_alone_and_named(desk: Desk) -> None:
    """Somebody changed it after it was planned: it is not planned anew; the others go on."""
    await desk.carry([line("A", 5), line("B", 5)])
    plan = await planned(desk, line("A", 7), line("B", 8), line("C", 1), line("D", 2))
    desk.shelf.put(level("A", 6))
    desk.shelf.put(level("C", 9))
    report = await applied(desk, plan)
    assert (report.updated, report.created, report.moved, fates(report)) == (1, 1, 2, 4)
    quantities = {k.split("/")[0]: body["quantity"] for k, body in desk.shelf.contents().items()}
    assert quantities == {"A": 6, "B": 8, "C": 9, "D": 2}
    found = desk.ledger.decisions.get(plan.id)
    assert found is not None
    assert found.facts["outcome"]["keys_moved"] == [key("A"), key("C")]
    assert [(row.code, row.count) for row in report.rejects] == [("moved_since", 2)]
    # What was left alone is not known as taken: the next run of the file plans it.
    again = await desk.carry([line("A", 7), line("B", 8), line("C", 1), line("D", 2)])
    assert (again.unchanged, again.updated) == (2, 2)


async def test_what_agrees_by_now_is_done(desk: Desk) -> None:
    """Somebody did just the same: nothing is sent, and the record is known."""
    await desk.carry([line("A", 5)])
    plan = await planned(desk, line("A", 7))
    desk.shelf.put(level("A", 7))
    writes = len(desk.shelf.log)
    report = await applied(desk, plan)
    assert (report.unchanged, len(desk.shelf.log)) == (1, writes)
    assert (await desk.carry([line("A", 7)])).unchanged == 1


async def test_a_race_at_the_last_moment_is_lost_with_grace(desk: Desk) -> None:
    """The record moves between our look and our call: it is left alone like any that moved."""

    class Racing(Shelf[StockLevel]):
        async def apply(self, change: Change) -> Applied:
            if change.kind == "update" and self.versions()["A/depot-001"] == 1:
                self.put(level("A", 6))
            return await super().apply(change)

    desk.shelf = Racing(StockLevel, key=stock_key, entity="stock")
    await desk.carry([line("A", 5)])
    plan = await planned(desk, line("A", 7))
    report = await applied(desk, plan)
    assert (report.moved, desk.shelf.contents()["A/depot-001"]["quantity"]) == (1, 6)


@pytest.mark.parametrize("trouble", [Trouble.LOST, Trouble.CONFLICT])
async def test_an_answer_in_doubt_is_looked_up(desk: Desk, trouble: Trouble) -> None:
    """A call whose answer was lost is found by reading; one that did not arrive is sent again."""
    await desk.carry([line("A", 5)])
    plan = await planned(desk, line("A", 7), line("B", 1))
    sink = Flaky(desk.shelf, trouble, at={1, 2})
    report = await applied(desk, plan, sink=sink)
    assert (report.updated, report.created, report.moved) == (1, 1, 0)
    assert desk.shelf.versions() == {"A/depot-001": 2, "B/depot-001": 1}


async def test_what_is_not_taken_for_now_is_taken_by_the_next_apply(desk: Desk) -> None:
    """The plan stays approved until all of it is answered for good."""
    plan = await planned(desk, line("A", 7), line("B", 1))
    report = await applied(desk, plan, sink=Flaky(desk.shelf, Trouble.RETRIABLE, at={1}))
    assert (report.created, report.failed, report.outcome) == (1, 1, "completed_with_rejects")
    assert state(desk, plan) == "approved"
    report = await applied(desk, plan)
    assert (report.created, report.received, state(desk, plan)) == (1, 1, "applied")


async def test_a_refused_record_goes_to_quarantine(desk: Desk) -> None:
    """The target says no to one: nothing is lost, the others go on."""
    plan = await planned(desk, line("A", 7), line("B", 1))
    report = await applied(desk, plan, sink=Flaky(desk.shelf, Trouble.REFUSED, keys={"A/depot-001"}, at={1}))
    assert (report.created, report.quarantined) == (1, 1)
    assert desk.put_aside() == {key("A"): "refused"}


# Crashes -------------------------------------------------------------------------------------------------


@given(
    wanted=st.dictionaries(st.sampled_from("ABCDEFGH"), st.integers(0, 3), min_size=1),
    there=st.dictionaries(st.sampled_from("ABCDEFGH"), st.integers(0, 3)),
    crash=st.integers(1, 9),
    lost=st.booleans(),
)
@settings(max_examples=40)
async def test_a_crash_loses_nothing_and_does_nothing_twice(
    tmp_path_factory: pytest.TempPathFactory,
    wanted: dict[str, int],
    there: dict[str, int],
    crash: int,
    lost: bool,  # noqa: FBT001 - hypothesis gives it by name
) -> None:
    """A run that dies anywhere in a plan is run again: the shop ends as planned, each record written once."""
    with open_ledger(tmp_path_factory.mktemp("desk") / "ledger.db") as ledger:
        desk = Desk(ledger, shelf=stock_shelf(concurrency=2))
        await desk.carry([line(sku, quantity) for sku, quantity in there.items()])
        plan = await planned(desk, *(line(sku, quantity) for sku, quantity in wanted.items()), batch=3)
        wrote = len(desk.shelf.log)
        changes = summary_of(plan).changes
        trouble = Trouble.CRASH_AFTER if lost else Trouble.CRASH
        try:
            await applied(desk, plan, sink=Flaky(desk.shelf, trouble, at={crash}))
        except Crash:
            assert state(desk, plan) == "approved"
            report = await applied(desk, plan)
            assert report.moved == 0
        assert state(desk, plan) == "applied"
        assert len(desk.shelf.log) - wrote == changes
        quantities = {k.split("/")[0]: body["quantity"] for k, body in desk.shelf.contents().items()}
        assert quantities == there | wanted
        assert (await desk.carry([line(sku, quantity) for sku, quantity in wanted.items()])).unchanged == len(
            wanted
        )


@given(
    there=st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 3)),
    wanted=st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 3), min_size=1),
    moved=st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 3)),
)
@settings(max_examples=40)
async def test_what_others_wrote_is_never_overwritten(
    tmp_path_factory: pytest.TempPathFactory,
    there: dict[str, int],
    wanted: dict[str, int],
    moved: dict[str, int],
) -> None:
    """Of any records, any plan and any edits in between: each ends as planned or as others wrote it."""
    with open_ledger(tmp_path_factory.mktemp("desk") / "ledger.db") as ledger:
        desk = Desk(ledger)
        await desk.carry([line(sku, quantity) for sku, quantity in there.items()])
        plan = await planned(desk, *(line(sku, quantity) for sku, quantity in wanted.items()))
        for sku, quantity in moved.items():
            desk.shelf.put(level(sku, quantity))
        report = await applied(desk, plan)
        quantities = {k.split("/")[0]: body["quantity"] for k, body in desk.shelf.contents().items()}
        assert quantities == there | wanted | moved
        assert report.received == fates(report)


def _body(sku: str, quantity: int) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, "supply_channel": "depot-001"}
