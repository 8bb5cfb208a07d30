"""Steps 6 to 27 of an order's life, each brought by a file and seen in the ledger and in the shop.

A test is named after its step: `fulfilment.STEPS` has the numbers and the slugs.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from passerelle.feeds import RunReport
from passerelle.fulfilment import STEPS
from passerelle.sandbox import Sandbox, SandboxConfig

from .counter import Counter

#: The steps that a message about an order brings; those before are ours, those behind follow by themselves.
_BROUGHT = range(6, 28)


@pytest.fixture(scope="module")
def shops() -> Iterator[Sandbox]:
    """One sandbox for the file; each test has a project of its own, whose orders name any SKU."""
    with Sandbox(SandboxConfig(any_project=True, unknown_order_skus="accept"), in_process=True) as running:
        yield running


@pytest.fixture
async def counter(tmp_path: Path, shops: Sandbox) -> AsyncIterator[Counter]:
    """A shop without orders; afterwards nothing is left to tell it."""
    made = Counter(tmp_path, shops, f"counter-{uuid4().hex[:12]}")
    await made.set_up()
    yield made
    for number in made.placed:
        assert not made.life(number).is_dirty


def test_every_step_has_its_test() -> None:
    """Numbers and slugs are those of the table."""
    text = Path(__file__).read_text("utf-8")
    found = set(re.findall(r"^async def test_step_(\d\d)_(\w+)\(", text, re.MULTILINE))
    assert found == {(f"{one.number:02}", one.slug) for one in STEPS if one.number in _BROUGHT}


def deliveries(body: dict[str, Any]) -> dict[str, int]:
    """Pieces in the shop by delivery."""
    return {
        one["key"]: sum(item["quantity"] for item in one["items"])
        for one in body["shippingInfo"]["deliveries"]
    }


async def test_step_06_technical_ack(counter: Counter) -> None:
    """The file is there: said of every order in it, by the file's name; a file of nobody waits."""
    number = await counter.order_of(("S-1", 1))
    (file,) = counter.life(number).files
    report = await counter.received(file.name)
    assert (report.created, report.outcome) == (1, "succeeded")
    assert [one.key for one in counter.life(number).messages] == [f"taken/{file.name}"]
    assert 6 not in {one.step for one in counter.life(number).awaited}
    report = await counter.received("CMDWEB_99999_20261102.xml")
    assert (report.parked, report.rejects[0].code) == (1, "reference_missing")


async def test_step_07_functional_ack(counter: Counter) -> None:
    """Accepted under the ERP's number, or refused with a reason; a second number is an alarm."""
    number = await counter.order_of(("S-1", 1))
    await counter.acknowledged(number)
    assert counter.pieces(number) == {"confirmed": 1}
    body = await counter.shown(number)
    assert (body["orderState"], body["syncInfo"][0]["externalId"]) == ("Confirmed", "C-1")
    report = await counter.acknowledged(number, erp_number="C-2")
    assert report.outcome == "completed_with_rejects"
    assert "C-1" in report.rejects[0].example
    assert "C-2" in report.rejects[0].example
    refused = await counter.order_of(("S-1", 1))
    await counter.acknowledged(refused, "R", "")
    state = counter.life(refused).state
    assert state is not None
    assert state.refused == "stock"
    assert (await counter.shown(refused))["orderState"] == "Open"


async def test_step_08_change(counter: Counter) -> None:
    """The ERP takes a change over, or refuses it: kept with its revision, and told."""
    number = await counter.order_of(("S-1", 1))
    await counter.acknowledged(number)
    await counter.event(number, "MODIF_KO", "MO-2", REVISION="2", MOTIF="en préparation")
    life = counter.life(number)
    assert [one.key for one in life.messages][-1] == "change_refused/2"
    assert life.state is not None
    assert any("en préparation" in one.text for one in (*life.state.remarks, *life.state.contradictions))


async def test_step_09_allocation(counter: Counter) -> None:
    """Pieces are set aside in a place; another allocation replaces it."""
    number = await counter.order_of(("S-1", 2))
    await counter.acknowledged(number)
    await counter.event(number, "AFFECT", "AL-1", LIEU="001", lines=[("S-1", 2)])
    assert {piece.unit.place for piece in counter.life(number).pieces} == {"depot-001"}
    assert await counter.states(number) == {"s-placed": 2}
    await counter.event(number, "AFFECT", "AL-2", at="2026-11-02T10:30:00", LIEU="101", lines=[("S-1", 2)])
    assert {piece.unit.place for piece in counter.life(number).pieces} == {"depot-101"}


