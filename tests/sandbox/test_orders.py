"""Orders: imported, marked, delivered, returned."""

from __future__ import annotations

from typing import Any

import pytest

from passerelle.sandbox import Sandbox, SandboxConfig
from tests.sandbox.shopfront import Shopfront, product, reference, variant

ORDER = "orders/order-number=W-1"


@pytest.fixture
def shop(catalogue: Shopfront) -> Shopfront:
    """A project with two SKUs, one order of both, and a channel that exports."""
    catalogue.create("products", product("style-1", variant("A"), variant("B"), publish=True))
    catalogue.create("channels", {"key": "erp", "roles": ["OrderExport"]})
    catalogue.order("W-1", "A", "B")
    return catalogue


def lines(front: Shopfront) -> list[str]:
    """The ids of the order's lines."""
    return [line["id"] for line in front.get(ORDER)["lineItems"]]


def test_import_takes_totals_as_given(shop: Shopfront) -> None:
    """An imported order holds its lines with their products, totals per line, and starts open and paid."""
    order = shop.get(ORDER)
    style = shop.get("products/key=style-1")
    line = order["lineItems"][1]
    assert (line["variant"]["sku"], line["variant"]["id"], line["productId"]) == ("B", 2, style["id"])
    assert line["totalPrice"]["centAmount"] == 11_980
    assert order["totalPrice"]["centAmount"] == 23_960
    assert (order["orderState"], order["paymentState"], order["syncInfo"]) == ("Open", "Paid", [])
    assert shop.get(f"orders/{order['id']}") == order


def test_order_numbers(shop: Shopfront) -> None:
    """An order number stands once and is not changed; in a path it is percent-encoded."""
    draft = {"orderNumber": "W-1", "totalPrice": {"centAmount": 1, "currencyCode": "EUR"}}
    line = {"name": {}, "slug": "wrapping", "quantity": 1, "money": {"centAmount": 1, "currencyCode": "EUR"}}
    taken = {**draft, "customLineItems": [line]}
    assert shop.refused("POST", "orders/import", taken, code="DuplicateField")["field"] == "orderNumber"
    created = shop.create("orders/import", {**taken, "orderNumber": "W/2 é"})
    assert shop.get("orders/order-number=W%2F2%20%C3%A9")["id"] == created["id"]
    renumber = {"action": "setOrderNumber", "orderNumber": "W-3"}
    shop.refused_update(ORDER, 1, renumber, code="InvalidOperation")


def test_lines_need_known_products(shop: Shopfront) -> None:
    """A line's SKU is one of a product; a sandbox can be told to take any."""
    line = {
        "name": {"fr-FR": "X"},
        "variant": {"sku": "Z"},
        "price": {"value": {"centAmount": 1, "currencyCode": "EUR"}},
        "quantity": 1,
    }
    draft: dict[str, Any] = {"totalPrice": {"centAmount": 1, "currencyCode": "EUR"}, "lineItems": [line]}
    error = shop.refused("POST", "orders/import", draft, code="ReferencedResourceNotFound")
    assert (error["typeId"], error["key"]) == ("product", "Z")
    with Sandbox(SandboxConfig(unknown_order_skus="accept"), in_process=True) as lenient:
        front = Shopfront(lenient, "demo")
        assert front.create("orders/import", draft)["lineItems"][0]["variant"]["sku"] == "Z"
        front.close()
    other = {**line, "variant": {"sku": "A"}, "price": {"value": {"centAmount": 1, "currencyCode": "PLN"}}}
    shop.refused("POST", "orders/import", {**draft, "lineItems": [other]}, code="InvalidField")
    shop.refused("POST", "orders/import", {**draft, "lineItems": []}, code="InvalidInput")
    shop.refused(
        "POST", "orders/import", {**draft, "lineItems": [{**line, "quantity": 0}]}, code="InvalidJsonInput"
    )


def test_sync_info_marks_once_a_channel(shop: Shopfront) -> None:
    """UpdateSyncInfo replaces the mark of its channel, and asks for a channel that imports or exports."""
    mark = {"action": "updateSyncInfo", "channel": reference("channel", "erp"), "externalId": "C-1"}
    shop.update(ORDER, 1, mark)
    marked = shop.update(ORDER, 2, {**mark, "externalId": "C-2", "syncedAt": "2026-11-01T10:00:00Z"})
    erp = shop.get("channels/key=erp")["id"]
    assert marked["syncInfo"] == [
        {
            "channel": {"typeId": "channel", "id": erp},
            "externalId": "C-2",
            "syncedAt": "2026-11-01T10:00:00.000Z",
        }
    ]
    where = f'syncInfo(channel(id="{erp}") and externalId="C-2")'
    assert [order["orderNumber"] for order in shop.results("orders", where=where)] == ["W-1"]
    assert shop.results("orders", where=f'not(syncInfo(channel(id="{erp}")))') == []
    depot = {**mark, "channel": reference("channel", "depot-001")}
    shop.refused_update(ORDER, 3, depot, code="InvalidInput")


