"""What a project is not configured for is refused where the rule is on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from passerelle.sandbox import Sandbox, SandboxConfig
from tests.sandbox.shopfront import Shopfront


@pytest.fixture
def strict() -> Iterator[Shopfront]:
    """A project for euros, France and its French, in a sandbox that holds it to that."""
    with Sandbox(SandboxConfig(unconfigured="refuse"), in_process=True) as sandbox:
        front = Shopfront(sandbox, "demo")
        front.update(
            f"{sandbox.url}/demo",
            1,
            {"action": "changeCurrencies", "currencies": ["EUR"]},
            {"action": "changeCountries", "countries": ["FR"]},
            {"action": "changeLanguages", "languages": ["fr-FR"]},
        )
        yield front
        front.close()


def test_currencies_and_countries(strict: Shopfront) -> None:
    """A price is in a currency and for a country of the project, its tiers too."""
    euros, francs = ({"centAmount": 1, "currencyCode": code} for code in ("EUR", "CHF"))
    price = {"key": "price-1", "sku": "A", "value": euros}
    error = strict.refused("POST", "standalone-prices", {**price, "value": francs}, code="InvalidField")
    assert (error["field"], error["allowedValues"]) == ("value.currencyCode", ["EUR"])
    error = strict.refused("POST", "standalone-prices", {**price, "country": "CH"}, code="InvalidField")
    assert (error["field"], error["invalidValue"]) == ("country", "CH")
    strict.create("standalone-prices", {**price, "country": "FR"})


def test_languages(strict: Shopfront) -> None:
    """Texts are in languages of the project, in drafts and in actions; addresses may lie anywhere."""
    category = {"key": "cat-1", "name": {"fr-FR": "a", "de-DE": "a"}, "slug": {"fr-FR": "aa"}}
    code = "ProjectNotConfiguredForLanguages"
    assert strict.refused("POST", "categories", category, code=code)["languages"] == ["de-DE"]
    strict.create("categories", {**category, "name": {"fr-FR": "a"}})
    describe = {"action": "setDescription", "description": {"en": "a"}}
    strict.refused_update("categories/key=cat-1", 1, describe, code=code)
    strict.create("channels", {"key": "depot-1", "address": {"country": "CH"}})


def test_the_rule_is_off_at_first(shopfront: Shopfront) -> None:
    """Without the rule the project's settings bind nothing but its stores."""
    shopfront.create("categories", {"name": {"ja-JP": "a"}, "slug": {"ja-JP": "aa"}})
