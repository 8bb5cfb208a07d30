"""Update actions of payments: transactions, what the provider says; the means of payment lie beside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import msgspec
from typing_extensions import override

from ...actions import Action, SetFields
from ...custom_fields import (
    CustomFieldAction,
    CustomFieldsDraft,
    CustomTypeAction,
    TypeIdentifier,
    custom_fields,
)
from ...problems import invalid_input, invalid_operation
from ...project import Project
from ...store import Doc
from ...told import Told
from ...vocabulary import Key, Moment, Money, StateIdentifier, put, typed_money
from ..workflow import state_after
from .method_actions import MethodAction
from .parts import CustomerIdentifier, TransactionDraft, TransactionState, new_transaction

__all__ = ["PaymentAction"]


class SetKey(SetFields):
    """`key` left out removes it."""

    key: Key | None = None


class SetExternalId(SetFields):
    """`externalId` left out removes it."""

    external_id: str | None = None


class SetAnonymousId(SetFields):
    """`anonymousId` left out removes it."""

    anonymous_id: str | None = None


class SetCustomer(Action):
    """`customer` left out removes it."""

    customer: CustomerIdentifier | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        customer = self.customer
        put(doc, "customer", None if customer is None else project.reference(customer, "customer"))


class SetInterfaceId(Action):
    """The provider's own number, once."""

    interface_id: str

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        known = doc.get("interfaceId")
        if known is not None and known != self.interface_id:
            raise invalid_operation(f"The interfaceId is '{known}' already; it cannot be changed.")
        doc["interfaceId"] = self.interface_id


class ChangeAmountPlanned(Action):
    """How much is to be received."""

    amount: Money

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["amountPlanned"] = typed_money(self.amount)


class SetAuthorization(Action):
    """What is authorised until when; left out removes both."""

    amount: Money | None = None
    until: Moment | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "amountAuthorized", None if self.amount is None else typed_money(self.amount))
        put(doc, "authorizedUntil", self.until)


class SetAmountPaid(Action):
    """`amount` left out removes it."""

    amount: Money | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "amountPaid", None if self.amount is None else typed_money(self.amount))


class SetAmountRefunded(Action):
    """`amount` left out removes it."""

    amount: Money | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "amountRefunded", None if self.amount is None else typed_money(self.amount))


class AddTransaction(Action):
    """Money that moves, or is to move."""

    transaction: TransactionDraft

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["transactions"].append(new_transaction(self.transaction, project))


def _transaction(doc: Doc, transaction_id: str) -> Doc:
    for transaction in doc["transactions"]:
        if transaction["id"] == transaction_id:
            found: Doc = transaction
            return found
    raise invalid_input(f"The payment has no transaction '{transaction_id}'.")


class ChangeTransactionState(Action):
    """Whether the money has moved."""

    transaction_id: str
    state: TransactionState

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _transaction(doc, self.transaction_id)["state"] = self.state


class ChangeTransactionTimestamp(Action):
    """When the money moved."""

    transaction_id: str
    timestamp: Moment

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(_transaction(doc, self.transaction_id), "timestamp", self.timestamp)


class ChangeTransactionInteractionId(Action):
    """What the provider knows the interaction by."""

    transaction_id: str
    interaction_id: str

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _transaction(doc, self.transaction_id)["interactionId"] = self.interaction_id


class SetTransactionInterfaceId(Action):
    """`interfaceId` left out removes it."""

    transaction_id: str
    interface_id: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(_transaction(doc, self.transaction_id), "interfaceId", self.interface_id)


class SetTransactionCustomType(CustomTypeAction, kw_only=True):
    """`type` left out removes type and fields."""

    resource_type = "transaction"
    transaction_id: str

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _transaction(doc, self.transaction_id)


class SetTransactionCustomField(CustomFieldAction, kw_only=True):
    """`value` left out removes the field."""

    transaction_id: str

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _transaction(doc, self.transaction_id)


class SetStatusInterfaceCode(Action):
    """`interfaceCode` left out removes it."""

    interface_code: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc["paymentStatus"], "interfaceCode", self.interface_code)


class SetStatusInterfaceText(Action):
    """What the provider says to people."""

    interface_text: str

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["paymentStatus"]["interfaceText"] = self.interface_text


class TransitionState(Action):
    """Moves the payment on in a workflow of the project's own; `force` skips what leads where."""

    state: StateIdentifier
    force: bool = False

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        status = doc["paymentStatus"]
        status["state"] = state_after(status, self.state, "PaymentState", project, force=self.force)

    @override
    def tells(self, doc: Doc, project: Project) -> Iterable[Told]:
        told = {"state": doc["paymentStatus"]["state"], "force": self.force}
        yield Told("PaymentStatusStateTransition", told)


class AddInterfaceInteraction(Action):
    """What was said to the provider, or by it."""

    type: TypeIdentifier
    fields: dict[str, Any] = msgspec.field(default_factory=dict)

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        draft = CustomFieldsDraft(type=self.type, fields=self.fields)
        doc["interfaceInteractions"].append(custom_fields(draft, "payment-interface-interaction", project))


class SetCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "payment"


class SetCustomField(CustomFieldAction):
    """`value` left out removes the field."""


PaymentAction: TypeAlias = (
    SetKey
    | SetExternalId
    | SetAnonymousId
    | SetCustomer
    | SetInterfaceId
    | ChangeAmountPlanned
    | SetAuthorization
    | SetAmountPaid
    | SetAmountRefunded
    | AddTransaction
    | ChangeTransactionState
    | ChangeTransactionTimestamp
    | ChangeTransactionInteractionId
    | SetTransactionInterfaceId
    | SetTransactionCustomType
    | SetTransactionCustomField
    | SetStatusInterfaceCode
    | SetStatusInterfaceText
    | TransitionState
    | AddInterfaceInteraction
    | MethodAction
    | SetCustomType
    | SetCustomField
)
