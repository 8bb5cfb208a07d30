"""What comes back about orders: kept once in the ledger, shown by the shop, told when it contradicts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from passerelle.errors import ConfigError
from passerelle.feeds.approving import apply_decided, plan_feed, undo_run
from passerelle.ledger import OrderLife
from passerelle.retailer.erp import Split
from tests.sync.desk import open_ledger

from .till import Till


async def exported(till: Till, orders: int) -> None:
    """So many orders left and were taken by the ERP."""
    for _ in range(orders):
        till.place(pieces=2)
    await till.run()
    till.erp.take_orders()


def life(till: Till, number: str) -> OrderLife:
    """Everything that the ledger knows of an order."""
    with open_ledger(till.ledger_path) as ledger:
        found = ledger.order_book.life(number)
    assert found is not None
    return found


def said(till: Till, number: str) -> list[tuple[str, str | None, int | None]]:
    """What was said about an order, and where."""
    with open_ledger(till.ledger_path) as ledger:
        return [(one.key, one.file, one.line) for one in ledger.order_messages.of(number)]


def dirty(till: Till) -> list[str]:
    """Orders that the shop shows otherwise than it should."""
    with open_ledger(till.ledger_path) as ledger:
        return [order.number for order in ledger.order_book.dirty()]


async def shown(till: Till, number: str) -> dict[str, Any]:
    """The order as the shop has it."""
    async with till.workspace.client() as client:
        return await till.order(client, number)


def answer(till: Till, sequence: int, *answers: tuple[str, str, str]) -> str:
    """The ERP sends answers (number, status, its own number) in a file of their own."""
    folder = till.home / "erp" / "out" / "acquittements"
    path = folder / f"ACQCMD_{sequence:05d}_20261102.xml"
    body = "".join(
        f"<ACQUITTEMENT><NUMERO>{number}</NUMERO><STATUT>{status}</STATUT><NUMERO_ERP>{erp_number}"
        "</NUMERO_ERP><MOTIF>stock</MOTIF></ACQUITTEMENT>\n"
        for number, status, erp_number in answers
    )
    path.write_text(
        f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<FICHIER><ENTETE><SEQUENCE>{sequence:05d}</SEQUENCE>'
        f"</ENTETE>\n{body}<PIED><NB_LIGNES>{len(answers)}</NB_LIGNES></PIED></FICHIER>",
        encoding="iso-8859-1",
    )
    path.with_suffix(".ok").touch()
    return path.name


async def test_answers_and_shipments_are_kept_and_shown(till: Till) -> None:
    """Accepted under the ERP's number, then shipped in two parcels: ledger and shop say so."""
    await exported(till, 1)
    till.erp.acknowledge()
    report = await till.run("order-acks")
    assert (report.outcome, report.created) == ("succeeded", 1)
    body = await shown(till, "W-1")
    assert (body["orderState"], [one["externalId"] for one in body["syncInfo"]]) == (
        "Confirmed",
        ["C00000001"],
    )
    till.erp.ship(Split.TWO_PARCELS)
    report = await till.run("shipments")
    assert (report.outcome, report.created) == ("succeeded", 1)
    (delivery,) = (await shown(till, "W-1"))["shippingInfo"]["deliveries"]
    assert (delivery["key"], len(delivery["parcels"])) == ("BL00000001", 2)
    keys = [key for key, _, _ in said(till, "W-1")]
    assert keys[:2] == ["accepted/C00000001", "shipped/BL00000001"]
    assert dirty(till) == []


async def test_a_message_is_kept_with_its_file_and_line(till: Till) -> None:
    """Who looks into a contradiction finds the very line."""
    await exported(till, 2)
    name = answer(till, 1, ("W-1", "A", "C1"), ("W-2", "A", "C2"))
    await till.run("order-acks")
    assert said(till, "W-1") == [("accepted/C1", name, 3)]
    assert said(till, "W-2") == [("accepted/C2", name, 4)]


async def test_an_answer_read_again_is_known(till: Till) -> None:
    """The same answer in the next file: nothing is new, in shop and ledger."""
    await exported(till, 1)
    answer(till, 1, ("W-1", "A", "C1"))
    await till.run("order-acks")
    version = (await shown(till, "W-1"))["version"]
    answer(till, 2, ("W-1", "A", "C1"))
    report = await till.run("order-acks")
    assert (report.outcome, report.unchanged, report.rejects) == ("succeeded", 1, [])
    assert len(said(till, "W-1")) == 1
    assert (await shown(till, "W-1"))["version"] == version


async def test_a_second_number_for_one_order_is_told_with_file_and_line(till: Till) -> None:
    """The ERP may hold the order twice: a person must look; both words are kept."""
    await exported(till, 1)
    answer(till, 1, ("W-1", "A", "C1"))
    await till.run("order-acks")
    name = answer(till, 2, ("W-1", "A", "C2"))
    report = await till.run("order-acks")
    assert report.outcome == "completed_with_rejects"
    (row,) = report.rejects
    assert row.example.startswith(f"{name}, line 3, order W-1: ")
    assert "C1" in row.example
    assert "C2" in row.example
    assert len(said(till, "W-1")) == 2