async def test_step_10_store_claim(counter: Counter) -> None:
    """A store declines, the next one claims; the first one's late claim is not followed, and told."""
    number = await counter.order_of(("S-1", 1))
    await counter.acknowledged(number)
    await counter.event(number, "AFFECT", "AL-1", LIEU="101", lines=[("S-1", 1)])
    await counter.store(number, "REFUSE", "AL-1", [("S-1", 1)], at="2026-11-02T10:10:00")
    await counter.event(number, "AFFECT", "AL-2", at="2026-11-02T10:20:00", LIEU="102", lines=[("S-1", 1)])
    await counter.store(number, "PRIS", "AL-2", [("S-1", 1)], at="2026-11-02T10:30:00", store="102")
    assert counter.pieces(number) == {"claimed": 1}
    report = await counter.store(number, "PRIS", "AL-1", [("S-1", 1)], at="2026-11-02T10:40:00")
    assert report.outcome == "completed_with_rejects"
    assert {piece.unit.place for piece in counter.life(number).pieces} == {"depot-102"}
    assert await counter.states(number) == {"s-placed": 1}


async def test_step_11_preparation(counter: Counter) -> None:
    """Picking began, then it is packed; old news do not take it back."""
    number = await counter.order_of(("S-1", 1))
    await counter.acknowledged(number)
    await counter.event(number, "EMBAL", "TP-1", at="2026-11-02T11:00:00", lines=[("S-1", 1)])
    await counter.event(number, "PREPA", "TP-1", at="2026-11-02T10:30:00", lines=[("S-1", 1)])
    assert counter.pieces(number) == {"packed": 1}
    assert await counter.states(number) == {"s-work": 1}


async def test_step_12_shortage(counter: Counter) -> None:
    """What is not found is cancelled and paid back, once; the rest goes on."""
    number = await counter.order_of(("S-1", 2))
    await counter.acknowledged(number)
    for _ in range(2):
        await counter.event(number, "RUPTURE", "RU-1", lines=[("S-1", 1)], MOTIF="introuvable")
    assert counter.pieces(number) == {"confirmed": 1, "cancelled": 1}
    assert counter.owed(number).count("refund") == 1
    assert await counter.states(number) == {"s-open": 1, "s-gone": 1}


async def test_step_13_partial_shipment(counter: Counter) -> None:
    """Two deliveries, each once by its number; no more than was ordered."""
    number = await counter.order_of(("S-1", 2), ("S-2", 1))
    await counter.acknowledged(number)
    for _ in range(2):
        await counter.shipped(number, "BL-1", [("S-1", 2)])
    body = await counter.shown(number)
    assert (deliveries(body), body["shipmentState"]) == ({"BL-1": 2}, "Partial")
    await counter.shipped(number, "BL-2", [("S-2", 1)])
    body = await counter.shown(number)
    assert (deliveries(body), body["shipmentState"]) == ({"BL-1": 2, "BL-2": 1}, "Shipped")
    report = await counter.shipped(number, "BL-3", [("S-1", 1)], day="20261103")
    assert report.outcome == "completed_with_rejects"
    assert deliveries(await counter.shown(number)) == {"BL-1": 2, "BL-2": 1}
    assert counter.pieces(number) == {"shipped": 3}


async def test_step_14_parcel_tracking(counter: Counter) -> None:
    """Tracking that comes before its delivery waits for it; a correction does not add a parcel."""
    number = await counter.order_of(("S-1", 1))
    await counter.acknowledged(number)

    async def tracked(at: str, tracking: str) -> None:
        await counter.event(
            number, "COLIS", "CO-1", at=at, BL="BL-1", COLIS__NO="CO-1", COLIS__TRANSPORTEUR="GLS",
            COLIS__SUIVI=tracking,
        )  # fmt: skip

    await tracked("2026-11-02T10:00:00", "T-1")
    assert deliveries(await counter.shown(number)) == {}
    await counter.shipped(number, "BL-1", [("S-1", 1)])
    await tracked("2026-11-02T12:00:00", "T-2")
    ((delivery),) = (await counter.shown(number))["shippingInfo"]["deliveries"]
    assert [one["trackingData"]["trackingId"] for one in delivery["parcels"]] == ["T-2"]


async def test_step_15_capture(counter: Counter) -> None:
    """What left is to be captured, once a delivery; that it was captured is shown."""
    number = await counter.order_of(("S-1", 2), authorised=True)
    await counter.acknowledged(number)
    for _ in range(2):
        await counter.shipped(number, "BL-1", [("S-1", 2)])
    assert counter.owed(number).count("capture") == 1
    await counter.event(number, "ENCAISSE", "PAY-1", BL="BL-1", MONTANT="20,00", at="2026-11-02T12:00:00")
    state = counter.life(number).state
    assert state is not None
    assert state.paid.cent_amount == 2000
    assert (await counter.shown(number))["paymentState"] == "Paid"


