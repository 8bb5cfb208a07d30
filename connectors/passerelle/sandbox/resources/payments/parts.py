"""What payments are made of: transactions, means of payment, what the provider says; drafts and as stored."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ...custom_fields import CustomFieldsDraft, custom_fields
from ...project import Project
from ...store import Doc
from ...vocabulary import (
    Identifier,
    Localized,
    Model,
    Moment,
    Money,
    StateIdentifier,
    new_id,
    put,
    typed_money,
)
from ..states import state_of_type

__all__ = [
    "CustomerIdentifier",
    "MethodInfoDraft",
    "PaymentStatusDraft",
    "Token",
    "TransactionDraft",
    "TransactionState",
    "method_info",
    "new_transaction",
    "payment_status",
]

TransactionType: TypeAlias = Literal["Authorization", "CancelAuthorization", "Charge", "Refund", "Chargeback"]
TransactionState: TypeAlias = Literal["Initial", "Pending", "Success", "Failure"]


class CustomerIdentifier(Identifier):
    """Points to a customer."""

    type_id: Literal["customer"] = "customer"


class Token(Model):
    """What the provider knows the means of payment by."""

    value: str


class MethodInfoDraft(Model):
    """With what is paid, at which provider."""

    payment_interface: str | None = None
    method: str | None = None
    name: Localized | None = None
    token: Token | None = None
    interface_account: str | None = None
    custom: CustomFieldsDraft | None = None


class PaymentStatusDraft(Model):
    """What the provider says, and a state of the project's own."""

    interface_code: str | None = None
    interface_text: str | None = None
    state: StateIdentifier | None = None


class TransactionDraft(Model):
    """Money that moves, or is to move."""

    type: TransactionType
    amount: Money
    timestamp: Moment | None = None
    interaction_id: str | None = None
    state: TransactionState = "Initial"
    custom: CustomFieldsDraft | None = None
    interface_id: str | None = None


def new_transaction(draft: TransactionDraft, project: Project) -> Doc:
    """A transaction as payments hold it."""
    doc: Doc = {
        "id": new_id(),
        "type": draft.type,
        "amount": typed_money(draft.amount),
        "state": draft.state,
    }
    put(doc, "timestamp", draft.timestamp)
    put(doc, "interactionId", draft.interaction_id)
    put(doc, "interfaceId", draft.interface_id)
    put(doc, "custom", custom_fields(draft.custom, "transaction", project))
    return doc


def method_info(draft: MethodInfoDraft | None, project: Project) -> Doc:
    """With what is paid, as payments hold it; empty when nothing is said."""
    doc: Doc = {}
    if draft is not None:
        put(doc, "paymentInterface", draft.payment_interface)
        put(doc, "method", draft.method)
        put(doc, "name", draft.name)
        put(doc, "token", None if draft.token is None else {"value": draft.token.value})
        put(doc, "interfaceAccount", draft.interface_account)
        put(doc, "custom", custom_fields(draft.custom, "payment-method-info", project))
    return doc


def payment_status(draft: PaymentStatusDraft | None, project: Project) -> Doc:
    """What the provider says, as payments hold it; empty when nothing is said."""
    doc: Doc = {}
    if draft is not None:
        put(doc, "interfaceCode", draft.interface_code)
        put(doc, "interfaceText", draft.interface_text)
        if draft.state is not None:
            doc["state"] = state_of_type(project, draft.state, "PaymentState")
    return doc
