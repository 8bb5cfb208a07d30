"""Embedded prices: their scopes, their tiers, their custom fields, and the two sides that hold them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shopfront import Shopfront, product, reference, variant

ONE = "products/key=style-1"
JANUARY, MARCH, MAY = (f"2026-0{month}-01T00:00:00.000Z" for month in (1, 3, 5))


@pytest.fixture
def shop(front: Shopfront) -> Shopfront:
    """A project with what products and their prices need."""
    front.catalogue()
    front.create("channels", {"key": "web", "roles": ["ProductDistribution"]})
    front.create("customer-groups", {"key": "staff", "groupName": "Staff"})
    return front


FINE = {"type": "highPrecision", "fractionDigits": 3}


def euros(cents: int, **scope: Any) -> dict[str, Any]:
    """The draft of a price."""
    return {"value": {"centAmount": cents, "currencyCode": "EUR"}, **scope}


def priced(*prices: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The draft of a product with one variant that has these prices."""
    return product("style-1", {"sku": "A", "prices": list(prices)}, **{"priceMode": "Embedded", **more})


def prices_of(doc: dict[str, Any], side: str = "staged") -> list[dict[str, Any]]:
    """The prices of a product's master variant."""
    prices: list[dict[str, Any]] = doc["masterData"][side]["masterVariant"]["prices"]
    return prices


def test_price_of_a_draft(shop: Shopfront) -> None:
    """A price is shown with an id, typed money, references by id and everything that its draft said."""
    full = euros(
        1000,
        key="p-1",
        country="FR",
        customerGroup=reference("customer-group", "staff"),
        channel=reference("channel", "web"),
        validFrom=JANUARY,
        validUntil=MARCH,
        tiers=[{"minimumQuantity": 10, "value": {"centAmount": 900, "currencyCode": "EUR"}}],
    )
    [price] = prices_of(shop.create("products", priced(full)))
    staff, web = shop.get("customer-groups/key=staff")["id"], shop.get("channels/key=web")["id"]
    typed = {"type": "centPrecision", "currencyCode": "EUR", "fractionDigits": 2}
    assert price.pop("id")
    assert price == {
        "key": "p-1",
        "value": {**typed, "centAmount": 1000},
        "country": "FR",
        "customerGroup": {"typeId": "customer-group", "id": staff},
        "channel": {"typeId": "channel", "id": web},
        "validFrom": JANUARY,
        "validUntil": MARCH,
        "tiers": [{"minimumQuantity": 10, "value": {**typed, "centAmount": 900}}],
    }


def test_both_sides_have_one_price(shop: Shopfront) -> None:
    """With `staged: false` a price is added to both sides under one id; otherwise it waits for publishing."""
    shop.create("products", priced(publish=True))
    both = shop.update(ONE, 1, {"action": "addPrice", "sku": "A", "price": euros(10), "staged": False})
    assert prices_of(both) == prices_of(both, "current") != []
    waiting = shop.update(ONE, 2, {"action": "addPrice", "variantId": 1, "price": euros(9, country="FR")})
    assert (len(prices_of(waiting)), len(prices_of(waiting, "current"))) == (2, 1)
    assert waiting["masterData"]["hasStagedChanges"] is True


def test_a_changed_price_keeps_its_id(shop: Shopfront) -> None:
    """Changing replaces all but the id; what the new draft leaves out is gone; setting all gives new ids."""
    before = shop.create("products", priced(euros(10, key="p-1", country="FR")))
    price_id = prices_of(before)[0]["id"]
    changed = shop.update(ONE, 1, {"action": "changePrice", "priceId": price_id, "price": euros(12)})
    [price] = prices_of(changed)
    assert (price["id"], price["value"]["centAmount"]) == (price_id, 12)
    assert not {"key", "country"} & price.keys()
    [other] = prices_of(shop.update(ONE, 2, {"action": "setPrices", "sku": "A", "prices": [euros(12)]}))
    assert other["id"] != price_id
    shop.refused_update(ONE, 3, {"action": "removePrice", "priceId": price_id}, code="InvalidInput")
    assert prices_of(shop.update(ONE, 3, {"action": "removePrice", "priceId": other["id"]})) == []


