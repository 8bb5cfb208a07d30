"""The stock law at the shop: what is published follows from files, orders and places, and says why."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from passerelle.feeds import Workspace
from passerelle.feeds.approving import apply_decided, plan_feed, undo_run
from passerelle.feeds.drift import drift_of
from passerelle.ledger import Heard, HeldClaim
from passerelle.records import OrderMessage
from passerelle.sync import RunReport
from passerelle.testing import Crash
from tests.sync.desk import MAPPINGS, open_ledger

from ..orders.old_shop import OldShop, old_order
from ..orders.till import Till, euro

LAW = {"means": "physical", "unplaced": "depot-001", "clock_margin": "0s"}
_FEED = """\
feed: stock
entity: stock
files:
  folder: out/stock
  pattern: "STOCK_{{mode}}_{{sequence:5}}.xml"
  modes: {{C: full, D: delta}}
  ready: {{marker: .ok}}
format:
  xml: {{charset: UTF-8, record: /F/L, header: /F/H, trailer: /F/T}}
key: [SKU, DEPOT]
fields:
  - {{to: sku, from: SKU, required: true}}
  - {{to: supply_channel, from: DEPOT, required: true}}
  - {{to: quantity, from: QTE, as: integer}}
codes:
  selling: {{file: places.csv, from: channel, to: [eligible, buffer, why]}}
stock:
  at: {{header: H/AT, form: iso}}
  places: selling
{law}
"""


class Shop:
    """A till with a feed of stock under the law; counts are so many hours ago."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.folder = till.home / "mappings" / "erp"
        self.folder.mkdir(parents=True)
        for path in (MAPPINGS / "orders-out.yaml", *MAPPINGS.glob("*.csv")):
            shutil.copy(path, self.folder / path.name)
        self.inbox = till.home / "erp" / "out" / "stock"
        self.inbox.mkdir(parents=True, exist_ok=True)
        self.sequence = 0
        self.says()

    def says(self, law: Mapping[str, str] = LAW, places: str = "depot-001;oui;;") -> None:
        """The feed says this of its numbers, the table this of its places."""
        lines = "\n".join(f"  {name}: {value}" for name, value in law.items())
        (self.folder / "stock.yaml").write_text(_FEED.format(law=lines), "utf-8")
        (self.folder / "places.csv").write_text(f"channel;eligible;buffer;why\n{places}\n", "utf-8")
        settings = self.till.workspace.settings
        self.till.workspace = Workspace(settings.model_copy(update={"mappings": self.folder.parent}))

    def drop(self, quantity: int, *, hours: float, mode: str = "D", sku: str = "S-1") -> None:
        """The ERP drops a file that was counted so many hours ago; the first one is full."""
        self.sequence += 1
        mode = "C" if self.sequence == 1 else mode
        at = datetime.now(UTC) - timedelta(hours=hours)
        line = f"<L><SKU>{sku}</SKU><DEPOT>depot-001</DEPOT><QTE>{quantity}</QTE></L>"
        text = f"<F><H><AT>{at.isoformat()}</AT></H>{line}<T/></F>"
        path = self.inbox / f"STOCK_{mode}_{self.sequence:05}.xml"
        path.write_text(text, "utf-8")
        path.with_suffix(".ok").touch()

    async def run(self, **options: Any) -> RunReport:
        """Run the feed of stock."""
        return await self.till.run("stock", **options)

    async def sells(self, pieces: int = 1, *, collected: bool = True) -> str:
        """Somebody buys, and the order is collected and exported."""
        self.till.place(pieces=pieces)
        if collected:
            await self.till.run("orders-out")
        return self.till.placed[-1]

    async def reserves(self, pieces: int) -> str:
        """Somebody buys in mode ReserveOnOrder, from the depot; nobody collected it yet."""
        number = f"R-{pieces}"
        price = {"value": euro(1000)}
        line = {
            "name": {"fr-FR": "Chemise"},
            "variant": {"sku": "S-1"},
            "quantity": pieces,
            "price": price,
            "supplyChannel": {"typeId": "channel", "key": "depot-001"},
        }
        draft = {
            "orderNumber": number,
            "totalPrice": euro(1000 * pieces),
            "orderState": "Open",
            "paymentState": "Paid",
            "country": "FR",
            "inventoryMode": "ReserveOnOrder",
            "lineItems": [line],
            "shippingAddress": {"country": "FR", "lastName": "Quénard", "city": "Lyon"},
        }
        self.till.sandbox.control("POST", f"/{self.till.project}/orders", draft)
        return number

    async def entry(self, sku: str = "S-1") -> tuple[int, int]:
        """What the shop has on stock, and what of it is available."""
        async with self.till.workspace.client() as client:
            (found,) = await client.query_all("inventory", [f'sku="{sku}"'])
        return found["quantityOnStock"], found["availableQuantity"]

    def hears(
        self, number: str, kind: Any, *, hours: float = 0, ref: str = "1", place: str | None = None
    ) -> None:
        """Something is said about an order that happened so many hours ago."""
        at = datetime.now(UTC) - timedelta(hours=hours)
        message = OrderMessage(order_number=number, kind=kind, ref=ref, at=at, place=place)
        with open_ledger(self.till.ledger_path) as ledger, ledger.transaction():
            ledger.order_book.note([Heard(message, "messages")])

    async def shows(self, sku: str = "S-1") -> int | None:
        """What the shop has available."""
        async with self.till.workspace.client() as client:
            found = await client.query_all("inventory", [f'sku="{sku}"'])
        return found[0]["availableQuantity"] if found else None

    def claim(self, sku: str = "S-1") -> HeldClaim:
        """What the ledger keeps of it."""
        with open_ledger(self.till.ledger_path) as ledger:
            return ledger.stock_claims.of_skus("stock", [sku])[0]

    def calls(self, resource: str) -> int:
        """How often the shop was asked about something."""
        log = self.till.sandbox.control("GET", "/log?limit=2000")
        return sum(entry["path"].startswith(f"/{self.till.project}/{resource}") for entry in log)


