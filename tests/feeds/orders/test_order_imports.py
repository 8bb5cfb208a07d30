"""Orders that were placed elsewhere: they come into the shop once, and nobody here ever acts on them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from passerelle.commercetools import Client, OrderCursor
from passerelle.commercetools.orders.source import OrderPage
from passerelle.errors import Refused
from passerelle.feeds.approving import apply_decided, plan_feed
from passerelle.feeds.orders.elsewhere import elsewhere_on, without
from passerelle.sandbox import Sandbox
from passerelle.testing import Crash
from tests.sync.desk import open_ledger

from ..incoming.crashing import Death
from .old_shop import FEED, OldShop, old_order
from .till import CHECKOUT


@pytest.fixture
async def shop(tmp_path: Path, shops: Sandbox) -> OldShop:
    """A new shop without orders, and an old one."""
    made = OldShop(tmp_path, shops, f"old-{uuid4().hex[:12]}", checkout=CHECKOUT)
    await made.set_up()
    return made


async def test_an_order_of_the_old_shop_is_shown_as_it_was(shop: OldShop) -> None:
    """Lines, amounts, taxes, addresses, states and day are the sender's; no pieces are taken."""
    report = await shop.bring(old_order("1"))
    assert (report.outcome, report.created) == ("succeeded", 1), report
    async with shop.workspace.client() as client:
        body = await shop.order(client, "OLD-1")
    assert body["totalPrice"]["centAmount"] == 12470
    assert body["completedAt"] == "2024-03-01T09:30:00.000Z"
    assert (body["orderState"], body["paymentState"], body["inventoryMode"]) == ("Complete", "Paid", "None")
    assert body["customerEmail"] == "client@example.com"
    assert body["shippingAddress"]["city"] == "Lyon"
    [line] = body["lineItems"]
    assert (line["variant"]["sku"], line["quantity"], line["totalPrice"]["centAmount"]) == ("S-1", 2, 12480)
    assert line["taxRate"]["amount"] == pytest.approx(0.2)
    [voucher] = body["customLineItems"]
    assert (voucher["slug"], voucher["totalPrice"]["centAmount"]) == ("charge-2", -500)
    assert body["shippingInfo"]["price"]["centAmount"] == 490
    taxed = body["taxedPrice"]
    assert (taxed["totalNet"]["centAmount"], taxed["totalGross"]["centAmount"]) == (10392, 12470)
    assert [portion["amount"]["centAmount"] for portion in taxed["taxPortions"]] == [2078]
    assert await shop.marks() == {"OLD-1": ["1"]}


async def test_it_is_never_taken_for_an_order_of_the_shop(shop: OldShop) -> None:
    """The poll meets it and lets it be: nothing leaves, nothing is awaited, asked for or counted."""
    await shop.bring(old_order("1"), old_order("2"))
    shop.place()
    for _ in range(2):
        report = await shop.run()
        assert report.outcome == "succeeded"
    assert shop.taken() == ["W-1"]
    with open_ledger(shop.ledger_path) as ledger:
        assert ledger.orders.counts() == {("export", "done"): 1, ("mark", "done"): 1}
        assert ledger.order_book.life("OLD-1") is None
        assert {piece.sku: piece.pieces for piece in ledger.order_book.open_pieces()} == {"S-1": 1}
        assert not ledger.order_book.overdue(datetime.now(UTC) + timedelta(days=90), step=5)
    theirs = shop.theirs("OLD-1")
    assert theirs is not None
    assert (theirs.state, theirs.sender_number, theirs.total, theirs.pieces) == ("done", "1", 12470, 2)
    assert theirs.file is not None
    assert theirs.file.startswith("REPRISE_00001")


async def test_a_file_that_comes_again_brings_nothing(shop: OldShop) -> None:
    """Whether the ledger knows it or lost everything: the shop has each order once."""
    await shop.bring(old_order("1"))
    report = await shop.bring(old_order("1"), old_order("1"))
    assert (report.outcome, report.created, report.unchanged) == ("succeeded", 0, 1)
    assert shop.imports() == 1
    shop.forget()
    report = await shop.bring(old_order("1"), override_guard="the ledger is new")
    assert (report.outcome, report.created, report.updated) == ("succeeded", 0, 0)
    assert shop.imports() == 1
    theirs = shop.theirs("OLD-1")
    assert theirs is not None
    assert (theirs.state, theirs.shop_id) == ("done", await id_of(shop, "OLD-1"))
    assert (await shop.run()).created == 0


async def test_without_its_ledger_nobody_sends_it_either(shop: OldShop) -> None:
    """The ledger is lost, and the poll comes before the old shop's file: its mark says that it left."""
    await shop.bring(old_order("1"))
    shop.forget()
    assert (await shop.run()).created == 0
    assert shop.files() == []