def test_price_is_found_on_any_variant(shop: Shopfront) -> None:
    """A price is named by its id alone; a deprecated `variantId` beside it must be right."""
    created = shop.create("products", product("style-1", variant("A"), {"sku": "B", "prices": [euros(5)]}))
    price_id = created["masterData"]["staged"]["variants"][0]["prices"][0]["id"]
    named = {"action": "setPriceKey", "priceId": price_id, "key": "p-5"}
    staged = shop.update(ONE, 1, named)["masterData"]["staged"]
    assert staged["variants"][0]["prices"][0]["key"] == "p-5"
    wrong = {"action": "removePrice", "priceId": price_id, "variantId": 1}
    shop.refused_update(ONE, 2, wrong, code="InvalidInput")
    unnamed = shop.update(ONE, 2, {"action": "setPriceKey", "priceId": price_id})["masterData"]["staged"]
    assert "key" not in unnamed["variants"][0]["prices"][0]


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (euros(9), "DuplicatePriceScope"),
        (euros(9, country="FR", key="p-1"), "DuplicatePriceKey"),
        (euros(9, channel=reference("channel", "depot-001")), "MissingRoleOnChannel"),
        (euros(9, channel=reference("channel", "nothing")), "ReferencedResourceNotFound"),
        (euros(9, customerGroup=reference("customer-group", "nobody")), "ReferencedResourceNotFound"),
        (euros(9, recurrencePolicy=reference("recurrence-policy", "x")), "ReferencedResourceNotFound"),
        (euros(9, validFrom=MARCH, validUntil=MARCH), "InvalidInput"),
        (
            euros(9, discounted={**euros(8), "discount": {"typeId": "product-discount", "id": "x"}}),
            "ReferencedResourceNotFound",
        ),
        (
            euros(9, tiers=[{"minimumQuantity": 1, "value": {"centAmount": 8, "currencyCode": "EUR"}}]),
            "InvalidJsonInput",
        ),
        (
            euros(9, tiers=[{"minimumQuantity": 2, "value": {"centAmount": 8, "currencyCode": "PLN"}}]),
            "InvalidField",
        ),
        (
            euros(9, tiers=[{"minimumQuantity": 2, **euros(8)}, {"minimumQuantity": 2, **euros(7)}]),
            "InvalidInput",
        ),
    ],
)
def test_refused_prices(shop: Shopfront, second: dict[str, Any], code: str) -> None:
    """A price that contradicts itself or another of its variant is refused, in a draft and added later."""
    first = euros(10, key="p-1")
    shop.refused("POST", "products", priced(first, second), code=code)
    shop.create("products", priced(first))
    shop.refused_update(ONE, 1, {"action": "addPrice", "sku": "A", "price": second}, code=code)


@pytest.mark.parametrize(
    ("dates", "taken"),
    [
        ((None, None), True),
        ((MARCH, MAY), True),
        ((MAY, None), True),
        ((None, JANUARY), True),
        ((JANUARY, MAY), False),
        ((None, MAY), False),
        ((JANUARY, None), False),
    ],
)
def test_validity(shop: Shopfront, dates: tuple[str | None, str | None], taken: bool) -> None:  # noqa: FBT001 - the expectation of the case
    """Dated prices of one scope never hold at one time; one without dates conflicts with none of them."""
    windows = {"validFrom": dates[0], "validUntil": dates[1]}
    second = euros(9, country="FR", **{name: moment for name, moment in windows.items() if moment})
    shop.create("products", priced(euros(10, country="FR", validFrom=JANUARY, validUntil=MARCH)))
    add = {"action": "addPrice", "sku": "A", "price": second}
    if taken:
        assert len(prices_of(shop.update(ONE, 1, add))) == 2
    else:
        error = shop.refused_update(ONE, 1, add, code="OverlappingPriceValidity")
        assert (error["currency"], error["country"]) == ("EUR", "FR")
        assert (error["conflictingValidFrom"], error["conflictingValidUntil"]) == (JANUARY, MARCH)