def test_states(shop: Shopfront) -> None:
    """States are those of the API; an optional one is removed when left out."""
    moved = shop.update(
        ORDER,
        1,
        {"action": "changeOrderState", "orderState": "Confirmed"},
        {"action": "changeShipmentState", "shipmentState": "Shipped"},
        {"action": "changePaymentState", "paymentState": "BalanceDue"},
    )
    assert [moved[f"{name}State"] for name in ("order", "shipment", "payment")] == [
        "Confirmed",
        "Shipped",
        "BalanceDue",
    ]
    assert "shipmentState" not in shop.update(ORDER, 2, {"action": "changeShipmentState"})
    for bad in ({"action": "changeOrderState", "orderState": "Bogus"}, {"action": "changeOrderState"}):
        shop.refused_update(ORDER, 3, bad, code="InvalidJsonInput")


def test_deliveries_and_parcels(shop: Shopfront) -> None:
    """A delivery names lines of the order; its parcels carry their tracking; keys stand once."""
    first, second = lines(shop)
    add = {
        "action": "addDelivery",
        "deliveryKey": "BL-1",
        "items": [{"id": first, "quantity": 1}],
        "parcels": [{"key": "P-1", "trackingData": {"trackingId": "6A001", "carrier": "Poste"}}],
    }
    delivery = shop.update(ORDER, 1, add)["shippingInfo"]["deliveries"][0]
    assert (delivery["key"], delivery["items"]) == ("BL-1", [{"id": first, "quantity": 1}])
    assert delivery["parcels"][0]["trackingData"] == {
        "trackingId": "6A001",
        "carrier": "Poste",
        "isReturn": False,
    }
    shop.refused_update(ORDER, 2, add, code="DuplicateField")
    shop.refused_update(ORDER, 2, {**add, "deliveryKey": "BL-2"}, code="DuplicateField")
    unknown = {"action": "addDelivery", "items": [{"id": "no-line", "quantity": 1}]}
    shop.refused_update(ORDER, 2, unknown, code="InvalidInput")
    none = {"action": "addDelivery", "items": [{"id": first, "quantity": 0}]}
    shop.refused_update(ORDER, 2, none, code="InvalidJsonInput")
    changed = shop.update(
        ORDER,
        2,
        {"action": "addParcelToDelivery", "deliveryKey": "BL-1", "parcelKey": "P-2"},
        {"action": "setParcelTrackingData", "parcelKey": "P-2", "trackingData": {"trackingId": "6A002"}},
        {"action": "setParcelTrackingData", "parcelKey": "P-1"},
        {
            "action": "setDeliveryItems",
            "deliveryId": delivery["id"],
            "items": [{"id": second, "quantity": 2}],
        },
    )["shippingInfo"]["deliveries"][0]
    assert changed["items"] == [{"id": second, "quantity": 2}]
    assert [parcel.get("trackingData", {}).get("trackingId") for parcel in changed["parcels"]] == [
        None,
        "6A002",
    ]
    shop.update(ORDER, 3, {"action": "removeParcelFromDelivery", "parcelKey": "P-1"})
    gone = {"action": "removeDelivery", "deliveryKey": "BL-1"}
    assert shop.update(ORDER, 4, gone)["shippingInfo"]["deliveries"] == []
    shop.refused_update(ORDER, 5, gone, code="InvalidInput")
    both = {"action": "removeDelivery", "deliveryKey": "BL-1", "deliveryId": "x"}
    shop.refused_update(ORDER, 5, both, code="InvalidInput")


def test_deliveries_need_shipping_info(shop: Shopfront) -> None:
    """An order that is not shipped has no deliveries."""
    shop.order("W-2", "A", shippingInfo=None)
    shop.refused_update(
        "orders/order-number=W-2", 1, {"action": "addDelivery", "items": []}, code="InvalidOperation"
    )


