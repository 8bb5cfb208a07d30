from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from passerelle.commercetools import Client
from passerelle.errors import DataError, Fault, Position, Retriable
from passerelle.feeds.orders.marking import OrderMarker
from passerelle.files import LocalFolder
from passerelle.mapping import OutgoingMapping
from passerelle.sandbox import Sandbox
from passerelle.testing import Crash

from ..incoming.crashing import Death
from .till import Till

PAID = {"action": "changePaymentState", "paymentState": "Paid"}
CANCELLED = {"action": "changeOrderState", "orderState": "Cancelled"}


async def test_paid_orders_leave_in_one_file_and_are_marked(till: Till) -> None:
    """The ERP gets each once, with its marker; the shop says under which file each left."""
    for _ in range(3):
        till.place()
    report = await till.run()
    assert (report.outcome, report.received, report.created, report.updated) == ("succeeded", 3, 3, 3)
    [data, marker] = sorted(till.files(), key=lambda name: name.endswith(".ok"))
    assert data.startswith("CMDWEB_00001_")
    assert marker == data.replace(".xml", ".ok")
    assert till.taken() == ["W-1", "W-2", "W-3"]
    assert await till.marks() == {number: [data] for number in ("W-1", "W-2", "W-3")}
    again = await till.run()
    assert (again.outcome, again.created, again.updated, till.files()) == ("succeeded", 0, 0, [])


async def test_an_unpaid_order_waits_and_goes_later(till: Till) -> None:
    """It is read again at each run; the orders behind it do not wait."""
    till.place(paid=False)
    till.place()
    report = await till.run()
    assert (report.created, report.unchanged) == (1, 1)
    assert any("1 orders wait" in note for note in report.notes)
    assert till.taken() == ["W-2"]
    assert (await till.run()).unchanged == 1
    await till.act("W-1", PAID)
    assert (await till.run()).created == 1
    assert till.taken() == ["W-1"]


async def test_a_cancelled_order_never_goes(till: Till) -> None:
    """Cancelled while it waited: it is closed, said once, and never asked for again."""
    till.place(paid=False)
    await till.run()
    await till.act("W-1", PAID, CANCELLED)
    report = await till.run()
    assert (report.created, report.unchanged) == (0, 0)
    assert any("order W-1 is not exported: cancelled" in note for note in report.notes)
    assert (till.state("W-1"), till.state("W-1", "mark")) == ("refused", "refused")
    assert (await till.run()).notes == []
    assert till.files() == []


