"""The sinks against a strict shop over real HTTP: create, agree, change one field, survive the accidents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from passerelle.commercetools import (
    CategorySink,
    Client,
    CommercetoolsConfig,
    OrderDesk,
    OrderSource,
    PriceSink,
    ProductSink,
    ProjectModel,
    RetryPolicy,
    StockSink,
    ensure,
)
from passerelle.errors import ConfigError, Conflict, ReferenceMissing, Refused
from passerelle.records import (
    Category,
    Money,
    OrderAck,
    Parcel,
    Price,
    Product,
    Shipment,
    ShipmentLine,
    StockLevel,
    Variant,
)
from passerelle.sandbox import Sandbox, SandboxConfig
from passerelle.sync.protocols import Change, Sink
from tests.contract.recorder import Recorder
from tests.contract.sdk import SdkContract
from tests.contract.watched import watched

from .conftest import FakeTime

MODEL = ProjectModel.model_validate({
    "product_types": [{
        "key": "article", "name": "Article", "description": "A style with its variants",
        "attributes": [
            {"name": "ean", "type": "text", "label": {"en": "EAN"}},
            {"name": "colour", "type": "lenum", "label": {"en": "Colour"}, "values": [
                {"key": "black", "label": {"fr-FR": "Noir"}}, {"key": "blue", "label": {"fr-FR": "Bleu"}},
            ]},
            {"name": "weight_g", "type": "number", "label": {"en": "Weight"}},
            {"name": "material", "type": "text", "label": {"en": "Material"}, "constraint": "SameForAll"},
            {"name": "gender", "type": "enum", "label": {"en": "Gender"}, "constraint": "SameForAll",
             "values": [{"key": "women", "label": "Women"}, {"key": "men", "label": "Men"}]},
        ],
    }],
    "tax_categories": [
        {"key": "normal", "name": "Normal", "rates": [{"name": "TVA", "amount": 0.2, "country": "FR"}]},
    ],
    "channels": [
        {"key": "depot-001", "roles": ["InventorySupply"], "name": {"fr-FR": "Entrepôt"}, "country": "FR"},
        {"key": "depot-101", "roles": ["InventorySupply"]},
        {"key": "web", "roles": ["ProductDistribution"]},
        {"key": "erp", "roles": ["OrderExport"]},
    ],
})  # fmt: skip

SHIRT = Product(
    key="style-000123",
    name={"fr-FR": "Chemise"},
    slug={"fr-FR": "chemise-000123"},
    description={"fr-FR": "En lin"},
    product_type="article",
    categories=("cat-0001", "cat-0002"),
    tax_category="normal",
    variants=(
        Variant(sku="000123-001-38", attributes={"colour": "black", "weight_g": 450, "material": "lin"}),
        Variant(sku="000123-001-40", attributes={"colour": "black", "weight_g": 460, "material": "lin"}),
    ),
)
TREE = (
    Category(key="cat-0001", name={"fr-FR": "Femme"}, slug={"fr-FR": "femme"}, parent=None),
    Category(
        key="cat-0002",
        name={"fr-FR": "Chemises"},
        slug={"fr-FR": "femme-chemises"},
        parent="cat-0001",
        order_hint="0.0020",
        external_id="0002",
    ),
)
PRICE = Price(sku="000123-001-38", value=Money(5990, "EUR"), country="FR")
STOCK = StockLevel(sku="000123-001-38", quantity=12, supply_channel="depot-001")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One server for the file; each test has a project of its own."""
    with Sandbox(SandboxConfig(any_project=True)) as running:
        yield running


@dataclass
class Shop:
    """A project of the sandbox, and what a client for it needs."""

    sandbox: Sandbox
    project: str
    time: FakeTime
    recorder: Recorder = field(default_factory=Recorder)

    @asynccontextmanager
    async def client(self, **changes: Any) -> AsyncIterator[Client]:
        """A client whose pauses take no time."""
        config = CommercetoolsConfig(
            project_key=self.project,
            client_id=self.sandbox.client_id,
            client_secret=self.sandbox.client_secret,
            auth_url=self.sandbox.url,
            api_url=self.sandbox.url,
            **changes,
        )
        policy = RetryPolicy(sleep=self.time.sleep)
        async with watched(config, self.recorder, retry=policy, clock=self.time.clock) as client:
            yield client

    def fail(self, path: str, **fault: Any) -> None:
        """The next write below a path fails in this way."""
        self.sandbox.fail({"path": f"/{self.project}/{path}", "method": "write", **fault})


