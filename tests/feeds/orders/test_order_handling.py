"""Orders on their way out: gates and why they wait, kinds, changes told by messages and by notifications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from passerelle.commercetools.orders.subscriptions import OrderSubscription, Received
from passerelle.errors import ConfigError
from passerelle.feeds import RunOptions, RunReport
from passerelle.feeds.orders.delivery import OrderDelivery
from passerelle.feeds.orders.out import OrderExport
from passerelle.feeds.orders.out_settings import OrderOutSettings
from passerelle.testing import Crash
from tests.sync.desk import open_ledger

from .test_orders_out import CANCELLED, PAID
from .till import Till, euro

Json = dict[str, Any]


async def type_of_orders(till: Till, *names: str) -> None:
    """Give the shop's orders custom fields of their own."""
    fields = [
        {"name": name, "label": {"fr-FR": name}, "required": False, "type": {"name": "String"}}
        for name in names
    ]
    async with till.workspace.client() as client:
        draft = {"key": "web", "name": {"fr-FR": "Web"}, "resourceTypeIds": ["order"]}
        await client.create("types", {**draft, "fieldDefinitions": fields})


def custom(**fields: str) -> Json:
    """The custom fields of an order."""
    return {"type": {"typeId": "type", "key": "web"}, "fields": fields}


def reasons(till: Till) -> list[tuple[str, int]]:
    """Why orders wait, as the ledger has it."""
    with open_ledger(till.ledger_path) as ledger:
        return [(code, count) for code, count, _ in ledger.export_queue.reasons("orders-out")]


# --- gates ---


async def test_why_an_order_waits_is_kept_with_the_time_since_which(till: Till) -> None:
    """Another look at the same reason keeps its time; another reason has a time of its own."""
    await type_of_orders(till, "fraud")
    till.say(gates={"fraud_field": "fraud", "fraud_clear": ["ok"]})
    till.place(custom=custom(fraud="ok"))
    till.place(custom=custom(fraud="hold"))
    till.place(paid=False, custom=custom(fraud="ok"))
    report = await till.run()
    assert (report.created, report.unchanged) == (1, 2)
    assert sorted(reasons(till)) == [("fraud", 1), ("unpaid", 1)]
    assert any(note.startswith("1 orders wait (fraud)") and "W-2" in note for note in report.notes)
    before = till.step("W-2")
    await till.run()
    assert till.step("W-2") == before
    await till.act("W-2", {"action": "setCustomField", "name": "fraud", "value": "ok"})
    assert (await till.run()).created == 1


async def test_an_order_that_never_leaves_is_told_once(till: Till) -> None:
    """A rule that says never ends the order's export, with its reason in the ledger."""
    till.say(gates={"countries": ["BE"]})
    till.place()
    report = await till.run()
    assert any("W-1 is not exported: country FR is not served" in note for note in report.notes)
    step = till.step("W-1")
    assert step is not None
    assert (step.state, step.detail["code"]) == ("refused", "country")
    assert (await till.run()).notes == []


async def test_an_authorisation_for_the_whole_is_enough(till: Till) -> None:
    """The payment state lags behind its payments: what is authorised or charged counts."""
    async with till.workspace.client() as client:
        payment = await client.create(
            "payments",
            {
                "amountPlanned": euro(5990),
                "transactions": [{"type": "Authorization", "amount": euro(5990), "state": "Success"}],
            },
        )
    order = till.place(paid=False)
    await till.run()
    assert reasons(till) == [("unpaid", 1)]
    await till.act(order, {"action": "addPayment", "payment": {"typeId": "payment", "id": payment["id"]}})
    assert (await till.run()).created == 1


def test_gates_read_durations_as_mappings_write_them() -> None:
    """And an older word for the first rule still counts."""
    settings = OrderOutSettings.of({"payment_states": ["Paid", "Pending"], "gates": {"quiet": "30min"}})
    assert settings.gates.quiet == timedelta(minutes=30)
    assert settings.gates.payment_states == ("Paid", "Pending")
    for wrong in ({"gates": {"quiet": "half an hour"}}, {"gates": {"qiet": "1h"}}, {"chanel": "erp"}):
        with pytest.raises(ConfigError, match="target of a feed of orders"):
            OrderOutSettings.of(wrong)


async def test_addresses_are_cut_to_the_receivers_lengths_with_the_full_text_kept(till: Till) -> None:
    """At a word; what was cut is told once a run."""
    till.say(addresses={"fields": {"last_name": 12}})
    address = {"country": "FR", "lastName": "Quénard de la Motte", "city": "Lyon"}
    till.place(shippingAddress=address)
    report = await till.run()
    assert report.created == 1
    [note] = [note for note in report.notes if "last_name is cut" in note]
    assert "W-1" in note
    [name] = [name for name in till.files() if name.endswith(".xml")]
    content = (till.home / "erp" / "in" / "commandes" / name).read_text(encoding="iso-8859-1")
    assert "<NOM>Quénard de</NOM>" in content


