"""Update actions of orders: states, export marks, payments, whose they are; the others lie beside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from typing_extensions import override

from ...actions import Action, SetFields
from ...custom_fields import CustomFieldAction, CustomTypeAction
from ...moments import now_text
from ...problems import invalid_input, invalid_operation
from ...project import Project
from ...store import Doc
from ...told import Told
from ...vocabulary import ChannelIdentifier, Identifier, Moment, StateIdentifier, Text, put
from ..workflow import state_after
from .address_actions import AddressAction
from .delivery_actions import DeliveryAction, SetEstimatedDelivery
from .line_actions import LineAction
from .parties import BusinessUnitIdentifier, StoreIdentifier, check_store, store_reference
from .returns import ReturnAction

__all__ = ["OrderAction", "OrderState", "PaymentState", "ShipmentState", "StageableAction"]

OrderState: TypeAlias = Literal["Open", "Confirmed", "Complete", "Cancelled"]
ShipmentState: TypeAlias = Literal[
    "Shipped", "Delivered", "Ready", "Pending", "Delayed", "Partial", "Backorder", "Canceled"
]
PaymentState: TypeAlias = Literal["BalanceDue", "Failed", "Pending", "CreditOwed", "Paid"]


class ChangeOrderState(SetFields):
    """Where the order stands as a whole."""

    order_state: OrderState


class ChangeShipmentState(SetFields):
    """`shipmentState` left out removes it."""

    shipment_state: ShipmentState | None = None


class ChangePaymentState(SetFields):
    """`paymentState` left out removes it."""

    payment_state: PaymentState | None = None


class TransitionState(Action):
    """Moves the order on in a workflow of the project's own; `force` skips what leads where."""

    state: StateIdentifier
    force: bool = False

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["state"] = state_after(doc, self.state, "OrderState", project, force=self.force)

    @override
    def tells(self, doc: Doc, project: Project) -> Iterable[Told]:
        yield Told("OrderStateTransition", {"state": doc["state"], "force": self.force})


class SetCustomerEmail(Action):
    """`email` left out removes it."""

    email: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "customerEmail", self.email)


class SetCustomerId(SetFields):
    """`customerId` left out removes it; the sandbox has no customers to compare it with."""

    customer_id: str | None = None


class SetBusinessUnit(Action):
    """`businessUnit` left out removes it."""

    business_unit: BusinessUnitIdentifier | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        unit = self.business_unit
        put(doc, "businessUnit", None if unit is None else project.reference(unit, "business-unit"))


class SetStore(Action):
    """`store` left out removes it."""

    store: StoreIdentifier | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "store", store_reference(self.store, project))
        check_store(doc, project)


class SetLocale(SetFields):
    """`locale` left out removes it."""

    locale: Text | None = None


class SetPurchaseOrderNumber(SetFields):
    """`purchaseOrderNumber` left out removes it."""

    purchase_order_number: str | None = None


class SetOrderNumber(Action):
    """Gives the order its number, once."""

    order_number: Text | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        known = doc.get("orderNumber")
        if known is not None and known != self.order_number:
            raise invalid_operation(f"The order number is '{known}' already; it cannot be changed.")
        put(doc, "orderNumber", self.order_number)


class UpdateSyncInfo(Action):
    """Marks the order as known to another system, named by a channel; one mark a channel."""

    channel: ChannelIdentifier
    external_id: str | None = None
    synced_at: Moment | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        channel = project.referenced(self.channel, "channel")
        if not {"OrderExport", "OrderImport"} & set(channel["roles"]):
            raise invalid_input(
                f"The channel '{channel['key']}' has neither the role OrderExport nor OrderImport."
            )
        mark: Doc = {"channel": {"typeId": "channel", "id": channel["id"]}}
        put(mark, "externalId", self.external_id)
        put(mark, "syncedAt", self.synced_at or now_text())
        doc["syncInfo"] = [known for known in doc["syncInfo"] if known["channel"] != mark["channel"]] + [mark]


class PaymentIdentifier(Identifier):
    """Points to a payment."""

    type_id: Literal["payment"] = "payment"


class AddPayment(Action):
    """Adds a payment that belongs to no order yet."""

    payment: PaymentIdentifier

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        payment = project.reference(self.payment, "payment")
        held = doc.get("paymentInfo", {"payments": []})["payments"]
        if payment in held or project.collection("order").found("payment", payment["id"]):
            raise invalid_operation(f"The payment '{payment['id']}' belongs to an order already.")
        doc["paymentInfo"] = {"payments": [*held, payment]}


class RemovePayment(Action):
    """Takes a payment off the order; the payment itself stays."""

    payment: PaymentIdentifier

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        payment = project.reference(self.payment, "payment")
        held = doc.get("paymentInfo", {"payments": []})["payments"]
        if payment not in held:
            raise invalid_operation(f"The order has no payment '{payment['id']}'.")
        left = [one for one in held if one != payment]
        put(doc, "paymentInfo", {"payments": left} if left else None)


class SetCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "order"


class SetCustomField(CustomFieldAction):
    """`value` left out removes the field."""


def _shipping_fields(doc: Doc, shipping_key: str | None) -> Doc:
    """What carries the custom fields of shipping: one of several ways, or a holder for the order's own."""
    for shipping in doc["shipping"]:
        if shipping["shippingKey"] == shipping_key:
            found: Doc = shipping
            return found
    if shipping_key is not None and shipping_key != doc.get("shippingKey"):
        raise invalid_input(f"The order has no shipping with the key '{shipping_key}'.")
    return doc


class SetShippingCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "shipping"
    shipping_key: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        holder = _shipping_fields(doc, self.shipping_key)
        fields = _unfolded(holder)
        CustomTypeAction.apply(_Plain(type=self.type, fields=self.fields), fields, project)
        put(holder, "shippingCustomFields", fields.get("custom"))


class SetShippingCustomField(CustomFieldAction):
    """`value` left out removes the field."""

    shipping_key: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        holder = _shipping_fields(doc, self.shipping_key)
        fields = _unfolded(holder)
        CustomFieldAction.apply(self, fields, project)
        put(holder, "shippingCustomFields", fields.get("custom"))


class _Plain(CustomTypeAction):
    """The action on a holder that is nothing else."""

    resource_type = "shipping"


def _unfolded(holder: Doc) -> Doc:
    present = holder.get("shippingCustomFields")
    return {} if present is None else {"custom": present}


#: What can be done to an order at once can be staged in an order edit too, but for one action.
StageableAction: TypeAlias = (
    ChangeOrderState
    | ChangeShipmentState
    | ChangePaymentState
    | TransitionState
    | SetCustomerEmail
    | SetCustomerId
    | SetBusinessUnit
    | SetStore
    | SetLocale
    | SetPurchaseOrderNumber
    | SetOrderNumber
    | UpdateSyncInfo
    | AddPayment
    | RemovePayment
    | SetCustomType
    | SetCustomField
    | SetShippingCustomType
    | SetShippingCustomField
    | AddressAction
    | LineAction
    | DeliveryAction
    | ReturnAction
)

OrderAction: TypeAlias = StageableAction | SetEstimatedDelivery