@pytest.fixture
def shop(sandbox: Sandbox, fake_time: FakeTime) -> Iterator[Shop]:
    """A project that nobody has used; whatever a test sends there passes the SDK's strict schemas."""
    opened = Shop(sandbox, f"t-{uuid4().hex[:12]}", fake_time)
    yield opened
    sandbox.control("DELETE", "/faults")
    assert opened.recorder.calls()
    assert opened.recorder.request_faults(SdkContract()) == []


async def carry(sink: Sink[Any], records: Sequence[Any]) -> list[Change]:
    """Plan and apply records one after the other, parents first as given; the changes made."""
    changes: list[Change] = []
    for record in records:
        live = await sink.read_live([record])
        change = sink.plan(record, live.get(sink.key(record)))
        if change is not None:
            await sink.apply(change)
            changes.append(change)
    return changes


async def plans(sink: Sink[Any], *records: Any) -> list[Change | None]:
    """What each record still needs."""
    live = await sink.read_live(records)
    return [sink.plan(record, live.get(sink.key(record))) for record in records]


async def open_shop(client: Client) -> None:
    """A project with its model, two categories and a product."""
    await ensure(client, MODEL)
    await carry(CategorySink(client), TREE)
    products = ProductSink(client, product_types=["article"])
    await products.prepare()
    await carry(products, [SHIRT])


async def sink_for(client: Client, entity: str) -> Sink[Any]:
    """A prepared sink."""
    makes: dict[str, Sink[Any]] = {
        "category": CategorySink(client),
        "product": ProductSink(client),
        "price": PriceSink(client),
        "stock": StockSink(client),
    }
    sink = makes[entity]
    await sink.prepare()
    return sink


# --- setup ---


async def test_setup_adds_what_is_missing_once(shop: Shop) -> None:
    """The second run finds all there; a model that grew adds only what grew."""
    async with shop.client() as client:
        first = await ensure(client, MODEL)
        assert await ensure(client, MODEL) == []
        data = MODEL.model_dump()
        data["product_types"][0]["attributes"][1]["values"] += ({"key": "red", "label": {"fr-FR": "Rouge"}},)
        data["product_types"][0]["attributes"] += ({"name": "size", "type": "text", "label": {"en": "Size"}},)
        data["tax_categories"][0]["rates"] += ({"name": "BTW", "amount": 0.21, "country": "BE"},)
        data["channels"][2]["roles"] = ("ProductDistribution", "InventorySupply")
        grown = ProjectModel.model_validate(data)
        second = await ensure(client, grown)
        assert await ensure(client, grown) == []

    assert first[0] == "created product-types/article"
    assert second == [
        "product-types/article: added red to attributes[colour].values",
        "product-types/article: added size to attributes",
        "tax-categories/normal: added BTW: 0.21 included to rates[BE]",
        "channels/web: added InventorySupply to roles",
    ]


async def test_an_attribute_of_another_type_stops_the_setup(shop: Shop) -> None:
    """Attribute types hold for the whole project: nothing is written."""
    data = MODEL.model_dump()
    data["product_types"][0]["attributes"][0]["type"] = "number"
    data["channels"] += ({"key": "new", "roles": ("InventorySupply",)},)
    async with shop.client() as client:
        await ensure(client, MODEL)
        with pytest.raises(
            ConfigError, match="ean is text in product type article, the model declares number"
        ):
            await ensure(client, ProjectModel.model_validate(data))
        assert await client.get("channels/key=new") is None


async def test_two_setups_at_once_both_succeed(shop: Shop) -> None:
    """Whoever comes second finds what the first created."""
    async with shop.client() as client:
        await asyncio.gather(*(ensure(client, MODEL) for _ in range(4)))
        assert await ensure(client, MODEL) == []


