from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from passerelle.commercetools import StockSink
from passerelle.errors import ConfigError, Fatal
from passerelle.feeds import Progress, RunOptions, Settings, Workspace, run_feed
from passerelle.ledger import Owner, PlanItem
from passerelle.ledger.owners import this_process
from passerelle.testing import Crash
from tests.sync.desk import MAPPINGS, line

from .house import stock_xml
from .orders.till import Till


def drop(till: Till, sequence: int, lines: Sequence[dict[str, str]]) -> None:
    """The ERP drops a full stock file."""
    path = till.home / "erp" / "out" / "stock" / f"STOCK_TOUS_C_{sequence:05d}_20261101.xml"
    path.write_bytes(stock_xml(lines, sequence=sequence, mode="C"))
    path.with_suffix(".ok").touch()


@pytest.fixture
async def stock_till(till: Till) -> Till:
    """A shop that has depot 001, and a stock file that waits."""
    channel = {"key": "depot-001", "roles": ["InventorySupply"]}
    async with till.workspace.client() as client:
        await client.create("channels", channel)
    drop(till, 1, [line("A", 1), line("B", 2)])
    return till


def last(till: Till, feed: str = "stock") -> Any:
    """The last run of a feed as the ledger holds it."""
    with till.workspace.ledger() as ledger:
        [run] = ledger.runs.last(feed, 1)
        assert ledger.plans.totals(run.id).items == 0
        assert ledger.leases.holder(f"feed:{feed}") is None
        return run


async def test_a_run_is_written_down_from_its_start_to_its_end(stock_till: Till) -> None:
    """Outcome, parameters and counts are kept under the report's id; no plan and no lease is left."""
    report = await stock_till.run("stock", override_guard="a reason")
    run = last(stock_till)
    assert (report.outcome, report.created) == ("succeeded", 2)
    assert (run.id, run.outcome, run.totals["created"]) == (report.run_id, "succeeded", 2)
    assert run.parameters["override_guard"] == "a reason"
    assert "changes" not in run.totals


async def test_what_a_killed_run_left_is_swept_up(stock_till: Till) -> None:
    """Copies it worked on and originals it was packing are gone with the next run; other feeds' are not."""
    workspace = stock_till.workspace
    for left in (workspace.workdir("stock") / "tmpabc", workspace.archive.packing("stock")):
        left.mkdir(exist_ok=True)
        (left / "half.part").touch()
    other = workspace.workdir("stock-fr") / "tmpabc"
    other.mkdir()
    await stock_till.run("stock")
    assert list(workspace.workdir("stock").iterdir()) == []
    assert list(workspace.archive.packing("stock").iterdir()) == []
    assert other.is_dir()


async def test_progress_is_told_phase_by_phase(stock_till: Till) -> None:
    """Fetching, comparing, writing, reading back."""
    told: list[Progress] = []
    await run_feed(stock_till.workspace, "stock", progress=told.append)
    assert list(dict.fromkeys(progress.phase for progress in told)) == ["collect", "plan", "apply", "verify"]


async def test_a_feed_that_is_not_there_starts_nothing(till: Till) -> None:
    """The message names those that are; no run is written down."""
    with pytest.raises(ConfigError, match=r"no incoming feed 'stok'"):
        await till.run("stok")
    with till.workspace.ledger() as ledger:
        assert ledger.runs.last(None, 5) == []


async def test_what_is_not_set_is_in_the_report(tmp_path: Path) -> None:
    """No shop: a failed run that says which variable to set."""
    bare = Settings(home=tmp_path, mappings=MAPPINGS.parent, folder=tmp_path)
    report = await run_feed(Workspace(bare), "stock")
    assert report.outcome == "failed"
    assert "PASSERELLE_COMMERCETOOLS__PROJECT_KEY" in report.advice


