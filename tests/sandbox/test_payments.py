"""Payments: created, booked transaction by transaction, given to one order, expanded with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.official import OfficialContract
from tests.sandbox.shopfront import Shopfront, product, reference, variant
from tests.sandbox.telling import told

ORDER = "orders/order-number=W-1"
PAYMENT = "payments/key=pay-1"
EURO = {"centAmount": 5990, "currencyCode": "EUR"}
DRAFT: dict[str, Any] = {
    "key": "pay-1",
    "interfaceId": "PSP-1",
    "amountPlanned": EURO,
    "paymentMethodInfo": {"paymentInterface": "psp", "method": "CARD"},
    "transactions": [{"type": "Authorization", "amount": EURO, "state": "Success", "interactionId": "A-1"}],
}


@pytest.fixture
def shop(front: Shopfront) -> Shopfront:
    """A project with one order and one payment, what passes held as described."""
    front.catalogue()
    front.create("products", product("style-1", variant("A"), publish=True))
    front.sandbox.keep_messages(project=front.project)
    front.order("W-1", "A")
    front.create("payments", DRAFT)
    return front


def test_transactions(shop: Shopfront, description: OfficialContract | None) -> None:
    """A transaction begins as `Initial` unless it is said otherwise; its state is told when it changes."""
    payment = shop.get(PAYMENT)
    assert payment["transactions"][0]["amount"]["type"] == "centPrecision"
    charge = {"action": "addTransaction", "transaction": {"type": "Charge", "amount": EURO}}
    charged = shop.update(PAYMENT, 1, charge)["transactions"][1]
    assert charged["state"] == "Initial"
    done = {"action": "changeTransactionState", "transactionId": charged["id"], "state": "Success"}
    shop.update(
        PAYMENT,
        2,
        done,
        {"action": "changeTransactionInteractionId", "transactionId": charged["id"], "interactionId": "C-1"},
        {"action": "setStatusInterfaceCode", "interfaceCode": "200"},
    )
    missing = {**done, "transactionId": "none"}
    shop.refused_update(PAYMENT, 3, missing, code="InvalidInput")
    messages = told(shop, f'resource(id = "{payment["id"]}")', description)
    assert [(one["type"], one["sequenceNumber"]) for one in messages] == [
        ("PaymentCreated", 1),
        ("PaymentTransactionAdded", 2),
        ("PaymentTransactionStateChanged", 3),
        ("PaymentStatusInterfaceCodeSet", 4),
    ]
    where = 'transactions(interactionId = "C-1")'
    assert shop.keys("payments", where) == {"pay-1"}


def test_numbers_of_the_provider_stand_once(shop: Shopfront) -> None:
    """The number of a provider stands once at that provider, and is not changed."""
    again = {**DRAFT, "key": "pay-2"}
    assert shop.refused("POST", "payments", again, code="DuplicateField")["field"] == "interfaceId"
    elsewhere = {"paymentInterface": "other"}
    shop.create("payments", {**again, "paymentMethodInfo": elsewhere})
    renumber = {"action": "setInterfaceId", "interfaceId": "PSP-2"}
    shop.refused_update(PAYMENT, 1, renumber, code="InvalidOperation")


def test_a_payment_belongs_to_one_order(shop: Shopfront, description: OfficialContract | None) -> None:
    """A payment is added to one order; it cannot go while it is there, and the order tells of both."""
    add = {"action": "addPayment", "payment": reference("payment", "pay-1")}
    paid = shop.update(ORDER, 1, add)
    payment = shop.get(PAYMENT)["id"]
    assert paid["paymentInfo"] == {"payments": [{"typeId": "payment", "id": payment}]}
    shop.order("W-2", "A")
    shop.refused_update("orders/order-number=W-2", 1, add, code="InvalidOperation")
    shop.refused_update(ORDER, 2, add, code="InvalidOperation")
    shop.refused("DELETE", PAYMENT, version=1, code="ReferenceExists")
    where = f'paymentInfo(payments(id = "{payment}"))'
    assert [order["orderNumber"] for order in shop.results("orders", where=where)] == ["W-1"]
    remove = {"action": "removePayment", "payment": reference("payment", "pay-1")}
    assert "paymentInfo" not in shop.update(ORDER, 2, remove)
    shop.refused_update(ORDER, 3, remove, code="InvalidOperation")
    messages = told(shop, f'resource(id = "{paid["id"]}")', description)
    assert [one["type"] for one in messages] == ["OrderImported", "OrderPaymentAdded", "OrderPaymentRemoved"]
    assert messages[2]["removedPaymentInfo"] is True


def test_imported_orders_name_their_payments(shop: Shopfront) -> None:
    """An order is imported with the payments that it has, if they are no other order's."""
    info = {"payments": [{"typeId": "payment", "id": shop.get(PAYMENT)["id"]}]}
    assert shop.order("W-2", "A", paymentInfo=info)["paymentInfo"] == info
    line = shop.get(ORDER)["lineItems"][0]
    draft = {
        "totalPrice": EURO,
        "paymentInfo": info,
        "lineItems": [
            {"name": line["name"], "variant": {"sku": "A"}, "quantity": 1, "price": {"value": EURO}}
        ],
    }
    shop.refused("POST", "orders/import", draft, code="InvalidOperation")
    none = {"payments": [{"typeId": "payment", "id": "none"}]}
    refused = {**draft, "paymentInfo": none}
    shop.refused("POST", "orders/import", refused, code="ReferencedResourceNotFound")


def test_references_are_expanded(shop: Shopfront) -> None:
    """`expand` puts what a reference points to beside it, through lists and through other references."""
    shop.create("states", {"key": "booked", "type": "PaymentState", "initial": True})
    shop.update(PAYMENT, 1, {"action": "transitionState", "state": reference("state", "booked")})
    shop.update(ORDER, 1, {"action": "addPayment", "payment": reference("payment", "pay-1")})
    [order] = shop.results("orders", expand="paymentInfo.payments[*]")
    assert order["paymentInfo"]["payments"][0]["obj"]["interfaceId"] == "PSP-1"
    deep = shop.get(
        ORDER, expand=["paymentInfo.payments[0].paymentStatus.state", "lineItems[*].state[*].state"]
    )
    status = deep["paymentInfo"]["payments"][0]["obj"]["paymentStatus"]
    assert status["state"]["obj"]["key"] == "booked"
    assert deep["lineItems"][0]["state"][0]["state"]["obj"]["builtIn"] is True
    assert "obj" not in shop.get(ORDER, expand="paymentInfo.nothing[*]")["paymentInfo"]["payments"][0]
    assert "obj" not in shop.get(ORDER)["paymentInfo"]["payments"][0]
    shop.refused("GET", ORDER, expand="lineItems[", code="InvalidInput")


def test_payments_need_their_scope(shop: Shopfront) -> None:
    """Who may only read orders reads no payments."""
    narrow = Shopfront(shop.sandbox, shop.project, f"view_orders:{shop.project}")
    narrow.refused("GET", "payments", status=403, code="insufficient_scope")
    narrow.close()
