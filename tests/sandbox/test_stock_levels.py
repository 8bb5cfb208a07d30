"""Inventory entries beside their quantity: thresholds, limits, custom fields."""

from __future__ import annotations

from tests.sandbox.shopfront import Shopfront, reference
from tests.sandbox.test_custom_fields import custom, custom_type, fields

PATH = "inventory/key=stock-1"


def test_thresholds_come_and_go_one_by_one(front: Shopfront) -> None:
    """Reorder point and safety stock are set apart, zero is a value, and none of them leaves no levels."""
    draft = {"key": "stock-1", "sku": "A", "quantityOnStock": 5, "stockLevels": {"reorderPoint": 3}}
    assert front.create("inventory", draft)["stockLevels"] == {"reorderPoint": 3}
    levels = front.update(PATH, 1, {"action": "setSafetyStock", "quantity": 0})["stockLevels"]
    assert levels == {"reorderPoint": 3, "safetyStock": 0}
    assert front.keys("inventory", "stockLevels(safetyStock = 0)") == {"stock-1"}
    shown = front.update(PATH, 2, {"action": "setReorderPoint"}, {"action": "setSafetyStock"})
    assert "stockLevels" not in shown


def test_stock_carries_custom_fields(front: Shopfront) -> None:
    """Inventory entries take custom fields in drafts and one by one, and hold their type."""
    front.create("types", custom_type("wanted", fields("text"), "inventory-entry"))
    draft = {"key": "stock-1", "sku": "A", "quantityOnStock": 5, "custom": custom("wanted", text="rack 4")}
    front.create("inventory", draft)
    shown = front.update(PATH, 1, {"action": "setCustomField", "name": "text", "value": "rack 5"})
    assert shown["custom"]["fields"] == {"text": "rack 5"}
    error = front.refused("DELETE", "types/key=wanted", version=1, code="ReferenceExists")
    assert error["referencedBy"] == "inventory-entry"
    retyped = {"action": "setCustomType", "type": reference("type", "wanted"), "fields": {"text": "x"}}
    assert front.update(PATH, 2, retyped)["custom"]["fields"] == {"text": "x"}


def test_everything_else_of_an_entry(front: Shopfront) -> None:
    """Limits, dates, keys, reservations and the supply channel are set, and taken away by leaving out."""
    front.create("channels", {"key": "depot-1", "roles": ["InventorySupply"]})
    front.create("inventory", {"key": "stock-1", "sku": "A", "quantityOnStock": 5})
    shown = front.update(
        PATH,
        1,
        {"action": "setInventoryLimits", "minCartQuantity": 1, "maxCartQuantity": 9},
        {"action": "setExpectedDelivery", "expectedDelivery": "2026-12-01T00:00:00.000Z"},
        {"action": "setRestockableInDays", "restockableInDays": 0},
        {"action": "setReservationExpirationInMinutes", "reservationExpirationInMinutes": 60},
        {"action": "setSupplyChannel", "supplyChannel": reference("channel", "depot-1")},
        {"action": "addQuantity", "quantity": 2},
        {"action": "removeQuantity", "quantity": 8},
    )
    assert (shown["minCartQuantity"], shown["maxCartQuantity"]) == (1, 9)
    assert (shown["restockableInDays"], shown["reservationExpirationInMinutes"]) == (0, 60)
    assert (shown["quantityOnStock"], shown["availableQuantity"]) == (-1, -1)
    shown = front.update(
        PATH,
        2,
        {"action": "setInventoryLimits"},
        {"action": "setExpectedDelivery"},
        {"action": "setRestockableInDays"},
        {"action": "setReservationExpirationInMinutes"},
        {"action": "setSupplyChannel"},
        {"action": "changeQuantity", "quantity": 0},
        {"action": "setKey"},
    )
    assert shown["quantityOnStock"] == 0
    gone = {"key", "minCartQuantity", "expectedDelivery", "restockableInDays", "supplyChannel"}
    assert gone.isdisjoint(shown)
