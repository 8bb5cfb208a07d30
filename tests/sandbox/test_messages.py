"""Messages: what is told of orders, stock, prices and products, in order, for those who ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from passerelle.sandbox import Sandbox
from tests.contract.official import OfficialContract
from tests.sandbox.shopfront import Shopfront, product, reference, variant

ORDER = "orders/order-number=W-1"
MONEY = {"centAmount": 100, "currencyCode": "EUR"}


@pytest.fixture
def shop() -> Iterator[Shopfront]:
    """A sandbox of one test alone, that keeps messages of a catalogue with one product."""
    with Sandbox(in_process=True) as sandbox:
        front = Shopfront(sandbox, "demo")
        front.catalogue()
        front.create("products", product("style-1", variant("A"), publish=True))
        sandbox.keep_messages()
        yield front
        front.close()


def told(front: Shopfront, **parameters: Any) -> list[dict[str, Any]]:
    """All messages, in the order in which a sweep reads them."""
    found = front.results("messages", sort=["createdAt asc", "id asc"], limit=500, **parameters)
    return sorted(found, key=lambda one: (one["resource"]["id"], one["sequenceNumber"]))


def types(front: Shopfront, resource: dict[str, Any]) -> list[str]:
    """What is told of one resource."""
    where = f'resource(id = "{resource["id"]}")'
    return [one["type"] for one in told(front, where=where)]


def test_nothing_is_told_until_it_is_enabled(shopfront: Shopfront) -> None:
    """Messages are off at first; what happened before they were enabled is never told."""
    shopfront.catalogue()
    assert shopfront.get("messages")["total"] == 0
    settings = f"{shopfront.sandbox.url}/{shopfront.project}"
    kept = {"enabled": True, "deleteDaysAfterCreation": 3}
    enable = {"action": "changeMessagesConfiguration", "messagesConfiguration": kept}
    shopfront.update(settings, shopfront.get(settings)["version"], enable)
    channel = reference("channel", "depot-001")
    shopfront.create("inventory", {"sku": "A", "quantityOnStock": 1, "supplyChannel": channel})
    [message] = told(shopfront)
    assert message["type"] == "InventoryEntryCreated"


def live_of_an_order(shop: Shopfront) -> None:
    """An order that is confirmed, shipped in a parcel, and comes back."""
    order = shop.order("W-1", "A")
    states = [{"action": "changeOrderState", "orderState": state} for state in ("Confirmed", "Complete")]
    shop.update(ORDER, 1, *states, {"action": "changeShipmentState", "shipmentState": "Shipped"})
    line = order["lineItems"][0]["id"]
    deliver = {"action": "addDelivery", "items": [{"id": line, "quantity": 1}]}
    delivery = shop.update(ORDER, 2, deliver)["shippingInfo"]["deliveries"][0]["id"]
    add = {"action": "addParcelToDelivery", "deliveryId": delivery}
    parcel = shop.update(ORDER, 3, add)["shippingInfo"]["deliveries"][0]["parcels"][0]["id"]
    track = {"trackingData": {"trackingId": "4711", "carrier": "Post"}}
    shop.update(ORDER, 4, {"action": "setParcelTrackingData", "parcelId": parcel, **track})
    back = {"lineItemId": line, "quantity": 1, "shipmentState": "Advised"}
    item = shop.update(ORDER, 5, {"action": "addReturnInfo", "items": [back]})["returnInfo"][0]["items"][0]
    returned = {"action": "setReturnShipmentState", "returnItemId": item["id"], "shipmentState": "Returned"}
    shop.update(ORDER, 6, returned)


def test_an_order_and_what_becomes_of_it(shop: Shopfront) -> None:
    """Each action is told by itself: numbers go up by one, versions are those after the request."""
    live_of_an_order(shop)
    messages = told(shop)
    assert [(one["type"], one["sequenceNumber"], one["resourceVersion"]) for one in messages] == [
        ("OrderImported", 1, 1),
        ("OrderStateChanged", 2, 2),
        ("OrderStateChanged", 3, 2),
        ("OrderShipmentStateChanged", 4, 2),
        ("DeliveryAdded", 5, 3),
        ("ParcelAddedToDelivery", 6, 4),
        ("ParcelTrackingDataUpdated", 7, 5),
        ("ReturnInfoAdded", 8, 6),
        ("OrderReturnShipmentStateChanged", 9, 7),
    ]
    assert messages[1]["oldOrderState"] == "Open"
    assert messages[2]["oldOrderState"] == "Confirmed"
    assert {one["resourceUserProvidedIdentifiers"]["orderNumber"] for one in messages} == {"W-1"}
    assert messages[4]["delivery"]["parcels"] == []


def test_an_export_mark_is_not_told(shop: Shopfront) -> None:
    """No message type exists for sync info, and a refused request is told of by nothing."""
    shop.create("channels", {"key": "erp", "roles": ["OrderExport"]})
    order = shop.order("W-1", "A")
    mark = {"action": "updateSyncInfo", "channel": reference("channel", "erp")}
    shop.update(ORDER, 1, mark)
    confirm = {"action": "changeOrderState", "orderState": "Confirmed"}
    renumber = {"action": "setOrderNumber", "orderNumber": "W-2"}
    shop.refused_update(ORDER, 2, confirm, renumber, code="InvalidOperation")
    assert types(shop, order) == ["OrderImported"]


def live_of_stock(shop: Shopfront) -> None:
    """An entry that runs out and goes."""
    channel = reference("channel", "depot-001")
    entry = shop.create("inventory", {"sku": "A", "quantityOnStock": 5, "supplyChannel": channel})
    path = f"inventory/{entry['id']}"
    shop.update(path, 1, {"action": "changeQuantity", "quantity": 0})
    shop.update(path, 2, {"action": "setRestockableInDays", "restockableInDays": 3})
    shop.ask("DELETE", path, version=3)


def test_stock(shop: Shopfront) -> None:
    """Quantities set over the API are told with old and new, and running out; other fields are not."""
    live_of_stock(shop)
    messages = told(shop)
    assert [one["type"] for one in messages] == [
        "InventoryEntryCreated",
        "InventoryEntryQuantitySet",
        "InventoryEntryOutOfStock",
        "InventoryEntryDeleted",
    ]
    assert (messages[1]["oldQuantityOnStock"], messages[1]["newQuantityOnStock"]) == (5, 0)


def live_of_a_price(shop: Shopfront) -> dict[str, Any]:
    """A price that changes in every way, and goes."""
    price = shop.create("standalone-prices", {"key": "price-1", "sku": "A", "value": MONEY})
    tier = {"minimumQuantity": 5, "value": {**MONEY, "centAmount": 90}}
    shop.update(
        "standalone-prices/key=price-1",
        1,
        {"action": "changeValue", "value": {**MONEY, "centAmount": 110}},
        {"action": "addPriceTier", "tier": tier},
        {"action": "setValidFrom", "validFrom": "2026-11-01T00:00:00.000Z"},
        {"action": "changeActive", "active": False},
        {"action": "changeValue", "value": {**MONEY, "centAmount": 120}, "staged": True},
        {"action": "applyStagedChanges"},
    )
    shop.ask("DELETE", "standalone-prices/key=price-1", version=2)
    return price


def test_prices(shop: Shopfront) -> None:
    """A price's value, tiers, validity and activity each have a message of their own."""
    price = live_of_a_price(shop)
    assert types(shop, price) == [
        f"StandalonePrice{what}"
        for what in (
            "Created",
            "ValueChanged",
            "TierAdded",
            "ValidFromSet",
            "ActiveChanged",
            "ValueChanged",
            "StagedChangesApplied",
            "Deleted",
        )
    ]


