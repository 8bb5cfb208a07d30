"""What comes back: return infos and their items, as drafts, as stored, and the actions on them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ...actions import Action
from ...custom_fields import CustomFieldAction, CustomFieldsDraft, CustomTypeAction, custom_fields
from ...moments import now_text
from ...problems import duplicate_field, invalid_input, invalid_operation
from ...project import Project
from ...store import Doc
from ...vocabulary import Key, Model, Moment, new_id, put
from .item_states import Pieces
from .shipping import DeliveryItem, check_items

__all__ = ["ReturnAction", "ReturnItemDraft"]

ReturnPaymentState: TypeAlias = Literal["NonRefundable", "Initial", "Refunded", "NotRefunded"]
_STEPS = {"Returned": ("BackInStock", "Unusable")}


class ReturnItemDraft(Model):
    """Pieces of one line that come back."""

    quantity: Pieces
    shipment_state: Literal["Advised", "Returned"]
    line_item_id: str | None = None
    custom_line_item_id: str | None = None
    key: Key | None = None
    comment: str | None = None
    custom: CustomFieldsDraft | None = None


class ReturnInfoDraft(Model):
    """What comes back together."""

    items: Annotated[list[ReturnItemDraft], Meta(min_length=1)]
    return_tracking_id: str | None = None
    return_date: Moment | None = None


def _new_item(order: Doc, draft: ReturnItemDraft, project: Project) -> Doc:
    """Advised pieces are not refundable, returned ones may be refunded."""
    line = draft.line_item_id if draft.custom_line_item_id is None else draft.custom_line_item_id
    if line is None or (draft.line_item_id is not None and draft.custom_line_item_id is not None):
        raise invalid_input("A return item takes either a lineItemId or a customLineItemId.")
    check_items(order, [DeliveryItem(id=line, quantity=draft.quantity)])
    moment = now_text()
    kind, field = (
        ("LineItemReturnItem", "lineItemId")
        if draft.line_item_id is not None
        else ("CustomLineItemReturnItem", "customLineItemId")
    )
    doc: Doc = {
        "id": new_id(),
        "type": kind,
        "quantity": draft.quantity,
        field: line,
        "shipmentState": draft.shipment_state,
        "paymentState": "NonRefundable" if draft.shipment_state == "Advised" else "Initial",
        "lastModifiedAt": moment,
        "createdAt": moment,
    }
    put(doc, "key", draft.key)
    put(doc, "comment", draft.comment)
    put(doc, "custom", custom_fields(draft.custom, "order-return-item", project))
    return doc


def _new_info(order: Doc, draft: ReturnInfoDraft, project: Project) -> Doc:
    info: Doc = {"items": [_new_item(order, item, project) for item in draft.items]}
    put(info, "returnTrackingId", draft.return_tracking_id)
    put(info, "returnDate", draft.return_date)
    return info


def _check_keys(infos: list[Doc]) -> None:
    keys = [item["key"] for info in infos for item in info["items"] if "key" in item]
    for place, key in enumerate(keys):
        if key in keys[:place]:
            raise duplicate_field("returnItemKey", key)


class AddReturnInfo(Action):
    """Records what comes back."""

    items: Annotated[list[ReturnItemDraft], Meta(min_length=1)]
    return_tracking_id: str | None = None
    return_date: Moment | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        draft = ReturnInfoDraft(
            items=self.items, return_tracking_id=self.return_tracking_id, return_date=self.return_date
        )
        doc["returnInfo"].append(_new_info(doc, draft, project))
        _check_keys(doc["returnInfo"])


class SetReturnInfo(Action):
    """Replaces all that is known to come back; `items` left out forgets it."""

    items: list[ReturnInfoDraft] | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["returnInfo"] = [_new_info(doc, info, project) for info in self.items or ()]
        _check_keys(doc["returnInfo"])


def _named(doc: Doc, item_id: str | None, item_key: str | None) -> Doc:
    if (item_id is None) == (item_key is None):
        raise invalid_input("The action takes either returnItemId or returnItemKey.")
    for info in doc["returnInfo"]:
        for item in info["items"]:
            if item["id"] == item_id or (item_key is not None and item.get("key") == item_key):
                found: Doc = item
                return found
    raise invalid_input(f"The order has no return item '{item_id or item_key}'.")


class SetReturnShipmentState(Action):
    """Arrived pieces go back into stock or are unusable.

    Whether advised ones can become arrived ones is not confirmed (sheet section 4.3 knows only what
    follows on `Returned`): the sandbox says so by `advised_returns`.
    """

    shipment_state: Literal["Advised", "Returned", "BackInStock", "Unusable"]
    return_item_id: str | None = None
    return_item_key: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        item = _named(doc, self.return_item_id, self.return_item_key)
        before, after = item["shipmentState"], self.shipment_state
        arrives = (before, after) == ("Advised", "Returned") and project.rules.advised_returns_arrive
        if after != before and after not in _STEPS.get(before, ()) and not arrives:
            raise invalid_operation(f"A return in state {before} cannot become {after}.")
        if after != before:
            item["shipmentState"] = after
            item["lastModifiedAt"] = now_text()
        if arrives:
            item["paymentState"] = "Initial"


class SetReturnPaymentState(Action):
    """Whether the pieces are paid back: advised ones cannot be, all others are refundable."""

    payment_state: ReturnPaymentState
    return_item_id: str | None = None
    return_item_key: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        item = _named(doc, self.return_item_id, self.return_item_key)
        if (item["shipmentState"] == "Advised") != (self.payment_state == "NonRefundable"):
            raise invalid_operation(
                f"A return in state {item['shipmentState']} cannot be {self.payment_state}."
            )
        if item["paymentState"] != self.payment_state:
            item["paymentState"] = self.payment_state
            item["lastModifiedAt"] = now_text()


class SetReturnItemCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "order-return-item"
    return_item_id: str | None = None
    return_item_key: str | None = None

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _named(doc, self.return_item_id, self.return_item_key)


class SetReturnItemCustomField(CustomFieldAction):
    """`value` left out removes the field."""

    return_item_id: str | None = None
    return_item_key: str | None = None

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _named(doc, self.return_item_id, self.return_item_key)


ReturnAction: TypeAlias = (
    AddReturnInfo
    | SetReturnInfo
    | SetReturnShipmentState
    | SetReturnPaymentState
    | SetReturnItemCustomType
    | SetReturnItemCustomField
)
