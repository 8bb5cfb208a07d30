"""Update actions of a tax category: remove, replace and add rates after its name and description."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import UnsetType

from ...records import TaxCategory, TaxRate
from ..http.client import Json
from ..planning.steps import Step
from ..planning.texts import removable_step, value_step
from .draft import rate_draft, rates_of

__all__ = ["tax_steps"]


def tax_steps(record: TaxCategory, live: Json) -> Iterator[Step]:
    """Name, description and rates."""
    yield from value_step("changeName", "name", live["name"], record.name)
    yield from removable_step("setDescription", "description", live.get("description"), record.description)
    if not isinstance(record.rates, UnsetType):
        yield from _rates(live.get("rates", ()), rates_of(record))


def _rates(live: Sequence[Json], wanted: Sequence[TaxRate]) -> Iterator[Step]:
    pairs = _paired(live, wanted)
    kept = {found["id"] for _, found in pairs if found is not None}
    for old in live:
        if old["id"] not in kept:
            action = {"action": "removeTaxRate", "taxRateId": old["id"]}
            yield Step.of(action, f"rates[{_place(old)}]", _text(old), None)
    for rate, found in pairs:
        new = rate_draft(rate)
        field = f"rates[{_place(new)}]"
        if found is None:
            yield Step.of({"action": "addTaxRate", "taxRate": new}, field, None, _text(new))
        elif not _same(found, new):
            if found.get("subRates") and _amount(found) == _amount(new):
                new["subRates"] = found["subRates"]
            if "key" in found:
                # A rate that the feed does not name by key keeps the key that it has.
                new.setdefault("key", found["key"])
            action = {"action": "replaceTaxRate", "taxRateId": found["id"], "taxRate": new}
            yield Step.of(action, field, _text(found), _text(new))


def _paired(live: Sequence[Json], wanted: Sequence[TaxRate]) -> list[tuple[TaxRate, Json | None]]:
    """Each wanted rate with the live one of its key, else with one of its country and state that is left."""
    by_key = {old["key"]: old for old in live if "key" in old}
    found = {place: by_key.get(rate.key) for place, rate in enumerate(wanted) if isinstance(rate.key, str)}
    taken = {old["id"] for old in found.values() if old is not None}
    for place, rate in enumerate(wanted):
        if found.get(place) is None:
            found[place] = next(
                (
                    old
                    for old in live
                    if old["id"] not in taken
                    and (old["country"], old.get("state")) == (rate.country, rate.state)
                ),
                None,
            )
            taken.update(old["id"] for old in (found[place],) if old is not None)
    return [(rate, found[place]) for place, rate in enumerate(wanted)]


def _same(live: Json, wanted: Json) -> bool:
    names = ("name", "country", "state", "includedInPrice")
    return (
        all(live.get(name) == wanted.get(name) for name in names)
        and _amount(live) == _amount(wanted)
        and wanted.get("key", live.get("key")) == live.get("key")
    )


def _amount(rate: Json) -> Decimal:
    return Decimal(str(rate["amount"]))


def _place(rate: Json) -> str:
    return "-".join(filter(None, (rate["country"], rate.get("state"))))


def _text(rate: Json) -> str:
    included = "included" if rate["includedInPrice"] else "on top"
    return f"{rate['name']}: {_amount(rate)} {included}"