# --- kinds and files ---


async def test_an_order_of_no_feed_is_told_and_kept(till: Till) -> None:
    """Nobody loses it: it waits in quarantine until a feed takes its kind."""
    await type_of_orders(till, "resa")
    kinds = [{"kind": "ship_from_store", "custom": {"resa": "store"}}]
    till.say(kinds=["delivery"], reading={"kinds": kinds})
    till.place(custom=custom(resa="store"))
    till.place()
    report = await till.run()
    assert (report.created, [row.code for row in report.rejects]) == (1, ["no_feed"])
    assert till.taken() == ["W-2"]
    till.say(kinds=["delivery", "ship_from_store"])
    assert (await till.run()).created == 1
    assert till.taken() == ["W-1"]


async def test_a_file_has_at_most_so_many_orders(till: Till) -> None:
    """Each file is whole: its own number, counts and marker."""
    till.say(in_one_file=2)
    for _ in range(5):
        till.place()
    report = await till.run()
    assert [file.records for file in report.files] == [2, 2, 1]
    assert len(till.taken()) == 5
    assert (till.erp.duplicates, till.erp.refused_files) == ([], [])


async def test_a_reservation_goes_by_a_feed_of_its_own(till: Till) -> None:
    """Nobody paid for it and nobody has to; it is in no order file, whichever feed runs first."""
    await type_of_orders(till, "fulfilment", "pickupStore")
    (till.home / "erp" / "in" / "reservations").mkdir()
    till.place(paid=False, custom=custom(fulfilment="reservation", pickupStore="depot-101"))
    till.place()
    report = await till.run()
    assert (report.created, report.quarantined) == (1, 0)
    assert till.taken() == ["W-2"]
    report = await till.run("reservations-out")
    assert (report.outcome, report.created) == ("succeeded", 1)
    [path] = (till.home / "erp" / "in" / "reservations").glob("*.xml")
    content = path.read_text(encoding="iso-8859-1")
    assert "<MODE_LIVRAISON>RES</MODE_LIVRAISON>" in content
    assert "<MAGASIN>101</MAGASIN>" in content
    assert "<FLUX>RESAWEB</FLUX>" in content
    assert (await till.run()).created == 0


# --- changes that the shop tells ---


async def telling(till: Till) -> None:
    """The project keeps messages, and the feed looks at them."""
    till.sandbox.control("POST", f"/{till.project}/messages", {"enabled": True})
    till.say(messages=True)
    # The first look only says from when on changes count.
    await till.run()


async def test_a_change_after_the_export_asks_the_erp_to_follow(till: Till) -> None:
    """A new address is a new revision, asked for once; a custom field is none."""
    await type_of_orders(till, "note")
    await telling(till)
    till.place()
    await till.run()
    moved = {"country": "FR", "lastName": "Quénard", "city": "Nice"}
    await till.act("W-1", {"action": "setShippingAddress", "address": moved})
    for _ in range(2):
        report = await till.run()
        assert report.created == 0
    with open_ledger(till.ledger_path) as ledger:
        order = ledger.order_book.orders(["W-1"])["W-1"]
        assert order.shipping_address is not None
        assert (order.revision, order.shipping_address.city) == (2, "Nice")
        [request] = ledger.requests.of("W-1")
        assert request.request.kind == "change"


async def test_a_cancellation_after_the_export_asks_the_erp(till: Till) -> None:
    """The click is not the answer: one request to cancel, however often it is heard."""
    await telling(till)
    till.place()
    await till.run()
    await till.act("W-1", CANCELLED)
    for _ in range(2):
        await till.run()
    with open_ledger(till.ledger_path) as ledger:
        assert [one.message.kind for one in ledger.order_messages.of("W-1")] == ["cancel_asked"]
        assert [one.request.kind for one in ledger.requests.of("W-1")] == ["cancel"]


async def test_a_cancellation_before_the_export_needs_no_answer(till: Till) -> None:
    """Asked for in a custom field while the order waits: it never leaves, though it is paid later."""
    await type_of_orders(till, "cancel")
    await telling(till)
    till.say(reading={"cancel_field": "cancel"})
    till.place(paid=False, custom=custom())
    await till.run()
    await till.act("W-1", {"action": "setCustomField", "name": "cancel", "value": "CR-1"}, PAID)
    await till.run()
    assert (till.state("W-1"), till.files()) == ("refused", [])


