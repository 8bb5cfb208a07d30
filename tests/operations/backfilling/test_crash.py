"""A backfill is killed with SIGKILL while it sends; taken up again, every record is written once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from passerelle.operations.backfilling import carry_backfill
from passerelle.operations.backfilling.steering import is_at_work
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.feeds.orders.till import Till

from .shop import levels, past, somebody_sets, versions

PROJECT = Path(__file__).parents[3]
SKUS = [f"S{number:03d}" for number in range(60)]


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    """A shop that is a process of its own: the one that is killed is ours."""
    with Sandbox(SandboxConfig(any_project=True)) as running:
        yield running


def environment(till: Till) -> dict[str, str]:
    """What the command line needs to find this shop and this ERP."""
    name = "PASSERELLE_COMMERCETOOLS__"
    return {
        **{key: text for key, text in os.environ.items() if not key.startswith("PASSERELLE_")},
        "PASSERELLE_HOME": str(till.workspace.home),
        "PASSERELLE_MAPPINGS": str(till.workspace.settings.mappings),
        "PASSERELLE_FOLDER": str(till.home / "erp"),
        f"{name}PROJECT_KEY": till.project,
        f"{name}CLIENT_ID": till.sandbox.client_id,
        f"{name}CLIENT_SECRET": till.sandbox.client_secret.get_secret_value(),
        f"{name}AUTH_URL": till.sandbox.url,
        f"{name}API_URL": till.sandbox.url,
        f"{name}CONCURRENCY": "2",
    }


def command(*words: str) -> list[str]:
    """Our own command line."""
    return [sys.executable, "-m", "passerelle.cli.app", "backfill", *words]


def until_done(till: Till, least: int) -> int:
    """Wait until the first backfill has written so many records; how many those are."""
    deadline = time.monotonic() + 60
    with till.workspace.ledger() as ledger:
        while time.monotonic() < deadline:
            done = ledger.backfills.named(1).done if ledger.backfills.last() else 0
            if done >= least:
                return done
            time.sleep(0.02)
    pytest.fail(f"the backfill did not write {least} records")


@pytest.mark.slow
@pytest.mark.timeout(200)
async def test_killed_in_the_middle_every_record_is_written_once(tmp_path: Path, shop: Sandbox) -> None:
    """From the last batch on: what was sent without an answer is found by reading, not sent twice."""
    till = Till(tmp_path, shop, f"crash-{uuid4().hex[:12]}")
    await till.set_up()
    async with till.workspace.client() as client:
        await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})
    await past(till, dict.fromkeys(SKUS, 5))
    await somebody_sets(till, dict.fromkeys(SKUS, 99))
    before = await versions(till)
    # Slow enough to be met in the middle; the same until the end, so that no call overtakes an earlier one.
    shop.control("POST", "/latency", {"ms": 300})
    words = command("start", "stock", "--since", "2026-11-01", "--batch", "6", "--by", "ann")
    process = await create_subprocess_exec(*words, env=environment(till), cwd=PROJECT, stdout=DEVNULL)
    written = await asyncio.to_thread(until_done, till, 12)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert written < len(SKUS)
    with till.workspace.ledger() as ledger:
        left = ledger.backfills.named(1)
        assert (left.state, is_at_work(ledger, left)) == ("running", False)

    resumed = await carry_backfill(till.workspace, 1)
    assert (resumed.state, resumed.outcome, resumed.done) == ("done", "succeeded", len(SKUS))
    assert set((await levels(till)).values()) == {5}
    after = await versions(till)
    assert {sku: after[sku] - before[sku] for sku in SKUS} == dict.fromkeys(SKUS, 1)
    # It went on where it stopped: the plan is the first one, and the batches before are not repeated.
    with till.workspace.ledger() as ledger:
        batches = ledger.backfills.batches(1)
    assert len({batch.plan_id for batch in batches}) == 1
    assert sum(batch.records for batch in batches if batch.finished_at) == len(SKUS)
