"""What orders take from stock: in which mode, and when it shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from passerelle.sandbox import Sandbox, SandboxConfig
from tests.contract.official import OfficialContract
from tests.sandbox.shopfront import Shopfront, product, reference, variant

DEPOT = reference("channel", "depot-001")


@pytest.fixture
def shop() -> Iterator[Shopfront]:
    """A sandbox of one test alone: orders show in the stock after ten minutes; five pieces of one SKU."""
    with Sandbox(SandboxConfig(stock_lag_seconds=600), in_process=True) as sandbox:
        front = Shopfront(sandbox, "demo")
        front.catalogue()
        front.create("products", product("style-1", variant("A"), publish=True))
        front.create(
            "inventory", {"key": "stock-a", "sku": "A", "quantityOnStock": 5, "supplyChannel": DEPOT}
        )
        sandbox.keep_messages()
        yield front
        front.close()


def draft(quantity: int, mode: str) -> dict[str, Any]:
    """An order of some pieces."""
    money = {"centAmount": 100, "currencyCode": "EUR"}
    line = {
        "name": {"en": "A"},
        "variant": {"sku": "A"},
        "quantity": quantity,
        "price": {"value": money},
        "supplyChannel": DEPOT,
    }
    return {"totalPrice": money, "lineItems": [line], "inventoryMode": mode}


def stock(front: Shopfront) -> tuple[int, int, int]:
    """What the entry says: on stock, available, version."""
    entry = front.get("inventory/key=stock-a")
    return entry["quantityOnStock"], entry["availableQuantity"], entry["version"]


def test_orders_show_later_and_updates_at_once(shop: Shopfront) -> None:
    """A quantity set while an order's effect is still to come is set at once, and falls when it comes."""
    shop.create("orders/import", draft(2, "TrackOnly"))
    assert stock(shop) == (5, 5, 1)
    shop.update("inventory/key=stock-a", 1, {"action": "changeQuantity", "quantity": 9})
    assert stock(shop) == (9, 9, 2)
    shop.sandbox.pass_time(seconds=600)
    assert stock(shop) == (7, 7, 3)
    assert shop.get("inventory/key=stock-a")["lastModifiedBy"]["clientId"] == "sandbox-orders"


def test_without_lag(shop: Shopfront) -> None:
    """Told to, the sandbox shows what orders take at once; in mode None they take nothing."""
    shop.sandbox.control("POST", "/stock-lag", {"seconds": 0})
    shop.create("orders/import", draft(1, "None"))
    assert stock(shop) == (5, 5, 1)
    shop.create("orders/import", draft(1, "ReserveOnOrder"))
    assert stock(shop) == (4, 4, 2)


def test_out_of_stock(shop: Shopfront) -> None:
    """What is sold is gone for the next order, shown or not; tracked orders may go below zero."""
    shop.create("orders/import", draft(4, "ReserveOnOrder"))
    error = shop.refused("POST", "orders/import", draft(2, "ReserveOnOrder"), code="OutOfStock")
    assert error["skus"] == ["A"]
    shop.create("orders/import", draft(2, "TrackOnly"))
    shop.sandbox.pass_time(seconds=600)
    assert stock(shop)[0] == -1
    shop.update("inventory/key=stock-a", 3, {"action": "setRestockableInDays", "restockableInDays": 0})
    shop.create("orders/import", draft(1, "ReserveOnOrder"))
    elsewhere = draft(1, "TrackOnly")
    del elsewhere["lineItems"][0]["supplyChannel"]
    shop.refused("POST", "orders/import", elsewhere, code="OutOfStock")


def test_the_refusal_is_as_described(shop: Shopfront, description: OfficialContract | None) -> None:
    """The error names the lines and their SKUs as the official description has it."""
    if description is None:
        pytest.skip("the official OpenAPI description is not here (see the fixture `official`)")
    answer = shop.ask("POST", "orders/import", draft(6, "ReserveOnOrder"))
    assert answer.json()["errors"][0]["code"] == "OutOfStock"
    assert description.check_answer("POST", "/demo/orders/import", answer.status_code, answer.json()) == []


