"""Least privilege: each entity is carried by an API client that has the listed scopes and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from passerelle.commercetools import (
    CategorySink,
    Client,
    CommercetoolsConfig,
    Need,
    OrderDesk,
    OrderSource,
    PriceSink,
    ProductSink,
    ProjectModel,
    StockSink,
    ensure,
    needs_of,
)
from passerelle.commercetools.http.scopes import ENTITIES, RESOURCES, allowed, missing, scope_for
from passerelle.errors import ConfigError
from passerelle.records import (
    Category,
    Money,
    OrderAck,
    Price,
    Product,
    Shipment,
    ShipmentLine,
    StockLevel,
    Variant,
)
from passerelle.sandbox import ApiClient, Sandbox, SandboxConfig

MODEL = ProjectModel.model_validate({
    "product_types": [{"key": "article", "name": "Article", "description": "A style"}],
    "tax_categories": [{"key": "normal", "name": "Normal"}],
    "channels": [
        {"key": "depot", "roles": ["InventorySupply"]},
        {"key": "web", "roles": ["ProductDistribution"]},
        {"key": "erp", "roles": ["OrderExport"]},
    ],
})  # fmt: skip

#: One record of each entity, which names all that such a record may point to, and the fields it fills.
RECORDS: dict[str, tuple[Any, list[str]]] = {
    "category": (Category(key="c-1", name={"en": "Shirts"}, slug={"en": "shirts"}), []),
    "product": (
        Product(
            key="p-1",
            name={"en": "Shirt"},
            slug={"en": "shirt"},
            product_type="article",
            tax_category="normal",
            variants=(Variant(sku="s-1"),),
        ),
        [],
    ),
    "price": (Price(sku="s-1", value=Money(1000, "EUR"), channel="web"), ["channel"]),
    "stock": (StockLevel(sku="s-1", quantity=3, supply_channel="depot"), ["supply_channel"]),
}
#: What comes back about orders is kept in the ledger, and the shop is told: no sink carries it there.
BACK = ("order_ack", "order_file_ack", "order_message", "shipment")
SINKS: dict[str, Any] = {
    "category": CategorySink,
    "product": ProductSink,
    "price": PriceSink,
    "stock": StockSink,
}


def _client_for(entity: str, scopes: tuple[str, ...]) -> ApiClient:
    return ApiClient(id=entity, secret=SecretStr(entity), scopes=scopes)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A shop with one API client for each entity, each with the scopes of the table."""
    clients = [
        _client_for(entity, tuple(scope_for(need) for need in needs_of(entity, fields)))
        for entity, (_, fields) in RECORDS.items()
    ]
    about_orders = [
        _client_for(entity, tuple(scope_for(need) for need in needs_of(entity)))
        for entity in ("order", *BACK)
    ]
    nothing = _client_for("nothing", ("view_project_settings",))
    with Sandbox(
        SandboxConfig(unknown_order_skus="accept", more_clients=(*clients, *about_orders, nothing))
    ) as running:
        yield running


def connected(sandbox: Sandbox, entity: str = "") -> Client:
    """The API client of an entity, or the one that may do all."""
    return Client(
        CommercetoolsConfig(
            project_key=sandbox.project,
            client_id=entity or sandbox.client_id,
            client_secret=SecretStr(entity) if entity else sandbox.client_secret,
            auth_url=sandbox.url,
            api_url=sandbox.url,
        )
    )


async def _set_up(sandbox: Sandbox) -> None:
    sandbox.control("POST", "/reset")
    async with connected(sandbox) as client:
        await ensure(client, MODEL)
        euro = {"currencyCode": "EUR", "centAmount": 1000}
        await client.create("orders/import", {
            "orderNumber": "W-1", "totalPrice": euro,
            "lineItems": [{
                "name": {"en": "Shirt"}, "variant": {"sku": "s-1"}, "price": {"value": euro}, "quantity": 1,
            }],
            "shippingInfo": {
                "shippingMethodName": "Home", "price": euro, "shippingRate": {"price": euro},
            },
        })  # fmt: skip


