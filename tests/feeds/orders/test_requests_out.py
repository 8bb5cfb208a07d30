"""Requests about orders leave once: chosen by kind, each under its own key, by file."""

from __future__ import annotations

from typing import Any

import pytest

from passerelle.errors import ConfigError
from passerelle.feeds import RunReport, Settings, Workspace
from passerelle.feeds.options import RunOptions
from passerelle.feeds.orders.delivery import OrderDelivery
from passerelle.feeds.orders.requests_out import RequestExport, RequestOutSettings
from passerelle.fulfilment import Request
from passerelle.records import Money
from passerelle.retailer.answering import CALM, OtherSide
from passerelle.testing import Crash
from tests.sync.desk import open_ledger

from ..incoming.crashing import Death
from .test_order_handling import custom, telling, type_of_orders
from .till import Till

MAPPING = """
feed: cancels
entity: order_request
files: {folder: in/cancels, pattern: "CANCEL_{sequence:5}.csv", ready: {marker: .ok}}
format: {csv: {charset: UTF-8, delimiter: ";", newline: lf, columns: [KIND, ORDER, KEY, PIECES, AMOUNT]}}
target: {requests: {kinds: [cancel, refund], in_one_file: 2}}
fields:
  - {to: KIND, from: kind, required: true}
  - {to: ORDER, from: order_number, required: true}
  - {to: KEY, from: key, required: true}
  - {to: PIECES, sum: lines.quantity, via: {decimal: "1234"}}
  - {to: AMOUNT, from: amount, via: {decimal: "1234.5", digits: 2}}
"""


async def asked(till: Till, *requests: tuple[str, Request]) -> Till:
    """Orders that left, and what is asked about them."""
    mappings = till.home / "mappings"
    mappings.mkdir()
    (mappings / "cancels.yaml").write_text(MAPPING, encoding="utf-8")
    for number in sorted({number for number, _ in requests}):
        till.place(number=number, pieces=2)
    await till.run()
    settings = till.workspace.settings.model_copy(update={"mappings": mappings})
    till.workspace = Workspace(Settings.model_validate(settings.model_dump()))
    (till.home / "erp" / "in" / "cancels").mkdir(parents=True)
    with open_ledger(till.ledger_path) as ledger:
        for number, request in requests:
            ledger.requests.ask(number, request)
    return till


def cancel(key: str, **more: Any) -> Request:
    """Somebody is to be asked to cancel."""
    return Request(kind="cancel", key=key, step=22, **more)


def left(till: Till) -> list[str]:
    """The lines of all files that left, without their heads."""
    folder = till.home / "erp" / "in" / "cancels"
    return [
        line
        for path in sorted(folder.glob("*.csv"))
        for line in path.read_text(encoding="utf-8").splitlines()[1:]
    ]


async def test_a_request_leaves_once(till: Till) -> None:
    """With the pieces and the amount that it is about; kinds that the feed does not name stay."""
    await asked(
        till,
        ("W-1", cancel("cancel/CR-1")),
        ("W-1", Request(kind="refund", key="refund/R-1", step=25, amount=Money(5990, "EUR"))),
        ("W-2", Request(kind="mail", key="mail/ready", step=16)),
        ("W-2", cancel("cancel/CR-2")),
    )
    report = await till.run("cancels")
    assert (report.outcome, report.received, report.created) == ("succeeded", 3, 3)
    assert left(till) == [
        "cancel;W-1;cancel/CR-1;0;",
        "refund;W-1;refund/R-1;0;59.90",
        "cancel;W-2;cancel/CR-2;0;",
    ]
    assert len(report.files) == 2
    assert (await till.run("cancels")).created == 0
    with open_ledger(till.ledger_path) as ledger:
        states = {
            one.request.key: one.state for one in [*ledger.requests.of("W-1"), *ledger.requests.of("W-2")]
        }
    assert states == {
        "cancel/CR-1": "done", "cancel/CR-2": "done", "refund/R-1": "done", "mail/ready": "pending",
    }  # fmt: skip


async def test_a_dry_run_of_requests_writes_nothing(till: Till) -> None:
    """It shows what would be asked of whom."""
    await asked(till, ("W-1", cancel("cancel/CR-1")))
    report = await till.run("cancels", dry_run=True)
    assert [(row.key, row.field, row.new) for row in report.changes] == [("W-1", "cancel", "cancel/CR-1")]
    assert left(till) == []
    assert (await till.run("cancels")).created == 1


@pytest.mark.parametrize("granted", [True, False])
async def test_a_customer_cancels_and_the_erp_answers(till: Till, *, granted: bool) -> None:
    """Clicked in the shop, asked in a file, answered under our key: the answer decides, not the click."""
    await type_of_orders(till, "cancelRequest")
    await telling(till)
    till.place(pieces=2, custom=custom())
    await till.run()
    calm = CALM._replace(shortages=0.0, partial=0.0, returns=0.0, absences=0.0)
    side = OtherSide(till.home / "erp", temper=calm)
    side.turn()
    side.temper = calm._replace(refusals=0.0 if granted else 1.0)
    await till.act("W-1", {"action": "setCustomField", "name": "cancelRequest", "value": "CR-1"})
    await till.run()
    assert (await till.run("order-requests")).created == 1
    assert (await till.run("order-requests")).created == 0
    side.turn()
    for feed in ("order-acks", "order-messages"):
        report = await till.run(feed)
        assert report.outcome == "succeeded", report.rejects
    [asked] = side.asked.values()
    assert (asked.granted, asked.times, asked.request.key) == (granted, 1, "cancel/CR-1")
    with open_ledger(till.ledger_path) as ledger:
        life = ledger.order_book.life("W-1")
        assert life is not None
        assert {piece.unit.state == "cancelled" for piece in life.pieces} == {granted}
        assert "cancel" not in {one.name for one in life.awaited}
        assert [one.request.key for one in ledger.requests.of("W-1") if one.request.kind == "cancel"] == [
            "cancel/CR-1"
        ]


def test_a_feed_of_requests_says_its_kinds() -> None:
    """A kind that nobody knows is told, and so is a feed that names none."""
    wrongs: list[dict[str, Any]] = [{}, {"kinds": ["teleport"]}, {"kinds": ["cancel"], "in_a_file": 3}]
    for wrong in wrongs:
        with pytest.raises(ConfigError, match="target of a feed of requests"):
            RequestOutSettings.of(wrong)


@pytest.mark.slow
async def test_a_request_leaves_once_whenever_the_process_dies(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before or after any write and any act in the folder."""
    await asked(till, ("W-1", cancel("cancel/0")))
    at = 0
    while True:
        at += 1
        with open_ledger(till.ledger_path) as ledger:
            ledger.requests.ask("W-1", cancel(f"cancel/{at}"))
        death = Death(at)
        with death.upon(monkeypatch):
            try:
                await carry(till)
            except* Crash:
                assert death.dead
        await carry(till)
        keys = [line.split(";")[2] for line in left(till)]
        assert sorted(keys) == sorted(f"cancel/{number}" for number in range(at + 1)), at
        if not death.dead:
            break
    assert at > 10


async def carry(till: Till) -> None:
    """Write requests without a lease."""
    mapping = till.workspace.outgoing("cancels")
    with open_ledger(till.ledger_path) as ledger, till.workspace.folder() as root:
        report = RunReport(
            feed="cancels", entity="order_request", run_id=ledger.runs.start("cancels", mode="auto").id
        )
        delivery = OrderDelivery(ledger, mapping, report, root)
        await RequestExport(ledger, mapping, RunOptions(), report, delivery).carry()
