"""Stock: how many pieces of a SKU one supply channel has."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

__all__ = ["StockLevel"]


class StockLevel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The quantity on stock of one SKU in one supply channel; zero is a value and is sent.

    `supply_channel` is the channel's key; None is the pool without a channel. `quantity` is the physical
    number of pieces, reserved ones included, and may be negative when the source says so.
    """

    sku: str
    quantity: int
    supply_channel: str | None = None
    expected_delivery: datetime | UnsetType | None = UNSET
    restockable_in_days: int | UnsetType | None = UNSET
