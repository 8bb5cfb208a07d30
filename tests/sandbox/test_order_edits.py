"""Order edits: staged, previewed, applied to one version of the order, told of as one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.official import OfficialContract
from tests.sandbox.shopfront import Shopfront, product, reference, variant
from tests.sandbox.telling import told

ORDER = "orders/order-number=W-1"
EDIT = "orders/edits/key=edit-1"
RATE = {"name": "20 %", "amount": 0.2, "includedInPrice": True, "country": "FR"}
NEW_HOME = {"action": "setShippingAddress", "address": {"country": "FR", "city": "Rennes"}}


@pytest.fixture
def shop(shopfront: Shopfront) -> Shopfront:
    """A project with a price and an order of two pieces of one SKU, its messages kept."""
    shopfront.catalogue()
    shopfront.create("products", product("style-1", variant("A"), variant("B"), publish=True))
    shopfront.create("standalone-prices", {"sku": "B", "value": {"centAmount": 700, "currencyCode": "EUR"}})
    shopfront.sandbox.keep_messages(project=shopfront.project)
    shopfront.order("W-1", "A")
    return shopfront


def draft(front: Shopfront, *actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An edit of the order."""
    order = {"typeId": "order", "id": front.get(ORDER)["id"]}
    return {"key": "edit-1", "resource": order, "stagedActions": list(actions), **more}


def line_of(front: Shopfront) -> str:
    """The id of the order's line."""
    found: str = front.get(ORDER)["lineItems"][0]["id"]
    return found


def apply(front: Shopfront, edit: dict[str, Any]) -> dict[str, Any]:
    """Apply an edit to the order as it is."""
    versions = {"editVersion": edit["version"], "resourceVersion": front.get(ORDER)["version"]}
    answer = front.ask("POST", f"orders/edits/{edit['id']}/apply", versions)
    assert answer.status_code == 200, answer.text
    applied: dict[str, Any] = answer.json()
    return applied


def test_an_edit_changes_nothing_until_it_is_applied(shop: Shopfront) -> None:
    """The edit shows what the order would be; a dry run is not kept, one that is kept waits."""
    before = shop.get(ORDER)
    more = {"action": "changeLineItemQuantity", "lineItemId": line_of(shop), "quantity": 3}
    dry = shop.create("orders/edits", draft(shop, more, dryRun=True))
    assert dry["result"]["preview"]["totalPrice"]["centAmount"] == 3 * 5990
    assert [one["type"] for one in dry["result"]["messagePayloads"]] == ["OrderLineItemAdded"]
    assert shop.get("orders/edits")["total"] == 0
    edit = shop.create("orders/edits", draft(shop, more))
    assert edit["result"]["type"] == "PreviewSuccess"
    assert shop.get(ORDER) == before
    missing = {"action": "changeLineItemQuantity", "lineItemId": "none", "quantity": 3}
    restaged = shop.update(EDIT, 1, {"action": "setStagedActions", "stagedActions": [missing]})
    assert [one["code"] for one in restaged["result"]["errors"]] == ["InvalidInput"]
    versions = {"editVersion": 2, "resourceVersion": 1}
    error = shop.refused("POST", f"orders/edits/{edit['id']}/apply", versions, code="EditPreviewFailed")
    assert error["result"]["type"] == "PreviewFailure"


def test_applied(shop: Shopfront, description: OfficialContract | None) -> None:
    """All that is staged is done at once; the order tells of each and of the edit; then it is over."""
    line = line_of(shop)
    edit = shop.create(
        "orders/edits",
        draft(
            shop,
            NEW_HOME,
            {"action": "changeLineItemQuantity", "lineItemId": line, "quantity": 1},
            {
                "action": "setLineItemPrice",
                "lineItemId": line,
                "externalPrice": {"centAmount": 5000, "currencyCode": "EUR"},
            },
            {"action": "addLineItem", "sku": "B", "quantity": 2},
            {
                "action": "setCustomShippingMethod",
                "shippingMethodName": "Express",
                "shippingRate": {"price": {"centAmount": 900, "currencyCode": "EUR"}},
            },
        ),
    )
    applied = apply(shop, edit)
    result = applied["result"]
    assert (result["type"], result["excerptBeforeEdit"]["version"]) == ("Applied", 1)
    order = shop.get(ORDER)
    assert (order["version"], order["shippingAddress"]["city"]) == (2, "Rennes")
    assert [one["quantity"] for one in order["lineItems"]] == [1, 2]
    assert [one["quantity"] for one in order["lineItems"][0]["state"]] == [1]
    assert order["totalPrice"]["centAmount"] == 5000 + 1400 + 900
    assert order["totalPrice"] == result["excerptAfterEdit"]["totalPrice"]
    messages = told(shop, f'resource(id = "{order["id"]}")', description)
    assert [one["type"] for one in messages] == [
        "OrderImported",
        "OrderShippingAddressSet",
        "OrderLineItemRemoved",
        "OrderLineItemAdded",
        "OrderShippingInfoSet",
        "OrderEditApplied",
    ]
    assert {one["resourceVersion"] for one in messages[1:]} == {2}
    again = {"editVersion": 2, "resourceVersion": 2}
    shop.refused("POST", f"orders/edits/{edit['id']}/apply", again, code="InvalidOperation")
    late = {"action": "addStagedAction", "stagedAction": NEW_HOME}
    shop.refused_update(EDIT, 2, late, code="InvalidOperation")