async def test_step_16_mail(counter: Counter) -> None:
    """One mail for one change, however often the change is told."""
    number = await counter.order_of(("S-1", 1))
    await counter.acknowledged(number)
    before = counter.owed(number).count("mail")
    for _ in range(3):
        await counter.shipped(number, "BL-1", [("S-1", 1)])
    assert counter.owed(number).count("mail") == before + 1


async def test_step_17_delivered(counter: Counter) -> None:
    """The carrier's events may come in any order: the furthest one holds, all are kept."""
    number = await counter.order_of(("S-1", 1))
    await counter.acknowledged(number)
    await counter.shipped(number, "BL-1", [("S-1", 1)], "T-1")
    await counter.carrier(number, "T-1", "DELIVERED", "2026-11-04T09:00:00Z", "BL-1")
    await counter.carrier(number, "T-1", "HUB", "2026-11-03T02:00:00Z", "BL-1")
    assert counter.pieces(number) == {"delivered": 1}
    assert len([one for one in counter.life(number).messages if one.feed == "carrier-events"]) == 2
    body = await counter.shown(number)
    assert body["shipmentState"] == "Delivered"
    assert await counter.states(number) == {"s-there": 1}


async def test_step_18_ready(counter: Counter) -> None:
    """Ready in the store: the code is shown, and stays the same when it is told again."""
    number = await counter.order_of(("S-1", 1), method="Retrait")
    await counter.acknowledged(number)
    for _ in range(2):
        await counter.store(number, "PRET", "RT-1", [("S-1", 1)], code="7421", until="2026-11-09T19:00:00")
    assert counter.pieces(number) == {"ready": 1}
    body = await counter.shown(number)
    assert body["custom"]["fields"]["pickupCode"] == "7421"
    assert await counter.states(number) == {"s-ready": 1}


async def test_step_19_collected(counter: Counter) -> None:
    """The till's ticket completes the order; the same ticket again is the same."""
    number = await counter.order_of(("S-1", 1), method="Retrait")
    await counter.acknowledged(number)
    await counter.store(number, "PRET", "RT-1", [("S-1", 1)])
    for _ in range(2):
        await counter.store(number, "RETIRE", "TK-1", [("S-1", 1)], at="2026-11-03T17:00:00")
    assert counter.pieces(number) == {"collected": 1}
    assert (await counter.shown(number))["orderState"] == "Complete"


async def test_step_20_expired(counter: Counter) -> None:
    """Not collected: cancelled and paid back; one collected before it expired stays collected."""
    number = await counter.order_of(("S-1", 1), method="Retrait")
    await counter.acknowledged(number)
    await counter.store(number, "PRET", "RT-1", [("S-1", 1)])
    await counter.store(number, "EXPIRE", "EX-1", [("S-1", 1)], at="2026-11-10T08:00:00")
    assert counter.pieces(number) == {"cancelled": 1}
    assert counter.owed(number).count("refund") == 1
    assert (await counter.shown(number))["orderState"] == "Cancelled"
    raced = await counter.order_of(("S-1", 1), method="Retrait")
    await counter.acknowledged(raced)
    await counter.store(raced, "PRET", "RT-2", [("S-1", 1)])
    await counter.store(raced, "EXPIRE", "EX-2", [("S-1", 1)], at="2026-11-10T08:00:00")
    await counter.store(raced, "RETIRE", "TK-2", [("S-1", 1)], at="2026-11-09T18:59:00")
    assert counter.pieces(raced) == {"collected": 1}


async def test_step_21_reservation(counter: Counter) -> None:
    """A store holds it, then the reservation ends: it never was a sale, nothing is captured or paid back."""
    number = await counter.order_of(("S-1", 1), method="Reservation")
    await counter.store(number, "RESERVE", "RS-1", [("S-1", 1)], until="2026-11-05T19:00:00")
    assert counter.pieces(number) == {"ready": 1}
    await counter.store(number, "RESERVE_FIN", "RS-1", [("S-1", 1)], at="2026-11-05T19:00:00")
    assert not {"capture", "refund"} & set(counter.owed(number))
    assert set(counter.pieces(number)) <= {"cancelled", "collected"}


async def test_step_22_cancel(counter: Counter) -> None:
    """The answer decides, not the click: refused it stays, granted it is cancelled."""
    kept = await counter.order_of(("S-1", 1))
    await counter.acknowledged(kept)
    await counter.event(kept, "ANNUL_KO", "DA-1", MOTIF="déjà préparée")
    assert counter.pieces(kept) == {"confirmed": 1}
    number = await counter.order_of(("S-1", 2))
    await counter.acknowledged(number)
    await counter.event(number, "ANNUL_OK", "DA-2")
    assert counter.pieces(number) == {"cancelled": 2}
    body = await counter.shown(number)
    assert body["orderState"] == "Cancelled"
    assert counter.owed(number).count("refund") == 1