async def test_a_return_announced_in_the_shop_is_kept(till: Till) -> None:
    """Under its own number, once."""
    await telling(till)
    till.place(pieces=2)
    await till.run()
    async with till.workspace.client() as client:
        line = (await till.order(client, "W-1"))["lineItems"][0]["id"]
    item = {"quantity": 1, "lineItemId": line, "shipmentState": "Advised"}
    await till.act("W-1", {"action": "addReturnInfo", "returnTrackingId": "R-7", "items": [item]})
    for _ in range(2):
        await till.run()
    with open_ledger(till.ledger_path) as ledger:
        [heard] = [one for one in ledger.order_messages.of("W-1") if one.message.kind == "return_announced"]
        assert (heard.message.ref, heard.message.lines[0].quantity) == ("R-7", 1)


# --- notifications ---


class Tray:
    """A queue in memory that hands a message out until it is deleted."""

    def __init__(self, *bodies: str) -> None:
        self.kept = {str(number): body for number, body in enumerate(bodies)}
        self._out: set[str] = set()

    async def receive(self, most: int, *, wait: float) -> Sequence[Received]:
        """Hand out what is not out."""
        del wait
        some = [receipt for receipt in self.kept if receipt not in self._out][:most]
        self._out.update(some)
        return [Received(self.kept[receipt], receipt) for receipt in some]

    async def delete(self, receipts: Sequence[str]) -> None:
        """Forget."""
        for receipt in receipts:
            del self.kept[receipt]

    async def extend(self, receipts: Sequence[str], seconds: float) -> None:
        """Nobody else reads it."""

    def time_out(self) -> None:
        """Hand everything out again."""
        self._out.clear()


def told(order_id: str, kind: str = "OrderCreated") -> str:
    """A notification about an order."""
    about = {"typeId": "order", "id": order_id}
    return orjson.dumps({"notificationType": "Message", "resource": about, "type": kind}).decode()


async def export(till: Till, tray: Tray, lag: timedelta = timedelta(days=1)) -> RunReport:
    """Export with a queue; the poll lags behind, so that only what the queue names is new."""
    mapping = till.workspace.outgoing("orders-out")
    with open_ledger(till.ledger_path) as ledger, till.workspace.folder() as root:
        run = ledger.runs.start("orders-out", mode="auto")
        report = RunReport(feed="orders-out", entity="order", run_id=run.id)
        async with till.workspace.client() as client:
            await OrderExport(
                ledger,
                mapping,
                RunOptions(),
                report,
                lambda _: None,
                OrderDelivery(ledger, mapping, report, root),
                lag=lag,
                subscription=OrderSubscription(tray),
            ).carry(client)
        ledger.runs.finish(run.id, report.outcome, {}, report.message)
    return report


async def test_notifications_name_orders_before_the_poll_meets_them(till: Till) -> None:
    """In any order and as often as they like; the poll meets the same orders later and exports none again."""
    ids = [till.place() for _ in range(3)]
    tray = Tray(told(ids[2]), told(ids[0]), told(ids[2], "OrderPaymentStateChanged"), "rubbish", told("gone"))
    report = await export(till, tray)
    assert (report.created, report.quarantined) == (2, 1)
    assert tray.kept == {}
    assert till.taken() == ["W-1", "W-3"]
    assert (await till.run()).created == 1
    assert till.taken() == ["W-2"]
    assert not till.erp.duplicates
    with open_ledger(till.ledger_path) as ledger:
        [entry] = ledger.quarantine.entries("orders-out notifications")
        assert entry.code == "unreadable_notification"


async def test_a_notification_is_deleted_only_when_the_ledger_has_the_order(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies while it writes the order down: the queue still has what named it."""
    tray = Tray(told(till.place()))

    def dying(*_: object, **__: object) -> None:
        raise Crash("while writing")

    with monkeypatch.context() as patch:
        patch.setattr("passerelle.ledger.orders.register.Orders.add_pending", dying)
        with pytest.raises(Crash):
            await export(till, tray)
    till.close_dead_run()
    assert len(tray.kept) == 1
    tray.time_out()
    assert (await export(till, tray)).created == 1
    assert tray.kept == {}


async def test_the_age_of_an_order_may_forbid_it(till: Till) -> None:
    """A shop that was moved brings orders of years: those behind the limit never go."""
    till.say(gates={"oldest": "1d"})
    till.place()
    mapping = till.workspace.outgoing("orders-out")
    later = datetime.now(UTC) + timedelta(days=2)
    with open_ledger(till.ledger_path) as ledger, till.workspace.folder() as root:
        run = ledger.runs.start("orders-out", mode="auto")
        report = RunReport(feed="orders-out", entity="order", run_id=run.id)
        async with till.workspace.client() as client:
            delivery = OrderDelivery(ledger, mapping, report, root)
            await OrderExport(
                ledger,
                mapping,
                RunOptions(),
                report,
                lambda _: None,
                delivery,
                lag=timedelta(0),
                now=lambda: later,
            ).carry(client)
    assert (report.created, till.state("W-1")) == (0, "refused")