@pytest.fixture
async def shop(till: Till) -> Shop:
    """A shop that has depot 001."""
    async with till.workspace.client() as client:
        await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})
    return Shop(till)


async def test_what_was_sold_and_did_not_leave_is_taken_off_a_physical_count(shop: Shop) -> None:
    """Twelve in the building, two of them sold: ten are for sale, and the ledger says why."""
    await shop.sells(2)
    shop.drop(12, hours=1)
    report = await shop.run()
    assert report.outcome == "succeeded", report
    assert await shop.shows() == 10
    claim = shop.claim()
    assert (claim.quantity, claim.available, claim.unknown) == (12, 10, 2)
    assert [(reason.what, reason.pieces) for reason in claim.because] == [("claimed", 12), ("sold", -2)]


async def test_a_sale_is_taken_off_although_the_file_says_nothing_new(shop: Shop) -> None:
    """Stock is worked out again for what was sold since; nothing else is looked at."""
    shop.drop(12, hours=1)
    await shop.run()
    await shop.sells(3)
    report = await shop.run()
    assert await shop.shows() == 9
    assert (report.received, report.resumed, report.updated) == (0, 1, 1)


async def test_a_run_in_which_nothing_happened_asks_the_shop_nothing(shop: Shop) -> None:
    """The same file again, no order: no call about stock or orders at all."""
    shop.drop(12, hours=2, mode="C")
    await shop.run()
    shop.drop(12, hours=1, mode="C")
    before = shop.calls("inventory"), shop.calls("orders")
    report = await shop.run()
    assert (shop.calls("inventory"), shop.calls("orders")) == before
    assert (report.received, report.unchanged) == (1, 1)


async def test_a_cancelled_order_gives_its_pieces_back(shop: Shop) -> None:
    """What is given up before it left is for sale again, without a file."""
    shop.drop(12, hours=1)
    await shop.run()
    number = await shop.sells(2)
    await shop.run()
    assert await shop.shows() == 10
    shop.hears(number, "cancelled")
    await shop.run()
    assert await shop.shows() == 12