async def sent(counter: Counter, pieces: int = 1) -> str:
    """An order that left."""
    number = await counter.order_of(("S-1", pieces))
    await counter.acknowledged(number)
    await counter.shipped(number, "BL-1", [("S-1", pieces)])
    return number


async def test_step_23_return_announced(counter: Counter) -> None:
    """The shop shows what will come back, each piece once."""
    number = await sent(counter, 2)
    for _ in range(2):
        await counter.event(number, "RETOUR_PREVU", "R-9", RETOUR="R-9", lines=[("S-1", 1)])
    assert counter.pieces(number) == {"shipped": 1, "return_announced": 1}
    (info,) = (await counter.shown(number))["returnInfo"]
    assert [(one["quantity"], one["shipmentState"]) for one in info["items"]] == [(1, "Advised")]
    assert await counter.states(number) == {"s-sent": 1, "s-back": 1}


async def test_step_24_return_received(counter: Counter) -> None:
    """Received in any store, announced or not, and graded there."""
    number = await sent(counter)
    await counter.event(number, "RETOUR_PREVU", "R-9", RETOUR="R-9", lines=[("S-1", 1)])
    await counter.store(
        number, "RETOUR", "TK-3", [("S-1", 1)], at="2026-11-09T12:00:00", returned="R-9", grade="A"
    )
    assert counter.pieces(number) == {"restocked": 1}
    (info,) = (await counter.shown(number))["returnInfo"]
    assert [one["shipmentState"] for one in info["items"]] == ["BackInStock"]
    unannounced = await sent(counter)
    await counter.store(
        unannounced, "RETOUR", "TK-4", [("S-1", 1)], at="2026-11-09T12:00:00", returned="R-10", grade="I"
    )
    (info,) = (await counter.shown(unannounced))["returnInfo"]
    assert [one["shipmentState"] for one in info["items"]] == ["Unusable"]


async def test_step_25_refund(counter: Counter) -> None:
    """Asked for once, paid back once, never above what was paid."""
    number = await sent(counter)
    await counter.event(number, "ENCAISSE", "PAY-1", BL="BL-1", MONTANT="10,00")
    await counter.event(
        number, "RETOUR", "RR-1", at="2026-11-09T12:00:00", RETOUR="R-9", ETAT="A", lines=[("S-1", 1)]
    )
    assert counter.owed(number).count("refund") == 1
    for _ in range(2):
        await counter.event(
            number,
            "REMBOURSE",
            "RB-1",
            at="2026-11-10T12:00:00",
            RETOUR="R-9",
            MONTANT="10,00",
            lines=[("S-1", 1)],
        )
    state = counter.life(number).state
    assert state is not None
    assert state.refunded.cent_amount == 1000
    (info,) = (await counter.shown(number))["returnInfo"]
    assert [one["paymentState"] for one in info["items"]] == ["Refunded"]


async def test_step_26_exchange(counter: Counter) -> None:
    """Return and new order belong together: the piece is not paid back."""
    number = await sent(counter)
    replacement = await counter.order_of(("S-2", 1))
    await counter.event(
        number, "RETOUR", "RR-1", at="2026-11-09T12:00:00", RETOUR="R-9", ETAT="A", lines=[("S-1", 1)]
    )
    await counter.event(
        number, "ECHANGE", "EX-1", at="2026-11-09T12:05:00", RETOUR="R-9", NOUVELLE_COMMANDE=replacement
    )
    state = counter.life(number).state
    assert state is not None
    assert [unit.exchanged_for for unit in state.units] == [replacement]
    (info,) = (await counter.shown(number))["returnInfo"]
    assert [one["paymentState"] for one in info["items"]] == ["NotRefunded"]


async def test_step_27_invoice(counter: Counter) -> None:
    """The document is shown; the same number with other content is not followed."""
    number = await sent(counter)

    async def invoiced(at: str, url: str) -> RunReport:
        return await counter.event(number, "FACTURE", "F-1", at=at, DOCUMENT__NATURE="FAC", DOCUMENT__URL=url)

    await invoiced("2026-11-02T10:00:00", "https://docs.example/F-1")
    fields = (await counter.shown(number))["custom"]["fields"]
    assert fields["documents"] == ["invoice F-1 https://docs.example/F-1"]
    report = await invoiced("2026-11-03T10:00:00", "https://docs.example/other")
    assert report.outcome == "completed_with_rejects"
    fields = (await counter.shown(number))["custom"]["fields"]
    assert fields["documents"] == ["invoice F-1 https://docs.example/F-1"]
