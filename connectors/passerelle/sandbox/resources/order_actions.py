"""Update actions of orders: states, export marks, deliveries, parcels, returns."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ..actions import Action, SetFields
from ..moments import now_text
from ..problems import invalid_input, invalid_operation
from ..project import Project
from ..store import Doc
from ..vocabulary import Address, ChannelIdentifier, Key, Moment, Text, as_json, put
from .order_parts import (
    DeliveryItem,
    ParcelDraft,
    ParcelMeasurements,
    ReturnItemDraft,
    TrackingData,
    check_items,
    every_delivery,
    every_parcel,
    new_delivery,
    new_parcel,
    new_return,
)

__all__ = ["OrderAction", "OrderState", "PaymentState", "ShipmentState"]

OrderState: TypeAlias = Literal["Open", "Confirmed", "Complete", "Cancelled"]
ShipmentState: TypeAlias = Literal[
    "Shipped", "Delivered", "Ready", "Pending", "Delayed", "Partial", "Backorder", "Canceled"
]
PaymentState: TypeAlias = Literal["BalanceDue", "Failed", "Pending", "CreditOwed", "Paid"]
ReturnPaymentState: TypeAlias = Literal["NonRefundable", "Initial", "Refunded", "NotRefunded"]
# Later states of returned pieces: from advised they arrive, from arrived they are sorted.
_RETURN_STEPS = {"Advised": ("Returned",), "Returned": ("BackInStock", "Unusable")}


class ChangeOrderState(SetFields):
    """Where the order stands as a whole."""

    order_state: OrderState


class ChangeShipmentState(SetFields):
    """`shipmentState` left out removes it."""

    shipment_state: ShipmentState | None = None


class ChangePaymentState(SetFields):
    """`paymentState` left out removes it."""

    payment_state: PaymentState | None = None


class SetCustomerEmail(SetFields):
    """`email` left out removes it."""

    email: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "customerEmail", self.email)


class SetLocale(SetFields):
    """`locale` left out removes it."""

    locale: Text | None = None


class SetPurchaseOrderNumber(SetFields):
    """`purchaseOrderNumber` left out removes it."""

    purchase_order_number: str | None = None


class SetShippingAddress(Action):
    """`address` left out removes it."""

    address: Address | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "shippingAddress", as_json(self.address))


class SetBillingAddress(Action):
    """`address` left out removes it."""

    address: Address | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "billingAddress", as_json(self.address))


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


class AddDelivery(Action):
    """Records what left; the order must be one that is shipped."""

    delivery_key: Key | None = None
    items: tuple[DeliveryItem, ...] = ()
    address: Address | None = None
    parcels: tuple[ParcelDraft, ...] = ()

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        if "shippingInfo" not in doc:
            raise invalid_operation("The order has no shipping info: deliveries cannot be added.")
        every_delivery(doc).append(
            new_delivery(
                doc, key=self.delivery_key, items=self.items, address=self.address, parcels=self.parcels
            )
        )


class _OnDelivery(Action):
    delivery_id: str | None = None
    delivery_key: str | None = None

    def delivery(self, doc: Doc) -> Doc:
        """The delivery that is meant."""
        _either(self.delivery_id, self.delivery_key, "deliveryId", "deliveryKey")
        for delivery in every_delivery(doc):
            if delivery["id"] == self.delivery_id or (
                self.delivery_key is not None and delivery.get("key") == self.delivery_key
            ):
                return delivery
        raise invalid_input(f"The order has no delivery '{self.delivery_id or self.delivery_key}'.")


class RemoveDelivery(_OnDelivery, kw_only=True):
    """Takes a delivery away."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        every_delivery(doc).remove(self.delivery(doc))


class SetDeliveryItems(_OnDelivery, kw_only=True):
    """Replaces what is in a delivery."""

    items: list[DeliveryItem]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        self.delivery(doc)["items"] = check_items(doc, self.items)


class SetDeliveryAddress(_OnDelivery, kw_only=True):
    """`address` left out removes it."""

    address: Address | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(self.delivery(doc), "address", as_json(self.address))


class AddParcelToDelivery(_OnDelivery, kw_only=True):
    """Adds a parcel."""

    parcel_key: Key | None = None
    measurements: ParcelMeasurements | None = None
    tracking_data: TrackingData | None = None
    items: tuple[DeliveryItem, ...] = ()

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        draft = ParcelDraft(
            key=self.parcel_key,
            measurements=self.measurements,
            tracking_data=self.tracking_data,
            items=self.items,
        )
        delivery = self.delivery(doc)
        delivery["parcels"].append(new_parcel(doc, draft))


