"""Standalone prices and inventory entries."""

from __future__ import annotations

from typing import Any

import pytest

from passerelle.sandbox import Sandbox, SandboxConfig
from tests.sandbox.shopfront import DEPOT, Shopfront, reference

PRICE = "standalone-prices/key=price-1"
STOCK = "inventory/key=stock-1"


def euros(cents: int) -> dict[str, Any]:
    """An amount in EUR."""
    return {"centAmount": cents, "currencyCode": "EUR"}


def price(key: str = "price-1", **more: Any) -> dict[str, Any]:
    """The draft of a price in France."""
    return {"key": key, "sku": "A", "value": euros(5990), "country": "FR", **more}


def test_money_is_typed(shopfront: Shopfront) -> None:
    """Answers show the precision of the currency, and say what kind of money it is."""
    created = shopfront.create("standalone-prices", price())
    assert created["value"] == {
        "type": "centPrecision",
        "currencyCode": "EUR",
        "centAmount": 5990,
        "fractionDigits": 2,
    }
    yen = price("price-2", value={"centAmount": 900, "currencyCode": "JPY"})
    assert shopfront.create("standalone-prices", yen)["value"]["fractionDigits"] == 0
    assert created["active"] is True


@pytest.mark.parametrize(
    "value",
    [
        {"centAmount": 59.9, "currencyCode": "EUR"},
        {"centAmount": "5990", "currencyCode": "EUR"},
        {"centAmount": 5990, "currencyCode": "eur"},
        {"centAmount": 5990},
        {"centAmount": 2**63, "currencyCode": "EUR"},
    ],
)
def test_bad_money(shopfront: Shopfront, value: dict[str, Any]) -> None:
    """Amounts are whole minor units of a currency, in 64 bits."""
    shopfront.refused("POST", "standalone-prices", price(value=value), code="InvalidJsonInput")


def test_digits_of_a_currency(shopfront: Shopfront) -> None:
    """Digits that are told must be those of the currency."""
    value = {"centAmount": 5990, "currencyCode": "EUR", "fractionDigits": 3}
    shopfront.refused("POST", "standalone-prices", price(value=value), code="InvalidField")


def test_one_price_a_scope(shopfront: Shopfront) -> None:
    """SKU, currency, country, channel and validity name one price."""
    first = shopfront.create("standalone-prices", price())
    error = shopfront.refused(
        "POST", "standalone-prices", price("price-2"), code="DuplicateStandalonePriceScope"
    )
    assert error["conflictingStandalonePrice"] == {"typeId": "standalone-price", "id": first["id"]}
    assert (error["sku"], error["currency"], error["country"]) == ("A", "EUR", "FR")
    shopfront.create("standalone-prices", price("price-3", country="BE"))
    shopfront.create("standalone-prices", price("price-4", sku="B"))
    shopfront.create("standalone-prices", price("price-5", value={"centAmount": 1, "currencyCode": "PLN"}))
    shopfront.create("standalone-prices", price("price-6", validFrom="2026-11-01T00:00:00Z"))


SALE = {"validFrom": "2026-11-01T00:00:00Z", "validUntil": "2026-12-01T00:00:00Z"}
LATER = {"validFrom": "2026-12-01T00:00:00Z", "validUntil": "2027-01-01T00:00:00Z"}
ACROSS = {"validFrom": "2026-11-15T00:00:00Z", "validUntil": "2026-12-15T00:00:00Z"}


def test_validities_do_not_overlap(shopfront: Shopfront) -> None:
    """Dated prices of a scope follow each other; one without dates stands beside them."""
    shopfront.create("standalone-prices", price())
    shopfront.create("standalone-prices", price("price-2", **SALE))
    shopfront.create("standalone-prices", price("price-3", **LATER))
    shopfront.refused(
        "POST", "standalone-prices", price("price-4", **ACROSS), code="OverlappingStandalonePriceValidity"
    )
    open_ended = {"validFrom": "2026-12-15T00:00:00Z"}
    shopfront.refused(
        "POST", "standalone-prices", price("price-4", **open_ended), code="OverlappingStandalonePriceValidity"
    )
    shopfront.refused_update(
        "standalone-prices/key=price-2",
        1,
        {"action": "setValidUntil", "validUntil": "2026-12-24T00:00:00Z"},
        code="OverlappingStandalonePriceValidity",
    )


