"""Looks for orders: those that are late, messages missed between two runs, subscriptions that are unwell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from passerelle.commercetools import Client
from passerelle.feeds.orders.out_settings import OrderOutSettings
from passerelle.feeds.orders.sweeps import USUAL, late_sweeps, unhealthy_subscriptions
from tests.sync.desk import open_ledger

from .test_order_handling import telling
from .test_orders_out import PAID
from .till import Till

TEN = timedelta(minutes=10)


async def test_a_look_that_is_not_begun_again_is_late_after_three_intervals(till: Till) -> None:
    """As often as the feed says; each source by itself, told in English and French."""
    till.say(sweep_every="10min", messages=True)
    till.place()
    await till.run()
    await till.run()
    with open_ledger(till.ledger_path) as ledger:
        ended = {one.kind: one.ended_at for one in ledger.order_sweeps.all()}
        assert ended.keys() == {"orders", "messages"}
        moments = [at for at in ended.values() if at is not None]
        assert late_sweeps(ledger, min(moments) + 3 * TEN) == []
        late = late_sweeps(ledger, max(moments) + 3 * TEN + timedelta(seconds=1))
    assert [(one.feed, one.kind, one.why, one.every) for one in late] == [
        ("orders-out", "messages", "not_run", TEN),
        ("orders-out", "orders", "not_run", TEN),
    ]
    assert late[1].told().startswith("orders-out: no look for orders has ended since 2")
    assert late[1].told("fr").startswith("orders-out : aucune relève des commandes terminée depuis 2")


async def test_a_look_that_breaks_off_every_time_is_late(till: Till) -> None:
    """Runs begin, the shop does not answer: since the last whole look nothing was seen."""
    till.say(sweep_every="10min")
    await till.run()
    till.sandbox.fail(
        {"path": f"/{till.project}/orders", "method": "read", "kind": "status", "status": 400, "count": 1}
    )
    assert (await till.run()).outcome == "failed"
    with open_ledger(till.ledger_path) as ledger:
        [late] = late_sweeps(ledger, datetime.now(UTC) + timedelta(hours=1))
        [run] = ledger.runs.last("orders-out", 1)
    assert (late.why, late.run_id) == ("not_ended", run.id)
    assert "did not come to its end" in late.told()
    assert (await till.run()).outcome == "succeeded"
    with open_ledger(till.ledger_path) as ledger:
        assert late_sweeps(ledger, datetime.now(UTC) + TEN) == []


async def test_a_feed_that_does_not_say_how_often_is_known_by_its_runs(till: Till) -> None:
    """An hour while there are too few; then the usual time between two, dry runs aside."""
    await till.run()
    now = datetime.now(UTC)
    with open_ledger(till.ledger_path) as ledger:
        assert late_sweeps(ledger, now + 2 * USUAL) == []
        assert [one.every for one in late_sweeps(ledger, now + 4 * USUAL)] == [USUAL]
    for _ in range(3):
        await till.run()
    with open_ledger(till.ledger_path) as ledger:
        # Four runs in a moment: never less than a minute.
        [late] = late_sweeps(ledger, datetime.now(UTC) + timedelta(minutes=4))
        assert late.every == timedelta(minutes=1)
        assert late_sweeps(ledger, datetime.now(UTC), intervals=1) == []


async def test_a_dry_run_is_no_look(till: Till) -> None:
    """It writes nothing down."""
    await till.run(dry_run=True)
    with open_ledger(till.ledger_path) as ledger:
        assert ledger.order_sweeps.all() == []


async def test_a_message_that_is_missing_between_two_runs_is_noticed(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shop did not show it in time: the next number tells, and the order is read whole."""
    await telling(till)
    till.place(paid=False)
    await till.run()
    await till.act("W-1", PAID)
    page = Client.page
    hidden: list[int] = []

    async def hiding(client: Client, path: str, *params: Any, **more: Any) -> object:
        found = await page(client, path, *params, **more)
        if path == "messages" and not hidden:
            hidden.extend(one["sequenceNumber"] for one in found)
            return []
        return found

    monkeypatch.setattr(Client, "page", hiding)
    await till.run()
    assert hidden == [2]
    # What no run may see again: the cursor stands behind it once something newer was read.
    moved = {"country": "FR", "lastName": "Quénard", "city": "Nice"}

    async def without_it(client: Client, path: str, *params: Any, **more: Any) -> object:
        found = await page(client, path, *params, **more)
        return [one for one in found if path != "messages" or one["sequenceNumber"] not in hidden]

    monkeypatch.setattr(Client, "page", without_it)
    await till.act("W-1", {"action": "setShippingAddress", "address": moved})
    report = await till.run()
    assert any("with a message missing" in note for note in report.notes)
    monkeypatch.undo()
    assert not any("with a message missing" in note for note in (await till.run()).notes)


async def test_the_health_of_a_subscription_is_asked_and_kept(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the shop's word, since we saw it so; orders leave all the same."""
    till.say(subscription="orders-sqs")
    till.place()
    report = await till.run()
    assert (report.created, report.outcome) == (1, "succeeded")
    assert any("no subscription with the key orders-sqs" in note for note in report.notes)

    get, state = Client.get, "ConfigurationErrorDeliveryStopped"

    async def answering(client: Client, path: str, *more: object) -> object:
        if path == "subscriptions/key=orders-sqs":
            return {"id": "s-1", "version": 1, "key": "orders-sqs", "status": state}
        return await get(client, path, *more)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(Client, "get", answering)
    till.place()
    report = await till.run()
    assert report.created == 1
    assert any(f"the shop says {state}" in note for note in report.notes)
    with open_ledger(till.ledger_path) as ledger:
        [unwell] = unhealthy_subscriptions(ledger)
    assert (unwell.feed, unwell.state, unwell.loses) == ("orders-out", state, True)
    state = "Healthy"
    await till.run()
    with open_ledger(till.ledger_path) as ledger:
        assert unhealthy_subscriptions(ledger) == []


def test_how_often_is_read_as_mappings_write_it() -> None:
    """`10min`; left out it is learned."""
    assert OrderOutSettings.of({"sweep_every": "10min"}).sweep_every == TEN
    assert OrderOutSettings.of({}).sweep_every is None
