"""Orders as they leave the shop, and what the ERP answers about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from .money import Money

__all__ = [
    "Address",
    "LineKind",
    "Order",
    "OrderAck",
    "OrderDiscount",
    "OrderFileAck",
    "OrderKind",
    "OrderLine",
    "Parcel",
    "Payment",
    "Shipment",
    "ShipmentLine",
]

#: How an order reaches its customer; an e-reservation is a promise of a store, not a sale.
OrderKind: TypeAlias = Literal["delivery", "ship_from_store", "click_and_collect", "reservation"]
#: What a line is: goods, a gift card sold, freight, a donation at checkout, any other charge.
LineKind: TypeAlias = Literal["article", "gift_card", "shipping", "donation", "charge"]


class Address(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A postal address; `country` is ISO 3166-1 alpha-2.

    `full` is the text of the fields that were cut to a receiver's lengths, as they were; empty when none was.
    """

    last_name: str = ""
    first_name: str = ""
    company: str = ""
    street: str = ""
    street_number: str = ""
    additional: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    full: str = ""


class OrderDiscount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A discount's share of one line: `amount` is what it takes off the whole line, never below zero."""

    amount: Money
    code: str | None = None
    name: str | None = None


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One means of payment of an order; `ref` is the payment provider's number, unique in the order."""

    ref: str
    method: str = ""
    authorised: Money | None = None
    charged: Money | None = None
    refunded: Money | None = None


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line: `id` is the shop's line item id; `total` is for the whole line, tax as the order says.

    `total` is what the customer pays for the line: every discount in `discounts` is taken off already.
    `net` and `tax` sum to the gross amount of the line, where the shop knows them. `place` is the key of the
    channel that the pieces are taken from.
    """

    id: str
    sku: str
    name: str
    quantity: int
    unit_price: Money
    total: Money
    tax_rate: str | None = None
    kind: LineKind = "article"
    net: Money | None = None
    tax: Money | None = None
    tax_included: bool = True
    discounts: tuple[OrderDiscount, ...] = ()
    place: str | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the shop holds it at one `version`; amounts in the order's currency, times in UTC."""

    id: str
    version: int
    order_number: str
    created_at: datetime
    state: str
    payment_state: str | None
    total: Money
    lines: tuple[OrderLine, ...]
    country: str | None = None
    locale: str | None = None
    customer_email: str | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_method: str | None = None
    shipping_price: Money | None = None
    exported_as: str | None = None
    """The external id of our sync info entry when the shop already knows this order as exported."""
    kind: OrderKind = "delivery"
    #: The store that hands it out or sends it, by its key.
    store: str | None = None
    #: Counts the changes that the ERP must learn of: 1 is the order as it was placed.
    revision: int = 1
    payments: tuple[Payment, ...] = ()
    discount_codes: tuple[str, ...] = ()
    net: Money | None = None
    tax: Money | None = None
    #: The shop's custom fields, as its JSON has them.
    custom: dict[str, Any] = {}


class OrderAck(msgspec.Struct, frozen=True, kw_only=True):
    """The ERP's answer to one exported order: accepted under its own number, or refused with a reason.

    `at` is when the ERP answered, in UTC; `sequence` is the number of the file that says so, which tells an
    earlier answer from a later one where no time does.
    """

    order_number: str
    accepted: bool
    erp_number: str | None = None
    reason: str | None = None
    at: datetime | None = None
    sequence: int | None = None


class OrderFileAck(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The ERP's word that it has one of our files of orders, or cannot read it: about all orders in it.

    `file` is the name under which we sent it, `at` when the ERP took it, in UTC.
    """

    file: str
    taken: bool = True
    at: datetime | None = None
    reason: str | None = None


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """One parcel of a shipment with its tracking."""

    key: str
    tracking_id: str | None = None
    carrier: str | None = None


class ShipmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """How many pieces of a SKU left."""

    sku: str
    quantity: int


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery of an order, whole or partial; `key` is the ERP's delivery number."""

    key: str
    order_number: str
    lines: tuple[ShipmentLine, ...]
    parcels: tuple[Parcel, ...] = ()
    shipped_at: datetime | None = None
