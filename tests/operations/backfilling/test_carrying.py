from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest

from passerelle.errors import ConfigError, Fatal
from passerelle.feeds import RunOptions, run_feed
from passerelle.feeds.approving import plan_feed
from passerelle.ledger import BackfillState, LeaseHeld
from passerelle.operations.backfilling import Standing, cancel_backfill, carry_backfill, pause_backfill
from tests.feeds.house import stock_xml
from tests.feeds.orders.till import Till
from tests.sync.desk import line

from .shop import ask, drop, levels, past, somebody_sets, versions

DAYS = ({f"S{n}": 5 for n in range(10)}, {f"S{n}": 6 for n in range(10)}, {"S0": 7, "S1": 7})


async def test_some_skus_are_made_right_again_each_once(till: Till) -> None:
    """The last word on each SKU, batch by batch; others are left alone, and nothing is written twice."""
    await past(till, *DAYS)
    await somebody_sets(till, dict.fromkeys(("S0", "S2", "S3", "S9"), 99))
    before = await versions(till)
    told: list[Standing] = []
    carried = await carry_backfill(
        till.workspace, ask(till, skus=("S0", "S2", "S3"), batch=2).id, tell=told.append
    )
    assert (carried.state, carried.outcome, carried.total, carried.done) == ("done", "succeeded", 3, 3)
    there = await levels(till)
    assert (there["S0"], there["S2"], there["S3"], there["S9"]) == (7, 6, 6, 99)
    after = await versions(till)
    assert {sku: after[sku] - before[sku] for sku in after if after[sku] != before[sku]} == {
        "S0": 1,
        "S2": 1,
        "S3": 1,
    }
    with till.workspace.ledger() as ledger:
        batches = ledger.backfills.batches(carried.id)
        assert [(one.records, (one.counts or {})["updated"]) for one in batches] == [(2, 2), (1, 1)]
        assert carried.plan_id is None
        (plan,) = ledger.decisions.last("stock", states=("applied",))
        run = ledger.runs.get(batches[0].run_id)
    assert (plan.decided_by, plan.reason) == ("ann", f"backfill {carried.id}")
    assert run is not None
    assert (run.mode, run.outcome, run.totals["updated"]) == ("backfill", "succeeded", 3)
    assert told[-1].seconds_left == 0


async def test_the_calls_of_a_batch_are_those_that_the_shop_got(till: Till) -> None:
    """Reads and writes of each batch as the shop counts them; together those of the run."""
    await past(till, *DAYS)
    await somebody_sets(till, dict.fromkeys(DAYS[0], 99))
    # What planning reads is none of a batch.
    planned = await carry_backfill(till.workspace, ask(till, skus=tuple(DAYS[0]), batch=4, dry_run=True).id)
    till.sandbox.reset_stats()
    seen: list[tuple[int, int]] = []

    def look(standing: Standing) -> None:
        if standing.doing.startswith("batch"):
            stats = till.sandbox.stats()
            seen.append((stats["reads"], stats["writes"]))
            till.sandbox.reset_stats()

    carried = await carry_backfill(till.workspace, planned.id, really=True, tell=look)
    assert carried.state == "done"
    with till.workspace.ledger() as ledger:
        batches = ledger.backfills.batches(carried.id)
        run = ledger.runs.get(batches[0].run_id)
    counts = [one.counts or {} for one in batches]
    assert [(one["reads"], one["writes"]) for one in counts] == seen
    assert [one["writes"] for one in counts] == [4, 4, 2]
    assert min(one["reads"] for one in counts) > 0
    assert run is not None
    assert run.totals["calls"] == sum(one["calls"] for one in counts) == sum(map(sum, seen))


async def test_calls_that_were_repeated_count_as_the_shop_got_them(till: Till) -> None:
    """The shop was too busy once: that call left twice."""
    await past(till, *DAYS)
    await somebody_sets(till, {"S0": 99})
    planned = await carry_backfill(till.workspace, ask(till, skus=("S0",), dry_run=True).id)
    till.sandbox.reset_stats()
    till.sandbox.fail({"kind": "status", "status": 503, "method": "write", "count": 1})
    await carry_backfill(till.workspace, planned.id, really=True)
    stats = till.sandbox.stats()
    with till.workspace.ledger() as ledger:
        [batch] = ledger.backfills.batches(planned.id)
    counts = batch.counts or {}
    assert (counts["reads"], counts["writes"]) == (stats["reads"], stats["writes"])
    assert counts["writes"] == 2


