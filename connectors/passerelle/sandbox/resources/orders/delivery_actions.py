"""Actions on what is delivered and how: deliveries, their parcels, the fields of both."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import msgspec
from typing_extensions import override

from ...actions import Action
from ...custom_fields import CustomFieldAction, CustomFieldsDraft, CustomTypeAction
from ...moments import moment_text
from ...problems import invalid_input, invalid_operation
from ...project import Project
from ...store import Doc
from ...vocabulary import Address, Key, Model, Moment, as_json, put
from .shipping import (
    DeliveryDraft,
    DeliveryItem,
    ParcelDraft,
    ParcelMeasurements,
    TrackingData,
    check_items,
    deliveries_of,
    every_delivery,
    every_parcel,
    new_delivery,
    new_parcel,
    shipping_infos,
    tracking,
)

__all__ = ["DeliveryAction", "SetEstimatedDelivery"]


class AddDelivery(Action):
    """Records what left; the order must be one that is shipped."""

    delivery_key: Key | None = None
    shipping_key: str | None = None
    items: tuple[DeliveryItem, ...] = ()
    address: Address | None = None
    parcels: tuple[ParcelDraft, ...] = ()
    custom: CustomFieldsDraft | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        draft = DeliveryDraft(
            key=self.delivery_key,
            items=self.items,
            parcels=self.parcels,
            address=self.address,
            custom=self.custom,
        )
        deliveries_of(doc, self.shipping_key).append(new_delivery(doc, draft, project))


def _delivery(doc: Doc, delivery_id: str | None, delivery_key: str | None) -> tuple[list[Doc], Doc]:
    if (delivery_id is None) == (delivery_key is None):
        raise invalid_input("The action takes either deliveryId or deliveryKey.")
    for holder, delivery in every_delivery(doc):
        if delivery["id"] == delivery_id or (
            delivery_key is not None and delivery.get("key") == delivery_key
        ):
            return holder, delivery
    raise invalid_input(f"The order has no delivery '{delivery_id or delivery_key}'.")


class _OnDelivery(Action):
    delivery_id: str | None = None
    delivery_key: str | None = None

    def delivery(self, doc: Doc) -> Doc:
        """The delivery that is meant."""
        return _delivery(doc, self.delivery_id, self.delivery_key)[1]


class RemoveDelivery(_OnDelivery):
    """Takes a delivery away."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        holder, delivery = _delivery(doc, self.delivery_id, self.delivery_key)
        holder.remove(delivery)


class SetDeliveryItems(_OnDelivery, kw_only=True):
    """Replaces what is in a delivery."""

    items: list[DeliveryItem]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        self.delivery(doc)["items"] = check_items(doc, self.items)


class SetDeliveryAddress(_OnDelivery):
    """`address` left out removes it."""

    address: Address | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(self.delivery(doc), "address", as_json(self.address))


class SetDeliveryCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "order-delivery"
    delivery_id: str | None = None
    delivery_key: str | None = None

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _delivery(doc, self.delivery_id, self.delivery_key)[1]


class SetDeliveryCustomField(CustomFieldAction):
    """`value` left out removes the field."""

    delivery_id: str | None = None
    delivery_key: str | None = None

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _delivery(doc, self.delivery_id, self.delivery_key)[1]


def _delivered_to(doc: Doc, delivery_id: str | None, delivery_key: str | None) -> Doc:
    address: Doc | None = _delivery(doc, delivery_id, delivery_key)[1].get("address")
    if address is None:
        raise invalid_operation("The delivery has no address.")
    return address


class SetDeliveryAddressCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "address"
    delivery_id: str | None = None
    delivery_key: str | None = None

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _delivered_to(doc, self.delivery_id, self.delivery_key)


class SetDeliveryAddressCustomField(CustomFieldAction):
    """`value` left out removes the field."""

    delivery_id: str | None = None
    delivery_key: str | None = None

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _delivered_to(doc, self.delivery_id, self.delivery_key)