def live_of_a_product(shop: Shopfront) -> dict[str, Any]:
    """A product that changes, goes on sale and off it, and goes."""
    created = shop.get("products/key=style-1")
    path = "products/key=style-1"
    shop.update(
        path,
        created["version"],
        {"action": "addVariant", "sku": "B"},
        {"action": "changeSlug", "slug": {"en": "another"}},
        {"action": "publish"},
        {"action": "unpublish"},
    )
    shop.ask("DELETE", path, version=created["version"] + 1)
    return created


def test_products(shop: Shopfront) -> None:
    """Publishing and unpublishing, variants and slugs; what is staged says so."""
    created = live_of_a_product(shop)
    messages = told(shop, where=f'resource(id = "{created["id"]}")')
    assert [one["type"] for one in messages] == [
        "ProductVariantAdded",
        "ProductSlugChanged",
        "ProductPublished",
        "ProductUnpublished",
        "ProductDeleted",
    ]
    assert messages[0]["staged"] is True
    assert messages[2]["productProjection"]["slug"] == {"en": "another"}


def test_every_message_is_as_described(shop: Shopfront, description: OfficialContract | None) -> None:
    """Each message fits the schema of its type in the official description, and so does the page."""
    if description is None:
        pytest.skip("the official OpenAPI description is not here (see the fixture `official`)")
    live_of_an_order(shop)
    live_of_stock(shop)
    live_of_a_price(shop)
    live_of_a_product(shop)
    page = shop.get("messages", limit=500)
    faults = [
        f"{one['type']} {fault}"
        for one in page["results"]
        for fault in description.check_schema(f"{one['type']}Message", one)
    ]
    assert faults == []
    assert len({one["type"] for one in page["results"]}) > 20


