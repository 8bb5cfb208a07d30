"""The same feeds load into the sandbox and into a shop that we did not write: equal, and asked in good form.

A fashion house writes its full files and two deltas; each shop gets them from an ERP folder and a ledger of
its own. Where the mock answers otherwise than the API does, a test below says so, and why it does no harm.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import SecretStr

from passerelle.commercetools import CommercetoolsConfig
from passerelle.feeds import RunReport
from passerelle.retailer import Erp, House, Manifest, generate
from passerelle.retailer.model import Mode
from passerelle.retailer.sheet import drop
from passerelle.sandbox import Sandbox
from tests.contract.installation import CATALOGUE, Installation
from tests.contract.mock_server import MockServer
from tests.contract.official import OfficialContract
from tests.contract.recorder import Exchange, Recorder
from tests.contract.sdk import SdkContract
from tests.contract.shelf import Shelf
from tests.contract.shops import new_project

pytestmark = pytest.mark.slow

SEED, STYLES, STORES = 1, 5, 1
#: Whose `key` the mock forgets at once; we find them again by what they are about. It forgets those of prices
#: too, and cannot be told again: labd/server.mjs mends that.
MOCK_FORGETS_KEYS = frozenset({"inventory"})
#: The mock forgets how an imported order is shipped, so it has nothing to hang a delivery on.
MOCK_FORGETS_SHIPPING = "no_shipping_info"


class Server(NamedTuple):
    """A shop of this story's own, and how many write calls the server says that it got."""

    shop: CommercetoolsConfig
    writes: Callable[[], int]


class Story(NamedTuple):
    """What happened in one shop."""

    server: Server
    recorder: Recorder
    full: Manifest
    reports: list[RunReport]
    #: What stood in the shop after the full files, and after the deltas.
    opened: Shelf
    evolved: Shelf
    #: Write calls after the first run of the full files, after installations that know nothing carried the
    #: same files, and carried full files of the last day.
    writes_first: int
    writes_again: int
    writes_last_day: int


async def tell(home: Path, server: Server) -> Story:
    """Carry the full files, the same with an empty ledger, two deltas, the last day's full files likewise."""
    recorder = Recorder()
    first = Installation(home / "first", server.shop, recorder)
    await first.set_up()
    start = server.writes()
    full = generate(first.erp, seed=SEED, styles=STYLES, stores=STORES, step="full")
    reports = await first.carry(*CATALOGUE)
    writes_first = server.writes() - start
    opened = await first.shelf()

    second = Installation(home / "second", server.shop, recorder)
    generate(second.erp, seed=SEED, styles=STYLES, stores=STORES, step="full")
    start = server.writes()
    reports += await second.carry(*CATALOGUE)
    writes_again = server.writes() - start

    generate(first.erp, seed=SEED, styles=STYLES, stores=STORES, step="delta1")
    generate(first.erp, seed=SEED, styles=STYLES, stores=STORES, step="delta2")
    reports += await first.carry(*CATALOGUE)
    evolved = await first.shelf()

    third = Installation(home / "third", server.shop, recorder)
    for sheet in House.invent(seed=SEED, styles=STYLES, stores=STORES).day(3).sheets(mode=Mode.FULL):
        drop(sheet, third.erp / sheet.feed.folder)
    start = server.writes()
    reports += await third.carry(*CATALOGUE)
    writes_last_day = server.writes() - start
    return Story(
        server, recorder, full, reports, opened, evolved, writes_first, writes_again, writes_last_day
    )


