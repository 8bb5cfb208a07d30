"""How customers pay: at once, later or never; the payment and what the order says of it."""

from __future__ import annotations

from random import Random
from typing import Any, Literal, TypeAlias

import msgspec

from ..moments import now_text
from ..project import Project
from ..store import Doc
from .life_settings import Life

__all__ = ["Paying", "how_they_pay", "open_payment", "settle_payment"]

Paying: TypeAlias = Literal["charge", "authorise", "later", "never", "fail"]


def how_they_pay(life: Life, dice: Random) -> Paying:
    """What becomes of the money of one order."""
    if dice.random() < life.fails_to_pay:
        return "fail"
    if dice.random() < life.pays_later:
        return "never" if dice.random() < life.never_pays else "later"
    return "charge" if dice.random() < life.charges else "authorise"


def open_payment(order: Doc, paying: Paying, project: Project) -> Doc:
    """Create the payment of a new order and give it to the order; the order after that."""
    states = {"charge": "Paid", "authorise": "Pending", "later": "Pending", "never": "Pending"}
    method = "TRANSFER" if paying in ("later", "never") else "CARD"
    number = order["orderNumber"]
    amount = order["totalPrice"]
    transaction: Doc = {
        "type": "Charge" if paying in ("charge", "later", "never") else "Authorization",
        "amount": amount,
        "timestamp": now_text(),
        "interactionId": f"PSP-{number}-1",
        "state": {"fail": "Failure", "later": "Pending", "never": "Pending"}.get(paying, "Success"),
    }
    draft = {
        "key": f"pay-{number}",
        "interfaceId": f"PSP-{number}",
        "amountPlanned": amount,
        "paymentMethodInfo": {"paymentInterface": "invented-psp", "method": method},
        "transactions": [transaction],
    }
    payment = project.kind("payment").create(msgspec.json.encode(draft), project)
    return _update(
        order,
        project,
        {"action": "addPayment", "payment": {"typeId": "payment", "id": payment["id"]}},
        {"action": "changePaymentState", "paymentState": states.get(paying, "Failed")},
    )


def settle_payment(order: Doc, project: Project) -> Doc:
    """The money of a late payer arrives; the order after that."""
    payments = project.collection("payment")
    for reference in order.get("paymentInfo", {"payments": ()})["payments"]:
        payment = payments.docs[reference["id"]]
        for transaction in payment["transactions"]:
            if transaction["state"] == "Pending":
                done = {"transactionId": transaction["id"], "state": "Success"}
                body = {
                    "version": payment["version"],
                    "actions": [{"action": "changeTransactionState", **done}],
                }
                project.kind("payment").update(payment, msgspec.json.encode(body), project)
                break
    return _update(order, project, {"action": "changePaymentState", "paymentState": "Paid"})


def _update(order: Doc, project: Project, *actions: dict[str, Any]) -> Doc:
    body = {"version": order["version"], "actions": list(actions)}
    return project.kind("order").update(order, msgspec.json.encode(body), project)
