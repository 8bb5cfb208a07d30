"""The state of an order: its pieces one by one, and what follows from them for everybody else."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from ..records import DeliveryView, DocumentView, Money, OrderMessage

__all__ = [
    "Awaited",
    "Contradiction",
    "OrderState",
    "PaymentWord",
    "Request",
    "RequestKind",
    "Unit",
    "UnitState",
]

#: Where one piece is. A later state in this list outranks an earlier one when messages come in any order;
#: `cancelled` is reached only from before `shipped` and `collected`, a return only from behind them.
UnitState: TypeAlias = Literal[
    "ordered",
    "exported",
    "confirmed",
    "allocated",
    "claimed",
    "preparing",
    "packed",
    "ready",
    "shipped",
    "in_transit",
    "delivered",
    "collected",
    "cancelled",
    "return_announced",
    "returned",
    "restocked",
    "unusable",
]

#: What we owe somebody because of what we learned; each is sent once, whatever comes again.
RequestKind: TypeAlias = Literal[
    "capture", "refund", "mail", "cancel", "change", "stock", "release", "exchange"
]


PaymentWord: TypeAlias = Literal["BalanceDue", "Failed", "Pending", "CreditOwed", "Paid"]


class Unit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One piece of one line: `line` is the shop's line item id, `index` counts its pieces from 1.

    `since` is when it came into its state as the sender said, `shipped_at` when it left the building.
    `refunded` is in minor units of the order's currency.
    """

    line: str
    index: int
    sku: str
    state: UnitState
    since: datetime | None = None
    place: str | None = None
    delivery: str | None = None
    parcel: str | None = None
    return_number: str | None = None
    shipped_at: datetime | None = None
    why: str | None = None
    refunded: int = 0
    #: It was not found where it should lie: whoever counted it before counted one that is not there.
    lost: bool = False
    #: The order that replaces a piece that came back.
    exchanged_for: str | None = None


class Contradiction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Two things that cannot both be true; `message` is the one that was not followed."""

    code: str
    text: str
    message: OrderMessage | None = None
    advice: str = ""


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to ask of somebody else, once: `key` comes from business facts and is unique in the order."""

    kind: RequestKind
    key: str
    step: int
    lines: tuple[tuple[str, int], ...] = ()
    amount: Money | None = None
    detail: dict[str, str] = {}


class Awaited(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that should happen next: its step, what it is about, since when, when it is late (UTC)."""

    step: int
    name: str
    subject: str
    since: datetime
    due: datetime | None = None
    pieces: int = 0


class OrderState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that follows from an order and what was said about it."""

    number: str
    revision: int
    units: tuple[Unit, ...]
    order_state: Literal["Open", "Confirmed", "Complete", "Cancelled"]
    shipment_state: (
        Literal["Shipped", "Delivered", "Ready", "Pending", "Delayed", "Partial", "Backorder", "Canceled"]
        | None
    )
    payment_state: PaymentWord | None
    erp_number: str | None
    paid: Money
    refunded: Money
    contradictions: tuple[Contradiction, ...] = ()
    requests: tuple[Request, ...] = ()
    #: Messages that wait for another: tracking before its delivery, goods before their return was announced.
    waiting: tuple[OrderMessage, ...] = ()
    #: What is worth knowing and contradicts nothing: an unannounced return, a change that was refused.
    remarks: tuple[Contradiction, ...] = ()
    #: The ERP's reason when it refused the order and did not accept it later.
    refused: str | None = None
    deliveries: tuple[DeliveryView, ...] = ()
    documents: tuple[DocumentView, ...] = ()
    pickup_code: str | None = None
    pickup_until: datetime | None = None