def test_orders_set_no_quantity(shop: Shopfront) -> None:
    """Stock that orders take is told as running out, never as a quantity that was set."""
    shop.create("orders/import", draft(5, "TrackOnly"))
    shop.sandbox.pass_time(seconds=600)
    told = [one["type"] for one in shop.results("messages", where='resource(typeId = "inventory-entry")')]
    assert told == ["InventoryEntryOutOfStock"]


def test_shoppers_take_from_stock_when_told_to(shop: Shopfront) -> None:
    """The shoppers of the demo leave the stock alone, unless they are told to take what they buy."""
    money = {"centAmount": 5990, "currencyCode": "EUR"}
    shop.create("standalone-prices", {"sku": "A", "value": money})
    shop.sandbox.shop(1, countries=["FR"])
    shop.sandbox.pass_time(seconds=600)
    assert stock(shop)[0] == 5
    buying = {"orders": 1, "countries": ["FR"], "inventoryMode": "TrackOnly"}
    shop.sandbox.control("POST", "/demo/shop", buying)
    shop.sandbox.pass_time(seconds=600)
    assert stock(shop)[0] < 5


def rules(front: Shopfront, **rules: str) -> None:
    """Say what orders do to stock where it is open."""
    front.sandbox.control("POST", "/stock-rules", rules)


def test_reserved_pieces_stay_until_they_are_shipped(shop: Shopfront) -> None:
    """Told so, reserved pieces are on stock and not available until the order is shipped.

    A quantity that is set over the API then means all that is on the shelf.
    """
    rules(shop, reserved="stay")
    order = shop.create("orders/import", draft(2, "ReserveOnOrder"))
    shop.sandbox.pass_time(seconds=600)
    assert stock(shop) == (5, 3, 2)
    shop.update("inventory/key=stock-a", 2, {"action": "changeQuantity", "quantity": 7})
    assert stock(shop) == (7, 5, 3)
    shop.refused("POST", "orders/import", draft(6, "ReserveOnOrder"), code="OutOfStock")
    ship = {"action": "changeShipmentState", "shipmentState": "Shipped"}
    shop.update(f"orders/{order['id']}", 1, ship)
    shop.update(f"orders/{order['id']}", 2, {"action": "changeShipmentState", "shipmentState": "Delivered"})
    shop.sandbox.pass_time(seconds=600)
    assert stock(shop)[:2] == (5, 5)
    shop.create("orders/import", draft(1, "TrackOnly"))
    shop.sandbox.pass_time(seconds=600)
    assert stock(shop)[:2] == (4, 4)


@pytest.mark.parametrize("reserved", ["leave", "stay"])
@pytest.mark.parametrize("cancelled", ["keep", "release"])
def test_cancelled_orders(shop: Shopfront, reserved: str, cancelled: str) -> None:
    """A cancelled order keeps what it took, unless the sandbox is told otherwise; shipped pieces are gone."""
    rules(shop, reserved=reserved, cancelled=cancelled)
    cancel = {"action": "changeOrderState", "orderState": "Cancelled"}
    first, second = (shop.create("orders/import", draft(1, "ReserveOnOrder"))["id"] for _ in range(2))
    shop.update(f"orders/{first}", 1, cancel)
    shop.update(f"orders/{second}", 1, {"action": "changeShipmentState", "shipmentState": "Shipped"})
    shop.update(f"orders/{second}", 2, cancel)
    shop.sandbox.pass_time(seconds=600)
    available = 4 if cancelled == "release" else 3
    on_stock = available if reserved == "leave" or cancelled == "release" else 4
    assert stock(shop)[:2] == (on_stock, available)


def test_lines_of_one_place_add_up(shop: Shopfront) -> None:
    """Two lines of one SKU want the sum of both; a line may have a mode of its own."""
    both = draft(3, "ReserveOnOrder")
    both["lineItems"] *= 2
    shop.refused("POST", "orders/import", both, code="OutOfStock")
    both["lineItems"] = [both["lineItems"][0], {**both["lineItems"][0], "inventoryMode": "None"}]
    shop.create("orders/import", both)
    shop.sandbox.pass_time(seconds=600)
    assert stock(shop)[:2] == (2, 2)