def test_the_sweep_misses_nothing(shop: Shopfront) -> None:
    """Pages by the compound cursor of time and id hold every message once, whatever the page ends in."""
    numbers = [f"W-{number}" for number in range(7)]
    for number in numbers:
        shop.order(number, "A")
    swept: list[str] = []
    where: dict[str, Any] = {}
    while page := shop.results(
        "messages", sort=["createdAt asc", "id asc"], limit=2, withTotal="false", **where
    ):
        swept += [one["resourceUserProvidedIdentifiers"]["orderNumber"] for one in page]
        last = page[-1]
        at, number = last["createdAt"], last["id"]
        where = {"where": f'createdAt > "{at}" or (createdAt = "{at}" and id > "{number}")'}
    assert sorted(swept) == numbers


def test_messages_are_forgotten(shop: Shopfront) -> None:
    """Messages go when their days are over; the numbering of a resource goes on."""
    shop.order("W-1", "A")
    shop.sandbox.keep_messages(days=2)
    shop.sandbox.pass_time(hours=47.9)
    assert shop.get("messages")["total"] == 1
    shop.sandbox.pass_time(hours=0.2)
    assert shop.get("messages")["total"] == 0
    shop.update(ORDER, 1, {"action": "changeOrderState", "orderState": "Confirmed"})
    assert told(shop)[0]["sequenceNumber"] == 2


def test_messages_are_read_only(shop: Shopfront) -> None:
    """A message is found by its id; nobody writes messages."""
    shop.order("W-1", "A")
    [message] = told(shop, where='type = "OrderImported"')
    assert shop.get(f"messages/{message['id']}") == message
    assert shop.ask("HEAD", f"messages/{message['id']}").status_code == 200
    assert shop.ask("HEAD", "messages", where='type = "OrderDeleted"').status_code == 404
    shop.refused("POST", "messages", {}, status=405, code="InvalidOperation")
    shop.refused("GET", "messages/none", status=404, code="ResourceNotFound")
    narrow = Shopfront(shop.sandbox, "demo", "view_products:demo")
    narrow.refused("GET", "messages", status=403, code="insufficient_scope")
    narrow.close()
