"""Variants on two sides: which there are, which is the master, what they are called."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shopfront import Shopfront, product, reference, variant

ONE = "products/key=style-1"


@pytest.fixture
def shop(front: Shopfront) -> Shopfront:
    """A project with what products need."""
    front.catalogue()
    return front


def skus(doc: dict[str, Any], side: str = "staged") -> list[tuple[int, str | None]]:
    """Number and SKU of each variant, the master first."""
    data = doc["masterData"][side]
    return [(one["id"], one.get("sku")) for one in (data["masterVariant"], *data["variants"])]


def test_other_variants_need_a_master(shop: Shopfront) -> None:
    """A draft with variants has a master variant; one without any gets an empty one."""
    draft = product("style-1")
    error = shop.refused("POST", "products", {**draft, "variants": [variant("A")]}, code="RequiredField")
    assert error["field"] == "masterVariant"
    assert skus(shop.create("products", draft)) == [(1, None)]


def test_the_master_changes_on_both_sides(shop: Shopfront) -> None:
    """With `staged: false` both sides get another master; numbers stay with their variants."""
    shop.create("products", product("style-1", variant("A"), variant("B"), variant("C"), publish=True))
    swapped = shop.update(ONE, 1, {"action": "changeMasterVariant", "variantId": 3, "staged": False})
    assert skus(swapped) == skus(swapped, "current") == [(3, "C"), (1, "A"), (2, "B")]
    gone = shop.update(ONE, 2, {"action": "removeVariant", "id": 1, "staged": False})
    assert skus(gone) == skus(gone, "current") == [(3, "C"), (2, "B")]


def test_a_number_is_not_used_again(shop: Shopfront) -> None:
    """The number of a variant that is still for sale does not go to a new one."""
    shop.create("products", product("style-1", variant("A"), variant("B"), publish=True))
    changed = shop.update(
        ONE, 1, {"action": "removeVariant", "sku": "B"}, {"action": "addVariant", "sku": "C"}
    )
    assert (skus(changed), skus(changed, "current")) == ([(1, "A"), (3, "C")], [(1, "A"), (2, "B")])


def test_a_sku_moves_within_one_request(shop: Shopfront) -> None:
    """Two variants exchange their SKUs by way of a third one; only the result must be free of doubles."""
    shop.create("products", product("style-1", variant("A"), variant("B"), publish=True))
    name = {"action": "setSku", "staged": False}
    moved = shop.update(ONE, 1, {**name, "variantId": 1, "sku": "B"}, {**name, "variantId": 2, "sku": "A"})
    assert skus(moved) == skus(moved, "current") == [(1, "B"), (2, "A")]
    staged = shop.update(ONE, 2, {"action": "setSKU", "variantId": 1, "sku": "Z"})
    assert (skus(staged)[0], skus(staged, "current")[0]) == ((1, "Z"), (1, "B"))


def test_what_is_deleted_frees_its_names(shop: Shopfront) -> None:
    """SKU, keys and slug of a deleted product can be given again."""
    draft = product("style-1", {"sku": "A", "key": "variant-a"})
    shop.create("products", draft)
    shop.ask("DELETE", ONE, version=1).raise_for_status()
    shop.create("products", draft)


def test_one_variant_is_reverted(shop: Shopfront) -> None:
    """Reverting one variant leaves the other staged changes."""
    shop.create("products", product("style-1", variant("A", weight=1), variant("B", weight=1), publish=True))
    weight = {"action": "setAttribute", "name": "weight", "value": 2}
    changed = shop.update(
        ONE,
        1,
        {**weight, "sku": "A"},
        {**weight, "sku": "B"},
        {"action": "revertStagedVariantChanges", "variantId": 2},
    )["masterData"]["staged"]
    values = [one["attributes"][0]["value"] for one in (changed["masterVariant"], *changed["variants"])]
    assert values == [2, 1]
    shop.refused_update(ONE, 2, {"action": "revertStagedVariantChanges", "variantId": 9}, code="InvalidInput")


def test_search_keywords(shop: Shopfront) -> None:
    """Keywords by locale, each taken apart at blanks, by words of its own, or not at all."""
    keywords = {
        "fr-FR": [
            {"text": "robe longue", "suggestTokenizer": {"type": "whitespace"}},
            {"text": "robe d'été", "suggestTokenizer": {"type": "custom", "inputs": ["robe", "été"]}},
            {"text": "robe"},
        ]
    }
    created = shop.create("products", product("style-1", variant("A"), searchKeywords=keywords))
    assert created["masterData"]["current"]["searchKeywords"] == keywords
    none: dict[str, Any] = {"action": "setSearchKeywords", "searchKeywords": {}}
    assert shop.update(ONE, 1, none)["masterData"]["staged"]["searchKeywords"] == {}
    for tokenizer in ({"type": "custom"}, {"type": "letters"}, {}):
        bad = {"nl-BE": [{"text": "jurk", "suggestTokenizer": tokenizer}]}
        shop.refused_update(ONE, 2, {**none, "searchKeywords": bad}, code="InvalidJsonInput")


def test_order_hints_of_a_draft(shop: Shopfront) -> None:
    """A draft's order hints are for categories that the product is in, by id."""
    category = shop.get("categories/key=cat-1")["id"]
    draft = product("style-1", variant("A"), categoryOrderHints={category: "0.1"})
    shop.refused("POST", "products", draft, code="InvalidOperation")
    inside = {**draft, "categories": [reference("category", "cat-1")]}
    assert shop.create("products", inside)["masterData"]["staged"]["categoryOrderHints"] == {category: "0.1"}
    bare = {"action": "setCategoryOrderHint", "categoryId": category}
    assert shop.update(ONE, 1, bare)["masterData"]["staged"]["categoryOrderHints"] == {}
    by_key = {"action": "setCategoryOrderHint", "categoryId": "cat-1", "orderHint": "0.1"}
    shop.refused_update(ONE, 2, by_key, code="InvalidOperation")


def test_no_default_variant_where_variants_are_embedded(shop: Shopfront) -> None:
    """A default variant is for projects in which variants are resources of their own."""
    shop.create("products", product("style-1", variant("A")))
    name = {"action": "setDefaultVariant", "variant": reference("variant", "variant-a")}
    shop.refused_update(ONE, 1, name, code="InvalidOperation")
