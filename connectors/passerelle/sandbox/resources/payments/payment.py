"""Payments: one a means of payment of an order; the shop keeps book, a provider moves the money."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from typing_extensions import override

from ...custom_fields import CustomFieldsDraft, custom_fields, type_of
from ...field_tree import CREATED, CUSTOM, MONEY, REFERENCE, Leaf, Tree
from ...kind import Kind
from ...problems import Problem, duplicate_field, reference_exists
from ...project import Project
from ...store import Claim, Doc
from ...vocabulary import Key, Model, Money, put, typed_money
from .actions import PaymentAction
from .parts import (
    CustomerIdentifier,
    MethodInfoDraft,
    PaymentStatusDraft,
    TransactionDraft,
    method_info,
    new_transaction,
    payment_status,
)

__all__ = ["PaymentDraft", "Payments"]


class PaymentDraft(Model):
    """A new payment of `amountPlanned`."""

    amount_planned: Money
    key: Key | None = None
    customer: CustomerIdentifier | None = None
    anonymous_id: str | None = None
    external_id: str | None = None
    interface_id: str | None = None
    amount_authorized: Money | None = None
    authorized_until: str | None = None
    amount_paid: Money | None = None
    amount_refunded: Money | None = None
    payment_method_info: MethodInfoDraft | None = None
    payment_status: PaymentStatusDraft | None = None
    transactions: tuple[TransactionDraft, ...] = ()
    interface_interactions: tuple[CustomFieldsDraft, ...] = ()
    custom: CustomFieldsDraft | None = None


class Payments(Kind[PaymentDraft]):
    """`/payments`."""

    type_id = "payment"
    path = "payments"
    read_scopes = ("view_payments",)
    write_scopes = ("manage_payments",)
    tree: ClassVar[Tree] = {
        **CREATED,
        **dict.fromkeys(("key", "anonymousId", "externalId", "interfaceId", "authorizedUntil"), Leaf.TEXT),
        "customer": REFERENCE,
        **dict.fromkeys(("amountPlanned", "amountAuthorized", "amountPaid", "amountRefunded"), MONEY),
        "paymentMethodInfo": {
            "paymentInterface": Leaf.TEXT,
            "method": Leaf.TEXT,
            "name": Leaf.LOCALIZED,
            "interfaceAccount": Leaf.TEXT,
            "custom": CUSTOM,
        },
        "paymentStatus": {"interfaceCode": Leaf.TEXT, "interfaceText": Leaf.TEXT, "state": REFERENCE},
        "transactions": {
            "id": Leaf.TEXT,
            "timestamp": Leaf.TIME,
            "type": Leaf.TEXT,
            "amount": MONEY,
            "interactionId": Leaf.TEXT,
            "interfaceId": Leaf.TEXT,
            "state": Leaf.TEXT,
            "custom": CUSTOM,
        },
        "interfaceInteractions": CUSTOM,
        "custom": CUSTOM,
    }
    paths: ClassVar = {
        ("key",): "key",
        ("interfaceId",): "interface id",
        ("transactions", "interactionId"): "interaction",
        ("custom", "type", "id"): "own type",
    }

    def __init__(self) -> None:
        super().__init__(PaymentDraft, PaymentAction)

    @override
    def build(self, draft: PaymentDraft, project: Project) -> Doc:
        doc: Doc = {
            "amountPlanned": typed_money(draft.amount_planned),
            "paymentMethodInfo": method_info(draft.payment_method_info, project),
            "paymentStatus": payment_status(draft.payment_status, project),
            "transactions": [new_transaction(one, project) for one in draft.transactions],
            "interfaceInteractions": [
                custom_fields(one, "payment-interface-interaction", project)
                for one in draft.interface_interactions
            ],
        }
        if draft.customer is not None:
            doc["customer"] = project.reference(draft.customer, "customer")
        put(doc, "key", draft.key)
        put(doc, "anonymousId", draft.anonymous_id)
        put(doc, "externalId", draft.external_id)
        put(doc, "interfaceId", draft.interface_id)
        put(doc, "authorizedUntil", draft.authorized_until)
        for field, amount in (
            ("amountAuthorized", draft.amount_authorized),
            ("amountPaid", draft.amount_paid),
            ("amountRefunded", draft.amount_refunded),
        ):
            put(doc, field, None if amount is None else typed_money(amount))
        put(doc, "custom", custom_fields(draft.custom, self.type_id, project))
        return doc

    @override
    def claims(self, doc: Doc) -> Iterable[Claim]:
        yield from super().claims(doc)
        if "interfaceId" in doc:
            # The number of a provider is unique at that provider.
            yield "interfaceId", (doc["paymentMethodInfo"].get("paymentInterface"), doc["interfaceId"])

    @override
    def duplicate(self, field: str, value: Any) -> Problem:
        return duplicate_field(field, value[1] if field == "interfaceId" else value)

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        if "interfaceId" in doc:
            yield "interface id", doc["interfaceId"]
        for transaction in doc["transactions"]:
            if "interactionId" in transaction:
                yield "interaction", transaction["interactionId"]
        if "state" in doc["paymentStatus"]:
            yield "state", doc["paymentStatus"]["state"]["id"]
        for _, own in type_of(doc):
            yield "own type", own
        yield from type_of(doc, doc["paymentMethodInfo"], *doc["transactions"])
        for interaction in doc["interfaceInteractions"]:
            yield "type", interaction["type"]["id"]

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        if project.collection("order").found("payment", doc["id"]):
            raise reference_exists(self.type_id, "order")