async def test_a_stop_that_leaves_nothing_to_decide_is_no_success(till: Till) -> None:
    """None of the records can be read as the mapping says: it failed, and says why."""
    await past(till, *DAYS)
    bad = [line(f"B{number}", "many") for number in range(6)]
    path = till.home / "erp" / "out" / "stock" / "STOCK_TOUS_D_00004_20261104.xml"
    path.write_bytes(stock_xml(bad, sequence=4, mode="D", day="20261104"))
    path.with_suffix(".ok").touch()
    carried = await carry_backfill(till.workspace, ask(till, files=(path.name,)).id)
    assert (carried.state, carried.outcome) == ("failed", "stopped_by_guard")
    assert "6 of 6 records cannot be read" in carried.message


@pytest.mark.parametrize("wish", ["stop", "cancel"])
async def test_given_up_while_files_are_read_it_ends_at_once(till: Till, wish: str) -> None:
    """Nothing is written by then: the run that plans is closed, and nothing of the feed is held."""
    await past(till, *DAYS)
    await somebody_sets(till, dict.fromkeys(DAYS[0], 99))
    before = await versions(till)
    one = ask(till, since="2026-11-01")
    reading = asyncio.Event()
    till.sandbox.control("POST", "/latency", {"ms": 30_000})
    carrying = asyncio.create_task(
        carry_backfill(
            till.workspace,
            one.id,
            tell=lambda _: reading.set(),
            should_stop=lambda: wish == "stop" and reading.is_set(),
        )
    )
    await asyncio.wait_for(reading.wait(), 60)
    if wish == "cancel":
        with till.workspace.ledger() as ledger:
            cancel_backfill(ledger, one.id, by="bob")
    ended = await asyncio.wait_for(carrying, 25)
    till.sandbox.control("POST", "/latency", {"ms": 0})
    assert (ended.state, ended.done) == ("paused" if wish == "stop" else "cancelled", 0)
    with till.workspace.ledger() as ledger:
        assert ledger.leases.holder("feed:stock") is ledger.leases.holder(f"backfill:{one.id}") is None
        assert ledger.runs.running() == []
        assert ledger.decisions.last("stock") == []
    if wish == "stop":
        carried = await carry_backfill(till.workspace, one.id)
        assert (carried.state, carried.done) == ("done", len(before))
        assert {sku: count - before[sku] for sku, count in (await versions(till)).items()} == dict.fromkeys(
            before, 1
        )
    else:
        assert await versions(till) == before


async def test_as_the_erp_said_on_that_day(till: Till) -> None:
    """A SKU as of a day; what the next file says of it is compared anew, and wins."""
    await past(till, *DAYS)
    await carry_backfill(till.workspace, ask(till, skus=("S0", "S5"), as_of="2026-11-02").id)
    assert {sku: (await levels(till))[sku] for sku in ("S0", "S1", "S5")} == {"S0": 6, "S1": 7, "S5": 6}
    drop(till, 4, {"S0": 7}, mode="D", day="20261104")
    await run_feed(till.workspace, "stock", RunOptions())
    assert (await levels(till))["S0"] == 7


async def test_as_of_a_day_begins_at_the_full_of_that_time(till: Till) -> None:
    """What came after the day is no word, and what came before the last full is none either."""
    await past(till, {"A": 1, "B": 1}, {"A": 2})
    drop(till, 3, {"A": 3, "B": 3}, day="20261103")
    await run_feed(till.workspace, "stock", RunOptions())
    drop(till, 4, {"A": 4}, mode="D", day="20261104")
    await run_feed(till.workspace, "stock", RunOptions())
    await carry_backfill(till.workspace, ask(till, as_of="2026-11-03", skus=("A", "B")).id)
    assert await levels(till) == {"A": 3, "B": 3}
    await carry_backfill(till.workspace, ask(till, as_of="2026-11-02", skus=("A", "B")).id)
    assert await levels(till) == {"A": 2, "B": 1}


async def test_a_file_by_its_name(till: Till) -> None:
    """Only what that file said, of all its records."""
    await past(till, *DAYS)
    name = "STOCK_TOUS_C_00001_20261101.xml"
    carried = await carry_backfill(till.workspace, ask(till, files=(name,), batch=3).id)
    assert (carried.state, carried.total) == ("done", 10)
    assert set((await levels(till)).values()) == {5}