async def test_a_folder_that_is_missing_is_in_the_report(till: Till) -> None:
    """The machine's own errors are told like any other: nobody reads a stack trace at night."""
    folder = till.home / "erp" / "out" / "stock"
    folder.rmdir()
    report = await till.run("stock")
    assert report.outcome == "failed"
    assert str(folder) in report.message
    assert last(till).outcome == "failed"


async def test_one_run_of_a_feed_at_a_time(stock_till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run is told who works on the feed, and touches nothing; another feed is free."""
    inside, go_on = asyncio.Event(), asyncio.Event()
    read_live = StockSink.read_live

    async def slow(sink: StockSink, records: Any) -> Any:
        inside.set()
        await go_on.wait()
        return await read_live(sink, records)

    monkeypatch.setattr(StockSink, "read_live", slow)
    first = asyncio.create_task(stock_till.run("stock"))
    await inside.wait()
    second = await stock_till.run("stock")
    assert (second.outcome, second.run_id) == ("failed", "")
    assert str(os.getpid()) in second.message
    assert (await stock_till.run("prices-fr")).outcome == "succeeded"
    go_on.set()
    assert (await first).outcome == "succeeded"


@pytest.mark.parametrize("end", [Crash("a bug"), asyncio.CancelledError()])
async def test_a_run_that_is_cut_off_says_so_and_leaves_no_plan(
    stock_till: Till, monkeypatch: pytest.MonkeyPatch, end: BaseException
) -> None:
    """A bug or a stop: the run is closed as interrupted, the lease given back; the next run does the rest."""

    async def cut(*_: object) -> Any:
        raise end

    with monkeypatch.context() as patch:
        patch.setattr(StockSink, "apply", cut)
        with pytest.raises(type(end)):
            await stock_till.run("stock")
    run = last(stock_till)
    assert (run.outcome, run.message) == ("failed", "interrupted")
    assert (await stock_till.run("stock")).created == 2


async def test_a_dead_run_is_closed_and_its_plan_dropped(stock_till: Till) -> None:
    """A process died without a word: the next start closes its run before its own begins."""
    me = this_process()
    gone = Owner(me.host, me.pid, me.process_started - 1000)
    with stock_till.workspace.ledger() as ledger:
        dead = ledger.runs.start("stock", mode="auto", owner=gone)
        ledger.plans.spool(dead.id, [PlanItem(1, "A|001", b"", None, "create")])
    await stock_till.run("stock")
    with stock_till.workspace.ledger() as ledger:
        closed = ledger.runs.get(dead.id)
        assert ledger.plans.totals(dead.id).items == 0
    assert closed is not None
    assert (closed.outcome, closed.interrupted) == ("failed", True)


async def test_an_error_of_ours_is_the_outcome_not_an_exception(
    stock_till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Fatal anywhere is in the report, with its advice."""

    async def refuse(_: StockSink) -> None:
        raise Fatal("the client is locked", advice="Ask the administrator")

    monkeypatch.setattr(StockSink, "prepare", refuse)
    report = await stock_till.run("stock")
    assert report.outcome == "failed"
    assert "the client is locked" in report.message
    assert report.advice == "Ask the administrator"


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    """And an unknown option is refused by its name."""
    with pytest.raises(ValueError, match="ends"):
        RunOptions.model_validate({"since": "2026-11-02", "until": "2026-11-01"})
    with pytest.raises(ValueError, match="dryrun"):
        RunOptions.model_validate({"dryrun": True})


@pytest.mark.parametrize(("options", "is_replay"), [
    ({}, False), ({"dry_run": True}, False), ({"mode": "full"}, False),
    ({"skus": ["A"]}, True), ({"since": "2026-11-01"}, True), ({"until": "2026-11-01"}, True),
])  # fmt: skip
def test_skus_and_days_make_a_replay(options: dict[str, Any], *, is_replay: bool) -> None:
    """Anything else is a run of what waits."""
    assert RunOptions.model_validate(options).replay is is_replay
