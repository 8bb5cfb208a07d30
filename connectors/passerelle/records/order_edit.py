"""Order edits: what an ERP changed in an order before picking, as it is to be in the shop."""

from __future__ import annotations

import msgspec

from .money import Money
from .order import Address

__all__ = ["EditedLine", "OrderEdit"]


class EditedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line as it is to be: of none the line goes; of a SKU that the order lacks a line comes.

    `unit_price` left out: the line costs what it costs; a new one what the shop asks for it.
    """

    sku: str
    quantity: int
    unit_price: Money | None = None


class OrderEdit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of one order: `key` is the ERP's own number of it, lines that it does not name stay."""

    order_number: str
    key: str
    lines: tuple[EditedLine, ...] = ()
    shipping_address: Address | None = None
    reason: str = ""