@pytest.mark.parametrize(
    ("reserved", "waits", "refused"),
    [("leave", (10, 10), (12, 12)), ("stay", (12, 10), (14, 12))],
)
async def test_an_order_that_a_gate_refuses_gives_its_pieces_back(
    shop: Shop, reserved: str, waits: tuple[int, int], refused: tuple[int, int]
) -> None:
    """It will never leave: what it holds in the shop is told besides, so that twelve may be sold."""
    shop.till.sandbox.control("POST", "/stock-rules", {"reserved": reserved})
    try:
        shop.drop(12, hours=1)
        await shop.run()
        number = await shop.reserves(2)
        shop.till.say(gates={"fraud_field": "fraud", "fraud_clear": ["ok"]})
        await shop.till.run()
        await shop.run()
        assert await shop.entry() == waits  # suspected: it may still go out
        shop.till.say(gates={"countries": ["BE"]})
        await shop.till.run()
        assert shop.till.state(number) == "refused"
        await shop.run()
        assert await shop.entry() == refused
        assert [(reason.what, reason.pieces) for reason in shop.claim().because] == [("claimed", 12)]
    finally:
        shop.till.sandbox.control("POST", "/stock-rules", {"reserved": "leave"})


async def test_an_order_that_does_not_leave_keeps_its_pieces_for_so_long(shop: Shop, tmp_path: Path) -> None:
    """When its timer is over they may be sold, and it is told; should it leave they are taken off again."""
    shop.drop(12, hours=1)
    await shop.run()
    shop.till.place(pieces=2, paid=False)
    await shop.till.run()
    await shop.run()
    assert await shop.shows() == 10
    rules = tmp_path / "order-rules.yaml"
    rules.write_text("timers: {stock: PT0S}", "utf-8")
    settings = shop.till.workspace.settings.model_copy(update={"order_rules": rules})
    shop.till.workspace = Workspace(settings)
    with shop.till.workspace.ledger() as ledger:
        ledger.order_book.recompute_open()
        late = ledger.order_book.overdue(datetime.now(UTC), step=1)
    assert [(one.number, one.awaited.name, one.awaited.pieces) for one in late] == [("W-1", "stock_hold", 2)]
    await shop.run()
    assert await shop.shows() == 12
    await shop.till.act("W-1", {"action": "changePaymentState", "paymentState": "Paid"})
    await shop.till.run()
    await shop.run()
    assert await shop.shows() == 10


async def test_what_a_picker_does_not_find_is_not_sold_again_until_it_is_counted(shop: Shop) -> None:
    """Two of twelve were not found: the count before has them, the shop does not get them back to sell."""
    shop.drop(12, hours=3)
    await shop.run()
    number = await shop.sells(2)
    await shop.run()
    shop.hears(number, "short", hours=2)
    await shop.run()
    assert await shop.shows() == 10
    claim = shop.claim()
    assert [(reason.what, reason.pieces) for reason in claim.because] == [("claimed", 12), ("lost", -2)]
    # The ERP cancels them as well: still one end of the same pieces.
    shop.hears(number, "cancelled", hours=1.9)
    await shop.run()
    assert await shop.shows() == 10
    shop.drop(11, hours=1)
    await shop.run()
    assert await shop.shows() == 11


async def test_a_count_after_they_left_knows_of_them_although_its_number_is_the_same(shop: Shop) -> None:
    """Two were sent, two came in: twelve again, and twelve are for sale."""
    shop.drop(12, hours=3)
    await shop.run()
    number = await shop.sells(2)
    shop.hears(number, "shipped", hours=2)
    await shop.run()
    assert await shop.shows() == 10
    shop.drop(12, hours=1)
    report = await shop.run()
    assert report.unchanged == 1
    assert await shop.shows() == 12


async def test_two_counts_in_one_run_are_two_counts(shop: Shop) -> None:
    """What the first of them did not know of the second one does, although its number is the same."""
    shop.drop(5, hours=5, sku="S-2")
    await shop.run()
    shop.hears(await shop.sells(2), "shipped", hours=2)
    shop.drop(5, hours=4, sku="S-2")
    shop.drop(12, hours=3)
    shop.drop(12, hours=1)
    await shop.run()
    assert await shop.shows() == 12


