"""Orders to the shop: once, whatever dies, is lost, races or refuses; no order holds up another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from passerelle.commercetools import Client
from passerelle.errors import Retriable
from passerelle.feeds import project_orders
from passerelle.feeds.incoming.run import IncomingRun
from passerelle.feeds.jobs import job_for
from passerelle.feeds.options import RunOptions
from passerelle.feeds.orders.projecting import OrderProjector, Projected, pause_after, tell_projected
from passerelle.feeds.orders.showing import Showings
from passerelle.ledger import Heard
from passerelle.records import OrderMessage
from passerelle.sandbox import Sandbox, SandboxConfig
from passerelle.sync import RunReport, take_up
from passerelle.testing import Crash
from tests.sync.desk import open_ledger

from ..incoming.crashing import Death
from .counter import Counter

#: A run has more moments than this, or the instruments do not work.
MOMENTS = 20


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


def say(counter: Counter, number: str, **says: Any) -> None:
    """Put a message into the ledger, by no file."""
    message = OrderMessage(order_number=number, **{"kind": "accepted", "ref": "C-1", **says})
    with open_ledger(counter.ledger_path) as ledger:
        ledger.order_book.note([Heard(message, "by hand")])


async def show(counter: Counter, *, now: datetime | None = None) -> tuple[Projected, RunReport]:
    """Bring the shop up to date, at a time of day."""
    report = RunReport(feed="test", entity="order", run_id="")
    with open_ledger(counter.ledger_path) as ledger:
        run = ledger.runs.start("test", mode="auto")
        report.run_id = run.id
        async with counter.workspace.client() as client:
            showings = Showings(counter.workspace, client)
            clock = (lambda: now) if now is not None else (lambda: datetime.now(UTC))
            done = await OrderProjector(ledger, client, showings, report, now=clock).carry()
        ledger.runs.finish(run.id, report.outcome, {}, "")
    return done, report


async def delete(counter: Counter, number: str) -> None:
    """Somebody deletes an order in the shop."""
    async with counter.workspace.client() as client:
        body = await counter.order(client, number)
        await client.delete("orders", body["id"], body["version"])


async def test_what_is_shown_costs_nothing_more(counter: Counter) -> None:
    """One write for an order of which something was learned; then none, and no reading either."""
    numbers = [await counter.order_of(("S-1", 1)) for _ in range(3)]
    say(counter, numbers[0])
    say(counter, numbers[2])
    assert (await show(counter))[0] == Projected(changed=2)
    done, report = await show(counter)
    assert (done, report.rejects) == (Projected(), [])


@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
async def test_a_lost_answer_is_read_and_not_sent_again(counter: Counter, kind: str) -> None:
    """Taken or not: the order is read, and what is there already is not sent."""
    number = await counter.order_of(("S-1", 2))
    say(counter, number, kind="shipped", ref="BL-1")
    counter.sandbox.fail({"path": f"/{counter.project}/orders", "method": "write", "kind": kind, "count": 1})
    done, report = await show(counter)
    assert (done, report.rejects) == (Projected(changed=1), [])
    assert len((await counter.shown(number))["shippingInfo"]["deliveries"]) == 1


async def test_somebody_elses_write_is_kept(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write between our reading and ours: read again, planned again, both are there."""
    number = await counter.order_of(("S-1", 1))
    say(counter, number)
    update = Client.update
    raced: list[str] = []

    async def slower(client: Client, path: str, target: str, version: int, actions: Any) -> Any:
        if not raced:
            raced.append(target)
            await update(client, path, target, version, [{"action": "setPurchaseOrderNumber",
                                                           "purchaseOrderNumber": "PO-1"}])  # fmt: skip
        return await update(client, path, target, version, actions)

    monkeypatch.setattr(Client, "update", slower)
    assert (await show(counter))[0] == Projected(changed=1)
    body = await counter.shown(number)
    assert (body["purchaseOrderNumber"], body["orderState"]) == ("PO-1", "Confirmed")


async def test_an_order_that_is_refused_holds_up_no_other(counter: Counter) -> None:
    """It is told with its cause and rests; what is new of it is tried at once, the rest after a pause."""
    gone, other = [await counter.order_of(("S-1", 1)) for _ in range(2)]
    await delete(counter, gone)
    say(counter, gone)
    say(counter, other)
    done, report = await show(counter)
    assert done == Projected(changed=1, refused=1)
    assert [(row.code, row.count) for row in report.rejects] == [("no_such_order", 1)]
    assert (await counter.shown(other))["orderState"] == "Confirmed"
    assert (await show(counter))[0] == Projected(paused=1)
    later = datetime.now(UTC) + pause_after(1) + timedelta(seconds=1)
    assert (await show(counter, now=later))[0] == Projected(refused=1)
    assert (await show(counter, now=later))[0] == Projected(paused=1)
    say(counter, gone, kind="shipped", ref="BL-1")
    assert (await show(counter))[0] == Projected(refused=1)


def test_pauses_grow_and_end() -> None:
    """From five minutes, twice as long each time, to half a day."""
    pauses = [pause_after(attempt) for attempt in range(1, 12)]
    assert pauses[:3] == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20)]
    assert pauses[-1] == pause_after(500) == timedelta(hours=12)


