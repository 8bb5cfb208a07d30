from __future__ import annotations

from passerelle.retailer.erp import Split

from .till import Till


async def exported(till: Till, orders: int) -> None:
    """So many orders left and were taken by the ERP."""
    for _ in range(orders):
        till.place(pieces=2)
    await till.run()
    till.erp.take_orders()


async def test_answers_and_shipments_are_steps_of_the_order(till: Till) -> None:
    """Accepted under the ERP's number, then shipped in two parcels: each is written down, with its key."""
    await exported(till, 1)
    till.erp.acknowledge()
    assert (await till.run("order-acks")).updated == 1
    ack = till.step("W-1", "acknowledge")
    assert ack is not None
    assert (ack.state, ack.external_id) == ("done", "C00000001")
    till.erp.ship(Split.TWO_PARCELS)
    assert (await till.run("shipments")).updated == 1
    shipped = till.step("W-1", "ship BL00000001")
    assert shipped is not None
    assert shipped.state == "done"
    assert len(shipped.detail["parcels"]) == 2
    with till.workspace.ledger() as ledger:
        steps = [(event.step, event.state) for event in ledger.orders.timeline("W-1")]
    assert steps[-2:] == [("acknowledge", "done"), ("ship BL00000001", "done")]


async def test_an_answer_read_again_is_written_once(till: Till) -> None:
    """The same answer in the next file: nothing is new, in shop and journal."""
    await exported(till, 1)
    answer(till, 1, "W-1", "A", "C1")
    await till.run("order-acks")
    answer(till, 2, "W-1", "A", "C1")
    report = await till.run("order-acks")
    assert (report.outcome, report.unchanged, report.rejects) == ("succeeded", 1, [])


def answer(till: Till, sequence: int, number: str, status: str, erp_number: str) -> None:
    """The ERP sends one answer in a file of its own."""
    folder = till.home / "erp" / "out" / "acquittements"
    path = folder / f"ACQCMD_{sequence:05d}_20261102.xml"
    path.write_text(
        f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<FICHIER><ENTETE><SEQUENCE>{sequence:05d}</SEQUENCE>'
        f"</ENTETE><ACQUITTEMENT><NUMERO>{number}</NUMERO><STATUT>{status}</STATUT>"
        f"<NUMERO_ERP>{erp_number}</NUMERO_ERP><MOTIF>stock</MOTIF></ACQUITTEMENT>"
        "<PIED><NB_LIGNES>1</NB_LIGNES></PIED></FICHIER>",
        encoding="iso-8859-1",
    )
    path.with_suffix(".ok").touch()


async def test_a_second_number_for_one_order_is_reported(till: Till) -> None:
    """The ERP may hold the order twice: a person must look, and the first number stays in the journal."""
    await exported(till, 1)
    answer(till, 1, "W-1", "A", "C1")
    await till.run("order-acks")
    answer(till, 2, "W-1", "A", "C2")
    report = await till.run("order-acks")
    assert report.outcome == "completed_with_rejects"
    assert [row.code for row in report.rejects] == ["second_external_id"]
    assert "'C1'" in report.rejects[0].example
    assert "'C2'" in report.rejects[0].example
    ack = till.step("W-1", "acknowledge")
    assert ack is not None
    assert ack.external_id == "C1"


async def test_a_refusal_is_kept_with_its_reason(till: Till) -> None:
    """The shop's order stays open; that the ERP refused it, and why, is in the journal."""
    await exported(till, 1)
    answer(till, 1, "W-1", "R", "")
    report = await till.run("order-acks")
    assert (report.outcome, report.updated) == ("succeeded", 0)
    ack = till.step("W-1", "acknowledge")
    assert ack is not None
    assert (ack.state, ack.detail["reason"]) == ("refused", "stock")
    async with till.workspace.client() as client:
        assert (await till.order(client, "W-1"))["orderState"] == "Open"


async def test_an_acceptance_after_a_refusal_is_reported(till: Till) -> None:
    """The ERP changed its mind: the shop is served, the journal says that this is out of order."""
    await exported(till, 1)
    answer(till, 1, "W-1", "R", "")
    answer(till, 2, "W-1", "A", "C1")
    report = await till.run("order-acks")
    assert [row.code for row in report.rejects] == ["step_out_of_order"]


async def test_an_answer_about_an_order_that_we_never_met_is_reported(till: Till) -> None:
    """The shop knows the order, the ledger was lost: the shop is served, a person is told."""
    await exported(till, 2)
    till.erp.acknowledge()
    till.forget()
    report = await till.run("order-acks")
    assert (report.updated, report.outcome) == (2, "completed_with_rejects")
    assert [(row.code, row.count) for row in report.rejects] == [("unknown_order", 2)]