async def test_what_changes_at_the_sender_is_left_as_it_was_written(shop: OldShop) -> None:
    """An import creates and never changes: the order is the shop's from then on."""
    await shop.bring(old_order("1"))
    report = await shop.bring(old_order("1", ETAT="ANNULEE"))
    assert (report.outcome, report.created, report.updated) == ("succeeded", 0, 0)
    async with shop.workspace.client() as client:
        assert (await shop.order(client, "OLD-1"))["version"] == 2


@pytest.mark.parametrize("kind", ["lost_answer", "truncated"])
async def test_an_answer_that_is_lost_leaves_one_order(shop: OldShop, kind: str) -> None:
    """It is read by its number before anything is tried again."""
    shop.sandbox.fail({"path": f"/{shop.project}/orders/import", "method": "POST", "kind": kind})
    report = await shop.bring(old_order("1"))
    assert (report.outcome, report.created) == ("succeeded", 1)
    assert shop.imports() == 1
    assert await shop.marks() == {"OLD-1": ["1"]}


async def test_what_is_in_doubt_is_found_by_the_next_run(shop: OldShop) -> None:
    """The shop took it and was gone: nobody takes it for ours, and the next run finds it."""
    shop.sandbox.fail({"path": f"/{shop.project}/orders/import", "method": "POST", "kind": "lost_answer"})
    unread = {"path": f"/{shop.project}/orders", "method": "GET", "kind": "status", "status": 503}
    shop.sandbox.fail({**unread, "skip": 1, "count": None})
    report = await shop.bring(old_order("1"))
    shop.sandbox.control("DELETE", "/faults")
    assert (report.outcome, report.created) == ("completed_with_rejects", 0)
    theirs = shop.theirs("OLD-1")
    assert theirs is not None
    assert (theirs.state, theirs.in_doubt) == ("claimed", True)
    assert (await shop.run()).created == 0
    shop.drop(old_order("1"))
    report = await shop.run(FEED)
    assert (report.outcome, shop.imports()) == ("succeeded", 1)
    assert await shop.marks() == {"OLD-1": ["1"]}
    theirs = shop.theirs("OLD-1")
    assert theirs is not None
    assert theirs.state == "done"


async def test_what_the_shop_refuses_is_nobody_s_number(shop: OldShop) -> None:
    """The claim is taken back: an order of a customer that gets the number one day leaves like any other."""
    refusal = {"kind": "status", "status": 400, "code": "InvalidField", "message": "no"}
    shop.sandbox.fail({"path": f"/{shop.project}/orders/import", "method": "POST", **refusal})
    report = await shop.bring(old_order("1"))
    assert (report.outcome, report.created) == ("completed_with_rejects", 0)
    assert shop.theirs("OLD-1") is None
    shop.place(number="OLD-1")
    await shop.run()
    assert shop.taken() == ["OLD-1"]


async def test_a_number_that_a_customer_s_order_has_is_refused(shop: OldShop) -> None:
    """Met by us before or not: nothing is written into it, and it leaves as an order of the shop."""
    shop.place(number="OLD-1")
    await shop.run()
    shop.place(number="OLD-2")
    report = await shop.bring(old_order("1"), old_order("2"), old_order("3"))
    assert (report.outcome, report.created) == ("completed_with_rejects", 1)
    assert [row.code for row in report.rejects] == ["number_taken"]
    await shop.run()
    assert shop.taken() == ["OLD-1", "OLD-2"]
    assert (shop.theirs("OLD-1"), shop.theirs("OLD-2")) == (None, None)


async def test_amounts_that_do_not_agree_are_put_aside(shop: OldShop) -> None:
    """The shop would take them as they are: nobody would notice afterwards."""
    report = await shop.bring(
        old_order("1", total="124.71"), old_order("2", TVA="20.79"), old_order("3"), old_order("4", HT="")
    )
    assert (report.outcome, report.created, report.quarantined) == ("completed_with_rejects", 1, 3)
    with open_ledger(shop.ledger_path) as ledger:
        reasons = [entry.faults[0].expected for entry in ledger.quarantine.entries(FEED)]
    assert any("lines and shipping sum to 124.70 EUR, the total is 124.71 EUR" in one for one in reasons)
    assert any("net 103.92 EUR and tax 20.79 EUR are not the total" in one for one in reasons)
    assert any("the tax is told, the net amount is not" in one for one in reasons)
    assert shop.imports() == 1