@pytest.mark.parametrize("entity", RECORDS)
async def test_the_listed_scopes_are_enough(sandbox: Sandbox, entity: str) -> None:
    """Read, plan, write, read back: no call is refused."""
    await _set_up(sandbox)
    record, fields = RECORDS[entity]
    async with connected(sandbox, entity) as client:
        client.require(needs_of(entity, fields))
        sink = SINKS[entity](client)
        await sink.prepare()
        change = sink.plan(record, (await sink.read_live([record])).get(sink.key(record)))
        assert change is not None
        await sink.apply(change)
        live = await sink.read_live([record])
        assert sink.plan(record, live.get(sink.key(record))) is None


async def test_orders_are_read_with_the_listed_scopes(sandbox: Sandbox) -> None:
    """The way out."""
    await _set_up(sandbox)
    async with connected(sandbox, "order") as client:
        client.require(needs_of("order"))
        source = OrderSource(client, clock=lambda: datetime.now(UTC) + timedelta(minutes=5))
        await source.prepare()
        assert [order.order_number async for page in source.since(None) for order in page.orders] == ["W-1"]


@pytest.mark.parametrize("entity", BACK)
async def test_orders_are_shown_with_the_listed_scopes(sandbox: Sandbox, entity: str) -> None:
    """The way back: whatever is said, orders are read and written, and the export channel is read."""
    await _set_up(sandbox)
    async with connected(sandbox, entity) as client:
        client.require(needs_of(entity))
        desk = OrderDesk(client)
        await desk.prepare()
        assert (
            await desk.acknowledge(OrderAck(order_number="W-1", accepted=True, erp_number="4711"))
        ).actions
        shipment = Shipment(key="d-1", order_number="W-1", lines=(ShipmentLine(sku="s-1", quantity=1),))
        assert (await desk.ship(shipment)).actions


@pytest.mark.parametrize("entity", RECORDS)
async def test_without_any_of_them_it_is_told(sandbox: Sandbox, entity: str) -> None:
    """A client without these scopes is stopped before its first call."""
    record, fields = RECORDS[entity]
    async with connected(sandbox, "nothing") as client:
        client.require(needs_of(entity, fields))
        sink = SINKS[entity](client)
        with pytest.raises(ConfigError, match="may not"):
            await client.each([sink.prepare, lambda: sink.read_live([record])], lambda call: call())
        assert client.usage.calls == 0


def test_every_need_names_a_resource_of_the_table() -> None:
    """And each resource that is written has a scope for it."""
    needs = {need for listed in ENTITIES.values() for need in listed}
    assert {need.path for need in needs} <= set(RESOURCES)
    assert all(scope_for(need) for need in needs)


def test_who_may_manage_may_view() -> None:
    """Either scope of two opens a resource; manage_project opens all; other resources open nothing."""
    read, write = Need("channels"), Need("channels", write=True)
    assert [allowed(read, {scope}) for scope in ("view_channels", "view_products", "manage_products")] == [
        True, True, True,
    ]  # fmt: skip
    assert not allowed(write, {"view_channels", "view_products", "manage_orders"})
    assert allowed(write, {"manage_project"})
    assert missing([read, write, Need("orders")], {"view_products"}) == [write, Need("orders")]
    assert not allowed(Need("standalone-prices", write=True), {"manage_products"})


def test_the_reference_names_the_scopes_of_every_entity() -> None:
    """`docs/reference/commercetools-client.md` is what the code asks for."""
    page = Path(__file__).parents[2] / "docs" / "reference" / "commercetools-client.md"
    table = page.read_text(encoding="utf-8").split("| entity of the feed |")[1].split("\n\n")[0]
    rows = {
        entity.strip(" `"): [re.findall(r"`(\w+)`", cell) for cell in cells]
        for entity, *cells in (line.strip("| ").split(" | ") for line in table.splitlines()[2:])
    }
    assert list(rows) == list(ENTITIES)
    for entity in ENTITIES:
        asked = [[scope_for(need) for need in needs_of(entity, dry_run=dry)] for dry in (False, True)]
        assert rows[entity] == asked, entity
