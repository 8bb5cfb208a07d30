"""What prices are made of, embedded and standalone alike: amounts of any precision, tiers, when they hold."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from .problems import invalid_field, invalid_input
from .store import Doc
from .vocabulary import Currency, Model, Money, typed_money

__all__ = [
    "PriceMoney",
    "PriceTier",
    "check_tiers",
    "check_validity",
    "overlap",
    "price_money",
    "price_tiers",
]

Cents: TypeAlias = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_MOST_DIGITS = 20


class PriceMoney(Model):
    """An amount in minor units, or in smaller ones when `type` is `highPrecision`."""

    currency_code: Currency
    cent_amount: Cents | None = None
    type: Literal["centPrecision", "highPrecision"] = "centPrecision"
    fraction_digits: Annotated[int, Meta(ge=0, le=_MOST_DIGITS)] | None = None
    precise_amount: Cents | None = None

    def __post_init__(self) -> None:
        if self.type == "highPrecision":
            if self.precise_amount is None or self.fraction_digits is None:
                raise ValueError("highPrecision needs preciseAmount and fractionDigits")
        elif self.cent_amount is None:
            raise ValueError("Object missing required field `centAmount`")
        elif self.precise_amount is not None:
            raise ValueError("preciseAmount goes with the type highPrecision")


class PriceTier(Model):
    """A price that holds for the whole quantity from a minimum on."""

    minimum_quantity: Annotated[int, Meta(ge=2)]
    value: PriceMoney


def price_money(money: PriceMoney) -> Doc:
    """An amount as answers show it; cents of a finer one are rounded half to even when they are left out.

    Raises:
        Problem: 400 InvalidField for digits that the currency has not, or cents that are no rounding.
    """
    plain = typed_money(Money(currency_code=money.currency_code, cent_amount=money.cent_amount or 0))
    digits = plain["fractionDigits"]
    if money.precise_amount is None or money.fraction_digits is None:
        if money.fraction_digits not in (None, digits):
            raise invalid_field("fractionDigits", money.fraction_digits, [digits])
        return plain
    if money.fraction_digits <= digits:
        raise invalid_field("fractionDigits", money.fraction_digits, [f"{digits + 1} to {_MOST_DIGITS}"])
    exact = Decimal(money.precise_amount).scaleb(digits - money.fraction_digits)
    cents = money.cent_amount
    if cents is None:
        cents = int(exact.to_integral_value(ROUND_HALF_EVEN))
    elif abs(cents - exact) >= 1:
        raise invalid_field("centAmount", cents)
    return {
        "type": "highPrecision",
        "currencyCode": money.currency_code,
        "centAmount": cents,
        "preciseAmount": money.precise_amount,
        "fractionDigits": money.fraction_digits,
    }


def price_tiers(drafts: Iterable[PriceTier]) -> list[Doc] | None:
    """The tiers as answers show them; none at all is no field."""
    tiers = [{"minimumQuantity": d.minimum_quantity, "value": price_money(d.value)} for d in drafts]
    return tiers or None


def check_tiers(price: Doc) -> None:
    """Refuse two tiers from one quantity on, and tiers in another currency than the price's own."""
    tiers = price.get("tiers", ())
    quantities = [tier["minimumQuantity"] for tier in tiers]
    if len(set(quantities)) != len(quantities):
        raise invalid_input(f"Two price tiers have the same minimumQuantity: {quantities}.")
    currency = price["value"]["currencyCode"]
    for tier in tiers:
        if tier["value"]["currencyCode"] != currency:
            raise invalid_field("value.currencyCode", tier["value"]["currencyCode"], [currency])


def check_validity(price: Doc) -> None:
    """Refuse a price that ends before it begins: they are a millisecond apart at least."""
    start, end = price.get("validFrom"), price.get("validUntil")
    if start is not None and end is not None and start >= end:
        raise invalid_input(f"validFrom {start} must be before validUntil {end}.")


def overlap(one: Doc, other: Doc) -> bool:
    """Whether two dated prices hold at one time; one without dates holds when no dated one does."""
    from_one, until_one = one.get("validFrom"), one.get("validUntil")
    from_other, until_other = other.get("validFrom"), other.get("validUntil")
    if (from_one is None and until_one is None) or (from_other is None and until_other is None):
        return False
    starts_before_end = from_one is None or until_other is None or from_one < until_other
    return starts_before_end and (from_other is None or until_one is None or from_other < until_one)
