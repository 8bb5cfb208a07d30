"""Every request that our client sends is one that the API takes: two judges look at each of them.

The client carries a small assortment to a real server and back: created, compared, changed, compared.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pydantic import SecretStr

from passerelle.commercetools import (
    CategorySink,
    Client,
    CommercetoolsConfig,
    OrderDesk,
    OrderSource,
    PriceSink,
    ProductSink,
    StockSink,
    ensure,
    load_model,
)
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
from passerelle.sync.protocols import Sink
from tests.contract.official import OfficialContract
from tests.contract.recorder import Recorder
from tests.contract.sdk import SdkContract
from tests.contract.shops import Shop
from tests.contract.watched import watched

R = TypeVar("R")

MODEL = Path(__file__).with_name("model.yaml")
DEPOT = "depot-001"

CATEGORIES = (
    (
        Category(key="cat-0001", name={"fr-FR": "Vestes"}, slug={"fr-FR": "vestes-0001"}, parent=None),
        Category(
            key="cat-0002",
            name={"fr-FR": "Vestes longues"},
            slug={"fr-FR": "vestes-longues-0002"},
            parent="cat-0001",
            external_id="0002",
        ),
    ),
    (Category(key="cat-0002", name={"fr-FR": "Vestes longues", "pl-PL": "Długie kurtki"}),),
)
PRODUCTS = (
    Product(
        key="style-000123",
        name={"fr-FR": "Veste Arzal"},
        slug={"fr-FR": "veste-arzal-000123"},
        description={"fr-FR": "Chaude"},
        product_type="article",
        categories=("cat-0001",),
        tax_category="normal",
        variants=(
            Variant(
                sku="000123-012-38",
                attributes={"ean": "3612345678901", "size": "38", "weight_g": 450, "gender": "women"},
            ),
            Variant(sku="000123-012-40", attributes={"size": "40", "gender": "women"}),
        ),
    ),
    Product(
        key="style-000123",
        name={"fr-FR": "Veste Arzal II"},
        description=None,
        product_type="article",
        categories=("cat-0002",),
        tax_category="normal",
        variants=(
            Variant(
                sku="000123-012-38",
                attributes={"size": "38/40", "weight_g": 0, "material": "Laine", "gender": "women"},
            ),
            Variant(sku="000123-012-42", attributes={"size": "42", "material": "Laine", "gender": "women"}),
        ),
    ),
)
STOCK = (
    StockLevel(sku="000123-012-38", quantity=12, supply_channel=DEPOT, restockable_in_days=4),
    StockLevel(sku="000123-012-38", quantity=0, supply_channel=DEPOT, restockable_in_days=4),
)
SALE: dict[str, Any] = {
    "valid_from": datetime(2027, 1, 6, 23, tzinfo=UTC),
    "valid_until": datetime(2027, 2, 2, 23, tzinfo=UTC),
}
PRICES = (
    (
        Price(sku="000123-012-38", value=Money(12990, "EUR"), country="FR"),
        Price(sku="000123-012-38", value=Money(8990, "EUR"), country="FR", **SALE),
    ),
    (
        Price(sku="000123-012-38", value=Money(11990, "EUR"), country="FR"),
        Price(sku="000123-012-38", value=Money(7990, "EUR"), country="FR", **SALE),
    ),
)
ORDER: dict[str, Any] = {
    "orderNumber": "W100001",
    "totalPrice": {"currencyCode": "EUR", "centAmount": 11990},
    "orderState": "Open",
    "lineItems": [
        {
            "name": {"fr-FR": "Veste Arzal II"},
            "variant": {"sku": "000123-012-38"},
            "price": {"value": {"currencyCode": "EUR", "centAmount": 11990}},
            "quantity": 1,
        }
    ],
    "shippingInfo": {
        "shippingMethodName": "Colis",
        "price": {"currencyCode": "EUR", "centAmount": 0},
        "shippingRate": {"price": {"currencyCode": "EUR", "centAmount": 0}},
    },
}


async def carry(sink: Sink[R], records: Sequence[R]) -> list[str]:
    """Bring records to the shop, parents first, and name what was sent; afterwards both sides agree."""
    await sink.prepare()
    sent: list[str] = []
    for record in records:
        live = await sink.read_live([record])
        change = sink.plan(record, live.get(sink.key(record)))
        if change is not None:
            await sink.apply(change)
            sent += [str(action["action"]) for action in change.actions] or ["create"]
    live = await sink.read_live(records)
    assert [sink.plan(record, live.get(sink.key(record))) for record in records] == [None] * len(records)
    return sent


@pytest.fixture
async def client(shop: Shop, recorder: Recorder) -> AsyncIterator[Client]:
    """Our client at an empty project of the shop that is set up, with a look over its shoulder."""
    config = CommercetoolsConfig(
        project_key=shop.project,
        client_id=shop.client_id,
        client_secret=SecretStr(shop.client_secret),
        auth_url=shop.url,
        api_url=shop.url,
    )
    async with watched(config, recorder) as made:
        await ensure(made, load_model(MODEL))
        yield made


@pytest.fixture
def well_formed(
    client: Client, recorder: Recorder, official: OfficialContract, sdk: SdkContract
) -> Iterator[None]:
    """After the test both judges have looked at every request, and found nothing."""
    del client  # the recorder looks over this client's shoulder
    yield
    assert recorder.calls()
    assert recorder.request_faults(official) == []
    assert recorder.request_faults(sdk) == []


@pytest.mark.usefixtures("well_formed")
async def test_the_project_is_set_up_once(client: Client) -> None:
    """The second set-up finds everything and adds nothing."""
    assert await ensure(client, load_model(MODEL)) == []


@pytest.mark.usefixtures("well_formed")
async def test_categories(client: Client) -> None:
    """A tree, then a further language."""
    first, second = CATEGORIES

    assert await carry(CategorySink(client), first) == ["create", "create"]
    assert await carry(CategorySink(client), second) == ["changeName"]


@pytest.mark.usefixtures("well_formed")
async def test_products(client: Client) -> None:
    """A style with its variants, then nearly all of it otherwise."""
    await carry(CategorySink(client), CATEGORIES[0])
    sink = ProductSink(client, publish="always", product_types=["article"])
    first, second = PRODUCTS

    assert await carry(sink, [first]) == ["create"]
    sent = await carry(sink, [second])

    assert {"changeName", "setDescription", "setAttribute", "addVariant", "addToCategory"} < set(sent)
    assert sent[-1] == "publish"


@pytest.mark.usefixtures("well_formed")
async def test_stock(client: Client) -> None:
    """A stock level, then zero, which is a value."""
    first, second = STOCK

    assert await carry(StockSink(client), [first]) == ["create"]
    assert await carry(StockSink(client), [second]) == ["changeQuantity"]


@pytest.mark.usefixtures("well_formed")
async def test_prices(client: Client) -> None:
    """The normal price and the one of the sale, then both lower."""
    await carry(CategorySink(client), CATEGORIES[0])
    await carry(ProductSink(client), PRODUCTS[:1])
    first, second = PRICES

    assert await carry(PriceSink(client), first) == ["create", "create"]
    assert await carry(PriceSink(client), second) == ["changeValue", "changeValue"]


@pytest.mark.usefixtures("well_formed")
async def test_orders(client: Client, shop: Shop) -> None:
    """An order is read, marked as exported, acknowledged and shipped; a second time nothing is sent."""
    await carry(CategorySink(client), CATEGORIES[0])
    await carry(ProductSink(client), PRODUCTS[:1])
    await client.create("orders/import", ORDER)
    source = OrderSource(client, lag=timedelta(seconds=-60))
    await source.prepare()
    numbers = [order.order_number async for page in source.since(None) for order in page.orders]
    desk = OrderDesk(client)
    await desk.prepare()
    ack = OrderAck(order_number="W100001", accepted=True, erp_number="C7788")
    shipment = Shipment(
        key="BL-1",
        order_number="W100001",
        lines=(ShipmentLine(sku="000123-012-38", quantity=1),),
        parcels=(Parcel(key="BL-1-1", tracking_id="CX1", carrier="Colissia"),),
    )

    assert numbers == ["W100001"]
    assert (await desk.mark_exported("W100001", "CMDWEB_00001_20261101.xml")).actions
    assert (await desk.mark_exported("W100001", "CMDWEB_00001_20261101.xml")).actions == ()
    assert (await desk.acknowledge(ack)).actions
    assert (await desk.acknowledge(ack)).actions == ()
    if shop.whole_orders:
        assert (await desk.ship(shipment)).actions
        assert (await desk.ship(shipment)).actions == ()