async def test_a_run_that_dies_after_a_count_is_made_good_by_the_next(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment of the count is noted, and what follows from it was not worked out: the next run does it."""
    shop.drop(12, hours=3)
    await shop.run()
    shop.hears(await shop.sells(2), "shipped", hours=2)
    await shop.run()
    assert await shop.shows() == 10
    with open_ledger(shop.till.ledger_path) as ledger:
        before = ledger.stock_claims.law("stock")
    shop.drop(12, hours=1)
    with monkeypatch.context() as patch:
        patch.setattr("passerelle.feeds.run.work_out_again", _dies)
        with pytest.raises(Crash):
            await shop.run()
    assert await shop.shows() == 10
    await shop.run()
    assert await shop.shows() == 12
    with open_ledger(shop.till.ledger_path) as ledger:
        assert ledger.stock_claims.law("stock").rules == before.rules


async def _dies(*_: Any) -> None:
    raise Crash


async def test_an_available_number_knows_of_what_the_erp_knew(shop: Shop) -> None:
    """An order that the ERP accepted before the count is in its number; one that came later is not."""
    shop.says({**LAW, "means": "available"})
    known = await shop.sells(2)
    shop.hears(known, "accepted", hours=2, ref="ERP-1")
    await shop.sells(1)
    shop.drop(8, hours=1)
    await shop.run()
    assert await shop.shows() == 7


async def test_an_order_that_nobody_collected_yet_is_asked_for_before_stock_is_written(shop: Shop) -> None:
    """The poller is late: the shop itself says what it sold, and the report counts it."""
    await shop.sells(1)
    await shop.sells(4, collected=False)
    shop.drop(12, hours=1)
    report = await shop.run()
    assert await shop.shows() == 7
    assert any("1 orders (4 pieces) that were not collected yet" in note for note in report.notes)
    assert ("unheard", -4) in [(reason.what, reason.pieces) for reason in shop.claim().because]
    await shop.till.run("orders-out")
    await shop.run()
    assert await shop.shows() == 7
    assert ("sold", -5) in [(reason.what, reason.pieces) for reason in shop.claim().because]


async def test_the_first_order_of_all_is_asked_for_too(shop: Shop) -> None:
    """The collector looked when there was no order yet: what was sold since is asked of the shop."""
    await shop.till.run("orders-out")
    await shop.sells(4, collected=False)
    shop.drop(12, hours=1)
    await shop.run()
    assert await shop.shows() == 8


async def test_an_older_count_never_writes_over_a_newer_one(shop: Shop) -> None:
    """A file that comes late is told, key by key, and changes nothing."""
    shop.drop(12, hours=1)
    await shop.run()
    shop.drop(40, hours=2)
    report = await shop.run()
    assert await shop.shows() == 12
    assert report.superseded == 1
    assert any(
        "counted before what was applied last" in note and "S-1|depot-001" in note for note in report.notes
    )


async def test_a_count_that_was_repeated_is_newer_than_one_that_comes_late(shop: Shop) -> None:
    """The number was counted twice; what was counted in between comes last and is left alone."""
    shop.drop(12, hours=4)
    shop.drop(12, hours=2)
    await shop.run()
    shop.drop(15, hours=3)
    report = await shop.run()
    assert await shop.shows() == 12
    assert report.superseded == 1


async def test_a_full_file_tells_the_moment_of_all_that_it_repeats(shop: Shop) -> None:
    """Of a full file not every record is written down again; its moment holds for all of them."""
    shop.drop(12, hours=4, mode="C")
    shop.drop(12, hours=2, mode="C")
    await shop.run()
    shop.drop(15, hours=3)
    await shop.run()
    assert await shop.shows() == 12


async def test_people_close_a_place_and_open_it_again_in_a_table(shop: Shop) -> None:
    """A line of the table changes what is shown with the next run, without a file."""
    shop.drop(12, hours=1)
    await shop.run()
    shop.says(places="depot-001;non;;inventaire")
    await shop.run()
    assert await shop.shows() == 0
    assert ("not_eligible", "inventaire") in [(reason.what, reason.text) for reason in shop.claim().because]
    shop.says(places="depot-001;oui;2;")
    await shop.run()
    assert await shop.shows() == 10


async def test_a_dry_run_shows_what_would_be_published_and_keeps_nothing(shop: Shop) -> None:
    """What is planned is what the law says, not what the file says."""
    shop.drop(12, hours=1)
    await shop.run()
    await shop.sells(2)
    shop.drop(20, hours=0.5)
    report = await shop.run(dry_run=True)
    assert next((row.old, row.new) for row in report.changes if row.field == "quantity") == ("12", "18")
    assert (shop.claim().quantity, await shop.shows()) == (12, 12)


async def test_a_count_in_the_future_knows_of_nothing_and_is_told(shop: Shop) -> None:
    """A clock or a zone is wrong: what was sold is taken off, later files are not held to be older."""
    await shop.sells(2)
    shop.drop(12, hours=-5)
    report = await shop.run()
    assert any("still to come" in note for note in report.notes)
    assert (await shop.shows(), shop.claim().at) == (10, None)
    shop.drop(20, hours=1)
    await shop.run()
    assert await shop.shows() == 18


async def test_a_feed_that_comes_under_the_law_is_worked_out_although_its_files_repeat_themselves(
    shop: Shop,
) -> None:
    """What was written before the law held is compared anew with the next full file; so when it is over."""
    text = (shop.folder / "stock.yaml").read_text("utf-8")
    without, _, _ = text.partition("stock:\n  at:")
    (shop.folder / "stock.yaml").write_text(without, "utf-8")
    await shop.sells(2)
    shop.drop(12, hours=3)
    await shop.run()
    assert await shop.shows() == 12
    shop.says()
    shop.drop(12, hours=2, mode="C")
    report = await shop.run()
    assert await shop.shows() == 10
    assert any("stock law holds now" in note for note in report.notes)
    (shop.folder / "stock.yaml").write_text(without, "utf-8")
    shop.till.workspace = Workspace(shop.till.workspace.settings)
    shop.drop(12, hours=1, mode="C")
    await shop.run()
    assert await shop.shows() == 12


async def test_a_shop_that_holds_pieces_reserved_is_told_them_too(shop: Shop) -> None:
    """Three are ordered and lie on the shelf: twelve on hand, nine for sale; sent, nine of nine."""
    shop.till.sandbox.control("POST", "/stock-rules", {"reserved": "stay"})
    try:
        shop.drop(12, hours=3)
        await shop.run()
        number = await shop.reserves(3)
        assert await shop.entry() == (12, 9)
        await shop.till.run("orders-out")
        report = await shop.run()
        assert (await shop.entry(), report.updated) == ((12, 9), 0)
        shop.hears(number, "shipped", hours=1)
        async with shop.till.workspace.client() as client:
            body = await shop.till.order(client, number)
            action = {"action": "changeShipmentState", "shipmentState": "Shipped"}
            await client.update("orders", body["id"], body["version"], [action])
        await shop.run()
        assert await shop.entry() == (9, 9)
    finally:
        shop.till.sandbox.control("POST", "/stock-rules", {"reserved": "leave"})


async def test_a_shop_that_takes_pieces_off_is_not_told_them(shop: Shop) -> None:
    """The same where a reservation leaves the stock at once: the shop has it right already."""
    shop.drop(12, hours=3)
    await shop.run()
    await shop.reserves(3)
    assert await shop.entry() == (9, 9)
    await shop.till.run("orders-out")
    report = await shop.run()
    assert (await shop.entry(), report.updated) == ((9, 9), 0)
    shop.drop(20, hours=1)
    await shop.run()
    assert await shop.entry() == (17, 17)


async def test_the_shop_is_as_wanted_although_it_shows_another_number_than_the_file(shop: Shop) -> None:
    """Drift compares with what was published; a number that moved since is what a shop does itself."""
    await shop.sells(2)
    shop.drop(12, hours=1)
    await shop.run()
    assert (await drift_of(shop.till.workspace, "stock")).drift.agreeing == 1
    async with shop.till.workspace.client() as client:
        (entry,) = await client.query_all("inventory", ['sku="S-1"'])
        await client.update(
            "inventory", entry["id"], entry["version"], [{"action": "changeQuantity", "quantity": 99}]
        )
    seen = (await drift_of(shop.till.workspace, "stock")).drift
    assert (seen.agreeing, seen.moved) == (1, 1)
    shop.drop(13, hours=0.5)
    await shop.run()
    assert await shop.shows() == 11


async def test_what_a_person_took_back_stays_until_the_source_speaks_of_it_again(shop: Shop) -> None:
    """An undo gives back what was there; a sale does not bring the undone count into the shop."""
    shop.drop(12, hours=3)
    await shop.run()
    shop.drop(40, hours=2)
    bad = await shop.run()
    planned = await undo_run(shop.till.workspace, bad.run_id)
    assert planned.plan is not None
    await apply_decided(shop.till.workspace, str(planned.plan.id), by="ana")
    assert await shop.shows() == 12
    await shop.sells(1)
    await shop.run()
    assert await shop.shows() == 12
    shop.drop(15, hours=1)
    await shop.run()
    assert await shop.shows() == 14


async def test_a_plan_that_a_person_approves_publishes_what_it_showed(shop: Shop) -> None:
    """What was approved is sent; the ledger keeps why, as after a run."""
    await shop.sells(2)
    shop.drop(12, hours=1)
    planned = await plan_feed(shop.till.workspace, "stock")
    assert planned.plan is not None
    await apply_decided(shop.till.workspace, str(planned.plan.id), by="ana")
    assert (await shop.shows(), shop.claim().available) == (10, 10)
    report = await shop.run()
    assert (report.received, report.unchanged) == (1, 1)


async def test_what_the_shop_did_not_take_is_worked_out_once_more(shop: Shop) -> None:
    """The shop was down for a moment: the sale is not forgotten with it."""
    shop.drop(12, hours=1)
    await shop.run()
    with open_ledger(shop.till.ledger_path) as ledger:
        before = ledger.stock_claims.law("stock")
    await shop.sells(3)
    path = f"/{shop.till.project}/inventory/"
    fault = {"path": path, "method": "POST", "kind": "status", "status": 500, "count": None}
    shop.till.sandbox.fail(fault)
    try:
        report = await shop.run()
    finally:
        shop.till.sandbox.control("DELETE", "/faults")
    assert (report.failed, await shop.shows()) == (1, 12)
    with open_ledger(shop.till.ledger_path) as ledger:
        assert ledger.stock_claims.law("stock") == before
    await shop.run()
    assert await shop.shows() == 9


@pytest.mark.parametrize(
    ("unplaced", "shown"), [("every", 10), ("none", 12), ("depot-001", 10), ("depot-002", 12)]
)
async def test_pieces_whose_order_names_no_place_count_where_the_feed_says(
    shop: Shop, unplaced: str, shown: int
) -> None:
    """In the place that sends them, in every place when nobody knows, or nowhere."""
    shop.says({**LAW, "unplaced": unplaced})
    await shop.sells(2)
    shop.drop(12, hours=1)
    await shop.run()
    assert await shop.shows() == shown


async def test_a_piece_counts_in_the_place_that_it_was_given_to(shop: Shop) -> None:
    """Ordered from the depot, allocated to a store: the depot has it for sale again."""
    shop.drop(12, hours=2)
    await shop.run()
    number = await shop.reserves(2)
    await shop.till.run("orders-out")
    await shop.run()
    assert shop.claim().available == 10
    shop.hears(number, "allocated", hours=1, place="depot-101")
    await shop.run()
    assert shop.claim().available == 12


async def test_a_dry_run_shows_what_an_edited_table_would_change(shop: Shop) -> None:
    """People look first; nothing is written, and the next run still does it."""
    shop.drop(12, hours=1)
    await shop.run()
    shop.says(places="depot-001;non;;inventaire")
    report = await shop.run(dry_run=True)
    assert [(row.field, row.old, row.new) for row in report.changes] == [("quantity", "12", "0")]
    assert await shop.shows() == 12
    await shop.run()
    assert await shop.shows() == 0


async def test_orders_that_were_placed_elsewhere_take_nothing_off(shop: Shop) -> None:
    """Their pieces left long ago: neither before the poll has met them nor afterwards are they counted."""
    await shop.sells(1)
    shutil.copy(MAPPINGS.parent / "examples" / OldShop.example, shop.folder)
    shop.drop(12, hours=1)
    await shop.run()
    assert await shop.shows() == 11
    folder = shop.till.home / "erp" / "out" / "reprise"
    folder.mkdir(parents=True)
    (folder / "REPRISE_00001_20261120.xml").write_text(
        f"<REPRISE>{old_order('1')}<PIED><NB>1</NB></PIED></REPRISE>", "utf-8"
    )
    (folder / "REPRISE_00001_20261120.ok").touch()
    assert (await shop.till.run("old-orders")).created == 1
    for counted, hours in ((11, 0.5), (10, 0.4)):
        shop.drop(counted, hours=hours)
        report = await shop.run()
        assert not any("not collected yet" in note for note in report.notes)
        assert await shop.shows() == counted - 1
        await shop.till.run("orders-out")
