"""Scopes of embedded prices: what tells prices of a variant apart, and when two get in each other's way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ...errors import Refused
from ...records import EmbeddedPrice
from ..planning.wire import moment

__all__ = ["Scope", "live_scope", "refuse_conflicts", "wanted_scope"]

Json = dict[str, Any]


class Scope(NamedTuple):
    """Currency, country, customer group and channel (by key), and when the price holds."""

    currency: str
    country: str | None
    group: str | None
    channel: str | None
    start: datetime | None
    end: datetime | None

    @property
    def for_whom(self) -> tuple[str | None, ...]:
        """The scope without its time."""
        return self[:4]

    def conflicts(self, other: Scope) -> bool:
        """Whether one variant cannot have both: the same scope, or dated ones that hold at one time.

        A price without dates conflicts with no dated one: it holds when none of those does.
        """
        if self.for_whom != other.for_whom:
            return False
        if (self.start, self.end) == (other.start, other.end):
            return True
        if (self.start is None and self.end is None) or (other.start is None and other.end is None):
            return False
        return _before(self.start, other.end) and _before(other.start, self.end)

    def __str__(self) -> str:
        parts = [self.country or self.currency, self.group, self.channel]
        days = [None if at is None else f"{at:%Y-%m-%d}" for at in (self.start, self.end)]
        if any(days):
            parts.append(f"{days[0] or ''}..{days[1] or ''}")
        return ".".join(part for part in parts if part)


def wanted_scope(price: EmbeddedPrice) -> Scope:
    """The scope of a record's price."""
    return Scope(
        price.value.currency,
        price.country,
        price.customer_group,
        price.channel,
        _instant(price.valid_from),
        _instant(price.valid_until),
    )


def live_scope(price: Json) -> Scope:
    """The scope of a live price, its references named."""
    start, end = price.get("validFrom"), price.get("validUntil")
    return Scope(
        price["value"]["currencyCode"],
        price.get("country"),
        _key(price.get("customerGroup")),
        _key(price.get("channel")),
        None if start is None else moment(start),
        None if end is None else moment(end),
    )


def refuse_conflicts(sku: str, prices: Sequence[EmbeddedPrice], scopes: Sequence[Scope]) -> None:
    """Refuse prices of a record that one variant cannot have together, both named.

    Raises:
        Refused: a scope twice, two that hold at one time, a key twice, or one that ends before it begins.
    """
    for scope in scopes:
        if scope.start is not None and scope.end is not None and scope.start >= scope.end:
            raise Refused(
                f"the price {scope} of {sku} ends before it begins",
                code="invalid_validity",
                advice="Correct the source",
            )
    by_scope: dict[tuple[str | None, ...], list[Scope]] = {}
    for scope in scopes:
        others = by_scope.setdefault(scope.for_whom, [])
        clash = next((other for other in others if scope.conflicts(other)), None)
        if clash is not None:
            same = scope == clash
            raise Refused(
                f"variant {sku} has two prices that {'have one scope' if same else 'hold at one time'}: "
                f"{clash}" + ("" if same else f" and {scope}"),
                code="duplicate_price_scope" if same else "overlapping_prices",
                advice="Let one of them end when the other begins, or drop it in the mapping",
            )
        others.append(scope)
    keys = [price.key for price in prices if isinstance(price.key, str)]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise Refused(
            f"variant {sku} has two prices with the key {', '.join(twice)}",
            code="duplicate_price_key",
            advice="Make the key of all that tells the prices apart",
        )


def _before(start: datetime | None, end: datetime | None) -> bool:
    return start is None or end is None or start < end


def _instant(at: datetime | None) -> datetime | None:
    # The shop keeps milliseconds.
    return None if at is None else at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def _key(reference: Json | None) -> str | None:
    return None if reference is None else reference.get("key", reference["id"])
