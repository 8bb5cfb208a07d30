"""Scopes: what tells two prices of one SKU apart, how a price is named after it, and when it holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import UnsetType

from ...errors import Refused
from ...records import Price
from ..planning.keys import check_key
from ..planning.wire import instant, moment, target_key

__all__ = ["Scope", "Window", "live_scope", "live_window", "price_key", "wanted_scope", "wanted_window"]

Json = dict[str, Any]

#: `2026-01-06T23:00:00.000Z`: how the shop writes an instant, and so do we.
_CANONICAL = len("2026-01-06T23:00:00.000Z")


class Scope(NamedTuple):
    """For whom a price holds; group and channel by key. None is everybody, everywhere."""

    sku: str
    currency: str
    country: str | None
    group: str | None
    channel: str | None


class Window(NamedTuple):
    """When a price holds: from the first instant to one that is outside; texts that sort by time."""

    start: str | None
    end: str | None

    @property
    def dated(self) -> bool:
        """Whether it has a beginning or an end."""
        return self != (None, None)

    def conflicts(self, other: Window) -> bool:
        """Whether two prices of one scope cannot both be there.

        The same time, or dated ones that hold at one time. One without dates holds when no dated one does
        (facts: commercetools 6).
        """
        if self == other:
            return True
        if not (self.dated and other.dated):
            return False
        return _before(self.start, other.end) and _before(other.start, self.end)

    def __str__(self) -> str:
        if not self.dated:
            return "without dates"
        return f"{(self.start or '')[:16]}..{(self.end or '')[:16]}"


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
        _pointed(price.get("customerGroup")),
        _pointed(price.get("channel")),
    )


def wanted_window(record: Price) -> Window:
    """When a record holds; raises Refused when it ends before it begins."""
    window = Window(_text(record.valid_from), _text(record.valid_until))
    if window.start is not None and window.end is not None and window.start >= window.end:
        raise Refused(
            f"price {price_key(record)} would end ({window.end}) before it begins",
            code="empty_validity",
            advice="Correct the dates in the source",
        )
    return window


def live_window(price: Mapping[str, Any]) -> Window:
    """When a live price holds."""
    return Window(_canonical(price.get("validFrom")), _canonical(price.get("validUntil")))


def _text(at: datetime | None) -> str | None:
    return None if at is None else instant(at)


def _canonical(text: str | None) -> str | None:
    if text is None or (len(text) == _CANONICAL and text.endswith("Z")):
        return text
    return instant(moment(text))


def _before(start: str | None, end: str | None) -> bool:
    return start is None or end is None or start < end


def _pointed(reference: Mapping[str, Any] | None) -> str | None:
    """What a reference points to: its key where it is known, else its id."""
    return None if reference is None else reference.get("key", reference.get("id"))
