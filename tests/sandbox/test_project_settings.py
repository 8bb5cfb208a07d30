"""The project: its settings, and who may read and change them."""

from __future__ import annotations

from tests.sandbox.shopfront import Shopfront


def home(front: Shopfront) -> str:
    """The address of the project itself."""
    return f"{front.sandbox.url}/{front.project}"


def test_settings_change(front: Shopfront) -> None:
    """Currencies, countries, languages and configurations are read and changed, with a version."""
    shown = front.get(home(front))
    assert (shown["key"], shown["version"], shown["productCatalogModel"]) == (front.project, 1, "Classic")
    shown = front.update(
        home(front),
        1,
        {"action": "changeName", "name": "Boutique"},
        {"action": "changeCurrencies", "currencies": ["EUR"]},
        {"action": "changeCountries", "countries": ["FR", "BE"]},
        {"action": "changeLanguages", "languages": ["fr-FR"]},
        {"action": "changeCartsConfiguration", "cartsConfiguration": {"deleteDaysAfterLastModification": 7}},
        {"action": "changeCountryTaxRateFallbackEnabled", "countryTaxRateFallbackEnabled": True},
        {"action": "changePriceRoundingMode", "priceRoundingMode": "HalfUp"},
        {"action": "changeTaxRoundingMode", "taxRoundingMode": "HalfDown"},
        {
            "action": "changeShoppingListsConfiguration",
            "shoppingListsConfiguration": {"deleteDaysAfterLastModification": 9},
        },
        {"action": "setProductCatalogModel", "productCatalogModel": "Modular"},
        {"action": "setReleaseExpiredReservations", "releaseExpiredReservations": False},
        {"action": "setReservationExpirationInMinutes", "reservationExpirationInMinutes": 30},
        {
            "action": "setDiscountsConfiguration",
            "discountsConfiguration": {"discountCombinationMode": "BestDeal"},
        },
    )
    assert (shown["name"], shown["currencies"], shown["countries"]) == ("Boutique", ["EUR"], ["FR", "BE"])
    assert (shown["languages"], shown["productCatalogModel"]) == (["fr-FR"], "Modular")
    assert shown["carts"] == {
        "deleteDaysAfterLastModification": 7,
        "countryTaxRateFallbackEnabled": True,
        "priceRoundingMode": "HalfUp",
        "taxRoundingMode": "HalfDown",
    }
    assert shown["shoppingLists"] == {"deleteDaysAfterLastModification": 9}
    assert shown["inventory"] == {"releaseExpiredReservations": False, "reservationExpirationInMinutes": 30}
    assert shown["discounts"] == {"discountCombinationMode": "BestDeal"}
    assert front.get(home(front))["version"] == 2
    front.refused_update(
        home(front), 1, {"action": "changeName", "name": "X"}, code="ConcurrentModification", status=409
    )
    assert front.ask("HEAD", home(front)).status_code == 200


def test_messages_are_kept_when_the_project_says_so(front: Shopfront) -> None:
    """Messages are off at first; from the day they are on, what happens is told."""
    assert front.get(home(front))["messages"] == {"enabled": False, "deleteDaysAfterCreation": 15}
    front.create("inventory", {"key": "stock-1", "sku": "A", "quantityOnStock": 5})
    assert front.get("messages")["count"] == 0
    kept = {"enabled": True, "deleteDaysAfterCreation": 30}
    shown = front.update(
        home(front), 1, {"action": "changeMessagesConfiguration", "messagesConfiguration": kept}
    )
    assert shown["messages"] == kept
    front.create("inventory", {"key": "stock-2", "sku": "B", "quantityOnStock": 5})
    assert [message["type"] for message in front.results("messages")] == ["InventoryEntryCreated"]
    shown = front.update(home(front), 2, {"action": "changeMessagesEnabled", "messagesEnabled": False})
    assert shown["messages"] == {"enabled": False, "deleteDaysAfterCreation": 30}


def test_a_language_that_a_store_speaks_stays(front: Shopfront) -> None:
    """A language goes from the project when no store uses it any more."""
    front.create("stores", {"key": "paris", "languages": ["fr-FR"]})
    change = {"action": "changeLanguages", "languages": ["en"]}
    front.refused_update(home(front), 1, change, code="LanguageUsedInStores")
    front.update("stores/key=paris", 1, {"action": "setLanguages"})
    assert front.update(home(front), 1, change)["languages"] == ["en"]


def test_who_may(shopfront: Shopfront) -> None:
    """Settings have scopes of their own: to read is not to change."""
    reader = Shopfront(shopfront.sandbox, shopfront.project, f"view_project_settings:{shopfront.project}")
    body = {"version": 1, "actions": [{"action": "changeName", "name": "X"}]}
    assert reader.get(home(reader))["version"] == 1
    assert reader.ask("POST", home(reader), body).status_code == 403
    reader.close()