def test_scopes_differ_in_any_part(shop: Shopfront) -> None:
    """Currency, country, customer group and channel each make another scope."""
    scopes: list[dict[str, Any]] = [
        {},
        {"country": "FR"},
        {"customerGroup": reference("customer-group", "staff")},
        {"channel": reference("channel", "web")},
    ]
    drafts = [euros(1, **scope) for scope in scopes]
    zloty = [{**draft, "value": {"centAmount": 4, "currencyCode": "PLN"}} for draft in drafts]
    created = shop.create("products", priced(*drafts, *zloty))
    assert len(prices_of(created)) == 8
    shop.refused("DELETE", "channels/key=web", version=1, code="ReferenceExists")
    shop.refused("DELETE", "customer-groups/key=staff", version=1, code="ReferenceExists")


def test_at_most_100_prices(shop: Shopfront) -> None:
    """A variant has at most 100 embedded prices."""
    letters = "ABCDEFGHIJ"
    many = [euros(1, country=one + two) for one in letters for two in letters]
    shop.create("products", priced(*many))
    add = {"action": "addPrice", "sku": "A", "price": euros(1, country="ZZ")}
    shop.refused_update(ONE, 1, add, code="MaxResourceLimitExceeded")


def test_custom_fields_of_prices(shop: Shopfront) -> None:
    """A price carries the fields of a type for `product-price`, set whole or one by one."""
    definition = {"name": "origin", "label": {"en": "O"}, "required": False, "type": {"name": "String"}}
    draft = {"key": "extra", "name": {"en": "E"}, "fieldDefinitions": [definition]}
    shop.create("types", {**draft, "resourceTypeIds": ["product-price"]})
    fields = {"type": reference("type", "extra"), "fields": {"origin": "ERP"}}
    [price] = prices_of(shop.create("products", priced(euros(1, custom=fields))))
    assert price["custom"]["fields"] == {"origin": "ERP"}
    one = {"priceId": price["id"], "name": "origin", "value": "PIM"}
    [price] = prices_of(shop.update(ONE, 1, {"action": "setProductPriceCustomField", **one}))
    assert price["custom"]["fields"] == {"origin": "PIM"}
    shop.refused("DELETE", "types/key=extra", version=1, code="ReferenceExists")
    gone = shop.update(ONE, 2, {"action": "setProductPriceCustomType", "priceId": price["id"]})
    assert "custom" not in prices_of(gone)[0]


def test_publishing_prices_alone(shop: Shopfront) -> None:
    """The scope Prices carries prices over, to variants that are on both sides, and nothing else."""
    shop.create("products", priced(euros(10)))
    scope = {"action": "publish", "scope": "Prices"}
    shop.refused_update(ONE, 1, scope, code="InvalidOperation")
    published = shop.update(
        ONE,
        1,
        {"action": "publish"},
        {"action": "setPrices", "sku": "A", "prices": [euros(12)]},
        {"action": "addVariant", "sku": "B", "prices": [euros(7)]},
        {"action": "changeName", "name": {"fr-FR": "Neuf"}},
        scope,
    )["masterData"]
    assert published["current"]["masterVariant"]["prices"] == published["staged"]["masterVariant"]["prices"]
    assert published["current"]["masterVariant"]["prices"][0]["value"]["centAmount"] == 12
    assert published["current"]["variants"] == []
    assert published["current"]["name"] != published["staged"]["name"]


