"""Placed orders: orders that were placed elsewhere (an old shop, a till, a marketplace), as they are told."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from .money import Money
from .names import Localized
from .order import Address, LineKind

__all__ = ["PlacedLine", "PlacedOrder", "PlacedTax"]


class PlacedTax(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one rate of tax makes of the whole order; `rate` is a fraction (0.20)."""

    rate: Decimal
    amount: Money
    name: str = ""


class PlacedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: goods, by SKU where they have one, or anything else that was paid for.

    `unit_price` is what the customer paid for one piece; a discount is a line of kind `charge` below zero.
    `total`, where the sender tells it, is compared with price times quantity. `place` is the key of the
    channel that the pieces were taken from. An `article` or `gift_card` without SKU, and
    any other kind, is written as a custom line, whose slug is its SKU where it has one.
    """

    name: Localized | UnsetType = UNSET
    quantity: int
    unit_price: Money
    sku: str | None = None
    total: Money | None = None
    kind: LineKind = "article"
    tax_rate: Decimal | None = None
    tax_included: bool = True
    place: str | None = None


class PlacedOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order of another system, to be shown in the shop; amounts in one currency, times in UTC.

    `sender_number` is the number that the sender knows it by, where that is not `order_number`. `net` and
    `tax` are those of the whole order, `taxes` the tax by rate. `state` is the key of a State of orders.
    """

    order_number: str
    placed_at: datetime
    total: Money
    lines: tuple[PlacedLine, ...]
    sender_number: str | None = None
    purchase_order_number: str | None = None
    customer_email: str | None = None
    #: The shop's id of the customer, where the sender knows it.
    customer_id: str | None = None
    customer_group: str | None = None
    store: str | None = None
    country: str | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_method: str | None = None
    shipping_price: Money | None = None
    shipping_tax_rate: Decimal | None = None
    net: Money | None = None
    tax: Money | None = None
    taxes: tuple[PlacedTax, ...] = ()
    order_state: Literal["Open", "Confirmed", "Complete", "Cancelled"] = "Complete"
    payment_state: Literal["BalanceDue", "Failed", "Pending", "CreditOwed", "Paid"] | None = None
    shipment_state: (
        Literal["Shipped", "Delivered", "Ready", "Pending", "Delayed", "Partial", "Backorder", "Canceled"]
        | None
    ) = None
    state: str | None = None
    #: Left out: it was completed when it was placed.
    completed_at: datetime | None = None
    custom_type: str | UnsetType | None = UNSET
    custom: dict[str, Any] | UnsetType = UNSET