def test_returns(shop: Shopfront) -> None:
    """Returned pieces go through their states and no other way."""
    first = lines(shop)[0]
    item = {"lineItemId": first, "quantity": 1, "shipmentState": "Advised", "key": "R-1"}
    add = {"action": "addReturnInfo", "items": [item], "returnTrackingId": "RET-1"}
    info = shop.update(ORDER, 1, add)["returnInfo"][0]
    assert (info["items"][0]["paymentState"], info["items"][0]["type"]) == (
        "NonRefundable",
        "LineItemReturnItem",
    )
    to = {"action": "setReturnShipmentState", "returnItemKey": "R-1"}
    shop.refused_update(ORDER, 2, {**to, "shipmentState": "BackInStock"}, code="InvalidOperation")
    shop.update(ORDER, 2, {**to, "shipmentState": "Returned"})
    refund = {"action": "setReturnPaymentState", "returnItemKey": "R-1", "paymentState": "Refunded"}
    done = shop.update(ORDER, 3, {**to, "shipmentState": "BackInStock"}, refund)["returnInfo"][0]["items"][0]
    assert (done["shipmentState"], done["paymentState"]) == ("BackInStock", "Refunded")
    for bad in ({**item, "shipmentState": "Unusable"}, {**item, "quantity": 0}):
        shop.refused_update(ORDER, 4, {**add, "items": [bad]}, code="InvalidJsonInput")
    shop.refused_update(ORDER, 4, {**add, "items": [{**item, "lineItemId": "x"}]}, code="InvalidInput")


def test_addresses_and_contacts(shop: Shopfront) -> None:
    """Addresses need a country; contact fields are set and removed."""
    address = {"country": "FR", "lastName": "Quénard", "city": "Dijon"}
    changed = shop.update(
        ORDER,
        1,
        {"action": "setShippingAddress", "address": address},
        {"action": "setBillingAddress", "address": address},
        {"action": "setCustomerEmail", "email": "q@example.com"},
        {"action": "setPurchaseOrderNumber", "purchaseOrderNumber": "PO-1"},
        {"action": "setLocale", "locale": "fr-FR"},
    )
    assert (changed["shippingAddress"], changed["customerEmail"], changed["locale"]) == (
        address,
        "q@example.com",
        "fr-FR",
    )
    assert "shippingAddress" not in shop.update(ORDER, 2, {"action": "setShippingAddress"})
    nowhere = {"action": "setShippingAddress", "address": {"city": "Dijon"}}
    shop.refused_update(ORDER, 3, nowhere, code="InvalidJsonInput")


def test_returns_that_are_advised_stay_so_when_told() -> None:
    """Whether advised pieces can arrive is not confirmed: the sandbox can be told that they cannot."""
    with Sandbox(
        SandboxConfig(advised_returns="stay", unknown_order_skus="accept"), in_process=True
    ) as strict:
        front = Shopfront(strict, "demo")
        first = front.order("W-1", "A")["lineItems"][0]["id"]
        items = [
            {"lineItemId": first, "quantity": 1, "shipmentState": state, "key": state}
            for state in ("Advised", "Returned")
        ]
        front.update(ORDER, 1, {"action": "addReturnInfo", "items": items})
        arrive = {"action": "setReturnShipmentState", "shipmentState": "Returned"}
        front.refused_update(ORDER, 2, {**arrive, "returnItemKey": "Advised"}, code="InvalidOperation")
        sort = {"action": "setReturnShipmentState", "shipmentState": "Unusable"}
        front.update(ORDER, 2, {**sort, "returnItemKey": "Returned"})
        front.close()


def test_all_returns_are_replaced(shop: Shopfront) -> None:
    """SetReturnInfo replaces all that comes back; keys stand once; what is advised is not paid back."""
    first = lines(shop)[0]
    item = {"lineItemId": first, "quantity": 1, "shipmentState": "Advised", "key": "R-1"}
    both = {"items": [item, {**item, "key": "R-2", "shipmentState": "Returned"}], "returnTrackingId": "T-1"}
    told = shop.update(ORDER, 1, {"action": "setReturnInfo", "items": [both]})["returnInfo"]
    assert [one["paymentState"] for one in told[0]["items"]] == ["NonRefundable", "Initial"]
    again = {"action": "addReturnInfo", "items": [item]}
    shop.refused_update(ORDER, 2, again, code="DuplicateField")
    paid = {"action": "setReturnPaymentState", "returnItemKey": "R-1", "paymentState": "Refunded"}
    shop.refused_update(ORDER, 2, paid, code="InvalidOperation")
    shop.update(ORDER, 2, {**paid, "returnItemKey": "R-2"})
    assert shop.update(ORDER, 3, {"action": "setReturnInfo"})["returnInfo"] == []
