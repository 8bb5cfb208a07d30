"""Order view: what a shop should say of an order, as one picture that any shop can be compared with."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

__all__ = ["DeliveryView", "DocumentView", "ItemState", "OrderView", "ParcelView", "ReturnView"]

#: The states of pieces that a shop shows; a shop's own states are named in its settings.
ItemState: TypeAlias = Literal[
    "ordered",
    "confirmed",
    "allocated",
    "preparing",
    "ready",
    "shipped",
    "delivered",
    "collected",
    "cancelled",
    "returning",
    "returned",
]


class ParcelView(msgspec.Struct, frozen=True, kw_only=True):
    """One parcel; `key` is unique in the order."""

    key: str
    tracking_id: str | None = None
    carrier: str | None = None
    items: tuple[tuple[str, int], ...] = ()


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """What left together: `items` are line ids with pieces, `key` the ERP's delivery number."""

    key: str
    items: tuple[tuple[str, int], ...]
    parcels: tuple[ParcelView, ...] = ()


class ReturnView(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one line that come or came back; `key` is unique in the order."""

    key: str
    return_number: str
    line: str
    quantity: int
    shipment: Literal["Advised", "Returned", "BackInStock", "Unusable"]
    payment: Literal["NonRefundable", "Initial", "Refunded", "NotRefunded"]
    at: datetime | None = None


class DocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice or a credit note that the customer may open."""

    kind: str
    number: str
    url: str | None = None


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop should say of one order; None leaves a state of the shop as it is."""

    number: str
    order_state: Literal["Open", "Confirmed", "Complete", "Cancelled"]
    shipment_state: (
        Literal["Shipped", "Delivered", "Ready", "Pending", "Delayed", "Partial", "Backorder", "Canceled"]
        | None
    ) = None
    payment_state: Literal["BalanceDue", "Failed", "Pending", "CreditOwed", "Paid"] | None = None
    #: The external id of our sync info: the ERP's number, before that the file that took the order.
    exported_as: str | None = None
    deliveries: tuple[DeliveryView, ...] = ()
    returns: tuple[ReturnView, ...] = ()
    #: Pieces in each state, by line id; the pieces of a line sum to what was ordered.
    items: tuple[tuple[str, ItemState, int], ...] = ()
    documents: tuple[DocumentView, ...] = ()
    pickup_code: str | None = None
    pickup_until: datetime | None = None