async def test_a_dry_run_is_planned_and_then_carried_exactly(till: Till) -> None:
    """Nothing is written until somebody says so."""
    await past(till, *DAYS)
    await somebody_sets(till, {"S0": 99})
    planned = await carry_backfill(till.workspace, ask(till, skus=("S0",), dry_run=True).id)
    assert (planned.state, planned.total, (await levels(till))["S0"]) == ("planned", 1, 99)
    assert (await carry_backfill(till.workspace, planned.id)).state == "planned"
    carried = await carry_backfill(till.workspace, planned.id, really=True)
    assert (carried.state, (await levels(till))["S0"]) == ("done", 7)


async def test_nothing_to_do_is_done(till: Till) -> None:
    """The shop agrees: no batch, no plan that waits."""
    await past(till, *DAYS)
    carried = await carry_backfill(till.workspace, ask(till, skus=("S0",)).id)
    assert (carried.state, carried.outcome, carried.total) == ("done", "succeeded", 0)


@pytest.mark.parametrize(("wish", "state"), [("pause", "paused"), ("cancel", "cancelled")])
async def test_it_stops_between_two_batches(till: Till, wish: str, state: BackfillState) -> None:
    """What was sent is whole, the rest is as it was; a pause goes on, a cancel does not."""
    await past(till, *DAYS)
    await somebody_sets(till, {f"S{n}": 99 for n in range(2, 10)})
    asked = ask(till, skus=tuple(f"S{n}" for n in range(2, 10)), batch=2)
    steer = pause_backfill if wish == "pause" else cancel_backfill

    def tell(standing: Standing) -> None:
        if standing.backfill.done == 4:
            with till.workspace.ledger() as ledger:
                assert steer(ledger, asked.id, by="bob").wish == wish

    stopped = await carry_backfill(till.workspace, asked.id, tell=tell)
    assert (stopped.state, stopped.done, stopped.wish) == (state, 4, "")
    assert sorted((await levels(till)).values()) == [6] * 4 + [7] * 2 + [99] * 4
    if wish == "cancel":
        with pytest.raises(Fatal, match="is cancelled"):
            await carry_backfill(till.workspace, asked.id)
        return
    before = await versions(till)
    carried = await carry_backfill(till.workspace, asked.id)
    assert (carried.state, carried.done) == ("done", 8)
    after = await versions(till)
    assert sum(after.values()) - sum(before.values()) == 4


async def test_one_that_nobody_carries_is_paused_at_once(till: Till) -> None:
    """There is nobody to follow the wish."""
    asked = ask(till, skus=("S0",))
    with till.workspace.ledger() as ledger:
        assert pause_backfill(ledger, asked.id, by="bob").state == "paused"
        assert cancel_backfill(ledger, asked.id, by="bob").state == "cancelled"
        with pytest.raises(Fatal, match="nothing left to steer"):
            pause_backfill(ledger, asked.id, by="bob")


async def test_two_do_not_carry_the_same(till: Till) -> None:
    """The second is told who does."""
    await past(till, *DAYS)
    asked = ask(till, skus=("S0",))
    with (
        till.workspace.ledger() as ledger,
        ledger.leases.take(f"backfill:{asked.id}", ttl=60),
        pytest.raises(LeaseHeld),
    ):
        await carry_backfill(till.workspace, asked.id)


async def test_runs_of_the_day_go_between_two_batches(till: Till) -> None:
    """A run that finds a batch at work waits for it and goes first; what it carried is not written over."""
    await past(till, *DAYS)
    await somebody_sets(till, {f"S{n}": 99 for n in range(10)})
    asked = ask(till, since="2026-11-01", until="2026-11-03", batch=2)
    runs: list[asyncio.Task[object]] = []

    def tell(standing: Standing) -> None:
        if standing.backfill.done == 2 and not runs:
            drop(till, 4, {"S8": 40, "S9": 6}, mode="D", day="20261104")
            runs.append(asyncio.create_task(run_feed(till.workspace, "stock", RunOptions())))

    carried = await carry_backfill(till.workspace, asked.id, tell=tell)
    (report,) = await asyncio.gather(*runs)
    assert getattr(report, "outcome", None) == "succeeded"
    assert carried.state == "done"
    there = await levels(till)
    with till.workspace.ledger() as ledger:
        modes = [run.mode for run in reversed(ledger.runs.last("stock", 20))]
    # Planned, some batches, the run of the day, planned anew, the rest.
    assert modes[3:] == ["backfill", "backfill", "auto", "backfill", "backfill"]
    # A window was asked for: its own last word is given back, planned after the run of the day.
    assert (there["S0"], there["S8"], there["S9"]) == (7, 6, 6)