@pytest.fixture(scope="module")
def ours(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The story in the sandbox."""
    shop = CommercetoolsConfig(
        project_key=new_project(),
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
        auth_url=sandbox.url,
        api_url=sandbox.url,
    )
    server = Server(shop, lambda: int(sandbox.stats()["writes"]))
    return asyncio.run(tell(tmp_path_factory.mktemp("ours"), server))


@pytest.fixture(scope="module")
def theirs(labd: MockServer, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The story in the independent mock."""
    shop = CommercetoolsConfig(
        project_key=new_project(),
        client_id="any",
        client_secret=SecretStr("any"),
        auth_url=labd.url,
        api_url=labd.url,
        # It does not sort, so no answer may be longer than a page: 50 SKUs have 400 prices at most.
        predicate_values=50,
    )

    def writes() -> int:
        here = [entry for entry in labd.log() if entry["path"].startswith(f"/{shop.project_key}/")]
        return sum(entry["method"] != "GET" for entry in here)

    return asyncio.run(tell(tmp_path_factory.mktemp("theirs"), Server(shop, writes)))


@pytest.fixture(params=["ours", "theirs"])
def story(request: pytest.FixtureRequest) -> Story:
    """Each of them."""
    told = request.getfixturevalue(request.param)
    assert isinstance(told, Story)
    return told


def written(story: Story) -> list[Exchange]:
    """The write calls of a story; the setup of the project itself aside, as each shop begins with another."""
    project = f"/{story.server.shop.project_key}"
    return [call for call in story.recorder.calls() if call.method != "GET" and call.path != project]


def collection(call: Exchange) -> str:
    """Name the collection that a call goes to: `/project/inventory/4711` is `inventory`."""
    return call.path.partition("?")[0].split("/")[2]


def creations(story: Story) -> Counter[tuple[str, str]]:
    """Every draft that was sent, by collection."""
    return Counter(
        (collection(call), repr(call.body)) for call in written(story) if "actions" not in call.body
    )


def actions(story: Story) -> Counter[tuple[str, str]]:
    """How often each update action was sent, by collection."""
    return Counter(
        (collection(call), action["action"])
        for call in written(story)
        for action in call.body.get("actions", ())
    )


def test_every_run_succeeds(story: Story) -> None:
    """Not one record of any file is left over, and the shop read afterwards says what was sent."""
    assert {report.outcome for report in story.reports} == {"succeeded"}
    assert sum(report.mismatched for report in story.reports) == 0
    assert sum(report.verified for report in story.reports) > 0


def test_the_shop_holds_what_the_files_say(story: Story) -> None:
    """As many categories, products, prices and stock levels as the full files have records."""
    records = Counter[str]()
    for entry in story.full.files:
        records[entry.feed.flux] += entry.records
    [categories] = story.full.of("CATEG_FR")
    [styles] = story.full.of("ARTICLES_FR")

    opened = story.opened

    assert len(opened.categories) == categories.records
    assert len(opened.staged) == len(opened.current) == styles.records
    assert len(opened.prices) == records["TARIFS"]
    assert len(opened.stock) == records["STOCK"]


@pytest.mark.parametrize("part", Shelf._fields)
def test_both_shops_open_with_the_same(ours: Story, theirs: Story, part: str) -> None:
    """After the full files both hold equal categories, products, prices and stock."""
    assert getattr(ours.opened, part) == getattr(theirs.opened, part)


@pytest.mark.parametrize("part", Shelf._fields)
def test_both_shops_evolve_alike(ours: Story, theirs: Story, part: str) -> None:
    """After two deltas both hold equal categories, products, prices and stock, and other ones than before."""
    assert getattr(ours.evolved, part) == getattr(theirs.evolved, part)
    assert getattr(ours.evolved, part) != getattr(ours.opened, part)


def test_both_were_asked_for_the_same(ours: Story, theirs: Story) -> None:
    """The client makes no difference between them: the same drafts, the same update actions."""
    assert creations(ours) == creations(theirs)
    assert actions(ours) == actions(theirs)
    assert {name for name, _ in actions(ours)} == {"categories", "products", "standalone-prices", "inventory"}


def test_a_house_without_memory_writes_nothing(story: Story) -> None:
    """The same files with an empty ledger: all is read and compared, no write call arrives at the server."""
    assert story.writes_first > 0
    assert story.writes_again == 0


def test_deltas_lead_to_the_last_full(story: Story) -> None:
    """Who missed the deltas and reads full files of the last day finds nothing to write."""
    assert story.writes_last_day == 0


def test_the_judges_find_no_fault(story: Story, official: OfficialContract, sdk: SdkContract) -> None:
    """Every request of all runs is one that the API takes."""
    assert written(story)
    assert story.recorder.request_faults(official) == []
    assert story.recorder.request_faults(sdk) == []


def test_no_answer_fills_its_page(theirs: Story) -> None:
    """The mock does not sort by id: what fills a page would have gaps behind it."""
    pages = [call for call in theirs.recorder.calls() if call.method == "GET" and "results" in call.answer]

    assert pages
    assert max(len(page.answer["results"]) for page in pages) < theirs.server.shop.page_size


def test_what_lost_its_key_is_found_again(ours: Story, theirs: Story) -> None:
    """The mock forgets the key of a stock level: SKU and channel find it as well."""
    for story, forgotten in ((ours, frozenset()), (theirs, MOCK_FORGETS_KEYS)):
        drafts = [call for call in written(story) if "actions" not in call.body and "key" in call.body]
        keyless = {collection(call) for call in drafts if "key" not in call.answer}
        assert keyless == forgotten


def order(number: str, sku: str, quantity: int) -> dict[str, Any]:
    """A paid order of the web."""
    price = {"currencyCode": "EUR", "centAmount": 5990}
    address = {
        "firstName": "Maud",
        "lastName": "Lerivage",
        "streetName": "rue des Tanneurs",
        "streetNumber": "4",
        "postalCode": "99123",
        "city": "Valbrune",
        "country": "FR",
    }
    return {
        "orderNumber": number,
        "totalPrice": {"currencyCode": "EUR", "centAmount": 5990 * quantity},
        "orderState": "Open",
        "paymentState": "Paid",
        "country": "FR",
        "customerEmail": "maud@example.com",
        "shippingAddress": address,
        "billingAddress": address,
        "lineItems": [
            {
                "name": {"fr-FR": "Veste Arzal"},
                "variant": {"sku": sku},
                "price": {"value": price},
                "quantity": quantity,
            }
        ],
        "shippingInfo": {
            "shippingMethodName": "Colis",
            "price": {"currencyCode": "EUR", "centAmount": 0},
            "shippingRate": {"price": {"currencyCode": "EUR", "centAmount": 0}},
        },
    }


async def test_orders_leave_and_come_back(
    story: Story, ours: Story, tmp_path: Path, official: OfficialContract, sdk: SdkContract
) -> None:
    """Orders are exported once, acknowledged and shipped by the feeds, in requests without a fault."""
    recorder = Recorder()
    desk = Installation(tmp_path / "desk", story.server.shop, recorder)
    erp = Erp(desk.erp)
    skus = sorted({level["sku"] for level in story.opened.stock})[:2]
    async with desk.workspace.client() as client:
        for number, sku in enumerate(skus, start=1):
            await client.create("orders/import", order(f"W10000{number}", sku, number))

    [export] = await desk.carry("orders-out")
    taken = erp.take_orders()
    erp.acknowledge()
    [acks] = await desk.carry("order-acks")
    deliveries = []
    while erp.ship() is not None:
        deliveries += await desk.carry("shipments")
    stranger = Installation(tmp_path / "stranger", story.server.shop, recorder)
    [again] = await stranger.carry("orders-out")

    assert (export.outcome, export.created, export.updated) == ("succeeded", 2, 2)
    assert ({one.number for one in taken.orders}, taken.refused) == ({"W100001", "W100002"}, ())
    assert (acks.outcome, acks.created, acks.mismatched) == ("succeeded", 2, 0)
    # Whoever lost the ledger reads in the shop that the orders left.
    assert (again.created, again.updated) == (0, 0)
    refused = {reject.code for report in deliveries for reject in report.rejects}
    assert refused == (set() if story is ours else {MOCK_FORGETS_SHIPPING})
    async with desk.workspace.client() as client:
        orders = [one async for one in client.query("orders")]
    assert {one["orderState"] for one in orders} == {"Confirmed"}
    # A delivery that cannot be hung on anything holds up nothing else: the order says that it left.
    assert {one.get("shipmentState") for one in orders} == {"Shipped"}
    assert recorder.request_faults(official) == []
    assert recorder.request_faults(sdk) == []
