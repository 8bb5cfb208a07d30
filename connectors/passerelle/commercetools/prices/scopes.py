"""Scopes: what tells two prices of one SKU apart, how a price is named after it, and when it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import UnsetType

from ...errors import Refused
from ...records import Price
from ..planning.keys import check_key
from ..planning.price_windows import Window, live_window, pointed_key, window
from ..planning.wire import instant, target_key

__all__ = ["Scope", "Window", "live_scope", "live_window", "price_key", "wanted_scope", "wanted_window"]

Json = dict[str, Any]


class Scope(NamedTuple):
    """For whom a price holds; group and channel by key. None is everybody, everywhere."""

    sku: str
    currency: str
    country: str | None
    group: str | None
    channel: str | None


def price_key(record: Price) -> str:
    """Name a price as the source does, or after its SKU and scope up to its first day.

    The same facts give the same key. The end of its validity is no part of it: a price whose end moves is
    the same price.

    Raises:
        Refused: the source's name has characters or a length that no key has.
    """
    if not isinstance(record.key, UnsetType):
        check_key(f"the price of {record.sku}", record.key)
        return record.key
    parts = [record.sku, record.country or "ALL", record.value.currency]
    if record.customer_group is not None:
        parts.append(f"group-{record.customer_group}")
    if record.channel is not None:
        parts.append(f"channel-{record.channel}")
    if record.valid_from is not None:
        parts.append(instant(record.valid_from).replace("-", "").replace(":", "").replace(".000", ""))
    return target_key(*parts)


def wanted_scope(record: Price) -> Scope:
    """The scope of a record."""
    return Scope(record.sku, record.value.currency, record.country, record.customer_group, record.channel)


def live_scope(price: Mapping[str, Any]) -> Scope:
    """The scope of a live price whose references are named, or of a draft."""
    return Scope(
        price["sku"],
        price["value"]["currencyCode"],
        price.get("country"),
        pointed_key(price.get("customerGroup")),
        pointed_key(price.get("channel")),
    )


def wanted_window(record: Price) -> Window:
    """When a record holds; raises Refused when it ends before it begins."""
    held = window(record.valid_from, record.valid_until)
    if held.empty:
        raise Refused(
            f"price {price_key(record)} would end ({held.end}) before it begins",
            code="empty_validity",
            advice="Correct the dates in the source",
        )
    return held