def test_overlaps_are_accepted_when_configured() -> None:
    """Where the documentation disagrees with itself, both readings can be rehearsed."""
    with Sandbox(SandboxConfig(overlapping_prices="accept"), in_process=True) as sandbox:
        front = Shopfront(sandbox, "demo")
        front.create("standalone-prices", price(**SALE))
        front.create("standalone-prices", price("price-2", **ACROSS))
        front.close()


@pytest.mark.parametrize(
    "dates",
    [
        {"validFrom": "2026-12-01T00:00:00Z", "validUntil": "2026-12-01T00:00:00Z"},
        {"validFrom": "2026-12-02T00:00:00Z", "validUntil": "2026-12-01T00:00:00Z"},
    ],
)
def test_validity_begins_before_it_ends(shopfront: Shopfront, dates: dict[str, str]) -> None:
    """ValidFrom is before validUntil."""
    shopfront.refused("POST", "standalone-prices", price(**dates), code="InvalidInput")


def test_times_need_a_zone_and_come_back_in_utc(shopfront: Shopfront) -> None:
    """A time without a zone is refused; with one it is stored in UTC, to the millisecond."""
    shopfront.refused(
        "POST", "standalone-prices", price(validFrom="2026-11-01T00:00:00"), code="InvalidJsonInput"
    )
    created = shopfront.create("standalone-prices", price(validFrom="2026-11-01T00:00:00+01:00"))
    assert created["validFrom"] == "2026-10-31T23:00:00.000Z"


def test_actions_of_a_price(shopfront: Shopfront) -> None:
    """Value, activity, validity and tiers change; the currency does not."""
    shopfront.create("standalone-prices", price())
    tiers = [{"minimumQuantity": 10, "value": euros(4990)}]
    changed = shopfront.update(
        PRICE,
        1,
        {"action": "changeValue", "value": euros(3990)},
        {"action": "changeActive", "active": False},
        {"action": "setPriceTiers", "tiers": tiers},
        {"action": "addPriceTier", "tier": {"minimumQuantity": 20, "value": euros(2990)}},
        {"action": "removePriceTier", "minimumQuantity": 10},
        {"action": "setValidFromAndUntil", **SALE},
        {"action": "setValidUntil"},
    )
    assert (changed["value"]["centAmount"], changed["active"]) == (3990, False)
    assert [tier["minimumQuantity"] for tier in changed["tiers"]] == [20]
    assert changed["validFrom"] == "2026-11-01T00:00:00.000Z"
    assert "validUntil" not in changed
    other = {"action": "changeValue", "value": {"centAmount": 1, "currencyCode": "PLN"}}
    shopfront.refused_update(PRICE, 2, other, code="InvalidField")
    twice = {"action": "setPriceTiers", "tiers": tiers * 2}
    shopfront.refused_update(PRICE, 2, twice, code="InvalidInput")


def test_staged_values(shopfront: Shopfront) -> None:
    """A staged value waits until it is applied or removed."""
    shopfront.create("standalone-prices", price())
    apply = {"action": "applyStagedChanges"}
    shopfront.refused_update(PRICE, 1, apply, code="InvalidOperation")
    staged = shopfront.update(PRICE, 1, {"action": "changeValue", "value": euros(1), "staged": True})
    assert (staged["value"]["centAmount"], staged["staged"]["value"]["centAmount"]) == (5990, 1)
    assert shopfront.update(PRICE, 2, apply)["value"]["centAmount"] == 1