async def test_an_empty_project_is_told_before_anything_is_read(shop: Shop) -> None:
    """Product types and supply channels are needed: the message says to run the setup."""
    async with shop.client() as client:
        with pytest.raises(ConfigError, match="product type article"):
            await ProductSink(client, product_types=["article"]).prepare()
        with pytest.raises(ConfigError, match="InventorySupply"):
            await StockSink(client).prepare()


# --- every sink: create, agree, one field, one action, agree ---

ONE_FIELD: list[tuple[str, Any, Any, list[dict[str, Any]]]] = [
    (
        "category",
        TREE[1],
        replace(TREE[1], name={"nl-BE": "Hemden"}),
        [{"action": "changeName", "name": {"fr-FR": "Chemises", "nl-BE": "Hemden"}}],
    ),
    (
        "category",
        TREE[1],
        replace(TREE[1], order_hint="0.0030"),
        [{"action": "changeOrderHint", "orderHint": "0.003"}],
    ),
    ("category", TREE[1], replace(TREE[1], external_id=None), [{"action": "setExternalId"}]),
    (
        "product",
        SHIRT,
        replace(SHIRT, description={"fr-FR": "En lin lavé"}),
        [{"action": "setDescription", "description": {"fr-FR": "En lin lavé"}}, {"action": "publish"}],
    ),
    (
        "product",
        SHIRT,
        Product(
            key=SHIRT.key,
            variants=(Variant(sku="000123-001-38", attributes={"colour": "blue", "weight_g": 450}),),
        ),
        [
            {"action": "setAttribute", "sku": "000123-001-38", "name": "colour", "value": "blue"},
            {"action": "publish"},
        ],
    ),
    (
        "product",
        SHIRT,
        Product(key=SHIRT.key, variants=(Variant(sku="000123-001-38", attributes={"material": "laine"}),)),
        [
            {"action": "setAttributeInAllVariants", "name": "material", "value": "laine"},
            {"action": "publish"},
        ],
    ),
    (
        "price",
        PRICE,
        replace(PRICE, value=Money(4990, "EUR")),
        [{"action": "changeValue", "value": {"currencyCode": "EUR", "centAmount": 4990}}],
    ),
    (
        "price",
        PRICE,
        replace(PRICE, valid_until=datetime(2026, 12, 1, tzinfo=UTC)),
        [{"action": "setValidFromAndUntil", "validUntil": "2026-12-01T00:00:00.000Z"}],
    ),
    ("stock", STOCK, replace(STOCK, quantity=0), [{"action": "changeQuantity", "quantity": 0}]),
    (
        "stock",
        STOCK,
        replace(STOCK, restockable_in_days=0),
        [{"action": "setRestockableInDays", "restockableInDays": 0}],
    ),
    (
        "stock",
        STOCK,
        replace(STOCK, expected_delivery=datetime(2026, 12, 1, tzinfo=UTC)),
        [{"action": "setExpectedDelivery", "expectedDelivery": "2026-12-01T00:00:00.000Z"}],
    ),
]


@pytest.mark.parametrize(("entity", "record", "changed", "actions"), ONE_FIELD)
async def test_one_field_is_one_action_and_then_peace(
    shop: Shop, entity: str, record: Any, changed: Any, actions: list[dict[str, Any]]
) -> None:
    """Create, agree, change one field with one action (and publish), agree again."""
    async with shop.client() as client:
        await open_shop(client)
        sink = await sink_for(client, entity)
        await carry(sink, [record])
        assert await plans(sink, record) == [None]

        (change,) = await carry(sink, [changed])

        assert list(change.actions) == actions
        assert await plans(sink, changed) == [None]