async def test_of_a_refusal_and_an_acceptance_the_later_file_holds(till: Till) -> None:
    """Refused, then accepted: no contradiction. Refused again after that: a person must look."""
    await exported(till, 1)
    answer(till, 1, ("W-1", "R", ""))
    answer(till, 2, ("W-1", "A", "C1"))
    assert (await till.run("order-acks")).rejects == []
    assert [one.verdict for one in life(till, "W-1").messages] == ["followed", "followed"]
    answer(till, 3, ("W-1", "R", ""))
    report = await till.run("order-acks")
    assert [row.code for row in report.rejects] == ["refused_after_acceptance"]
    assert len(said(till, "W-1")) == 3


async def test_a_refusal_leaves_the_shops_order_open(till: Till) -> None:
    """That the ERP refused it, and why, is in the ledger."""
    await exported(till, 1)
    answer(till, 1, ("W-1", "R", ""))
    report = await till.run("order-acks")
    assert (report.outcome, report.created) == ("succeeded", 1)
    (message,) = life(till, "W-1").messages
    assert (message.message.kind, message.message.reason) == ("refused", "stock")
    assert (await shown(till, "W-1"))["orderState"] == "Open"


async def test_a_word_about_an_order_that_nobody_met_waits_for_it(till: Till) -> None:
    """The answer came before the order was collected: parked, then taken up by itself."""
    await exported(till, 2)
    till.erp.acknowledge()
    till.forget()
    report = await till.run("order-acks")
    assert (report.created, report.parked, report.outcome) == (0, 2, "completed_with_rejects")
    assert [(row.code, row.count) for row in report.rejects] == [("reference_missing", 2)]
    await till.run("orders-out")
    report = await till.run("order-acks")
    assert (report.created, report.outcome) == (2, "succeeded")
    # Which of the two orders the ERP numbers first is chance, when both were placed in one millisecond.
    assert [key for key, _, _ in said(till, "W-1")] == [f"accepted/{till.erp.erp_numbers['W-1']}"]


async def test_a_dry_run_shows_what_would_change(till: Till) -> None:
    """Pieces and shop, as they would be; nothing is kept, nothing is written."""
    await exported(till, 1)
    answer(till, 1, ("W-1", "A", "C1"))
    before = await shown(till, "W-1")
    report = await till.run("order-acks", dry_run=True)
    told = {(row.field, row.new) for row in report.changes}
    assert ("accepted", "C1, stock") in told
    assert ("shop.syncInfo", "C1") in told
    assert ("shop.orderState", "Confirmed") in told
    assert any(field.startswith("pieces[") and new == "2 confirmed" for field, new in told)
    assert said(till, "W-1") == []
    assert await shown(till, "W-1") == before


async def test_a_dry_run_tells_what_would_contradict(till: Till) -> None:
    """With the place of the record, before anything is kept."""
    await exported(till, 1)
    answer(till, 1, ("W-1", "A", "C1"))
    await till.run("order-acks")
    name = answer(till, 2, ("W-1", "A", "C2"))
    report = await till.run("order-acks", dry_run=True)
    assert report.rejects[0].example.startswith(f"{name}, record 1, line 3, order W-1: ")
    assert len(said(till, "W-1")) == 1


async def test_two_answers_in_one_file_are_both_kept(till: Till) -> None:
    """Refused and accepted are two facts: neither stands for the other."""
    await exported(till, 1)
    answer(till, 1, ("W-1", "R", ""), ("W-1", "A", "C1"))
    report = await till.run("order-acks")
    assert report.created == 2
    assert {key.partition("/")[0] for key, _, _ in said(till, "W-1")} == {"refused", "accepted"}


async def test_a_message_that_the_ledger_cannot_take_is_not_lost(till: Till) -> None:
    """The order is there but its record is not: the message goes to quarantine, whole."""
    await exported(till, 1)
    with closing(sqlite3.connect(till.ledger_path)) as database, database:
        database.execute("UPDATE shop_order SET record = NULL")
    answer(till, 1, ("W-1", "A", "C1"))
    report = await till.run("order-acks")
    # It is not known either: the next file that holds it brings it again.
    assert [row.code for row in report.rejects] == ["unknown_order", "accepted_not_applied"]
    with open_ledger(till.ledger_path) as ledger:
        (entry,) = ledger.quarantine.entries("order-acks")
    assert entry.record_key == "W-1/accepted/C1"


async def test_what_was_said_cannot_be_unsaid(till: Till) -> None:
    """A run that brought messages is not taken back: the sender corrects what it said."""
    await exported(till, 1)
    answer(till, 1, ("W-1", "A", "C1"))
    report = await till.run("order-acks")
    with pytest.raises(ConfigError, match="cannot be unsaid"):
        await undo_run(till.workspace, report.run_id)


async def test_an_approved_plan_is_kept_and_shown(till: Till) -> None:
    """A person decides about a file of answers: its messages keep their places, the shop is told."""
    await exported(till, 1)
    name = answer(till, 1, ("W-1", "A", "C1"))
    planned = await plan_feed(till.workspace, "order-acks")
    assert planned.plan is not None
    assert said(till, "W-1") == []
    report = await apply_decided(till.workspace, str(planned.plan.id), by="Zoé")
    assert report.outcome == "succeeded"
    assert said(till, "W-1") == [("accepted/C1", name, 3)]
    assert (await shown(till, "W-1"))["orderState"] == "Confirmed"
