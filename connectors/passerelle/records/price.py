"""Prices: one value for one SKU in one scope, standing alone or embedded in its variant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from .money import Money

__all__ = ["EmbeddedPrice", "Price", "PriceTier"]


class PriceTier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The value from `minimum_quantity` pieces on (2 at least)."""

    minimum_quantity: int
    value: Money


class Price(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A standalone price; its scope tells two prices of one SKU apart.

    The scope is country, currency, customer group, channel and validity. `customer_group` and `channel` are
    keys, None is everybody and everywhere. `country` is ISO 3166-1 alpha-2 or None for every country.
    `valid_from` and `valid_until` carry a zone; `valid_until` is the first instant at which the price no
    longer holds; None is unlimited. `active` left out is active; `staged_value` is a value prepared for
    later, None takes it back; `tiers` replace the price's tiers. `key` is the source's own name of the
    price, by which it is found again when its scope moves; left out, it is named after its scope.
    `tax_included` says whether the value contains the tax; a target that knows this from elsewhere, such as
    a tax rate, compares.
    """

    sku: str
    value: Money
    key: str | UnsetType = UNSET
    country: str | None = None
    customer_group: str | None = None
    channel: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    tiers: tuple[PriceTier, ...] | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    staged_value: Money | UnsetType | None = UNSET
    tax_included: bool | UnsetType = UNSET
    custom_type: str | UnsetType | None = UNSET
    custom: dict[str, Any] | UnsetType = UNSET


class EmbeddedPrice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A price inside a variant: scope as in `Price`, at most one of a scope and at most 100 a variant."""

    value: Money
    country: str | None = None
    customer_group: str | None = None
    channel: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    key: str | UnsetType = UNSET
    tiers: tuple[PriceTier, ...] | UnsetType = UNSET
    custom_type: str | UnsetType | None = UNSET
    custom: dict[str, Any] | UnsetType = UNSET
