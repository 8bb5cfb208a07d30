"""How orders are shipped: the method, what is delivered, in which parcels; as drafts and as stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from ...custom_fields import CustomFieldsDraft, custom_fields
from ...moments import now_text
from ...problems import duplicate_field, invalid_input, invalid_operation
from ...project import Project
from ...store import Doc
from ...vocabulary import (
    Address,
    Identifier,
    Key,
    Model,
    Money,
    TaxCategoryIdentifier,
    Text,
    as_json,
    new_id,
    put,
    typed_money,
)
from .item_states import Pieces
from .lines import every_line
from .taxes import TaxRate

__all__ = [
    "DeliveryDraft",
    "DeliveryItem",
    "ParcelDraft",
    "ParcelMeasurements",
    "ShippingInfoDraft",
    "ShippingMethodIdentifier",
    "ShippingRateDraft",
    "TrackingData",
    "check_items",
    "deliveries_of",
    "every_delivery",
    "every_parcel",
    "new_delivery",
    "new_parcel",
    "shipping_info",
    "shipping_infos",
    "shipping_rate",
    "tracking",
]

Millimetres: TypeAlias = Annotated[int, Meta(ge=0)]


class ShippingRateDraft(Model):
    """What shipping costs."""

    price: Money
    free_above: Money | None = None


class ShippingMethodIdentifier(Identifier):
    """Points to a shipping method."""

    type_id: Literal["shipping-method"] = "shipping-method"


class ParcelMeasurements(Model):
    """Size and weight of a parcel."""

    height_in_millimeter: Millimetres | None = None
    length_in_millimeter: Millimetres | None = None
    width_in_millimeter: Millimetres | None = None
    weight_in_gram: Annotated[int, Meta(ge=0)] | None = None


class TrackingData(Model):
    """How a parcel is followed."""

    tracking_id: str | None = None
    carrier: str | None = None
    provider: str | None = None
    provider_transaction: str | None = None
    is_return: bool | None = None


class DeliveryItem(Model):
    """How many pieces of a line (named by its id) are in a delivery or a parcel."""

    id: str
    quantity: Pieces


class ParcelDraft(Model):
    """A new parcel."""

    key: Key | None = None
    measurements: ParcelMeasurements | None = None
    tracking_data: TrackingData | None = None
    items: tuple[DeliveryItem, ...] = ()
    custom: CustomFieldsDraft | None = None


class DeliveryDraft(Model):
    """A new delivery."""

    key: Key | None = None
    items: tuple[DeliveryItem, ...] = ()
    parcels: tuple[ParcelDraft, ...] = ()
    address: Address | None = None
    custom: CustomFieldsDraft | None = None


class ShippingInfoDraft(Model):
    """How the order is shipped; more deliveries are added later."""

    shipping_method_name: Text
    price: Money
    shipping_rate: ShippingRateDraft
    tax_rate: TaxRate | None = None
    tax_category: TaxCategoryIdentifier | None = None
    shipping_method: ShippingMethodIdentifier | None = None
    deliveries: tuple[DeliveryDraft, ...] = ()
    shipping_method_state: Literal["MatchesCart", "DoesNotMatchCart"] = "MatchesCart"


def shipping_rate(draft: ShippingRateDraft) -> Doc:
    """What shipping costs, as orders hold it."""
    rate: Doc = {"price": typed_money(draft.price), "tiers": []}
    if draft.free_above is not None:
        rate["freeAbove"] = typed_money(draft.free_above)
    return rate


def shipping_info(draft: ShippingInfoDraft, order: Doc, project: Project) -> Doc:
    """Shipping as orders hold it; what is delivered already names lines of `order`."""
    doc: Doc = {
        "shippingMethodName": draft.shipping_method_name,
        "price": typed_money(draft.price),
        "shippingRate": shipping_rate(draft.shipping_rate),
        "deliveries": [],
        "shippingMethodState": draft.shipping_method_state,
    }
    if draft.tax_rate is not None:
        doc["taxRate"] = as_json(draft.tax_rate)
    if draft.tax_category is not None:
        doc["taxCategory"] = project.reference(draft.tax_category, "tax-category")
    if draft.shipping_method is not None:
        doc["shippingMethod"] = project.reference(draft.shipping_method, "shipping-method")
    doc["deliveries"] = [new_delivery(order, delivery, project) for delivery in draft.deliveries]
    return doc


def shipping_infos(order: Doc) -> Iterator[tuple[str | None, Doc]]:
    """The ways in which an order is shipped, with their keys; one without key, or several by key."""
    if "shippingInfo" in order:
        yield order.get("shippingKey"), order["shippingInfo"]
    for shipping in order["shipping"]:
        yield shipping["shippingKey"], shipping["shippingInfo"]


def deliveries_of(order: Doc, shipping_key: str | None) -> list[Doc]:
    """The deliveries of a way of shipping, a list to add to.

    Raises:
        Problem: 400 InvalidOperation for an order that is not shipped; InvalidInput for an order that is
            shipped in several ways when none of them is named.
    """
    infos = list(shipping_infos(order))
    if not infos:
        raise invalid_operation("The order has no shipping info: deliveries cannot be added.")
    if order["shippingMode"] == "Multiple" and shipping_key is None:
        raise invalid_input("The order is shipped in several ways: the action needs a shippingKey.")
    for key, info in infos:
        if shipping_key is None or key == shipping_key:
            deliveries: list[Doc] = info["deliveries"]
            return deliveries
    raise invalid_input(f"The order has no shipping with the key '{shipping_key}'.")


def every_delivery(order: Doc) -> Iterator[tuple[list[Doc], Doc]]:
    """Every delivery, behind the list that holds it."""
    for _, info in shipping_infos(order):
        for delivery in info["deliveries"]:
            yield info["deliveries"], delivery


def every_parcel(order: Doc) -> Iterator[tuple[Doc, Doc]]:
    """Every delivery with each of its parcels."""
    for _, delivery in every_delivery(order):
        for parcel in delivery["parcels"]:
            yield delivery, parcel


def check_items(order: Doc, items: Sequence[DeliveryItem]) -> list[Doc]:
    """Items of a delivery or a parcel: every id is a line of the order.

    Quantities are not compared with those ordered, as on the real API.
    """
    lines = {line["id"] for line in every_line(order)}
    for item in items:
        if item.id not in lines:
            raise invalid_input(f"The order has no line item with the ID '{item.id}'.")
    stored: list[Doc] = [as_json(item) for item in items]
    return stored


def new_parcel(order: Doc, draft: ParcelDraft, project: Project) -> Doc:
    """A parcel as orders hold it; its key is unique in the order."""
    if draft.key is not None and any(parcel.get("key") == draft.key for _, parcel in every_parcel(order)):
        raise duplicate_field("parcelKey", draft.key)
    doc: Doc = {"id": new_id(), "createdAt": now_text(), "items": check_items(order, draft.items)}
    put(doc, "key", draft.key)
    put(doc, "measurements", as_json(draft.measurements))
    put(doc, "trackingData", tracking(draft.tracking_data))
    put(doc, "custom", custom_fields(draft.custom, "order-parcel", project))
    return doc


def tracking(data: TrackingData | None) -> Doc | None:
    """How a parcel is followed, as orders hold it: no return unless it is said to be one."""
    return None if data is None else {"isReturn": False, **as_json(data)}


def new_delivery(order: Doc, draft: DeliveryDraft, project: Project) -> Doc:
    """A delivery as orders hold it; its key is unique in the order."""
    key = draft.key
    if key is not None and any(delivery.get("key") == key for _, delivery in every_delivery(order)):
        raise duplicate_field("deliveryKey", key)
    keys = [parcel.key for parcel in draft.parcels if parcel.key is not None]
    if len(set(keys)) != len(keys):
        raise duplicate_field("parcelKey", next(one for one in keys if keys.count(one) > 1))
    doc: Doc = {
        "id": new_id(),
        "createdAt": now_text(),
        "items": check_items(order, draft.items),
        "parcels": [new_parcel(order, parcel, project) for parcel in draft.parcels],
    }
    put(doc, "key", key)
    put(doc, "address", as_json(draft.address))
    put(doc, "custom", custom_fields(draft.custom, "order-delivery", project))
    return doc
