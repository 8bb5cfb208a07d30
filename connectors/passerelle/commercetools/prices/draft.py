"""Drafts: a new standalone price from a record, and what it brings as a person reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import UnsetType
from msgspec.structs import replace

from ...errors import Refused
from ...records import Money, Price, PriceTier
from ...sync.protocols import FieldChange
from ..planning.custom_fields import CustomFields
from ..planning.wire import instant, money

__all__ = ["check", "completed", "draft", "draft_fields", "field_name", "staged_money", "tier_drafts"]

Json = dict[str, Any]
_LEAST = 2


def field_name(country: str | None) -> str:
    """How reports and the guard name the value: `price.FR`, `price` when it holds in every country."""
    return f"price.{country}" if country else "price"


def check(record: Price, key: str) -> None:
    """Refuse tiers and staged values that the API would refuse."""
    if isinstance(record.staged_value, Money) and record.staged_value.currency != record.value.currency:
        raise Refused(
            f"price {key} is in {record.value.currency}, its staged value in {record.staged_value.currency}",
            code="staged_currency",
            advice="A price has one currency: correct the mapping",
        )
    if isinstance(record.tiers, UnsetType):
        return
    quantities = Counter(tier.minimum_quantity for tier in record.tiers)
    twice = sorted(quantity for quantity, times in quantities.items() if times > 1)
    low = sorted(quantity for quantity in quantities if quantity < _LEAST)
    other = sorted({tier.value.currency for tier in record.tiers} - {record.value.currency})
    for wrong, said in (
        (twice, "two tiers from a quantity on"),
        (low, "a tier below two pieces"),
        (other, f"a tier in another currency than {record.value.currency}"),
    ):
        if wrong:
            raise Refused(
                f"price {key} has {said}: {', '.join(map(str, wrong))}",
                code="invalid_tiers",
                advice="Correct the tiers in the source; the price of one piece is the value itself",
            )


def completed(record: Price, live: Price) -> Price:
    """The record with what it says nothing of taken from the price that it takes the place of."""
    silent = {name: getattr(live, name) for name in ("custom_type", "custom")}
    changes = {name: value for name, value in silent.items() if isinstance(getattr(record, name), UnsetType)}
    if len(changes) < len(silent):
        changes = {}
    if live.value.currency == record.value.currency:
        for name in ("tiers", "staged_value"):
            if isinstance(getattr(record, name), UnsetType):
                changes[name] = getattr(live, name)
    return replace(record, **changes)


def draft(record: Price, key: str, custom: CustomFields) -> Json:
    """The draft of a new price; raises as `CustomFields.draft` does."""
    body: Json = {
        "key": key,
        "sku": record.sku,
        "value": money(record.value),
        "active": record.active is not False,
    }
    if record.country is not None:
        body["country"] = record.country
    if record.customer_group is not None:
        body["customerGroup"] = {"typeId": "customer-group", "key": record.customer_group}
    if record.channel is not None:
        body["channel"] = {"typeId": "channel", "key": record.channel}
    if record.valid_from is not None:
        body["validFrom"] = instant(record.valid_from)
    if record.valid_until is not None:
        body["validUntil"] = instant(record.valid_until)
    if not isinstance(record.tiers, UnsetType) and record.tiers:
        body["tiers"] = tier_drafts(record.tiers)
    if isinstance(record.staged_value, Money):
        body["staged"] = {"value": staged_money(record.staged_value)}
    body.update(custom.draft(record))
    return body


def draft_fields(record: Price) -> Iterator[FieldChange]:
    """What a new price has."""
    yield FieldChange(field_name(record.country), None, str(record.value))
    if record.valid_from is not None:
        yield FieldChange("validFrom", None, instant(record.valid_from))
    if record.valid_until is not None:
        yield FieldChange("validUntil", None, instant(record.valid_until))
    if record.active is False:
        yield FieldChange("active", None, new=False)
    if not isinstance(record.tiers, UnsetType):
        for tier in record.tiers:
            yield FieldChange(f"tiers[{tier.minimum_quantity}]", None, str(tier.value))
    if isinstance(record.staged_value, Money):
        yield FieldChange("stagedValue", None, str(record.staged_value))
    yield from CustomFields.draft_fields(record)


def tier_drafts(tiers: Sequence[PriceTier]) -> list[Json]:
    """Tiers as the API takes them."""
    return [{"minimumQuantity": tier.minimum_quantity, "value": money(tier.value)} for tier in tiers]


def staged_money(value: Money) -> Json:
    """An amount that must say its type."""
    return {"type": "centPrecision", **money(value)}
