"""Taxes as orders carry them: the rate of a line, net, gross and the portions of a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from ...store import Doc
from ...vocabulary import Country, Model, Money, Text, typed_money
from ..tax_categories import SubRate

__all__ = ["Rounding", "TaxRate", "TaxedPriceDraft", "sum_of_taxes", "taxed", "taxed_price"]

Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Rounding: TypeAlias = Literal["HalfEven", "HalfUp", "HalfDown"]
_ROUNDING = {"HalfEven": ROUND_HALF_EVEN, "HalfUp": ROUND_HALF_UP, "HalfDown": ROUND_HALF_DOWN}


class TaxRate(Model):
    """The rate that a line was taxed with."""

    name: Text
    amount: Share
    included_in_price: bool
    country: Country
    id: str | None = None
    key: str | None = None
    state: str | None = None
    sub_rates: tuple[SubRate, ...] = ()


class TaxPortionDraft(Model):
    """The tax of one rate."""

    rate: Share
    amount: Money
    name: str | None = None


class TaxedPriceDraft(Model):
    """Net, gross and the tax between them."""

    total_net: Money
    total_gross: Money
    tax_portions: list[TaxPortionDraft]


def taxed_price(draft: TaxedPriceDraft) -> Doc:
    """Taxes as orders hold them, as given."""
    return {
        "totalNet": typed_money(draft.total_net),
        "totalGross": typed_money(draft.total_gross),
        "taxPortions": [
            {
                **({} if portion.name is None else {"name": portion.name}),
                "rate": portion.rate,
                "amount": typed_money(portion.amount),
            }
            for portion in draft.tax_portions
        ],
    }


def taxed(total: Doc, rate: Doc, rounding: str = "HalfEven") -> Doc:
    """Net and gross of an amount at a rate, whole minor units; what of the two it is the rate says."""
    cents, currency = total["centAmount"], total["currencyCode"]
    factor = 1 + Decimal(str(rate["amount"]))
    mode = _ROUNDING[rounding]
    if rate["includedInPrice"]:
        net, gross = int((Decimal(cents) / factor).to_integral_value(mode)), cents
    else:
        net, gross = cents, int((Decimal(cents) * factor).to_integral_value(mode))
    portion = {"name": rate["name"], "rate": rate["amount"], "amount": _money(gross - net, currency)}
    return _whole(net, gross, [portion], currency)


def sum_of_taxes(parts: Sequence[Doc], currency: str) -> Doc:
    """Net, gross and one portion a rate of several taxed amounts."""
    portions: dict[tuple[str, float], int] = {}
    for portion in (portion for part in parts for portion in part["taxPortions"]):
        named = (portion["name"], portion["rate"])
        portions[named] = portions.get(named, 0) + portion["amount"]["centAmount"]
    return _whole(
        _total(part["totalNet"] for part in parts),
        _total(part["totalGross"] for part in parts),
        [
            {"name": name, "rate": rate, "amount": _money(cents, currency)}
            for (name, rate), cents in portions.items()
        ],
        currency,
    )


def _whole(net: int, gross: int, portions: list[Doc], currency: str) -> Doc:
    return {
        "totalNet": _money(net, currency),
        "totalGross": _money(gross, currency),
        "totalTax": _money(gross - net, currency),
        "taxPortions": portions,
    }


def _total(amounts: Iterable[Doc]) -> int:
    return sum(amount["centAmount"] for amount in amounts)


def _money(cents: int, currency: str) -> Doc:
    return typed_money(Money(cent_amount=cents, currency_code=currency))
