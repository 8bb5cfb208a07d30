"""Inventory entries: how much of a SKU one supply channel has; one entry a SKU and channel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ..actions import Action, SetFields
from ..custom_fields import CustomFieldAction, CustomFieldsDraft, CustomTypeAction, custom_fields, type_of
from ..field_tree import CREATED, CUSTOM, REFERENCE, Leaf, Tree
from ..kind import Kind
from ..problems import Problem, duplicate_field, invalid_input
from ..project import Project
from ..store import Claim, Doc
from ..vocabulary import ChannelIdentifier, Key, Model, Moment, Text, as_json, put
from .channels import channel_with_role

__all__ = ["Inventory"]

Quantity: TypeAlias = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Pieces: TypeAlias = Annotated[int, Meta(ge=0, lt=2**31)]
Limit: TypeAlias = Annotated[int, Meta(ge=1, lt=2**31)]
Minutes: TypeAlias = Annotated[int, Meta(ge=1, le=44_640)]
Threshold: TypeAlias = Annotated[int, Meta(ge=-(2**31), lt=2**31)]


class StockLevels(Model):
    """At which quantities on stock the project is told."""

    reorder_point: Threshold | None = None
    safety_stock: Threshold | None = None


class InventoryEntryDraft(Model):
    """A new entry; without `supplyChannel` it is the pool of all."""

    sku: Text
    quantity_on_stock: Quantity
    key: Key | None = None
    supply_channel: ChannelIdentifier | None = None
    min_cart_quantity: Limit | None = None
    max_cart_quantity: Limit | None = None
    restockable_in_days: Pieces | None = None
    expected_delivery: Moment | None = None
    reservation_expiration_in_minutes: Minutes | None = None
    stock_levels: StockLevels | None = None
    custom: CustomFieldsDraft | None = None


class ChangeQuantity(Action):
    """Sets the quantity on stock, reserved pieces included; what is reserved stays reserved."""

    quantity: Quantity

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        reserved = doc["quantityOnStock"] - doc["availableQuantity"]
        doc["quantityOnStock"] = self.quantity
        doc["availableQuantity"] = self.quantity - reserved


class AddQuantity(Action):
    """Adds pieces."""

    quantity: Quantity

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["quantityOnStock"] += self.quantity
        doc["availableQuantity"] += self.quantity


class RemoveQuantity(Action):
    """Takes pieces away; stock may go below zero."""

    quantity: Quantity

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["quantityOnStock"] -= self.quantity
        doc["availableQuantity"] -= self.quantity


class SetKey(SetFields):
    """`key` left out removes it."""

    key: Key | None = None


class SetExpectedDelivery(SetFields):
    """`expectedDelivery` left out removes it."""

    expected_delivery: Moment | None = None


class SetRestockableInDays(SetFields):
    """`restockableInDays` left out removes it; zero is a value."""

    restockable_in_days: Pieces | None = None


class SetReservationExpirationInMinutes(SetFields):
    """`reservationExpirationInMinutes` left out removes it."""

    reservation_expiration_in_minutes: Minutes | None = None


class SetInventoryLimits(SetFields):
    """A limit left out is removed."""

    min_cart_quantity: Limit | None = None
    max_cart_quantity: Limit | None = None


class SetReorderPoint(Action):
    """`quantity` left out removes the threshold; zero is a value."""

    quantity: Threshold | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _set_level(doc, "reorderPoint", self.quantity)


class SetSafetyStock(Action):
    """`quantity` left out removes the threshold; zero is a value."""

    quantity: Threshold | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _set_level(doc, "safetyStock", self.quantity)


class SetCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "inventory-entry"


class SetCustomField(CustomFieldAction):
    """`value` left out removes the field."""


class SetSupplyChannel(Action):
    """Moves the entry to another channel; `supplyChannel` left out moves it to the pool of all."""

    supply_channel: ChannelIdentifier | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "supplyChannel", _supplier(self.supply_channel, project))


InventoryAction: TypeAlias = (
    ChangeQuantity
    | AddQuantity
    | RemoveQuantity
    | SetKey
    | SetExpectedDelivery
    | SetRestockableInDays
    | SetReservationExpirationInMinutes
    | SetInventoryLimits
    | SetSupplyChannel
    | SetReorderPoint
    | SetSafetyStock
    | SetCustomType
    | SetCustomField
)


def _set_level(doc: Doc, name: str, quantity: int | None) -> None:
    levels = dict(doc.get("stockLevels", {}))
    put(levels, name, quantity)
    put(doc, "stockLevels", levels or None)


def _supplier(identifier: ChannelIdentifier | None, project: Project) -> Doc | None:
    return None if identifier is None else channel_with_role(project, identifier, "InventorySupply")


def _channel_id(doc: Doc) -> str | None:
    channel = doc.get("supplyChannel")
    return None if channel is None else channel["id"]


class Inventory(Kind[InventoryEntryDraft]):
    """`/inventory`."""

    type_id = "inventory-entry"
    path = "inventory"
    read_scopes = ("view_products",)
    write_scopes = ("manage_products",)
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "sku": Leaf.TEXT,
        "supplyChannel": REFERENCE,
        "quantityOnStock": Leaf.NUMBER,
        "availableQuantity": Leaf.NUMBER,
        "minCartQuantity": Leaf.NUMBER,
        "maxCartQuantity": Leaf.NUMBER,
        "restockableInDays": Leaf.NUMBER,
        "expectedDelivery": Leaf.TIME,
        "reservationExpirationInMinutes": Leaf.NUMBER,
        "stockLevels": {"reorderPoint": Leaf.NUMBER, "safetyStock": Leaf.NUMBER},
        "custom": CUSTOM,
    }
    paths: ClassVar = {
        ("key",): "key",
        ("sku",): "sku",
        ("supplyChannel", "id"): "channel",
        ("custom", "type", "id"): "type",
    }

    def __init__(self) -> None:
        super().__init__(InventoryEntryDraft, InventoryAction)

    @override
    def build(self, draft: InventoryEntryDraft, project: Project) -> Doc:
        doc: Doc = {
            "sku": draft.sku,
            "quantityOnStock": draft.quantity_on_stock,
            "availableQuantity": draft.quantity_on_stock,
        }
        put(doc, "key", draft.key)
        put(doc, "supplyChannel", _supplier(draft.supply_channel, project))
        put(doc, "minCartQuantity", draft.min_cart_quantity)
        put(doc, "maxCartQuantity", draft.max_cart_quantity)
        put(doc, "restockableInDays", draft.restockable_in_days)
        put(doc, "expectedDelivery", draft.expected_delivery)
        put(doc, "reservationExpirationInMinutes", draft.reservation_expiration_in_minutes)
        put(doc, "stockLevels", as_json(draft.stock_levels) or None)
        put(doc, "custom", custom_fields(draft.custom, self.type_id, project))
        return doc

    @override
    def claims(self, doc: Doc) -> Iterable[Claim]:
        place = ("supplyChannel", (doc["sku"], _channel_id(doc)))
        key = doc.get("key")
        return (place,) if key is None else (place, ("key", key))

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        channel = _channel_id(doc)
        sku = ("sku", doc["sku"])
        return (sku, *(() if channel is None else (("channel", channel),)), *type_of(doc))

    @override
    def duplicate(self, field: str, value: Any) -> Problem:
        if field != "supplyChannel":
            return super().duplicate(field, value)
        sku, channel = value
        if channel is None:
            return duplicate_field("sku", sku)
        return duplicate_field(field, {"typeId": "channel", "id": channel})

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        least, most = doc.get("minCartQuantity"), doc.get("maxCartQuantity")
        if least is not None and most is not None and least > most:
            raise invalid_input(f"minCartQuantity {least} is greater than maxCartQuantity {most}.")
        if not -(2**63) <= doc["quantityOnStock"] < 2**63:
            raise invalid_input("quantityOnStock leaves the range of a 64-bit number.")
