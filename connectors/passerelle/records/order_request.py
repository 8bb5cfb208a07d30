"""Requests about orders: what we ask of an ERP, a payment provider or a mailer, once each."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .money import Money
from .order import Order

__all__ = ["OrderRequest", "RequestedLine"]


class RequestedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So many pieces of one line; `line` is the shop's line item id."""

    line: str
    quantity: int
    sku: str | None = None
    name: str | None = None


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that we ask of somebody about one order; amounts in minor units, times in UTC.

    `key` comes from business facts and is unique in the order: whoever gets it twice does it once. `kind` is
    what is asked: capture, refund, mail, cancel, change, stock, release or exchange. `order` is the order as
    it is now, at `revision`; `payment` is the provider's number of its first payment.
    """

    order_number: str
    key: str
    kind: str
    step: int
    opened_at: datetime
    order: Order
    revision: int = 1
    erp_number: str | None = None
    lines: tuple[RequestedLine, ...] = ()
    amount: Money | None = None
    payment: str | None = None
    detail: dict[str, str] = {}
