"""Steps 1 to 5, 28 and 29 of an order's life: those of the shop and of us, seen in ledger and shop.

A test is named after its step, as those in test_order_steps.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from passerelle.feeds.reconciling.comparing import reconciled
from passerelle.ledger import LifeStep, timeline
from passerelle.sandbox import Sandbox, SandboxConfig

from ..noon import noon
from .counter import Counter


@pytest.fixture(scope="module")
def shops() -> Iterator[Sandbox]:
    """One sandbox for the file; each test has a project of its own, whose orders name any SKU."""
    with Sandbox(SandboxConfig(any_project=True, unknown_order_skus="accept"), in_process=True) as running:
        yield running


@pytest.fixture
async def counter(tmp_path: Path, shops: Sandbox) -> Counter:
    """A shop without orders."""
    made = Counter(tmp_path, shops, f"counter-{uuid4().hex[:12]}")
    await made.set_up()
    return made


def step(counter: Counter, number: str, which: int) -> LifeStep:
    """A step as `passerelle order` shows it."""
    return timeline(counter.life(number), datetime.now(tz=UTC))[which - 1]


async def test_step_01_stock_hold(counter: Counter) -> None:
    """Checkout holds the pieces once: what is held is not available, and the order says since when."""
    async with counter.workspace.client() as client:
        entry = await client.create("inventory", {"sku": "S-1", "quantityOnStock": 5})
    counter.place(pieces=2, inventoryMode="ReserveOnOrder")
    await counter.run()
    async with counter.workspace.client() as client:
        held = await client.get(f"inventory/{entry['id']}")
    assert held is not None
    assert held["availableQuantity"] == 3
    told = step(counter, "W-1", 1)
    assert (told.status, [fact.who for fact in told.facts]) == ("done", ["shop"])
    assert told.facts[0].at == counter.life("W-1").created_at


async def test_step_02_placed(counter: Counter) -> None:
    """Met once by its id, however often it is looked at."""
    identity = counter.place()
    for _ in range(2):
        await counter.run()
    (fact,) = step(counter, "W-1", 2).facts
    assert (fact.what, fact.ref, fact.who) == ("placed", identity, "shop")
    assert counter.taken() == ["W-1"]


async def test_step_03_gate(counter: Counter) -> None:
    """What is not paid waits and says why; paid, it leaves with the next run."""
    counter.place(paid=False)
    await counter.run()
    waiting = step(counter, "W-1", 3)
    assert waiting.status == "awaited"
    assert "payment is Pending" in waiting.facts[0].text
    assert counter.taken() == []
    await counter.act("W-1", {"action": "changePaymentState", "paymentState": "Paid"})
    await counter.run()
    assert step(counter, "W-1", 3).status == "done"
    assert counter.taken() == ["W-1"]


async def test_step_04_number(counter: Counter) -> None:
    """Its number is the one that the ERP sees; what is set stays."""
    counter.place(number="SHOP-42")
    await counter.run()
    (fact,) = step(counter, "SHOP-42", 4).facts
    assert (fact.what, fact.ref) == ("numbered", "SHOP-42")
    assert counter.taken() == ["SHOP-42"]
    assert (await counter.shown("SHOP-42"))["orderNumber"] == "SHOP-42"


async def test_step_05_export(counter: Counter) -> None:
    """In one file, whose name the step says; the shop knows in which, and nothing leaves twice."""
    counter.place()
    await counter.run()
    (file,) = [name for name in counter.files() if name.endswith(".xml")]
    told = step(counter, "W-1", 5)
    assert told.status == "done"
    assert file in {fact.file for fact in told.facts}
    assert (await counter.marks())["W-1"] == [file]
    await counter.run()
    assert counter.taken() == ["W-1"]


async def test_step_28_complete(counter: Counter) -> None:
    """Worked out from the pieces: complete when the last one was delivered, cancelled when none is left."""
    number = await counter.order_of(("S-1", 1), ("S-2", 1))
    await counter.acknowledged(number)
    await counter.shipped(number, "BL-1", [("S-1", 1)], "T-1")
    await counter.carrier(number, "T-1", "DELIVERED", "2026-11-04T09:00:00Z", "BL-1")
    assert step(counter, number, 28).facts == ()
    await counter.shipped(number, "BL-2", [("S-2", 1)], "T-2", day="20261103")
    await counter.carrier(number, "T-2", "DELIVERED", "2026-11-05T09:00:00Z", "BL-2")
    told = step(counter, number, 28)
    assert (told.status, [fact.what for fact in told.facts]) == ("done", ["Complete"])
    assert (await counter.shown(number))["orderState"] == "Complete"
    gone = await counter.order_of(("S-1", 1))
    await counter.acknowledged(gone)
    await counter.event(gone, "ANNUL_OK", "DA-1")
    assert [fact.what for fact in step(counter, gone, 28).facts] == ["Cancelled"]
    assert (await counter.shown(gone))["orderState"] == "Cancelled"


async def test_step_29_reconciliation(counter: Counter) -> None:
    """Shop and ledger count a day's orders and amounts alike; an order that only the shop has is named."""
    day, zone = noon()
    for pieces in (1, 2):
        number = await counter.order_of(("S-1", pieces))
        await counter.acknowledged(number)
    async with reconciled(counter.workspace, day, zone=zone) as done:
        counts = {(one.side, one.orders, one.amount) for one in done.counts}
        assert done.agrees
    assert counts == {("shop", 2, 3000), ("ledger", 2, 3000)}
    counter.place()
    async with reconciled(counter.workspace, day, zone=zone) as done:
        assert [(one.number, one.code) for one in done.sheet.found()] == [("W-3", "missing_in_ledger")]
    assert step(counter, "W-1", 29).step.slug == "reconciliation"
