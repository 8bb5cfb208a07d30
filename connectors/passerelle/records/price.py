"""Prices: one value for one SKU in one scope."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .money import Money

__all__ = ["Price"]


class Price(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A standalone price; its scope tells two prices of one SKU apart.

    The scope is country, currency, customer group, channel and validity. `customer_group` and `channel` are
    keys, None is everybody and everywhere. `country` is ISO 3166-1 alpha-2 or None for every country.
    `valid_from` and `valid_until` carry a zone; `valid_until` is the first instant at which the price no
    longer holds; None is unlimited.
    """

    sku: str
    value: Money
    country: str | None = None
    customer_group: str | None = None
    channel: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
