"""Runs cancelled, killed and retried in their middle: nothing is written twice, every end is true."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import PrefectClient

from flows.automations import install
from flows.events import last_heartbeats
from flows.sweeping import SILENT_HEARTBEATS
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.operations.backfilling.shop import drop, levels, past, somebody_sets, versions
from tests.waiting import until

from .conftest import PROJECT
from .guarded import environment, stock_till
from .operated import Operated, operated

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SKUS = [f"S{number:02d}" for number in range(48)]
FORM = {"feed": "stock", "selection": {"start": "2026-11-01"}, "batch": 4}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    """One service for the file, with a shop of its own that was carried once."""
    folder = tmp_path_factory.mktemp("operated")
    with Sandbox(SandboxConfig(any_project=True)) as shop:
        till = asyncio.run(stock_till(folder, shop))
        asyncio.run(past(till, dict.fromkeys(SKUS, 5)))
        with operated(till, folder) as running:
            yield running


#: A run as a worker elsewhere has it, beating every ten seconds; Prefect lets nobody set less than thirty.
ELSEWHERE = """
import asyncio
from prefect import flow_engine
flow_engine.MINIMUM_HEARTBEAT_INTERVAL = 10
flow_engine.BaseFlowRunEngine.heartbeat_seconds = property(lambda engine: 10)
from flows.stock import sync_stock
asyncio.run(sync_stock(feed="stock", dry_run=False))
"""
BEAT = dt.timedelta(seconds=10)
#: So long a call takes where a run is to be met in its middle: twenty seconds of it are left by then.
SLOW_MS = 1_000


def changed(service: Operated, quantity: int) -> dict[str, int]:
    """Somebody changes every record in the shop; gives how often each was written by then."""
    asyncio.run(somebody_sets(service.till, dict.fromkeys(SKUS, quantity)))
    return asyncio.run(versions(service.till))


def arrives(service: Operated, quantity: int) -> None:
    """The ERP drops its next delta, which sets every record."""
    with service.till.workspace.ledger() as ledger:
        number = 1 + (ledger.sequences.last("stock") or 0)
    drop(service.till, number, dict.fromkeys(SKUS, quantity), mode="D", day=f"202611{number:02d}")


def writes(service: Operated, before: dict[str, int]) -> dict[str, int]:
    """How often each record was written since."""
    return {sku: version - before[sku] for sku, version in asyncio.run(versions(service.till)).items()}


def shell(service: Operated, *words: str) -> subprocess.CompletedProcess[str]:
    """Type a command."""
    return subprocess.run(
        [sys.executable, "-m", "passerelle.cli.app", *words],
        env={**os.environ, **environment(service.till)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_cancelled_backfill_ends_at_a_batch_and_is_gone_on_with(service: Operated) -> None:
    """Ledger and Prefect tell it, nothing is held; a new run of the same form, or a resume, does the rest."""
    said = asyncio.run(levels(service.till))
    before = changed(service, 99)
    service.slow(SLOW_MS)
    run = service.start("backfill", **FORM)
    service.until_done(run, 8)
    service.cancel(run)
    assert service.until_over(run) == "CANCELLED"
    service.slow(0)
    (one,) = service.backfills()
    assert one.state == "paused"
    assert "cancelled" in one.message
    assert 8 <= one.done < len(SKUS)
    assert service.held() == []
    assert [entry.outcome for entry in service.book() if entry.outcome is None] == []
    with service.till.workspace.ledger() as ledger:
        batches = ledger.backfills.batches(one.id)
    # The safe point: each batch that was begun was ended, and exactly its records were written, once.
    assert all(batch.finished_at is not None for batch in batches)
    assert sum(batch.records for batch in batches) == one.done
    assert sorted(writes(service, before).values()) == [0] * (len(SKUS) - one.done) + [1] * one.done

    again = service.start("backfill", **FORM)
    assert service.until_over(again) == "COMPLETED"
    assert asyncio.run(levels(service.till)) == said
    assert set(writes(service, before).values()) == {1}
    assert service.backfills()[0].total == len(SKUS) - one.done

    # The first one is still there to go on with: it finds that all is done.
    resumed = shell(service, "backfill", "resume", str(one.id))
    assert resumed.returncode == 0, resumed.stderr + resumed.stdout
    assert [found.state for found in service.backfills()] == ["done", "done"]
    assert set(writes(service, before).values()) == {1}


def test_a_killed_backfill_is_retried_from_its_last_batch(service: Operated) -> None:
    """Retry goes on with the same backfill and the same plan; what was sent before is not sent again."""
    said = asyncio.run(levels(service.till))
    before = changed(service, 98)
    service.slow(SLOW_MS)
    run = service.start("backfill", **FORM)
    service.until_done(run, 8)
    service.process().kill()
    assert service.until_over(run) == "CRASHED"
    service.slow(0)
    left = service.backfills()[0]
    assert 8 <= left.done < len(SKUS)

    service.retry(run)
    until(lambda: service.state(run)[0] != "CRASHED")
    assert service.until_over(run) == "COMPLETED"
    one = service.backfills()[0]
    assert (one.id, one.state, one.outcome, one.done) == (left.id, "done", "succeeded", len(SKUS))
    assert asyncio.run(levels(service.till)) == said
    assert set(writes(service, before).values()) == {1}
    with service.till.workspace.ledger() as ledger:
        assert len({batch.plan_id for batch in ledger.backfills.batches(one.id)}) == 1
    assert service.held() == []
    assert [entry.id for entry in service.book() if entry.outcome is None] == []


def test_a_killed_run_of_a_feed_is_retried(service: Operated) -> None:
    """What the shop took before the crash is found to agree; the file is put away, the book has both ends."""
    before = asyncio.run(versions(service.till))
    arrives(service, 7)
    service.slow(SLOW_MS)
    run = service.start("stock")
    until(lambda: 7 in asyncio.run(levels(service.till)).values())
    service.process().kill()
    assert service.until_over(run) == "CRASHED"
    service.slow(0)
    killed = writes(service, before)
    assert 0 < sum(killed.values()) < len(SKUS), killed
    until(lambda: service.book()[0].outcome is not None)
    assert service.book()[0].interrupted

    service.retry(run)
    until(lambda: service.state(run)[0] != "CRASHED")
    assert service.until_over(run) == "COMPLETED"
    assert set(asyncio.run(levels(service.till)).values()) == {7}
    assert set(writes(service, before).values()) == {1}
    assert [entry.outcome for entry in service.book()[:2]] == ["succeeded", "failed"]
    assert not list((Path(service.till.home) / "erp" / "out" / "stock").glob("*.xml"))
    assert service.held() == []


async def _installed(service: Operated, beat: dt.timedelta) -> list[str]:
    async with PrefectClient(service.url) as client:
        return await install(client, beat)


async def _is_heard(service: Operated, run: str) -> bool:
    """Whether the server has a beat of a run."""
    async with PrefectClient(service.url) as client:
        now, found = dt.datetime.now(dt.UTC), UUID(run)
        return found in await last_heartbeats(client, [found], now=now, within=SILENT_HEARTBEATS * BEAT)


def test_a_run_that_nobody_has_in_hand_is_crashed_when_it_is_silent(service: Operated) -> None:
    """The automation fires on a real server: not while the run beats, and in time once it is killed."""
    (changed_automation,) = asyncio.run(_installed(service, BEAT))
    assert changed_automation.startswith("updated")
    arrives(service, 8)
    # The run asks for several answers in turn, so it cannot end before the test has looked at it.
    service.slow(20_000)
    with subprocess.Popen(
        [sys.executable, "-c", ELSEWHERE],
        env={**os.environ, **environment(service.till), "PREFECT_API_URL": service.url},
        cwd=PROJECT,
    ) as process:
        until(lambda: service.running() is not None)
        run = service.running()
        assert run is not None
        # A run is minded from its first beat on, which comes after its first state.
        until(lambda: asyncio.run(_is_heard(service, run)))
        heard = time.monotonic()
        # It lives for longer than the automation waits, and is left alone since it beats.
        until(lambda: time.monotonic() > heard + 2 * SILENT_HEARTBEATS * BEAT.total_seconds())
        assert service.state(run)[0] == "RUNNING"
        process.kill()
    service.slow(0)
    # Three beats and the server's look every five seconds: 30 to 35 s, and as long again on a busy machine.
    assert service.until_over(run, 90) == "CRASHED"
    assert "Nothing was heard of it for three heartbeats" in service.state(run)[1]
    until(lambda: service.book()[0].outcome is not None)
    assert service.book()[0].interrupted
    assert service.held() == []

    # The runs of the service beat as Prefect lets them.
    asyncio.run(_installed(service, dt.timedelta(seconds=30)))
    after = service.start("stock")
    assert service.until_over(after) == "COMPLETED"
    assert set(asyncio.run(levels(service.till)).values()) == {8}