async def test_a_whole_product_changes_at_once(shop: Shop) -> None:
    """Texts, categories, tax, attributes, a new variant: one request, and nothing is left to do."""
    new = Variant(sku="000123-002-38", key="v-2", attributes={"colour": "blue", "material": "laine"})
    old = Variant(sku="000123-001-40", key="v-40", attributes={"weight_g": None, "material": "laine"})
    wanted = replace(
        SHIRT,
        name={"fr-FR": "Chemise longue", "nl-BE": "Lang hemd"},
        description=None,
        categories=("cat-0002",),
        tax_category=None,
        variants=(new, old),
    )
    async with shop.client() as client:
        await open_shop(client)
        sink = await sink_for(client, "product")
        (change,) = await carry(sink, [wanted])
        live = (await sink.read_live([wanted]))[wanted.key]

        assert change.actions[0]["action"] == "removeFromCategory"
        assert change.actions[-2:] == (change.actions[-2], {"action": "publish"})
        assert change.actions[-2]["action"] == "addVariant"
        assert await plans(sink, wanted) == [None]
    skus = [v["sku"] for v in [live.body["masterVariant"], *live.body["variants"]]]
    assert skus == ["000123-001-38", "000123-001-40", "000123-002-38"]
    assert live.body["published"]
    assert not live.body["hasStagedChanges"]


async def test_translations_complete_and_never_create(shop: Shop) -> None:
    """A feed of Polish texts adds its locale, keeps the French one, and waits for what is not there."""
    polish = Product(key=SHIRT.key, name={"pl-PL": "Koszula"}, slug={"pl-PL": "koszula-000123"})
    async with shop.client() as client:
        await open_shop(client)
        sink = ProductSink(client, creates=False)
        await sink.prepare()
        await carry(sink, [polish])
        assert await plans(sink, polish, SHIRT) == [None, None]
        with pytest.raises(ReferenceMissing):
            await carry(sink, [replace(polish, key="style-999999")])


async def test_products_stay_staged_when_the_policy_says_never(shop: Shop) -> None:
    """What the shop shows does not move; the plan still finds its own staged change."""
    async with shop.client() as client:
        await open_shop(client)
        sink = ProductSink(client, publish="never")
        await sink.prepare()
        wanted = replace(SHIRT, name={"fr-FR": "Chemisier"})
        await carry(sink, [wanted])
        assert await plans(sink, wanted) == [None]
        current = await client.page("product-projections", [("where", f'key = "{SHIRT.key}"')])
        assert current[0]["name"] == {"fr-FR": "Chemise"}


async def test_many_records_are_read_in_few_requests(shop: Shop) -> None:
    """600 stock levels of two depots are read by chunks, not one by one."""
    levels = [
        StockLevel(sku=f"000{n:03}-001-38", quantity=n, supply_channel=channel)
        for n in range(300)
        for channel in ("depot-001", "depot-101")
    ]
    async with shop.client() as client:
        await ensure(client, MODEL)
        sink = await sink_for(client, "stock")
        creates = [change for change in await plans(sink, *levels) if change is not None]
        assert len(creates) == 600
        await client.each(creates, sink.apply)
        shop.sandbox.reset_stats()
        assert await plans(sink, *levels) == [None] * 600
    assert shop.sandbox.stats()["reads"] <= 6


async def test_stock_of_one_sku_is_kept_apart_by_channel(shop: Shop) -> None:
    """Warehouse, store and the pool without channel are three entries."""
    levels = [
        replace(STOCK, quantity=n, supply_channel=c)
        for n, c in ((1, "depot-001"), (2, "depot-101"), (3, None))
    ]
    async with shop.client() as client:
        await ensure(client, MODEL)
        sink = await sink_for(client, "stock")
        await carry(sink, levels)
        assert await plans(sink, *levels) == [None] * 3
        (change,) = await carry(sink, [replace(levels[2], quantity=0)])
        assert change.actions == ({"action": "changeQuantity", "quantity": 0},)
        assert await plans(sink, *levels[:2]) == [None] * 2


