"""Standalone prices: their scope, what waits to hold, tiers, custom fields, and the two locks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shopfront import Shopfront, reference
from tests.sandbox.test_custom_fields import custom, custom_type, fields

PATH = "standalone-prices/key=price-1"


def euros(cents: int) -> dict[str, Any]:
    """An amount."""
    return {"centAmount": cents, "currencyCode": "EUR"}


def price(key: str = "price-1", **more: Any) -> dict[str, Any]:
    """The draft of a price for the SKU `A`."""
    return {"key": key, "sku": "A", "value": euros(1000), **more}


def test_the_customer_group_is_part_of_the_scope(front: Shopfront) -> None:
    """Prices of one SKU for different groups stand side by side; for one group twice they do not."""
    front.create("customer-groups", {"key": "pro-1", "groupName": "Pros"})
    group = {"customerGroup": reference("customer-group", "pro-1")}
    front.create("standalone-prices", price())
    shown = front.create("standalone-prices", price("price-2", **group))
    error = front.refused(
        "POST", "standalone-prices", price("price-3", **group), code="DuplicateStandalonePriceScope"
    )
    assert error["customerGroup"] == shown["customerGroup"]
    where = f'customerGroup(id = "{shown["customerGroup"]["id"]}")'
    assert front.keys("standalone-prices", where) == {"price-2"}
    error = front.refused("DELETE", "customer-groups/key=pro-1", version=1, code="ReferenceExists")
    assert error["referencedBy"] == "standalone-price"


def test_a_value_waits(front: Shopfront) -> None:
    """A staged value holds when it is applied, and is forgotten when it is removed."""
    front.create("standalone-prices", price(staged={"value": {"type": "centPrecision", **euros(900)}}))
    shown = front.update(PATH, 1, {"action": "applyStagedChanges"})
    assert (shown["value"]["centAmount"], "staged" in shown) == (900, False)
    front.refused_update(PATH, 2, {"action": "applyStagedChanges"}, code="InvalidOperation")
    stage = {"action": "changeValue", "value": euros(800), "staged": True}
    shown = front.update(PATH, 2, stage)
    assert (shown["value"]["centAmount"], shown["staged"]["value"]["centAmount"]) == (900, 800)
    assert "staged" not in front.update(PATH, 3, {"action": "removeStagedChanges"})
    francs = {"action": "changeValue", "value": {"centAmount": 1, "currencyCode": "CHF"}}
    front.refused_update(PATH, 4, francs, code="InvalidField")
    front.refused_update(PATH, 4, {**francs, "staged": True}, code="InvalidField")


def test_tiers_dates_and_the_rest(front: Shopfront) -> None:
    """Tiers come and go by their quantity, dates together or apart, keys and custom fields as elsewhere."""
    front.create("types", custom_type("wanted", fields("text"), "standalone-price"))
    front.create("standalone-prices", price(custom=custom("wanted", text="a")))
    start, end = "2026-11-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z"
    two, ten = ({"minimumQuantity": n, "value": euros(1000 - n)} for n in (2, 10))
    shown = front.update(
        PATH,
        1,
        {"action": "setPriceTiers", "tiers": [two]},
        {"action": "addPriceTier", "tier": ten},
        {"action": "setValidFromAndUntil", "validFrom": start, "validUntil": end},
        {"action": "changeActive", "active": False},
        {"action": "setCustomField", "name": "text", "value": "b"},
    )
    assert [tier["minimumQuantity"] for tier in shown["tiers"]] == [2, 10]
    assert (shown["validFrom"], shown["validUntil"], shown["active"]) == (start, end, False)
    assert shown["custom"]["fields"] == {"text": "b"}
    front.refused_update(PATH, 2, {"action": "addPriceTier", "tier": ten}, code="InvalidInput")
    shown = front.update(
        PATH,
        2,
        {"action": "removePriceTier", "minimumQuantity": 2},
        {"action": "setValidFrom"},
        {"action": "setValidUntil"},
        {"action": "setCustomType"},
        {"action": "setKey", "key": "price-9"},
    )
    assert [tier["minimumQuantity"] for tier in shown["tiers"]] == [10]
    assert {"validFrom", "validUntil", "custom"}.isdisjoint(shown)
    front.refused_update(
        "standalone-prices/key=price-9",
        3,
        {"action": "removePriceTier", "minimumQuantity": 2},
        code="InvalidInput",
    )


def test_finer_than_cents(front: Shopfront) -> None:
    """An amount of high precision keeps its digits; its cents are rounded half to even."""
    fine = {"type": "highPrecision", "currencyCode": "EUR", "preciseAmount": 12345, "fractionDigits": 4}
    value = front.create("standalone-prices", price(value=fine))["value"]
    assert (value["centAmount"], value["preciseAmount"], value["fractionDigits"]) == (123, 12345, 4)
    assert front.keys("standalone-prices", "value(preciseAmount = 12345)") == {"price-1"}


def test_a_discount_must_be_there(front: Shopfront) -> None:
    """A price is discounted by a product discount of the project only."""
    front.create("standalone-prices", price())
    discount = {"typeId": "product-discount", "id": "00000000-0000-4000-8000-000000000000"}
    action = {"action": "setDiscountedPrice", "discounted": {"value": euros(1), "discount": discount}}
    front.refused_update(PATH, 1, action, code="ReferencedResourceNotFound")
    assert front.update(PATH, 1, {"action": "setDiscountedPrice"})["version"] == 1


@pytest.mark.parametrize("code", ["ExactLockConflict", "ValidityLockConflict"])
def test_locks_on_command(front: Shopfront, code: str) -> None:
    """Two writers of one scope at once: the second meets a 409 on command, and its next try goes through."""
    fault = {
        "kind": "status",
        "status": 409,
        "code": code,
        "details": {"sku": "A", "currency": "EUR"},
        "method": "write",
        "path": f"/{front.project}/standalone-prices",
    }
    front.sandbox.control("POST", "/faults", fault)
    error = front.refused("POST", "standalone-prices", price(), code=code, status=409)
    assert (error["sku"], error["currency"]) == ("A", "EUR")
    front.create("standalone-prices", price())
