"""Stock levels under the stock law: what is published, together with the claim that it follows from."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from ..records import StockLevel
from .availability import Reason

__all__ = ["LawfulClaim", "PublishedStock"]


class LawfulClaim(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a feed said under a key of its own, and what the stock law made of it.

    `claimed` is the file's number, counted `at`. `available` may be sold; `held` pieces are sold and not
    gone, so that a shop which reserves them has them on stock; `unknown` pieces are those that the number
    does not know of. `rules` is the digest of what holds for the place.
    """

    key: str
    claimed: int
    available: int
    because: tuple[Reason, ...]
    rules: bytes
    at: datetime | None = None
    file: str | None = None
    held: int = 0
    unknown: int = 0


class PublishedStock(StockLevel, frozen=True, kw_only=True, omit_defaults=True):
    """A stock level whose `quantity` is the stock on hand that the shop is told."""

    law: LawfulClaim | UnsetType = UNSET