async def test_a_price_that_others_made_is_found_by_its_scope(shop: Shop) -> None:
    """No second price in one scope: the foreign one is taken over as it is."""
    async with shop.client() as client:
        await ensure(client, MODEL)
        draft = {"sku": PRICE.sku, "value": {"currencyCode": "EUR", "centAmount": 100}, "country": "FR"}
        foreign = await client.create("standalone-prices", draft)
        sink = await sink_for(client, "price")
        (change,) = await carry(sink, [PRICE])

        assert change.target_id == foreign["id"]
        assert [action["action"] for action in change.actions] == ["changeValue"]
        assert await plans(sink, PRICE) == [None]


async def test_normal_and_sale_price_of_a_sku_live_side_by_side(shop: Shop) -> None:
    """Country, currency and first day tell prices apart."""
    sale = replace(PRICE, value=Money(3990, "EUR"), valid_from=datetime(2026, 11, 1, tzinfo=UTC),
                   valid_until=datetime(2026, 11, 30, tzinfo=UTC))  # fmt: skip
    zloty = replace(PRICE, value=Money(24900, "PLN"), country="PL")
    async with shop.client() as client:
        await ensure(client, MODEL)
        sink = await sink_for(client, "price")
        assert len(await carry(sink, [PRICE, sale, zloty])) == 3
        assert await plans(sink, PRICE, sale, zloty) == [None] * 3


# --- accidents ---

ACCIDENTS = [
    ("category", "categories", replace(TREE[1], key="cat-0003", slug={"fr-FR": "autre"})),
    (
        "product",
        "products",
        replace(SHIRT, key="style-9", slug={"fr-FR": "s-9"}, variants=(Variant(sku="9"),)),
    ),
    ("price", "standalone-prices", PRICE),
    ("stock", "inventory", STOCK),
]


@pytest.mark.parametrize(("entity", "path", "record"), ACCIDENTS)
async def test_a_lost_answer_to_a_create_leaves_one_resource(
    shop: Shop, entity: str, path: str, record: Any
) -> None:
    """Created, answer lost: the outcome is in doubt, reading again finds it, and nothing is left to do."""
    async with shop.client() as client:
        await open_shop(client)
        sink = await sink_for(client, entity)
        (change,) = await plans(sink, record)
        assert change is not None
        before = len(await client.page(path))
        shop.fail(path, kind="lost_answer")
        with pytest.raises(Conflict, match="in doubt"):
            await sink.apply(change)
        assert await plans(sink, record) == [None]
        assert len(await client.page(path)) == before + 1


@pytest.mark.parametrize(("entity", "path", "record"), ACCIDENTS)
async def test_two_who_create_the_same_make_one(shop: Shop, entity: str, path: str, record: Any) -> None:
    """The second learns that it exists: a Conflict, and the next plan is empty."""
    async with shop.client() as client:
        await open_shop(client)
        sink = await sink_for(client, entity)
        (change,) = await plans(sink, record)
        assert change is not None
        before = len(await client.page(path))
        results = await asyncio.gather(*(sink.apply(change) for _ in range(5)), return_exceptions=True)

        assert sorted(type(result).__name__ for result in results) == ["Applied", *["Conflict"] * 4]
        assert await plans(sink, record) == [None]
        assert len(await client.page(path)) == before + 1


async def test_a_slug_that_another_product_has_is_refused(shop: Shop) -> None:
    """That is no race: reading again would not help, a person decides."""
    async with shop.client() as client:
        await open_shop(client)
        sink = await sink_for(client, "product")
        thief = replace(SHIRT, key="style-9", variants=(Variant(sku="9"),))
        with pytest.raises(Refused) as caught:
            await carry(sink, [thief])
    assert caught.value.code == "DuplicateField"


async def test_who_writes_with_an_old_version_reads_again(shop: Shop) -> None:
    """Two plans on one version: the second is a Conflict with the current version, its next plan is right."""
    async with shop.client() as client:
        await ensure(client, MODEL)
        sink = await sink_for(client, "stock")
        await carry(sink, [STOCK])
        first, second = [(await plans(sink, replace(STOCK, quantity=n)))[0] for n in (5, 7)]
        assert first is not None
        assert second is not None
        applied = await sink.apply(first)
        with pytest.raises(Conflict) as caught:
            await sink.apply(second)
        assert caught.value.data["current_version"] == applied.version
        (again,) = await carry(sink, [replace(STOCK, quantity=7)])
        assert again.fields[0].old == 5