async def test_an_order_is_read_again_when_it_could_not_leave_at_once(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Yesterday it could not be written, today it is cancelled: what was read yesterday does not count."""
    till.place()
    till.place()
    with monkeypatch.context() as patch:
        patch.setattr(OutgoingMapping, "check", unwritable("W-1", "W-2"))
        assert (await till.run()).quarantined == 2
    await till.act("W-1", CANCELLED)
    report = await till.run()
    assert report.created == 1
    assert till.taken() == ["W-2"]


def unwritable(*numbers: str) -> Any:
    """A mapping that cannot write these orders."""
    whole = OutgoingMapping.check

    def check(mapping: OutgoingMapping, order: Any, *arguments: Any) -> Any:
        if order.order_number in numbers:
            raise DataError((Fault("too_long", Position("orders"), order.order_number, "at most 3"),))
        return whole(mapping, order, *arguments)

    return check


async def test_an_order_that_cannot_be_written_does_not_hold_the_others(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a reject at each run until it is mended; then it goes."""
    for _ in range(3):
        till.place()
    with monkeypatch.context() as patch:
        patch.setattr(OutgoingMapping, "check", unwritable("W-2"))
        for created in (2, 0):
            report = await till.run()
            assert (report.outcome, report.created) == ("completed_with_rejects", created)
            assert [(row.code, row.count) for row in report.rejects] == [("too_long", 1)]
    assert (await till.run()).created == 1
    assert till.taken() == ["W-1", "W-2", "W-3"]


async def test_an_order_without_number_is_looked_at_again(till: Till) -> None:
    """Nobody loses it: it is in quarantine under its id until checkout gives it a number, then it goes."""
    order_id = till.place(number=None)
    till.place()
    report = await till.run()
    assert (report.created, report.quarantined, report.rejects[0].code) == (1, 1, "no_order_number")
    assert (await till.run()).quarantined == 1
    await till.act(order_id, {"action": "setOrderNumber", "orderNumber": "W-late"})
    report = await till.run()
    assert (report.outcome, report.created) == ("succeeded", 1)
    assert (await till.run()).created == 0
    assert till.taken() == ["W-2", "W-late"]


async def test_what_the_shop_knows_as_exported_is_not_exported_with_an_empty_ledger(till: Till) -> None:
    """The ledger is lost, the shop remembers: nothing leaves a second time."""
    till.place()
    till.place()
    await till.run()
    till.erp.take_orders()
    till.forget()
    till.place()
    report = await till.run()
    assert (report.received, report.created) == (3, 1)
    assert till.taken() == ["W-3"]
    assert not till.erp.duplicates
    assert till.state("W-1") == "done"


async def test_what_an_older_ledger_calls_pending_is_not_exported_again(till: Till) -> None:
    """The ledger came back from a backup of before the export: the shop's word counts."""
    till.place(paid=False)
    await till.run()
    backup = till.ledger_path.read_bytes()
    await till.act("W-1", PAID)
    await till.run()
    till.erp.take_orders()
    till.forget()
    till.ledger_path.write_bytes(backup)
    report = await till.run()
    assert (report.created, till.files()) == (0, [])
    assert (till.state("W-1"), till.state("W-1", "mark")) == ("done", "done")


async def test_a_dry_run_writes_nothing(till: Till) -> None:
    """It shows what would leave; ledger, folder and shop stay as they were, and the real run takes all."""
    till.place()
    till.place(paid=False)
    till.place()
    report = await till.run(dry_run=True)
    assert sorted(row.key for row in report.changes) == ["W-1", "W-3"]
    assert (report.received, report.planned, report.unchanged) == (3, 2, 1)
    assert till.files() == []
    assert await till.marks() == {"W-1": [], "W-2": [], "W-3": []}
    with till.workspace.ledger() as ledger:
        assert ledger.orders.counts() == {}
        assert ledger.orders.cursor("orders-out") is None
    assert (await till.run()).created == 2


async def test_only_orders_that_were_asked_for_leave(till: Till) -> None:
    """By number; the others wait for the next run."""
    for _ in range(3):
        till.place()
    assert (await till.run(skus=("W-2",))).created == 1
    assert till.taken() == ["W-2"]
    assert (await till.run(since="2100-01-01")).created == 0
    assert (await till.run()).created == 2


async def test_two_orders_of_one_number_are_told_apart(till: Till) -> None:
    """A ledger of another project knows the number as another order: it is said, and nothing is mixed up."""
    till.place(number="W-1")
    await till.run()
    other = Till(till.home / "other", till.sandbox, f"till-{uuid4().hex[:12]}")
    await other.set_up()
    other.place(number="W-1")
    other.ledger_path.write_bytes(till.ledger_path.read_bytes())
    with other.workspace.ledger() as ledger:
        at = ledger.orders.cursor("orders-out")
        assert at is not None
        ledger.orders.set_cursor("orders-out", at._replace(created_at=at.created_at.replace(year=2020)))
    report = await other.run()
    assert (report.created, [row.code for row in report.rejects]) == (0, ["order_number_clash"])


async def test_an_erp_that_cannot_be_reached_gets_the_same_file_later(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is stored before it is sent: the next run sends these bytes under this name."""
    till.place()

    def broken(*_: object, **__: object) -> None:
        raise Retriable("the connection broke", advice="Look at the network")

    with monkeypatch.context() as patch:
        patch.setattr(LocalFolder, "write", broken)
        report = await till.run()
    assert (report.outcome, report.failed, report.files[0].state) == ("failed", 1, "held")
    assert await till.marks() == {"W-1": []}
    till.place()
    report = await till.run()
    assert [(file.state, file.records) for file in report.files] == [("applied", 1), ("applied", 1)]
    assert report.files[0].name.startswith("CMDWEB_00001_")
    assert till.taken() == ["W-1", "W-2"]


async def test_a_shop_that_cannot_be_marked_is_marked_later(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order left, the mark failed: it is in doubt, said, and made good without a second export."""
    till.place()

    async def broken(*_: object) -> None:
        raise Retriable("not now (503)")

    with monkeypatch.context() as patch:
        patch.setattr(Client, "update", broken)
        report = await till.run()
    assert (report.created, report.updated, report.failed) == (1, 0, 1)
    assert till.state("W-1", "mark") == "in_doubt"
    report = await till.run()
    assert (report.created, report.updated) == (0, 1)
    assert [len(names) for names in (await till.marks()).values()] == [1]


async def test_an_order_that_is_gone_is_refused_its_mark(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody deleted the order between export and mark: a reject once, and no more tries."""
    order_id = till.place()
    mark = OrderMarker.mark

    async def deleted_first(marker: OrderMarker, client: Client) -> None:
        body = await client.get(f"orders/{order_id}")
        if body is not None:
            await client.delete("orders", order_id, body["version"])
        await mark(marker, client)

    monkeypatch.setattr(OrderMarker, "mark", deleted_first)
    report = await till.run()
    assert (report.quarantined, report.rejects[0].code) == (1, "reference_missing")
    assert till.state("W-1", "mark") == "refused"
    assert (await till.run()).rejects == []


async def mortal(till: Till, at: int | None, monkeypatch: pytest.MonkeyPatch) -> Death:
    """Export and die at that moment: before or after any transaction, act in the folder, mark in the shop."""
    death = Death(at)
    with death.upon(monkeypatch), monkeypatch.context() as patch:
        patch.setattr(Client, "update", death.acting_later(Client.update))
        try:
            await till.export()
        except* Crash:
            assert death.dead
    return death


@pytest.mark.slow
@pytest.mark.parametrize("erp_is_quick", [False, True])
async def test_an_order_leaves_once_whenever_the_process_dies(
    tmp_path: Path, shops: Sandbox, monkeypatch: pytest.MonkeyPatch, *, erp_is_quick: bool
) -> None:
    """At every state of the delivery: the next run finishes, the ERP has each order once, the shop one mark.

    Also when the ERP takes what is there between the two runs.
    """

    async def begun(name: str) -> Till:
        till = Till(tmp_path / name, shops, f"till-{uuid4().hex[:12]}")
        await till.set_up()
        till.place()
        till.place(paid=False)
        till.place()
        return till

    moments = (await mortal(await begun("calm"), None, monkeypatch)).moments
    assert moments > 15
    for at in range(1, moments + 1):
        till = await begun(f"{at}")
        assert (await mortal(till, at, monkeypatch)).dead, at
        till.close_dead_run()
        if erp_is_quick:
            till.erp.take_orders()
        await till.export()
        till.erp.take_orders()
        assert sorted(till.erp.orders) == ["W-1", "W-3"], at
        assert (till.erp.duplicates, till.erp.refused_files) == ([], []), at
        marks = await till.marks()
        assert [len(marks[number]) for number in ("W-1", "W-2", "W-3")] == [1, 0, 1], at
        assert {till.state(number, step) for number in ("W-1", "W-3") for step in ("export", "mark")} == {
            "done"
        }, at
        report = await till.export()
        assert (report.created, report.updated, till.files()) == (0, 0, []), at


async def test_a_format_with_room_for_one_order_gets_one_file_an_order(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A UBL document is one order: each goes in a file of its own number, and each is marked."""
    monkeypatch.setattr(OutgoingMapping, "one_record_a_file", property(lambda _mapping: True))
    for _ in range(3):
        till.place()
    report = await till.run()
    assert (report.created, report.updated) == (3, 3)
    assert sum(name.endswith(".xml") for name in till.files()) == 3
    assert till.taken() == ["W-1", "W-2", "W-3"]