async def test_words_about_it_are_told_and_followed_by_nothing(shop: OldShop) -> None:
    """The ERP ships it in its own books: no delivery, no request, and no message waits for ever."""
    await shop.bring(old_order("1"))
    folder = shop.home / "erp" / "out" / "acquittements"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "ACQCMD_00001_20261102.xml"
    path.write_text(
        "<FICHIER><ENTETE><SEQUENCE>00001</SEQUENCE></ENTETE><ACQUITTEMENT><NUMERO>OLD-1</NUMERO>"
        "<STATUT>A</STATUT><NUMERO_ERP>C-1</NUMERO_ERP></ACQUITTEMENT><PIED><NB_LIGNES>1</NB_LIGNES></PIED>"
        "</FICHIER>",
        encoding="iso-8859-1",
    )
    path.with_suffix(".ok").touch()
    report = await shop.run("order-acks")
    assert [row.code for row in report.rejects] == ["placed_elsewhere"]
    with open_ledger(shop.ledger_path) as ledger:
        assert ledger.order_book.parked_for("OLD-1") == []
        assert ledger.order_book.life("OLD-1") is None
    assert await shop.marks() == {"OLD-1": ["1"]}


async def test_goods_without_sku_are_a_line_without_product(shop: OldShop) -> None:
    """The shop takes no line of a product without one; they are shown all the same."""
    line = "<LIGNE><LIBELLE>Chemise</LIBELLE><QTE>1</QTE><PRIX>10.00</PRIX></LIGNE>"
    report = await shop.bring(old_order("1", total="14.90", HT="", TVA="", LIGNES=line))
    assert (report.outcome, report.created) == ("succeeded", 1)
    async with shop.workspace.client() as client:
        body = await shop.order(client, "OLD-1")
    assert body["lineItems"] == []
    assert [line["slug"] for line in body["customLineItems"]] == ["article-1"]


async def test_one_that_cannot_be_read_is_not_put_aside_either(shop: OldShop) -> None:
    """No ERP could book it (it has no SKU, parts of a cent), and none is asked to."""
    await shop.bring(old_order("1"))
    refusals = tuple(Refused("no", order_id=number, order_number=number) for number in ("OLD-1", "W-1"))
    page = OrderPage((), refusals, OrderCursor(datetime.now(UTC), ""))
    with open_ledger(shop.ledger_path) as ledger:
        left = without(page, elsewhere_on(ledger, page))
    assert [one.data["order_number"] for one in left.refused] == ["W-1"]


async def test_a_dry_run_claims_nothing(shop: OldShop) -> None:
    """It shows what would come, and ledger and shop stay as they were."""
    report = await shop.bring(old_order("1"), dry_run=True)
    assert ({row.key for row in report.changes}, report.planned) == ({"OLD-1"}, 1)
    assert (shop.theirs("OLD-1"), shop.imports()) == (None, 0)


async def test_a_plan_is_stored_and_applied_another_day(shop: OldShop) -> None:
    """The claim travels with the plan."""
    shop.drop(old_order("1"))
    planned = await plan_feed(shop.workspace, FEED)
    assert shop.theirs("OLD-1") is None
    plan = planned.plan
    assert plan is not None
    applied = await apply_decided(shop.workspace, str(plan.id), by="Quénard")
    assert applied.outcome == "succeeded", applied
    theirs = shop.theirs("OLD-1")
    assert theirs is not None
    assert (theirs.state, theirs.file) == ("done", "REPRISE_00001_20261120.xml")
    assert (await shop.run()).created == 0


@pytest.mark.slow
async def test_whenever_the_process_dies_the_shop_has_it_once_and_the_erp_never(
    tmp_path: Path, shops: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every moment before and after each act; the poll of orders comes before the next run."""

    async def begun(name: str) -> OldShop:
        made = OldShop(tmp_path / name, shops, f"old-{uuid4().hex[:12]}")
        await made.set_up()
        made.drop(old_order("1"), old_order("2"))
        return made

    async def mortal(shop: OldShop, at: int | None) -> Death:
        death = Death(at)
        with death.upon(monkeypatch), monkeypatch.context() as patch:
            patch.setattr(Client, "update", death.acting_later(Client.update))
            patch.setattr(Client, "create", death.acting_later(Client.create))
            try:
                await shop.carry()
            except* Crash:
                assert death.dead
        return death

    moments = (await mortal(await begun("calm"), None)).moments
    assert moments > 15
    for at in range(1, moments + 1):
        shop = await begun(f"{at}")
        assert (await mortal(shop, at)).dead, at
        shop.bury()
        await shop.export()
        assert shop.files() == [], at
        await shop.carry()
        await shop.export()
        assert shop.files() == [], at
        assert await shop.marks() == {"OLD-1": ["1"], "OLD-2": ["2"]}, at
        assert shop.imports() == 2, at
        theirs = [shop.theirs(number) for number in ("OLD-1", "OLD-2")]
        assert [one is not None and one.state for one in theirs] == ["done", "done"], at


async def id_of(shop: OldShop, number: str) -> str:
    """The shop's id of an order."""
    async with shop.workspace.client() as client:
        return str((await shop.order(client, number))["id"])