async def test_a_limit_is_waited_out_as_the_shop_asks(shop: Shop) -> None:
    """429 with Retry-After: 3 pauses three seconds, a little more, and the write goes through."""
    async with shop.client() as client:
        await ensure(client, MODEL)
        sink = await sink_for(client, "stock")
        shop.fail("inventory", kind="status", status=429, retryAfter=3)
        await carry(sink, [STOCK])
        assert await plans(sink, STOCK) == [None]
    assert len(shop.time.slept) == 1
    assert 3 <= shop.time.slept[0] <= 3.3


@pytest.mark.parametrize("status", [502, 503])
async def test_a_bad_gateway_is_survived(shop: Shop, status: int) -> None:
    """Three failures in a row cost three pauses and nothing else."""
    async with shop.client() as client:
        await ensure(client, MODEL)
        sink = await sink_for(client, "stock")
        shop.fail("inventory", kind="status", status=status, count=3)
        await carry(sink, [STOCK])
    assert len(shop.time.slept) == 3


@pytest.mark.parametrize("kind", ["reset", "truncated"])
async def test_a_broken_connection_leaves_the_outcome_in_doubt(shop: Shop, kind: str) -> None:
    """Applied or not, the client cannot know: it says so and never sends the write again."""
    async with shop.client() as client:
        await ensure(client, MODEL)
        sink = await sink_for(client, "stock")
        (change,) = await plans(sink, STOCK)
        assert change is not None
        shop.fail("inventory", kind=kind)
        with pytest.raises(Conflict, match="in doubt"):
            await sink.apply(change)
        await carry(sink, [STOCK])
        assert await plans(sink, STOCK) == [None]


async def test_a_token_that_ends_in_the_middle_is_replaced(shop: Shop) -> None:
    """401 on a write costs one new token, and the write is done once."""
    async with shop.client() as client:
        await ensure(client, MODEL)
        sink = await sink_for(client, "stock")
        shop.fail("inventory", kind="status", status=401)
        await carry(sink, [STOCK])
        assert await plans(sink, STOCK) == [None]


async def test_many_writers_lose_nothing(shop: Shop) -> None:
    """Eight writers count one entry up, each reading again after a Conflict: every step arrives."""
    async with shop.client(concurrency=8) as client:
        await ensure(client, MODEL)
        sink = await sink_for(client, "stock")
        await carry(sink, [replace(STOCK, quantity=0)])

        async def count_up(_: int) -> None:
            while True:
                live = (await sink.read_live([STOCK]))[sink.key(STOCK)]
                wanted = replace(STOCK, quantity=live.body["quantityOnStock"] + 1)
                change = sink.plan(wanted, live)
                assert change is not None
                try:
                    await sink.apply(change)
                except Conflict:
                    continue
                return

        await client.each(list(range(40)), count_up)
        assert await plans(sink, replace(STOCK, quantity=40)) == [None]


# --- orders ---


def euro(cents: int) -> dict[str, Any]:
    """An amount of a draft."""
    return {"currencyCode": "EUR", "centAmount": cents}


async def place(client: Client, number: str, *, quantity: int = 3) -> dict[str, Any]:
    """An order with one line of the shirt."""
    name = {"fr-FR": "Chemise"}
    return await client.create("orders/import", {
        "orderNumber": number,
        "totalPrice": euro(5990 * quantity + 490),
        "paymentState": "Paid",
        "country": "FR",
        "customerEmail": "zoe@example.com",
        "lineItems": [{
            "name": name, "variant": {"sku": "000123-001-38"}, "price": {"value": euro(5990)},
            "quantity": quantity,
        }],
        "shippingInfo": {
            "shippingMethodName": "Domicile", "price": euro(490), "shippingRate": {"price": euro(490)},
        },
        "shippingAddress": {"firstName": "Zoé", "lastName": "Quénard", "country": "FR"},
    })  # fmt: skip