async def test_what_comes_meanwhile_is_shown_next(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message between the picture and its answer: the order stays to be told, and nothing is lost."""
    number = await counter.order_of(("S-1", 1))
    say(counter, number)
    update = Client.update

    async def interrupted(client: Client, path: str, target: str, version: int, actions: Any) -> Any:
        if len((await counter.shown(number))["shippingInfo"]["deliveries"]) == 0:
            say(counter, number, kind="shipped", ref="BL-1")
        return await update(client, path, target, version, actions)

    monkeypatch.setattr(Client, "update", interrupted)
    assert (await show(counter))[0] == Projected(changed=1)
    assert counter.life(number).is_dirty
    assert (await show(counter))[0] == Projected(changed=1)
    assert not counter.life(number).is_dirty
    assert (await counter.shown(number))["shipmentState"] == "Shipped"


async def test_a_shop_that_is_down_loses_nothing(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger has the message, the report says what is missing, the next run tells the shop."""
    number = await counter.order_of(("S-1", 1))

    async def down(*_arguments: object) -> None:
        raise Retriable("the shop answers 503, five times over")

    with monkeypatch.context() as patch:
        patch.setattr(Client, "update", down)
        report = await counter.acknowledged(number)
    assert (report.created, report.outcome) == (1, "completed_with_rejects")
    assert [row.code for row in report.rejects] == ["not_taken"]
    assert (await counter.shown(number))["orderState"] == "Open"
    report = await project_orders(counter.workspace)
    assert (report.updated, report.outcome) == (1, "succeeded")
    assert (await counter.shown(number))["orderState"] == "Confirmed"


async def test_a_dry_run_tells_what_the_shop_lacks(counter: Counter) -> None:
    """Order by order, field by field; nothing is written."""
    number = await counter.order_of(("S-1", 1))
    say(counter, number)
    report = await project_orders(counter.workspace, dry_run=True)
    assert report.planned == 1
    assert ("orderState", "Open", "Confirmed") in {(one.field, one.old, one.new) for one in report.changes}
    assert (await counter.shown(number))["orderState"] == "Open"
    assert counter.life(number).is_dirty


async def test_what_was_made_by_hand_is_told(counter: Counter) -> None:
    """A delivery made in the shop stays, counts, and is named in the report."""
    number = await counter.order_of(("S-1", 2))
    body = await counter.shown(number)
    line = body["lineItems"][0]["id"]
    await counter.act(number, {"action": "addDelivery", "items": [{"id": line, "quantity": 2}]})
    say(counter, number, kind="shipped", ref="BL-1")
    _, report = await show(counter)
    assert {row.code for row in report.rejects} == {"foreign_delivery", "over_delivery"}
    assert len((await counter.shown(number))["shippingInfo"]["deliveries"]) == 1


async def carry(counter: Counter, feed: str) -> None:
    """Carry a feed as a run does, without a lease: what dies in this process leaves none behind."""
    mapping = counter.workspace.incoming(feed)
    with open_ledger(counter.ledger_path) as ledger, counter.workspace.folder() as root:
        run = ledger.runs.start(feed, mode="auto")
        report = RunReport(feed=feed, entity=mapping.entity, run_id=run.id)
        options = RunOptions(override_guard="one count of files for all feeds")
        async with counter.workspace.client() as client:
            job = job_for(counter.workspace, mapping, client, ledger, report, options, lambda _: None)
            await take_up(job, report)
            await IncomingRun(counter.workspace, job, options, report).carry(root)
            showings = Showings(counter.workspace, client)
            await tell_projected(OrderProjector(ledger, client, showings, report), report)
        ledger.runs.finish(run.id, report.outcome, {}, report.message)


async def mortal(counter: Counter, at: int | None, patch: pytest.MonkeyPatch) -> Death:
    """Carry shipments and die at that moment: around any write of ledger, folder or shop."""
    death = Death(at)
    with death.upon(patch), patch.context() as patched:
        patched.setattr(Client, "update", death.acting_later(Client.update))
        try:
            await carry(counter, "shipments")
        except* Crash:
            assert death.dead
    return death


@pytest.mark.slow
async def test_a_delivery_is_shown_once_whenever_the_process_dies(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before and after every write: the next run ends alike, and nothing is there twice."""
    for at in count(1):
        number = await counter.order_of(("S-1", 1))
        counter.ship_file(number, f"BL-{at}")
        if not (await mortal(counter, at, monkeypatch)).dead:
            # The run had no more moments: it went to its end.
            assert at > MOMENTS
            break
        counter.bury("shipments")
        await carry(counter, "shipments")
        body = await counter.shown(number)
        (delivery,) = body["shippingInfo"]["deliveries"]
        assert (delivery["key"], len(delivery["parcels"])) == (f"BL-{at}", 1), at
        assert body["shipmentState"] == "Shipped", at
        life = counter.life(number)
        assert [one.key for one in life.messages] == [f"shipped/BL-{at}", f"tracked/GLS/BL-{at}%2F1"], at
        assert not life.is_dirty, at
        waiting = counter.home / "erp" / "out" / "expeditions"
        assert [path.name for path in waiting.iterdir() if path.is_file()] == [], at
