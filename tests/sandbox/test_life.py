"""Customers: what they order, pay, cancel and send back is the same for a seed, and sums up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from passerelle.sandbox import Sandbox, SandboxConfig
from tests.contract.official import OfficialContract
from tests.sandbox.shopfront import Shopfront, product, reference, variant
from tests.sandbox.telling import told

STORES = ("store-1", "store-2")


def open_shop(sandbox: Sandbox) -> Shopfront:
    """A shop with two SKUs in a depot and two stores."""
    front = Shopfront(sandbox, "demo")
    front.catalogue()
    front.create("products", product("style-1", variant("A"), variant("B"), publish=True))
    for key in STORES:
        front.create("channels", {"key": key, "roles": ["InventorySupply"]})
    for sku, cents in (("A", 5_990), ("B", 1_333)):
        money = {"centAmount": cents, "currencyCode": "EUR"}
        front.create("standalone-prices", {"sku": sku, "value": money})
        for place in ("depot-001", *STORES):
            entry = {"sku": sku, "quantityOnStock": 1_000, "supplyChannel": reference("channel", place)}
            front.create("inventory", entry)
    sandbox.keep_messages()
    return front


@pytest.fixture
def shop() -> Iterator[Shopfront]:
    """A sandbox of one test alone, whose clock may be moved."""
    with Sandbox(in_process=True) as sandbox:
        front = open_shop(sandbox)
        yield front
        front.close()


def orders(front: Shopfront, **parameters: Any) -> list[dict[str, Any]]:
    """All orders, by number."""
    found = front.results("orders", limit=500, **parameters)
    return sorted(found, key=lambda order: str(order["orderNumber"]))


def test_orders_come_at_their_rate(shop: Shopfront) -> None:
    """As many orders a minute as asked for, each at a moment of its own, until they are all placed."""
    shop.sandbox.live(60, orders=200, countries=["FR"], seed=1)
    shop.sandbox.pass_time(seconds=60)
    after_a_minute = len(orders(shop))
    assert 30 < after_a_minute < 100
    shop.sandbox.pass_time(hours=1)
    placed = orders(shop)
    assert len(placed) == 200
    assert [one["createdAt"] for one in placed] == sorted(one["createdAt"] for one in placed)
    [living] = shop.sandbox.stop_lives()
    assert living["counts"]["placed"] == 200
    assert shop.sandbox.lives() == []


def test_kinds_of_orders(shop: Shopfront) -> None:
    """Custom fields say how an order reaches its customer; what a store hands out comes from that store."""
    shop.sandbox.live(600, orders=200, countries=["FR"], giftCards=0.3)
    shop.sandbox.pass_time(hours=1)
    channels = {one["id"]: one["key"] for one in shop.results("channels")}
    kinds: Counter[str] = Counter()
    gift_cards = donations = 0
    for order in orders(shop):
        fields = order["custom"]["fields"]
        kinds[fields["fulfilment"]] += 1
        places = {channels[line["supplyChannel"]["id"]] for line in order["lineItems"]}
        gift_cards += any("custom" in line for line in order["lineItems"])
        donations += any(line["slug"] == "donation" for line in order["customLineItems"])
        if fields["fulfilment"] == "delivery":
            assert places == {"depot-001"}
        else:
            assert places == {fields["pickupStore"]}
            assert fields["pickupStore"] in STORES
        assert ("shippingInfo" in order) is (fields["fulfilment"] != "reservation")
        assert ("paymentInfo" in order) is (fields["fulfilment"] != "reservation")
    assert set(kinds) == {"delivery", "ship_from_store", "click_and_collect", "reservation"}
    assert min(gift_cards, donations) > 0


def test_amounts_sum_up(shop: Shopfront) -> None:
    """Totals are those of lines and shipping, discounts spread to the cent, taxes between net and gross."""
    shop.sandbox.live(600, orders=200, countries=["FR"], discounts=1)
    shop.sandbox.pass_time(hours=1)
    discounted = 0
    for order in orders(shop, expand="discountCodes[*].discountCode"):
        lines = [*order["lineItems"], *order["customLineItems"]]
        shipping = order.get("shippingInfo", {"price": {"centAmount": 0}})["price"]["centAmount"]
        total = order["totalPrice"]["centAmount"]
        assert total == shipping + sum(line["totalPrice"]["centAmount"] for line in lines)
        taxed = order["taxedPrice"]
        assert taxed["totalGross"]["centAmount"] == total
        net, tax = taxed["totalNet"]["centAmount"], taxed["totalTax"]["centAmount"]
        assert net + tax == total
        assert tax == sum(portion["amount"]["centAmount"] for portion in taxed["taxPortions"])
        for line in order["lineItems"]:
            parts = line["discountedPricePerQuantity"]
            if parts:
                discounted += 1
                pieces = sum(part["quantity"] for part in parts)
                worth = sum(
                    part["quantity"] * part["discountedPrice"]["value"]["centAmount"] for part in parts
                )
                assert (pieces, worth) == (line["quantity"], line["totalPrice"]["centAmount"])
        codes = [one["discountCode"]["obj"]["code"] for one in order["discountCodes"]]
        assert len(codes) == ("shippingInfo" in order)
    assert discounted > 0


def test_customers_pay_cancel_and_send_back(shop: Shopfront) -> None:
    """Late payers pay, some ask to cancel; what was delivered comes back announced, once."""
    shop.sandbox.live(
        600, orders=60, countries=["FR"], kinds={"delivery": 1}, paysLater=0.5, cancels=0.2, returns=0.7
    )
    shop.sandbox.pass_time(hours=3)
    [living] = shop.sandbox.lives()
    counts = living["counts"]
    paid = [order for order in orders(shop) if order["paymentState"] == "Paid"]
    assert counts["paid later"] == counts["pays: later"] > 0
    assert len(paid) == counts["paid later"] + counts["pays: charge"]
    asked = [order for order in orders(shop) if "cancelRequest" in order["custom"]["fields"]]
    assert len(asked) == counts["asked to cancel"] > 0
    for order in orders(shop):
        items = [{"id": line["id"], "quantity": line["quantity"]} for line in order["lineItems"]]
        shop.update(f"orders/{order['id']}", order["version"], {"action": "addDelivery", "items": items})
    shop.sandbox.pass_time(days=30)
    back = [order for order in orders(shop) if order["returnInfo"]]
    assert len(back) == shop.sandbox.lives()[0]["counts"]["announced a return"] > 0
    assert {item["shipmentState"] for o in back for info in o["returnInfo"] for item in info["items"]} == {
        "Advised"
    }
    assert all(len(order["returnInfo"]) == 1 for order in back)


def test_a_seed_gives_the_same_life() -> None:
    """Two shops of the same content and two lives of one seed end alike, however time passes."""
    dumps = []
    for steps in (1, 12):
        with Sandbox(in_process=True) as sandbox:
            front = open_shop(sandbox)
            sandbox.live(60, orders=40, countries=["FR"], seed=5)
            for _ in range(steps):
                sandbox.pass_time(seconds=7_200 / steps)
            dumps.append([_told_apart(order) for order in sandbox.dump()["orders"]])
            front.close()
    assert dumps[0] == dumps[1]


def _told_apart(order: dict[str, Any]) -> dict[str, Any]:
    """An order without what differs by when it was placed."""
    lines = [{**line, "price": line["price"]["value"]} for line in order["lineItems"]]
    kept = ("orderNumber", "totalPrice", "taxedPrice", "custom", "shippingAddress", "paymentState")
    return {**{name: order[name] for name in kept if name in order}, "lines": str(len(lines))}


def test_out_of_stock(shop: Shopfront) -> None:
    """Nobody buys what is not there: pieces sold and left are those that came, whatever the lag hides."""
    shop.sandbox.control("POST", "/stock-lag", {"seconds": 10})
    for entry in shop.results("inventory"):
        few = {"action": "changeQuantity", "quantity": 7}
        shop.update(f"inventory/{entry['id']}", entry["version"], few)
    shop.sandbox.live(6_000, orders=100, countries=["FR"])
    shop.sandbox.pass_time(hours=1)
    entries = shop.results("inventory")
    assert min(entry["availableQuantity"] for entry in entries) >= 0
    sold = sum(line["quantity"] for order in orders(shop) for line in order["lineItems"])
    assert sold + sum(entry["quantityOnStock"] for entry in entries) == 7 * len(entries)
    assert sold > 0


def test_a_placed_order_is_told_as_created(shop: Shopfront, description: OfficialContract | None) -> None:
    """What customers do is told as a checkout tells it, each message as described; so is each order."""
    shop.sandbox.live(600, orders=30, countries=["FR"], kinds={"delivery": 1})
    shop.sandbox.pass_time(hours=2)
    messages = told(shop, 'resource(typeId = "order")', description)
    first = [one["type"] for one in messages if one["sequenceNumber"] == 1]
    assert first == ["OrderCreated"] * 30
    for order in orders(shop):
        if description is not None:
            assert description.check_schema("Order", order) == []


def test_history(shop: Shopfront) -> None:
    """A past comes in parts, oldest first, paid, untold, and takes no stock."""
    shop.sandbox.history(30, countries=["FR"], days=30, seed=2)
    shop.sandbox.control("POST", "/demo/history", {"orders": 2, "first": 31, "countries": ["FR"]})
    found = orders(shop)
    assert [order["orderNumber"] for order in found] == [f"H-{n:06d}" for n in range(1, 33)]
    assert [one["createdAt"] for one in found[:30]] == sorted(one["createdAt"] for one in found[:30])
    assert {order["paymentState"] for order in found} == {"Paid"}
    assert shop.get("messages", where='resource(typeId = "order")')["total"] == 0
    assert {entry["quantityOnStock"] for entry in shop.results("inventory")} == {1_000}


def test_several_ways_of_shipping(shop: Shopfront) -> None:
    """An order shipped in several ways needs the key of one for each delivery, and tells of it."""
    euro = {"centAmount": 500, "currencyCode": "EUR"}
    way = {"shippingMethodName": "Post", "price": euro, "shippingRate": {"price": euro}}
    address = {"country": "FR", "city": "Lyon"}
    line = {"name": {"fr-FR": "A"}, "variant": {"sku": "A"}, "quantity": 1, "price": {"value": euro}}
    draft = {
        "orderNumber": "W-1",
        "totalPrice": euro,
        "sumsUp": True,
        "lineItems": [line],
        "shipping": [
            {"shippingKey": key, "shippingInfo": way, "shippingAddress": address} for key in ("one", "two")
        ],
    }
    placed = shop.sandbox.control("POST", "/demo/orders", draft)
    assert (placed["shippingMode"], placed["totalPrice"]["centAmount"]) == ("Multiple", 1_500)
    path = "orders/order-number=W-1"
    add = {"action": "addDelivery", "items": [{"id": placed["lineItems"][0]["id"], "quantity": 1}]}
    shop.refused_update(path, 1, add, code="InvalidInput")
    shop.refused_update(path, 1, {**add, "shippingKey": "three"}, code="InvalidInput")
    sent = shop.update(path, 1, {**add, "shippingKey": "two", "deliveryKey": "D-1"})
    assert [len(one["shippingInfo"]["deliveries"]) for one in sent["shipping"]] == [0, 1]
    shop.update(path, 2, {"action": "addParcelToDelivery", "deliveryKey": "D-1"})
    messages = shop.results("messages", where=f'resource(id = "{placed["id"]}")')
    assert [one.get("shippingKey") for one in messages if one["sequenceNumber"] > 1] == ["two", "two"]


def test_what_customers_did_outlives_a_restart(tmp_path: Path) -> None:
    """Orders with all that hangs on them are there again when the sandbox starts from its file."""
    config = SandboxConfig(state=tmp_path / "shop.json")
    with Sandbox(config, in_process=True) as sandbox:
        front = open_shop(sandbox)
        sandbox.live(600, orders=30, countries=["FR"], discounts=1)
        sandbox.pass_time(hours=1)
        before = orders(front)
        payments = front.get("payments")["total"]
        front.close()
    with Sandbox(config, in_process=True) as sandbox:
        front = Shopfront(sandbox, "demo")
        assert orders(front) == before
        assert front.get("payments")["total"] == payments > 0
        found = front.results("orders", where="paymentInfo is defined", expand="paymentInfo.payments[*]")
        assert all("obj" in one["paymentInfo"]["payments"][0] for one in found)
        front.close()
