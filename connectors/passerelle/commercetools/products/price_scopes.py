"""Scopes of embedded prices: what tells prices of a variant apart, and when two get in each other's way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...errors import Refused
from ...records import EmbeddedPrice
from ..planning.price_windows import Window, live_window, pointed_key, window

__all__ = ["Scope", "live_scope", "refuse_conflicts", "wanted_scope"]

Json = dict[str, Any]


class Scope(NamedTuple):
    """Currency, country, customer group and channel (by key), and when the price holds."""

    currency: str
    country: str | None
    group: str | None
    channel: str | None
    window: Window

    @property
    def for_whom(self) -> tuple[str | None, ...]:
        """The scope without its time."""
        return self[:4]

    def conflicts(self, other: Scope) -> bool:
        """Whether one variant cannot have both: for the same buyers, at one time."""
        return self.for_whom == other.for_whom and self.window.conflicts(other.window)

    def __str__(self) -> str:
        parts = [self.country or self.currency, self.group, self.channel]
        if self.window.dated:
            parts.append("..".join((at or "")[:10] for at in self.window))
        return ".".join(part for part in parts if part)


def wanted_scope(price: EmbeddedPrice) -> Scope:
    """The scope of a record's price."""
    held = window(price.valid_from, price.valid_until)
    return Scope(price.value.currency, price.country, price.customer_group, price.channel, held)


def live_scope(price: Json) -> Scope:
    """The scope of a live price, its references named."""
    group, channel = pointed_key(price.get("customerGroup")), pointed_key(price.get("channel"))
    return Scope(price["value"]["currencyCode"], price.get("country"), group, channel, live_window(price))


def refuse_conflicts(sku: str, prices: Sequence[EmbeddedPrice], scopes: Sequence[Scope]) -> None:
    """Refuse prices of a record that one variant cannot have together, both named.

    Raises:
        Refused: a scope twice, two that hold at one time, a key twice, or one that ends before it begins.
    """
    for scope in scopes:
        if scope.window.empty:
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