async def test_an_order_goes_out_is_acknowledged_and_shipped(shop: Shop) -> None:
    """Each step may be repeated; the shop says what the ERP said, once."""
    parcel = Parcel(key="1", tracking_id="8Q00", carrier="Colis Vert")
    sku = "000123-001-38"
    first = Shipment(key="BL-1", order_number="WEB-1", lines=(ShipmentLine(sku=sku, quantity=2),))
    last = Shipment(
        key="BL-2", order_number="WEB-1", lines=(ShipmentLine(sku=sku, quantity=1),), parcels=(parcel,)
    )
    async with shop.client() as client:
        await open_shop(client)
        await place(client, "WEB-1")
        desk = OrderDesk(client)
        source = OrderSource(client, clock=lambda: datetime.now(UTC) + timedelta(minutes=5))
        await desk.prepare()
        await source.prepare()
        for _ in range(2):
            await desk.mark_exported("WEB-1", "CMDWEB_00001")
            await desk.acknowledge(OrderAck(order_number="WEB-1", accepted=True, erp_number="4711"))
            await desk.ship(first)
            await desk.ship(last)
        order = await source.fetch("WEB-1")
        body = await client.get("orders/order-number=WEB-1")
        with pytest.raises(Refused, match="3 ordered, 3 delivered before, 1 now"):
            await desk.ship(replace(first, key="BL-3", lines=(ShipmentLine(sku=sku, quantity=1),)))

    assert order is not None
    assert (order.state, order.exported_as) == ("Confirmed", "4711")
    assert body is not None
    assert body["shipmentState"] == "Shipped"
    deliveries = body["shippingInfo"]["deliveries"]
    assert [(d["key"], len(d["parcels"])) for d in deliveries] == [("BL-1", 0), ("BL-2", 1)]


async def test_a_lost_answer_adds_no_second_delivery(shop: Shop) -> None:
    """The desk reads again and finds its delivery."""
    delivery = Shipment(
        key="BL-1", order_number="WEB-1", lines=(ShipmentLine(sku="000123-001-38", quantity=2),)
    )
    async with shop.client() as client:
        await open_shop(client)
        await place(client, "WEB-1")
        desk = OrderDesk(client)
        await desk.prepare()
        shop.fail("orders", kind="lost_answer")
        await desk.ship(delivery)
        body = await client.get("orders/order-number=WEB-1")
    assert body is not None
    assert len(body["shippingInfo"]["deliveries"]) == 1


async def test_two_who_ship_the_same_add_one_delivery(shop: Shop) -> None:
    """A race ends in one delivery: the loser's second look finds it."""
    delivery = Shipment(
        key="BL-1", order_number="WEB-1", lines=(ShipmentLine(sku="000123-001-38", quantity=3),)
    )
    async with shop.client() as client:
        await open_shop(client)
        await place(client, "WEB-1")
        desk = OrderDesk(client)
        await desk.prepare()
        await asyncio.gather(*(desk.ship(delivery) for _ in range(5)))
        body = await client.get("orders/order-number=WEB-1")
    assert body is not None
    assert len(body["shippingInfo"]["deliveries"]) == 1


async def test_every_order_is_seen_once(shop: Shop) -> None:
    """Page by page, from a cursor kept as text; nothing twice, nothing missed."""
    numbers = [f"WEB-{n}" for n in range(23)]
    async with shop.client(page_size=5) as client:
        await open_shop(client)
        await client.each(numbers, lambda number: place(client, number))
        source = OrderSource(client, clock=lambda: datetime.now(UTC) + timedelta(minutes=5))
        await source.prepare()
        pages = [page async for page in source.since(None)]
        seen = [order.order_number for page in pages for order in page.orders]
        assert sorted(seen) == sorted(numbers)
        assert [page async for page in source.since(pages[-1].cursor)] == []
        await place(client, "WEB-99")
        rest = [page async for page in source.since(pages[-1].cursor)]
        assert [order.order_number for page in rest for order in page.orders] == ["WEB-99"]
        lagging = OrderSource(client, lag=timedelta(hours=1))
        assert [page async for page in lagging.since(None)] == []