@pytest.mark.parametrize(
    ("precise", "digits", "cents"), [(12345, 4, 123), (125, 3, 12), (135, 3, 14), (-125, 3, -12), (0, 20, 0)]
)
def test_high_precision(shop: Shopfront, precise: int, digits: int, cents: int) -> None:
    """Finer amounts carry their cents too, rounded half to even when the draft leaves them out."""
    money: dict[str, Any] = {"type": "highPrecision", "currencyCode": "EUR"}
    money |= {"preciseAmount": precise, "fractionDigits": digits}
    [price] = prices_of(shop.create("products", priced({"value": money})))
    assert price["value"] == {**money, "centAmount": cents}


@pytest.mark.parametrize(
    ("money", "code"),
    [
        ({"type": "highPrecision", "preciseAmount": 1, "fractionDigits": 2}, "InvalidField"),
        ({"type": "highPrecision", "preciseAmount": 1, "fractionDigits": 21}, "InvalidJsonInput"),
        ({"type": "highPrecision", "fractionDigits": 3}, "InvalidJsonInput"),
        ({**FINE, "preciseAmount": 1250, "centAmount": 126}, "InvalidField"),
        ({"preciseAmount": 1, "fractionDigits": 3, "centAmount": 1}, "InvalidJsonInput"),
        ({"centAmount": 1, "fractionDigits": 3}, "InvalidField"),
        ({}, "InvalidJsonInput"),
    ],
)
def test_bad_amounts(shop: Shopfront, money: dict[str, Any], code: str) -> None:
    """An amount has the digits of its kind, and cents that are a rounding of it."""
    shop.refused("POST", "products", priced({"value": {"currencyCode": "EUR", **money}}), code=code)


def test_variants_without_sku_differ_by_price(shop: Shopfront) -> None:
    """Two variants without a SKU may differ in their prices alone; equal ones cannot be told apart."""
    one, other = {"prices": [euros(1)]}, {"prices": [euros(2)]}
    shop.refused("POST", "products", product("style-1", one, one), code="DuplicateVariantValues")
    shop.create("products", product("style-1", one, other))


def test_prices_stay_when_the_mode_changes(shop: Shopfront) -> None:
    """The mode says which prices count; embedded ones stay on the variant either way."""
    shop.create("products", priced(euros(10), publish=True))
    shop.update(ONE, 1, {"action": "setPriceMode", "priceMode": "Standalone"})
    shown = shop.get("product-projections/key=style-1")
    assert (shown["priceMode"], len(shown["masterVariant"]["prices"])) == ("Standalone", 1)


def test_products_are_found_by_their_prices(shop: Shopfront) -> None:
    """Predicates reach the prices of variants, and what these point to."""
    web = shop.get("channels/key=web")["id"]
    shop.create("products", priced(euros(10, key="p-1", channel=reference("channel", "web"))))
    for where in (
        f'masterVariant(prices(channel(id="{web}")))',
        'masterVariant(prices(key="p-1" and value(centAmount=10 and currencyCode="EUR")))',
        "masterVariant(prices(country is not defined))",
    ):
        assert shop.keys("product-projections", where, staged="true") == {"style-1"}
    nobody = "masterVariant(prices(value(centAmount>10)))"
    assert shop.keys("product-projections", nobody, staged="true") == set()


def test_a_dump_knows_no_order_of_prices(shop: Shopfront) -> None:
    """Shops with the same prices are the same, whatever was added first."""
    web, plain = euros(10, key="p-1", channel=reference("channel", "web")), euros(9)
    shop.create("products", priced(web, plain))
    before = shop.sandbox.dump(shop.project)
    shop.update(ONE, 1, {"action": "setPrices", "sku": "A", "prices": [plain, web], "staged": False})
    assert shop.sandbox.dump(shop.project) == before
    [dumped] = before["products"]
    prices = dumped["masterData"]["staged"]["masterVariant"]["prices"]
    assert {price.get("channel") for price in prices} == {None, "channel:web"}
