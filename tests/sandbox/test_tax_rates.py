"""Tax rates: named by id or key, made of parts or not."""

from __future__ import annotations

from typing import Any

from tests.sandbox.shopfront import Shopfront

PATH = "tax-categories/key=normal"


def rate(key: str, **more: Any) -> dict[str, Any]:
    """The draft of a rate in France, 20 % when nothing else is said."""
    return {"key": key, "name": key, "country": "FR", "includedInPrice": True, "amount": 0.2, **more}


def test_rates_by_key_and_by_id(front: Shopfront) -> None:
    """A rate is replaced and removed by its key or by its id, by one of both; a new one has a new id."""
    front.create("tax-categories", {"key": "normal", "name": "Normal", "rates": [rate("fr-1")]})
    first = front.get(PATH)["rates"][0]["id"]
    shown = front.update(
        PATH, 1, {"action": "replaceTaxRate", "taxRateKey": "fr-1", "taxRate": rate("fr-2", amount=0.21)}
    )
    assert [(r["key"], r["amount"]) for r in shown["rates"]] == [("fr-2", 0.21)]
    assert shown["rates"][0]["id"] != first
    both = {"action": "removeTaxRate", "taxRateKey": "fr-2", "taxRateId": shown["rates"][0]["id"]}
    front.refused_update(PATH, 2, both, code="InvalidInput")
    front.refused_update(PATH, 2, {"action": "removeTaxRate"}, code="InvalidInput")
    shown = front.update(
        PATH,
        2,
        {"action": "addTaxRate", "taxRate": rate("fr-3")},
        {"action": "removeTaxRate", "taxRateId": shown["rates"][0]["id"]},
    )
    assert [r["key"] for r in shown["rates"]] == ["fr-3"]


def test_a_rate_of_parts(front: Shopfront) -> None:
    """A rate with parts is their sum; an amount beside them must be that sum."""
    parts = [{"name": "state", "amount": 0.1}, {"name": "city", "amount": 0.2}]
    whole = {"key": "us-1", "name": "NY", "country": "US", "includedInPrice": False, "subRates": parts}
    front.create("tax-categories", {"key": "normal", "name": "Normal", "rates": [whole]})
    shown = front.get(PATH)["rates"][0]
    assert abs(shown["amount"] - 0.3) < 1e-12
    assert shown["subRates"] == parts
    wrong = {"action": "addTaxRate", "taxRate": {**whole, "key": "us-2", "amount": 0.4}}
    front.refused_update(PATH, 1, wrong, code="InvalidInput")
    front.update(PATH, 1, {"action": "addTaxRate", "taxRate": {**whole, "key": "us-2", "amount": 0.3}})
    twice = {"action": "addTaxRate", "taxRate": rate("us-2")}
    assert front.refused_update(PATH, 2, twice, code="DuplicateField")["duplicateValue"] == "us-2"
