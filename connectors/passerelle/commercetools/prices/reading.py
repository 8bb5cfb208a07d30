"""Reading back: what a standalone price holds, in the words of a record."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from ...records import Money, Price, PriceTier
from ..planning.custom_fields import CustomFields
from ..planning.references import References
from ..planning.wire import moment
from .scopes import price_key

__all__ = ["record_of"]

Json = dict[str, Any]


def record_of(body: Json, channels: References, groups: References, custom: CustomFields) -> Price:
    """The price that would have made this one; what it has not is None, or no tiers.

    A key is named when it is another one than the scope gives.
    """
    since, until = body.get("validFrom"), body.get("validUntil")
    staged = body.get("staged")
    record = Price(
        sku=body["sku"],
        value=money_of(body["value"]),
        country=body.get("country"),
        customer_group=_key(groups, body.get("customerGroup")),
        channel=_key(channels, body.get("channel")),
        valid_from=None if since is None else moment(since),
        valid_until=None if until is None else moment(until),
        tiers=tuple(
            PriceTier(minimum_quantity=tier["minimumQuantity"], value=money_of(tier["value"]))
            for tier in body.get("tiers", ())
        ),
        active=body.get("active", True),
        staged_value=None if staged is None else money_of(staged["value"]),
        **custom.read(body),
    )
    key = body.get("key", UNSET)
    return record if key in (UNSET, price_key(record)) else replace(record, key=key)


def money_of(live: Json) -> Money:
    """An amount as a record has it."""
    precise = live.get("type") == "highPrecision"
    return Money(
        live["centAmount"],
        live["currencyCode"],
        live["preciseAmount"] if precise else None,
        live["fractionDigits"] if precise else None,
    )


def _key(known: References, reference: Json | None) -> str | None:
    return None if reference is None else known.named(reference).get("key", reference["id"])
