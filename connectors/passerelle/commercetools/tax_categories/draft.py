"""The draft of a tax category and of its rates."""

from __future__ import annotations

from msgspec import UnsetType

from ...errors import Refused
from ...records import TaxCategory, TaxRate
from ..http.client import Json
from ..planning.steps import required

__all__ = ["rate_draft", "rates_of", "tax_draft"]


def tax_draft(record: TaxCategory) -> Json:
    """The draft; raises Refused without a name, or for two rates of one country and state."""
    required(record.key, name=record.name)
    draft: Json = {
        "key": record.key,
        "name": record.name,
        "rates": [rate_draft(rate) for rate in rates_of(record)],
    }
    if isinstance(record.description, str):
        draft["description"] = record.description
    return draft


def rate_draft(rate: TaxRate) -> Json:
    """One rate; its amount is a share between 0 and 1."""
    draft: Json = {
        "name": rate.name,
        "amount": float(rate.amount),
        "includedInPrice": rate.included,
        "country": rate.country,
    }
    if rate.state is not None:
        draft["state"] = rate.state
    if not isinstance(rate.key, UnsetType):
        draft["key"] = rate.key
    return draft


def rates_of(record: TaxCategory) -> tuple[TaxRate, ...]:
    """The rates of a record; raises Refused when two of them are the same one."""
    rates = () if isinstance(record.rates, UnsetType) else record.rates
    places = [(rate.country, rate.state) for rate in rates]
    keys = [rate.key for rate in rates if not isinstance(rate.key, UnsetType)]
    if len(set(places)) < len(places) or len(set(keys)) < len(keys):
        raise Refused(
            f"tax category {record.key} has two rates with the same key, or for the same country and state",
            code="duplicate_rate",
            advice="Correct the source",
        )
    return rates
