"""Fulfilment: what the ERP, stores, carriers and the payment provider say about an order after it left."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from .money import Money

__all__ = ["MessageKind", "MessageLine", "OrderMessage"]

#: What can be said about an order, in the order of its life (sheet order-lifecycle, steps 6 to 27).
MessageKind: TypeAlias = Literal[
    "taken",
    "accepted",
    "refused",
    "changed",
    "change_refused",
    "allocated",
    "claimed",
    "declined",
    "preparing",
    "packed",
    "short",
    "shipped",
    "tracked",
    "captured",
    "capture_failed",
    "in_transit",
    "delivered",
    "delivery_failed",
    "ready",
    "collected",
    "expired",
    "held",
    "hold_refused",
    "hold_closed",
    "cancel_asked",
    "cancelled",
    "cancel_refused",
    "return_announced",
    "returned",
    "refunded",
    "refund_failed",
    "exchanged",
    "invoiced",
]


class MessageLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So many pieces of one line; `line` is the shop's line item id, without it `sku` says which lines."""

    quantity: int
    sku: str | None = None
    line: str | None = None


class OrderMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that somebody says about one order; times in UTC, amounts in minor units.

    `ref` is the sender's own number for it (delivery, allocation, return, ticket, request…): the same `kind`
    and `ref` is the same fact, said again or corrected. No lines mean all pieces that the fact can be about.
    `at` is when it happened as the sender says, not when we heard of it; `sequence` is the number of the file
    that said it, where the sender names no time: of two such messages the higher number is the later.
    """

    order_number: str
    kind: MessageKind
    ref: str
    at: datetime | None = None
    lines: tuple[MessageLine, ...] = ()
    #: The store or warehouse that it happened in, by its key.
    place: str | None = None
    #: The delivery that a parcel or a carrier's event belongs to; the parcel's own number in `parcel`.
    delivery: str | None = None
    parcel: str | None = None
    carrier: str | None = None
    tracking_id: str | None = None
    #: The carrier's own word for an event, kept as it came.
    event: str | None = None
    erp_number: str | None = None
    #: The return that goods received, a refund or an exchange belongs to.
    return_number: str | None = None
    grade: Literal["sellable", "unusable"] | None = None
    amount: Money | None = None
    document: Literal["invoice", "credit_note", "delivery_note", "other"] | None = None
    url: str | None = None
    new_order: str | None = None
    pickup_code: str | None = None
    #: Until when it holds: a claim, a pickup, a reservation.
    until: datetime | None = None
    revision: int | None = None
    reason: str | None = None
    #: True when the sender takes the order back to an earlier state on purpose; `reason` says why.
    backward: bool = False
    sequence: int | None = None