def test_versions(shop: Shopfront) -> None:
    """An edit is applied to the version of the order and of itself that the client knows."""
    edit = shop.create("orders/edits", draft(shop, NEW_HOME))
    path = f"orders/edits/{edit['id']}/apply"
    shop.update(ORDER, 1, {"action": "changePaymentState", "paymentState": "BalanceDue"})
    stale = {"editVersion": 1, "resourceVersion": 1}
    error = shop.refused("POST", path, stale, status=409, code="ConcurrentModification")
    assert error["currentVersion"] == 2
    wrong = {"editVersion": 7, "resourceVersion": 2}
    shop.refused("POST", path, wrong, status=409, code="ConcurrentModification")
    apply(shop, edit)
    assert shop.get(ORDER)["version"] == 3


def test_taxes_are_recalculated(shop: Shopfront) -> None:
    """When an amount changes taxes are summed up anew, as long as each part has its rate."""
    lines = [
        {
            "name": {"fr-FR": "A"},
            "variant": {"sku": "A"},
            "price": {"value": {"centAmount": 1200, "currencyCode": "EUR"}},
            "quantity": 1,
            "taxRate": RATE,
        }
    ]
    money = {"centAmount": 1200, "currencyCode": "EUR"}
    taxed = {"totalNet": {**money, "centAmount": 1000}, "totalGross": money, "taxPortions": []}
    order = shop.create(
        "orders/import", {"orderNumber": "W-2", "totalPrice": money, "lineItems": lines, "taxedPrice": taxed}
    )
    more = {"action": "changeLineItemQuantity", "lineItemId": order["lineItems"][0]["id"], "quantity": 2}
    resource = {"typeId": "order", "id": order["id"]}
    edit = shop.create("orders/edits", {"resource": resource, "stagedActions": [more]})
    preview = edit["result"]["preview"]
    assert preview["taxedPrice"]["totalNet"]["centAmount"] == 2000
    assert preview["taxedPrice"]["totalTax"]["centAmount"] == 400
    assert preview["lineItems"][0]["taxedPrice"]["totalGross"]["centAmount"] == 2400


def test_orders_that_hold_stock_are_not_edited(shop: Shopfront) -> None:
    """An edit needs an order whose inventory mode is None, its lines' too."""
    shop.create("inventory", {"sku": "A", "quantityOnStock": 9})
    order = shop.order("W-2", "A", inventoryMode="TrackOnly")
    resource = {"typeId": "order", "id": order["id"]}
    shop.refused("POST", "orders/edits", {"resource": resource}, code="InvalidOperation")
    nobody = {"resource": {"typeId": "order", "id": "none"}}
    shop.refused("POST", "orders/edits", nobody, code="ReferencedResourceNotFound")


def test_what_cannot_be_staged(shop: Shopfront) -> None:
    """What is no staged action is refused at once; without a price in the project a line is not added."""
    wrong = {"action": "setEstimatedDelivery"}
    shop.refused("POST", "orders/edits", draft(shop, wrong), code="InvalidJsonInput")
    none = {"action": "addLineItem", "sku": "A"}
    edit = shop.create("orders/edits", draft(shop, none))
    assert [one["code"] for one in edit["result"]["errors"]] == ["MatchingPriceNotFound"]
    method = {"action": "setShippingMethod", "shippingMethod": reference("shipping-method", "post")}
    staged = shop.update(EDIT, 1, {"action": "setStagedActions", "stagedActions": [method]})
    assert [one["code"] for one in staged["result"]["errors"]] == ["ReferencedResourceNotFound"]
    narrow = Shopfront(shop.sandbox, shop.project, f"manage_orders:{shop.project}")
    narrow.refused("GET", "orders/edits", status=403, code="insufficient_scope")
    narrow.close()
