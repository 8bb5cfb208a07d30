"""What an order says of its payments: which they are; a payment belongs to one order."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ...problems import invalid_operation, referenced_not_found
from ...project import Project
from ...store import Doc
from ...vocabulary import Model

__all__ = ["PaymentInfoDraft", "payment_info"]


class PaymentReference(Model):
    """A payment, by its id."""

    id: str
    type_id: Literal["payment"]


class PaymentInfoDraft(Model):
    """The payments of an imported order."""

    payments: Annotated[tuple[PaymentReference, ...], Meta(min_length=1)]


def payment_info(draft: PaymentInfoDraft, project: Project) -> Doc:
    """The payments of an order as it holds them.

    Raises:
        Problem: 400 ReferencedResourceNotFound, or InvalidOperation for one that is another order's.
    """
    for payment in draft.payments:
        if not project.holds("payment", payment.id):
            raise referenced_not_found("payment", id=payment.id)
        if project.collection("order").found("payment", payment.id):
            raise invalid_operation(f"The payment '{payment.id}' belongs to an order already.")
    return {"payments": [{"typeId": "payment", "id": payment.id} for payment in draft.payments]}
