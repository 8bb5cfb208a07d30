"""Purchase orders as a buyer sends them: parties by their numbers, lines by the buyer's own articles."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from .money import Money
from .order import Address

__all__ = ["PurchaseOrder", "PurchaseOrderLine"]


class PurchaseOrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line: `number` is the buyer's line number, `sku` the article by which we know it.

    `quantity` is exact and may have decimals, in `unit` as the buyer writes it (PCE, KGM, a private one). In
    a change, `action` says what becomes of the line: `by_difference` adds `quantity` to what was ordered.
    """

    number: str
    sku: str
    quantity: Decimal
    unit: str | None = None
    name: str | None = None
    buyer_sku: str | None = None
    unit_price: Money | None = None
    action: Literal["added", "changed", "deleted", "unchanged", "by_difference"] | None = None


class PurchaseOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order that a business customer sends; times in UTC, parties as GLN or the numbers agreed on.

    `change` is the buyer's number or word for a change of an order sent before; the lines are then those that
    it names.
    """

    number: str
    lines: tuple[PurchaseOrderLine, ...]
    ordered_at: datetime | None = None
    requested_at: datetime | None = None
    buyer: str | None = None
    buyer_name: str | None = None
    supplier: str | None = None
    ship_to: str | None = None
    invoice_to: str | None = None
    shipping_address: Address | None = None
    currency: str | None = None
    note: str | None = None
    change: str | None = None
    total: Money | None = None
