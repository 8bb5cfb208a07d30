"""Answers and refusals held against the official description, where it is at hand."""

from __future__ import annotations

import httpx
import pytest

from tests.contract.official import OfficialContract, find_description
from tests.sandbox.shopfront import Shopfront, product, reference, variant

MONEY = {"centAmount": 5990, "currencyCode": "EUR"}


@pytest.fixture(scope="module")
def official(pytestconfig: pytest.Config) -> OfficialContract:
    """The official OpenAPI description, made strict."""
    description = find_description()
    if description is None:
        pytest.skip("the official OpenAPI description is not here: name its folder in PASSERELLE_CONTRACTS")
    return OfficialContract(description, pytestconfig.cache.mkdir("contracts"))


def walk(front: Shopfront) -> None:
    """Use every resource once, well and badly."""
    front.catalogue()
    style = product(
        "style-1",
        variant("A", colour="012", season="AH", weight=450, sizes=["38"], washable=True),
        variant("B"),
        categories=[reference("category", "cat-1")],
        taxCategory=reference("tax-category", "normal"),
        publish=True,
    )
    front.create("products", style)
    front.ask("POST", "products", style)
    front.update("products/key=style-1", 1, {"action": "setDescription", "description": {"fr-FR": "D"}})
    front.create("channels", {"key": "erp", "roles": ["OrderExport"]})
    price = {"key": "price-1", "sku": "A", "value": MONEY, "tiers": [{"minimumQuantity": 2, "value": MONEY}]}
    front.create("standalone-prices", {**price, "validFrom": "2026-11-01T00:00:00Z"})
    front.ask("POST", "standalone-prices", {**price, "key": "price-2", "validFrom": "2026-11-01T00:00:00Z"})
    front.create(
        "inventory", {"sku": "A", "quantityOnStock": 5, "supplyChannel": reference("channel", "depot-001")}
    )
    front.ask(
        "POST", "inventory", {"sku": "A", "quantityOnStock": 5, "supplyChannel": reference("channel", "x")}
    )
    rate = {"name": "FR", "amount": 0.2, "includedInPrice": True, "country": "FR"}
    front.update("tax-categories/key=normal", 1, {"action": "addTaxRate", "taxRate": rate})
    order = front.order("W-1", "A", "B", shippingAddress={"country": "FR", "city": "Dijon"})
    line = order["lineItems"][0]["id"]
    front.update(
        "orders/order-number=W-1",
        1,
        {"action": "updateSyncInfo", "channel": reference("channel", "erp"), "externalId": "1"},
        {
            "action": "addDelivery",
            "deliveryKey": "BL-1",
            "items": [{"id": line, "quantity": 1}],
            "parcels": [{"key": "P-1", "trackingData": {"trackingId": "6A001"}}],
        },
        {
            "action": "addReturnInfo",
            "items": [{"lineItemId": line, "quantity": 1, "shipmentState": "Returned"}],
        },
    )
    front.ask("POST", "orders/order-number=W-1", {"version": 1, "actions": []})
    front.ask("POST", "orders/order-number=W-1", {"version": 2, "actions": [{"action": "nothing"}]})
    front.ask("GET", "orders/order-number=W-2")
    front.ask("DELETE", "product-types/key=article", version=1)
    paths = ("product-types", "categories", "tax-categories", "channels", "products", "product-projections")
    for path in (*paths, "standalone-prices", "inventory", "orders"):
        front.get(path)
        front.ask("GET", path, where="nonsense")
    front.get("product-projections/key=style-1", staged="true")


def test_answers_are_those_of_the_description(shopfront: Shopfront, official: OfficialContract) -> None:
    """Every answer and every refusal of a walk through all resources fits the official description."""
    faults: list[str] = []
    seen = 0

    def judge(answer: httpx.Response) -> None:
        nonlocal seen
        answer.read()
        request = answer.request
        path = request.url.raw_path.decode()
        seen += 1
        faults.extend(
            f"{request.method} {path} {answer.status_code}: {fault}"
            for fault in official.check_answer(request.method, path, answer.status_code, answer.json())
        )

    shopfront.http.event_hooks["response"] = [judge]
    walk(shopfront)
    assert faults == []
    assert seen > 35