def test_price_channels_need_their_role(shopfront: Shopfront) -> None:
    """A channel of a price distributes products."""
    shopfront.create("channels", DEPOT)
    wrong = price(channel=reference("channel", "depot-001"))
    error = shopfront.refused("POST", "standalone-prices", wrong, code="MissingRoleOnChannel")
    assert error["missingRole"] == "ProductDistribution"


def stock(key: str = "stock-1", **more: Any) -> dict[str, Any]:
    """The draft of an entry with five pieces."""
    return {"key": key, "sku": "A", "quantityOnStock": 5, **more}


def test_one_entry_a_sku_and_channel(shopfront: Shopfront) -> None:
    """A SKU has one entry in each channel, and one in none."""
    shopfront.create("channels", DEPOT)
    shopfront.create("inventory", stock())
    there = {"supplyChannel": reference("channel", "depot-001")}
    shopfront.create("inventory", stock("stock-2", **there))
    assert shopfront.refused("POST", "inventory", stock("stock-3"), code="DuplicateField")["field"] == "sku"
    error = shopfront.refused("POST", "inventory", stock("stock-3", **there), code="DuplicateField")
    assert error["field"] == "supplyChannel"
    move = {"action": "setSupplyChannel", **there}
    shopfront.refused_update(STOCK, 1, move, code="DuplicateField")


def test_quantities(shopfront: Shopfront) -> None:
    """ChangeQuantity is absolute, the others relative; zero and less are values."""
    shopfront.create("inventory", stock())
    assert shopfront.update(STOCK, 1, {"action": "changeQuantity", "quantity": 0})["quantityOnStock"] == 0
    assert shopfront.update(STOCK, 2, {"action": "addQuantity", "quantity": 3})["availableQuantity"] == 3
    removed = shopfront.update(STOCK, 3, {"action": "removeQuantity", "quantity": 4})
    assert (removed["quantityOnStock"], removed["availableQuantity"]) == (-1, -1)
    for quantity in ("3", 1.5, None, 2**63):
        change = {"action": "changeQuantity", "quantity": quantity}
        shopfront.refused_update(STOCK, 4, change, code="InvalidJsonInput")
    shopfront.refused_update(STOCK, 4, {"action": "changeQuantity"}, code="InvalidJsonInput")
    shopfront.refused_update(STOCK, 4, {"action": "setQuantity", "quantity": 1}, code="InvalidJsonInput")


def test_fields_of_an_entry(shopfront: Shopfront) -> None:
    """Delivery date, restocking and limits are set, and removed when left out; zero days is a value."""
    shopfront.create("inventory", stock())
    changed = shopfront.update(
        STOCK,
        1,
        {"action": "setExpectedDelivery", "expectedDelivery": "2026-12-01T08:00:00+01:00"},
        {"action": "setRestockableInDays", "restockableInDays": 0},
        {"action": "setInventoryLimits", "minCartQuantity": 1, "maxCartQuantity": 3},
    )
    assert (changed["expectedDelivery"], changed["restockableInDays"]) == ("2026-12-01T07:00:00.000Z", 0)
    assert "expectedDelivery" not in shopfront.update(STOCK, 2, {"action": "setExpectedDelivery"})
    limits = {"action": "setInventoryLimits", "minCartQuantity": 4, "maxCartQuantity": 3}
    shopfront.refused_update(STOCK, 3, limits, code="InvalidInput")


def test_supply_channels_need_their_role(shopfront: Shopfront) -> None:
    """A channel that supplies nothing has no stock."""
    shopfront.create("channels", {"key": "web", "roles": ["OrderExport"]})
    wrong = stock(supplyChannel=reference("channel", "web"))
    error = shopfront.refused("POST", "inventory", wrong, code="MissingRoleOnChannel")
    assert error["missingRole"] == "InventorySupply"
    missing = stock(supplyChannel=reference("channel", "nowhere"))
    shopfront.refused("POST", "inventory", missing, code="ReferencedResourceNotFound")