async def test_a_run_of_another_machine_does_not_take_a_backfill_for_dead(till: Till) -> None:
    """Between two batches its run is open and the feed is free: who has the backfill in hand is alive."""
    await past(till, *DAYS)
    await somebody_sets(till, {f"S{n}": 99 for n in range(10)})
    asked = ask(till, since="2026-11-01", until="2026-11-03", batch=2)
    runs: list[asyncio.Task[object]] = []

    def tell(standing: Standing) -> None:
        if standing.backfill.done == 2 and not runs:
            with closing(sqlite3.connect(till.ledger_path)) as ledger, ledger:
                ledger.execute("UPDATE run SET host = 'elsewhere' WHERE outcome IS NULL")
                ledger.execute("UPDATE lease SET host = 'elsewhere'")
            drop(till, 4, {"S9": 6}, mode="D", day="20261104")
            runs.append(asyncio.create_task(run_feed(till.workspace, "stock", RunOptions())))

    carried = await carry_backfill(till.workspace, asked.id, tell=tell)
    (report,) = await asyncio.gather(*runs)
    assert getattr(report, "outcome", None) == "succeeded"
    assert (carried.state, carried.outcome) == ("done", "succeeded"), carried.message
    with till.workspace.ledger() as ledger:
        assert [run.outcome for run in ledger.runs.last("stock", 5)] == ["succeeded"] * 5


async def test_what_moved_in_the_shop_is_planned_anew(till: Till) -> None:
    """A sale between plan and batch: the record is read again, not written blindly."""
    await past(till, *DAYS)
    await somebody_sets(till, {"S2": 99, "S3": 99})
    planned = await carry_backfill(till.workspace, ask(till, skus=("S2", "S3"), dry_run=True).id)
    await somebody_sets(till, {"S3": 98})
    carried = await carry_backfill(till.workspace, planned.id, really=True)
    assert carried.state == "done"
    assert {sku: (await levels(till))[sku] for sku in ("S2", "S3")} == {"S2": 6, "S3": 6}
    with till.workspace.ledger() as ledger:
        assert len(ledger.decisions.last("stock", states=("applied",))) == 2


async def test_what_the_guard_stops_waits_for_a_reason(till: Till) -> None:
    """Nothing is written until a person says why; then it is."""
    full = {f"S{n}": 0 for n in range(10)}
    await past(till, full)
    await somebody_sets(till, {f"S{n}": 9 for n in range(10)})
    asked = ask(till, files=("STOCK_TOUS_C_00001_20261101.xml",))
    waiting = await carry_backfill(till.workspace, asked.id)
    assert (waiting.state, waiting.outcome) == ("waiting", "stopped_by_guard")
    assert "zeroed" in waiting.message
    assert set((await levels(till)).values()) == {9}
    carried = await carry_backfill(till.workspace, asked.id, by="bea", reason="the season is over")
    assert (carried.state, set((await levels(till)).values())) == ("done", {0})
    with till.workspace.ledger() as ledger:
        (plan,) = ledger.decisions.last("stock", states=("applied",))
    assert (plan.decided_by, plan.reason) == ("bea", "the season is over")


async def test_a_plan_of_a_person_makes_a_backfill_wait_for_nothing(till: Till) -> None:
    """Planning by hand takes the feed's lease for a moment; the backfill comes after it."""
    await past(till, *DAYS)
    await somebody_sets(till, {"S0": 99})
    drop(till, 4, {"S1": 1}, mode="D", day="20261104")
    made, carried = await asyncio.gather(
        plan_feed(till.workspace, "stock"), carry_backfill(till.workspace, ask(till, skus=("S0",)).id)
    )
    assert made.report.outcome == "succeeded"
    assert carried.state == "done"


def test_something_must_be_asked_for(till: Till) -> None:
    """Neither everything nor orders."""
    with pytest.raises(ValueError, match="say what"):
        ask(till)
    with pytest.raises(ValueError, match="before it begins"):
        ask(till, since="2026-11-03", until="2026-11-01")
    with pytest.raises(ValueError, match="not both"):
        ask(till, since="2026-11-03", as_of="2026-11-01")
    from passerelle.operations.backfilling import BackfillRequest, ask_for  # noqa: PLC0415 - beside the others

    with till.workspace.ledger() as ledger, pytest.raises(ConfigError, match="speaks of orders"):
        ask_for(till.workspace, ledger, BackfillRequest(feed="order-acks", skus=("A",)), by="ann")
