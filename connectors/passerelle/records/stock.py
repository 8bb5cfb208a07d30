"""Stock: how many pieces of a SKU one supply channel has."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

__all__ = ["StockLevel"]


class StockLevel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The quantity on stock of one SKU in one supply channel; zero is a value and is sent.

    `supply_channel` is the channel's key; None is the pool without a channel. `quantity` is the physical
    number of pieces, reserved ones included, and may be negative when the source says so. `reorder_point`
    and `safety_stock` are thresholds that make the shop send a message; the cart limits hold per line.
    `counted_at` is when the pieces were counted, where each record says it for itself; no shop is told.
    `relative` says that `quantity` is a movement, to be added to what is there. `movement` is then its own
    name at the source (the number of its document and line): two movements of three pieces are two, one
    that comes twice is one. A target that cannot tell them apart refuses movements.
    """

    sku: str
    quantity: int
    supply_channel: str | None = None
    counted_at: datetime | UnsetType = UNSET
    relative: bool = False
    movement: str | UnsetType = UNSET
    expected_delivery: datetime | UnsetType | None = UNSET
    restockable_in_days: int | UnsetType | None = UNSET
    min_cart_quantity: int | UnsetType | None = UNSET
    max_cart_quantity: int | UnsetType | None = UNSET
    reorder_point: int | UnsetType | None = UNSET
    safety_stock: int | UnsetType | None = UNSET
    reservation_expiration_in_minutes: int | UnsetType | None = UNSET
    custom_type: str | UnsetType | None = UNSET
    custom: dict[str, Any] | UnsetType = UNSET