class _OnParcel(Action):
    parcel_id: str | None = None
    parcel_key: str | None = None

    def parcel(self, doc: Doc) -> tuple[Doc, Doc]:
        """The parcel that is meant, behind its delivery."""
        _either(self.parcel_id, self.parcel_key, "parcelId", "parcelKey")
        for delivery, parcel in every_parcel(doc):
            if parcel["id"] == self.parcel_id or (
                self.parcel_key is not None and parcel.get("key") == self.parcel_key
            ):
                return delivery, parcel
        raise invalid_input(f"The order has no parcel '{self.parcel_id or self.parcel_key}'.")


class RemoveParcelFromDelivery(_OnParcel, kw_only=True):
    """Takes a parcel away."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        delivery, parcel = self.parcel(doc)
        delivery["parcels"].remove(parcel)


class SetParcelItems(_OnParcel, kw_only=True):
    """Replaces what is in a parcel."""

    items: list[DeliveryItem]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        self.parcel(doc)[1]["items"] = check_items(doc, self.items)


class SetParcelMeasurements(_OnParcel, kw_only=True):
    """`measurements` left out removes them."""

    measurements: ParcelMeasurements | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(self.parcel(doc)[1], "measurements", as_json(self.measurements))


class SetParcelTrackingData(_OnParcel, kw_only=True):
    """`trackingData` left out removes it."""

    tracking_data: TrackingData | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        tracking = None if self.tracking_data is None else {"isReturn": False, **as_json(self.tracking_data)}
        put(self.parcel(doc)[1], "trackingData", tracking)


class AddReturnInfo(Action):
    """Records what comes back."""

    items: Annotated[list[ReturnItemDraft], Meta(min_length=1)]
    return_tracking_id: str | None = None
    return_date: Moment | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        info: Doc = {"items": [new_return(doc, item) for item in self.items]}
        put(info, "returnTrackingId", self.return_tracking_id)
        put(info, "returnDate", self.return_date)
        doc["returnInfo"].append(info)


class _OnReturn(Action):
    return_item_id: str | None = None
    return_item_key: str | None = None

    def item(self, doc: Doc) -> Doc:
        """The returned item that is meant."""
        _either(self.return_item_id, self.return_item_key, "returnItemId", "returnItemKey")
        for info in doc["returnInfo"]:
            for item in info["items"]:
                if item["id"] == self.return_item_id or (
                    self.return_item_key is not None and item.get("key") == self.return_item_key
                ):
                    found: Doc = item
                    return found
        raise invalid_input(f"The order has no return item '{self.return_item_id or self.return_item_key}'.")


class SetReturnShipmentState(_OnReturn, kw_only=True):
    """Advised pieces arrive; arrived ones go back into stock or are unusable."""

    shipment_state: Literal["Advised", "Returned", "BackInStock", "Unusable"]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        item = self.item(doc)
        now = item["shipmentState"]
        if self.shipment_state != now and self.shipment_state not in _RETURN_STEPS.get(now, ()):
            raise invalid_operation(f"A return in state {now} cannot become {self.shipment_state}.")
        item["shipmentState"] = self.shipment_state
        if self.shipment_state == "Returned" and now == "Advised":
            item["paymentState"] = "Initial"


class SetReturnPaymentState(_OnReturn, kw_only=True):
    """Whether the pieces are paid back."""

    payment_state: ReturnPaymentState

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        self.item(doc)["paymentState"] = self.payment_state


def _either(one: str | None, other: str | None, name: str, other_name: str) -> None:
    if (one is None) == (other is None):
        raise invalid_input(f"The action takes either {name} or {other_name}.")


OrderAction: TypeAlias = (
    ChangeOrderState
    | ChangeShipmentState
    | ChangePaymentState
    | SetCustomerEmail
    | SetLocale
    | SetPurchaseOrderNumber
    | SetShippingAddress
    | SetBillingAddress
    | SetOrderNumber
    | UpdateSyncInfo
    | AddDelivery
    | RemoveDelivery
    | SetDeliveryItems
    | SetDeliveryAddress
    | AddParcelToDelivery
    | RemoveParcelFromDelivery
    | SetParcelItems
    | SetParcelMeasurements
    | SetParcelTrackingData
    | AddReturnInfo
    | SetReturnShipmentState
    | SetReturnPaymentState
)
