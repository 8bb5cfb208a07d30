"""Stores, and the product selections that they sell."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shopfront import Shopfront, product, reference, variant
from tests.sandbox.test_custom_fields import custom, custom_type, fields

STORE = "stores/key=paris"
SELECTION = "product-selections/key=summer"


def on(action: str, key: str, **more: Any) -> dict[str, Any]:
    """An action on a product of a selection."""
    return {"action": action, "product": reference("product", key), **more}


def only(*skus: str) -> dict[str, Any]:
    """A selection of variants."""
    return {"variantSelection": {"type": "includeOnly", "skus": list(skus)}}


@pytest.fixture
def assortment(front: Shopfront) -> Shopfront:
    """A project with three products and an empty selection."""
    front.catalogue()
    for key in ("style-1", "style-2", "style-3"):
        front.create("products", product(key, variant(f"{key}-a"), variant(f"{key}-b")))
    front.create("product-selections", {"key": "summer", "name": {"fr-FR": "Été"}})
    return front


def assigned(front: Shopfront, **query: Any) -> list[str]:
    """The keys of the products in the selection."""
    lines = front.results(f"{SELECTION}/products", **query)
    return [front.get(f"products/{line['product']['id']}")["key"] for line in lines]


def test_products_come_and_go(assortment: Shopfront) -> None:
    """Products are added and removed by key; the selection counts them and lists them page by page."""
    keys = ("style-1", "style-2", "style-3")
    shown = assortment.update(SELECTION, 1, *(on("addProduct", key) for key in keys))
    assert (shown["productCount"], shown["mode"], shown["version"]) == (3, "Individual", 2)
    page = assortment.get(f"{SELECTION}/products", limit=2)
    assert (page["count"], page["total"], page["offset"]) == (2, 3, 0)
    assert sorted(assigned(assortment, limit=2) + assigned(assortment, limit=2, offset=2)) == list(keys)
    assert assortment.update(SELECTION, 2, on("removeProduct", "style-2"))["productCount"] == 2
    assert sorted(assigned(assortment)) == ["style-1", "style-3"]
    error = assortment.refused_update(
        SELECTION, 3, on("removeProduct", "style-2"), code="ProductAssignmentMissing"
    )
    assert error["product"]["typeId"] == "product"


def test_variants_of_a_product(assortment: Shopfront) -> None:
    """The same variants once more are nothing new, others are refused; setVariantSelection changes them."""
    assortment.update(SELECTION, 1, on("addProduct", "style-1", **only("style-1-a")))
    same = assortment.update(SELECTION, 2, on("addProduct", "style-1", **only("style-1-a")))
    assert same["version"] == 2
    error = assortment.refused_update(
        SELECTION,
        2,
        on("addProduct", "style-1", **only("style-1-b")),
        code="ProductPresentWithDifferentVariantSelection",
    )
    assert error["existingVariantSelection"] == only("style-1-a")["variantSelection"]
    assortment.update(SELECTION, 2, on("setVariantSelection", "style-1", **only("style-1-b")))
    line = assortment.results(f"{SELECTION}/products")[0]
    assert line["variantSelection"] == {"type": "includeOnly", "skus": ["style-1-b"]}
    assortment.update(SELECTION, 3, on("setVariantSelection", "style-1"))
    assert "variantSelection" not in assortment.results(f"{SELECTION}/products")[0]
    assortment.refused_update(
        SELECTION, 4, on("setVariantSelection", "style-2"), code="ProductAssignmentMissing"
    )


def test_the_selections_of_a_product(assortment: Shopfront) -> None:
    """A product tells which selections it is in."""
    path = "products/key=style-1/product-selections"
    assert assortment.get(path)["total"] == 0
    assortment.update(SELECTION, 1, on("addProduct", "style-1", **only("style-1-a")))
    (line,) = assortment.results(path)
    assert line["productSelection"]["id"] == assortment.get(SELECTION)["id"]
    assert line["variantSelection"]["skus"] == ["style-1-a"]
    assortment.refused("GET", "products/key=style-9/product-selections", status=404, code="ResourceNotFound")


def test_modes(assortment: Shopfront) -> None:
    """A selection adds products or excludes them, by its mode, for good."""
    draft = {"key": "rest-1", "name": {"fr-FR": "R"}, "mode": "IndividualExclusion"}
    assert assortment.create("product-selections", draft)["productCount"] == 0
    path = "product-selections/key=rest-1"
    assortment.refused_update(path, 1, on("addProduct", "style-1"), code="InvalidOperation")
    assortment.refused_update(SELECTION, 1, on("excludeProduct", "style-1"), code="InvalidOperation")
    exclusion = {"variantExclusion": {"skus": ["style-1-a"]}}
    assortment.update(path, 1, on("excludeProduct", "style-1", **exclusion), on("excludeProduct", "style-2"))
    assortment.update(path, 2, on("setVariantExclusion", "style-1"))
    assert [*assortment.results(f"{path}/products")[0]] == ["product"]
    assert assortment.keys("product-selections", 'mode = "IndividualExclusion"') == {"rest-1"}


def test_a_refused_request_changes_no_assignment(assortment: Shopfront) -> None:
    """A request whose second action is refused has not done the first."""
    assortment.refused_update(
        SELECTION,
        1,
        on("addProduct", "style-1"),
        on("removeProduct", "style-2"),
        code="ProductAssignmentMissing",
    )
    assert assigned(assortment) == []


def test_a_product_that_is_gone(assortment: Shopfront) -> None:
    """A product that is deleted is in no selection."""
    assortment.update(SELECTION, 1, on("addProduct", "style-1"), on("addProduct", "style-2"))
    assortment.ask("DELETE", "products/key=style-1", version=1)
    assert assigned(assortment) == ["style-2"]
    assert assortment.get(SELECTION)["productCount"] == 1


def test_a_store_whole(assortment: Shopfront) -> None:
    """Languages, countries, channels and assortments of a store are replaced, or grow and shrink."""
    front = assortment
    front.create("types", custom_type("wanted", fields("text"), "store"))
    front.create("channels", {"key": "web-1", "roles": ["ProductDistribution"]})
    draft = {
        "key": "paris",
        "name": {"fr-FR": "Paris"},
        "languages": ["fr-FR"],
        "countries": [{"code": "FR"}],
        "distributionChannels": [reference("channel", "web-1")],
        "supplyChannels": [reference("channel", "depot-001")],
        "productSelections": [{"productSelection": reference("product-selection", "summer")}],
        "custom": custom("wanted", text="a"),
    }
    shown = front.create("stores", draft)
    assert [setting["active"] for setting in shown["productSelections"]] == [False]
    on_sale = {"productSelection": reference("product-selection", "summer"), "active": True}
    shown = front.update(
        STORE,
        1,
        {"action": "setName"},
        {"action": "setLanguages", "languages": ["fr-FR", "en-GB"]},
        {"action": "addCountry", "country": {"code": "BE"}},
        {"action": "addCountry", "country": {"code": "BE"}},
        {"action": "removeCountry", "country": {"code": "FR"}},
        {"action": "removeDistributionChannel", "distributionChannel": reference("channel", "web-1")},
        {"action": "addDistributionChannel", "distributionChannel": reference("channel", "web-1")},
        {"action": "removeSupplyChannel", "supplyChannel": reference("channel", "depot-001")},
        {"action": "addSupplyChannel", "supplyChannel": reference("channel", "depot-001")},
        {"action": "changeProductSelectionActive", **on_sale},
        {"action": "setCustomField", "name": "text", "value": "b"},
        {"action": "setFaqUrl", "faqUrl": "https://paris.example/faq"},
    )
    assert "name" not in shown
    assert (shown["languages"], shown["countries"]) == (["fr-FR", "en-GB"], [{"code": "BE"}])
    assert (len(shown["distributionChannels"]), len(shown["supplyChannels"])) == (1, 1)
    assert [setting["active"] for setting in shown["productSelections"]] == [True]
    assert shown["storefront"] == {"faqUrl": "https://paris.example/faq"}
    for where in ('languages contains any ("en-GB")', 'countries(code = "BE")', 'custom(fields(text = "b"))'):
        assert front.keys("stores", where) == {"paris"}
    error = front.refused("DELETE", SELECTION, version=1, code="ReferenceExists")
    assert error["referencedBy"] == "store"
    error = front.refused("DELETE", "channels/key=web-1", version=1, code="ReferenceExists")
    assert error["referencedBy"] == "store"
    shown = front.update(
        STORE,
        2,
        {"action": "setCountries"},
        {"action": "setLanguages"},
        {"action": "setDistributionChannels"},
        {"action": "setSupplyChannels"},
        {"action": "setProductSelections"},
        {"action": "setCustomType"},
        {"action": "setFaqUrl"},
    )
    lists = ("countries", "languages", "distributionChannels", "supplyChannels", "productSelections")
    assert [shown[name] for name in lists] == [[]] * 5
    assert {"custom", "storefront"}.isdisjoint(shown)
    assert front.ask("DELETE", SELECTION, version=1).status_code == 200


def test_assortments_of_a_store(assortment: Shopfront) -> None:
    """The same setting twice is one, another setting is a change; what is not there cannot change."""
    assortment.create("stores", {"key": "paris"})
    summer = {"productSelection": reference("product-selection", "summer")}
    assortment.refused_update(
        STORE, 1, {"action": "changeProductSelectionActive", **summer}, code="InvalidOperation"
    )
    add = {"action": "addProductSelection", **summer, "active": True}
    assert len(assortment.update(STORE, 1, add, add)["productSelections"]) == 1
    assortment.refused_update(STORE, 2, {**add, "active": False}, code="InvalidOperation")
    shown = assortment.update(STORE, 2, {"action": "removeProductSelection", **summer})
    assert shown["productSelections"] == []


def test_what_a_store_refuses(front: Shopfront) -> None:
    """Channels need their role, languages those of the project, keys are unique, channels are 100 at most."""
    front.create("channels", {"key": "depot-1", "roles": ["InventorySupply"]})
    draft = {"key": "paris", "distributionChannels": [reference("channel", "depot-1")]}
    error = front.refused("POST", "stores", draft, code="MissingRoleOnChannel")
    assert error["missingRole"] == "ProductDistribution"
    error = front.refused(
        "POST", "stores", {"key": "paris", "languages": ["ja-JP"]}, code="ProjectNotConfiguredForLanguages"
    )
    assert error["languages"] == ["ja-JP"]
    front.create("stores", {"key": "paris"})
    error = front.refused("POST", "stores", {"key": "paris"}, code="DuplicateField")
    assert error["duplicateValue"] == "paris"
    for number in range(101):
        front.create("channels", {"key": f"c-{number}", "roles": ["InventorySupply"]})
    many = [reference("channel", f"c-{number}") for number in range(101)]
    front.refused_update(
        STORE, 1, {"action": "setSupplyChannels", "supplyChannels": many}, code="InvalidInput"
    )
    front.update(STORE, 1, {"action": "setSupplyChannels", "supplyChannels": many[:100]})
    add = {"action": "addSupplyChannel", "supplyChannel": many[100]}
    front.refused_update(STORE, 2, add, code="InvalidInput")