class AddParcelToDelivery(_OnDelivery):
    """Adds a parcel."""

    parcel_key: Key | None = None
    measurements: ParcelMeasurements | None = None
    tracking_data: TrackingData | None = None
    items: tuple[DeliveryItem, ...] = ()
    custom: CustomFieldsDraft | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        draft = ParcelDraft(
            key=self.parcel_key,
            measurements=self.measurements,
            tracking_data=self.tracking_data,
            items=self.items,
            custom=self.custom,
        )
        self.delivery(doc)["parcels"].append(new_parcel(doc, draft, project))


def _parcel(doc: Doc, parcel_id: str | None, parcel_key: str | None) -> tuple[Doc, Doc]:
    if (parcel_id is None) == (parcel_key is None):
        raise invalid_input("The action takes either parcelId or parcelKey.")
    for delivery, parcel in every_parcel(doc):
        if parcel["id"] == parcel_id or (parcel_key is not None and parcel.get("key") == parcel_key):
            return delivery, parcel
    raise invalid_input(f"The order has no parcel '{parcel_id or parcel_key}'.")


class _OnParcel(Action):
    parcel_id: str | None = None
    parcel_key: str | None = None

    def parcel(self, doc: Doc) -> Doc:
        """The parcel that is meant."""
        return _parcel(doc, self.parcel_id, self.parcel_key)[1]


class RemoveParcelFromDelivery(_OnParcel):
    """Takes a parcel away."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        delivery, parcel = _parcel(doc, self.parcel_id, self.parcel_key)
        delivery["parcels"].remove(parcel)


class SetParcelItems(_OnParcel, kw_only=True):
    """Replaces what is in a parcel."""

    items: list[DeliveryItem]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        self.parcel(doc)["items"] = check_items(doc, self.items)


class SetParcelMeasurements(_OnParcel):
    """`measurements` left out removes them."""

    measurements: ParcelMeasurements | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(self.parcel(doc), "measurements", as_json(self.measurements))


class SetParcelTrackingData(_OnParcel):
    """`trackingData` left out removes it."""

    tracking_data: TrackingData | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(self.parcel(doc), "trackingData", tracking(self.tracking_data))


class SetParcelCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "order-parcel"
    parcel_id: str | None = None
    parcel_key: str | None = None

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _parcel(doc, self.parcel_id, self.parcel_key)[1]


class SetParcelCustomField(CustomFieldAction):
    """`value` left out removes the field."""

    parcel_id: str | None = None
    parcel_key: str | None = None

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _parcel(doc, self.parcel_id, self.parcel_key)[1]


class EstimatedDelivery(Model):
    """Between when and when it will be there."""

    from_: Moment | None = msgspec.field(default=None, name="from")
    until: Moment | None = None


class SetEstimatedDelivery(Action):
    """`estimatedDelivery` left out removes it."""

    shipping_key: str | None = None
    estimated_delivery: EstimatedDelivery | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        told = self.estimated_delivery
        between: Doc | None = None
        if told is not None:
            between = {
                name: moment_text(moment)
                for name, moment in (("from", told.from_), ("until", told.until))
                if isinstance(moment, datetime)
            }
        put(self._info(doc), "estimatedDelivery", between)

    def _info(self, doc: Doc) -> Doc:
        for key, info in shipping_infos(doc):
            if key == self.shipping_key or (self.shipping_key is None and doc["shippingMode"] == "Single"):
                return info
        raise invalid_input(f"The order has no shipping with the key '{self.shipping_key}'.")


DeliveryAction: TypeAlias = (
    AddDelivery
    | RemoveDelivery
    | SetDeliveryItems
    | SetDeliveryAddress
    | SetDeliveryCustomType
    | SetDeliveryCustomField
    | SetDeliveryAddressCustomType
    | SetDeliveryAddressCustomField
    | AddParcelToDelivery
    | RemoveParcelFromDelivery
    | SetParcelItems
    | SetParcelMeasurements
    | SetParcelTrackingData
    | SetParcelCustomType
    | SetParcelCustomField
)
