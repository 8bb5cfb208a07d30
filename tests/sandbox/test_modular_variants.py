"""Variants that are resources of their own, in a project with the catalogue model Modular."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shopfront import Shopfront, product, reference

ONE, RED = "products/key=style-1", "variants/key=red"
MODULAR = {"action": "setProductCatalogModel", "productCatalogModel": "Modular"}
IMAGES = [{"url": f"https://images.example.com/{n}.jpg", "dimensions": {"w": 1, "h": 1}} for n in range(3)]
SOURCE = {"uri": "https://media.example.com/a.mp4"}


@pytest.fixture
def shop(front: Shopfront) -> Shopfront:
    """A project of the model Modular with one published product."""
    front.catalogue()
    path = f"{front.http.base_url}".rstrip("/")
    assert front.update(path, front.get(path)["version"], MODULAR)["productCatalogModel"] == "Modular"
    front.create("products", product("style-1", publish=True))
    return front


def draft(key: str, style: str = "style-1", **more: Any) -> dict[str, Any]:
    """The draft of a variant of a product."""
    return {"key": key, "product": reference("product", style), **more}


def valued(**attributes: Any) -> list[dict[str, Any]]:
    """Attributes as requests give them."""
    return [{"name": name, "value": value} for name, value in attributes.items()]


def test_classic_projects_have_no_variants_of_their_own(front: Shopfront) -> None:
    """Where variants are embedded none can be created, and there are none."""
    front.catalogue()
    front.create("products", product("style-1"))
    front.refused("POST", "variants", draft("red"), code="InvalidOperation")
    assert front.results("variants") == []


def test_products_carry_no_variants(shop: Shopfront) -> None:
    """A product of the model Modular has neither variants nor embedded prices, by draft or by action."""
    embedded = product("style-2", {"sku": "A"})
    shop.refused("POST", "products", embedded, code="InvalidOperation")
    assert shop.create("products", product("style-2", priceMode="Embedded"))["priceMode"] == "Standalone"
    price = {"value": {"centAmount": 1, "currencyCode": "EUR"}}
    for action in (
        {"action": "addVariant", "sku": "B"},
        {"action": "setSku", "variantId": 1, "sku": "B"},
        {"action": "addPrice", "variantId": 1, "price": price},
        {"action": "setAttributeInAllVariants", "name": "weight", "value": 1},
        {"action": "setPriceMode", "priceMode": "Embedded"},
    ):
        shop.refused_update("products/key=style-2", 1, action, code="InvalidOperation")


def test_a_new_variant_has_a_current_side_alone(shop: Shopfront) -> None:
    """A variant is numbered within its product; the staged side comes with the first difference, and goes."""
    first = shop.create("variants", draft("red", sku="R", attributes=valued(weight=1), images=IMAGES[:1]))
    second = shop.create("variants", draft("blue"))
    assert (first["variantId"], second["variantId"]) == (1, 2)
    assert first["product"] == {"typeId": "product", "id": shop.get(ONE)["id"]}
    assert first["current"] == {
        "sku": "R", "attributes": valued(weight=1), "images": IMAGES[:1], "assets": []
    }  # fmt: skip
    assert "staged" not in first
    weight: dict[str, Any] = {"action": "setAttribute", "name": "weight"}
    changed = shop.update(RED, 1, {**weight, "value": 2})
    assert (changed["staged"]["attributes"], changed["current"]) == (valued(weight=2), first["current"])
    assert "staged" not in shop.update(RED, 2, {**weight, "value": 1})
    both = shop.update(RED, 3, {**weight, "value": 3, "staged": False})
    assert both["current"]["attributes"] == valued(weight=3)
    assert "staged" not in both


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (draft("red"), "DuplicateField"),
        (draft("blue", sku="R"), "DuplicateField"),
        (draft("blue", "nothing"), "ReferencedResourceNotFound"),
        (draft("blue", attributes=valued(nothing=1)), "InvalidField"),
        (draft("blue", attributes=valued(ean="1")), "DuplicateAttributeValue"),
        ({"key": "blue"}, "InvalidJsonInput"),
    ],
)
def test_refused_variants(shop: Shopfront, second: dict[str, Any], code: str) -> None:
    """Keys and SKUs are unique, attributes of the product's type, their constraints hold among siblings."""
    shop.create("variants", draft("red", sku="R", attributes=valued(ean="1", material="wool")))
    shop.refused("POST", "variants", second, code=code)


def test_same_for_all_binds_no_siblings(shop: Shopfront) -> None:
    """No action reaches all variants at once, so one of them may be the first with a new value."""
    shop.create("variants", draft("red", attributes=valued(material="wool")))
    shop.create("variants", draft("blue", attributes=valued(material="silk")))


def test_publishing(shop: Shopfront) -> None:
    """A variant is published after its product and taken out of sale before it."""
    shop.create("products", product("style-2"))
    shop.refused("POST", "variants", draft("x1", "style-2", publish=True), code="InvalidOperation")
    shop.create("variants", draft("x1", "style-2"))
    shop.refused_update("variants/key=x1", 1, {"action": "publish"}, code="InvalidOperation")
    shop.create("variants", draft("red", sku="R"))
    published = shop.update(RED, 1, {"action": "setSku", "sku": "S"}, {"action": "publish"})
    assert (published["published"], published["current"]["sku"]) == (True, "S")
    assert "staged" not in published
    shop.refused_update(ONE, 1, {"action": "unpublish"}, code="InvalidOperation")
    shop.refused("DELETE", RED, version=2, code="InvalidOperation")
    forgotten = shop.update(
        RED, 2, {"action": "setSku"}, {"action": "removeStagedChanges"}, {"action": "unpublish"}
    )
    assert (forgotten["published"], forgotten["current"]["sku"]) == (False, "S")
    shop.update(ONE, 1, {"action": "unpublish"})
    shop.refused("DELETE", ONE, version=2, code="ReferenceExists")
    shop.ask("DELETE", RED, version=3).raise_for_status()
    shop.ask("DELETE", ONE, version=2).raise_for_status()


def test_a_sku_in_stock_stays(shop: Shopfront) -> None:
    """A SKU that an inventory entry uses is neither changed nor removed."""
    shop.create("variants", draft("red", sku="R"))
    shop.create("inventory", {"sku": "R", "quantityOnStock": 0})
    shop.refused_update(RED, 1, {"action": "setSku"}, code="InvalidOperation")


def test_fields(shop: Shopfront) -> None:
    """Images, attributes, the key: each has its action, and one for all of them."""
    shop.create("variants", draft("red"))
    url = IMAGES[0]["url"]
    staged = shop.update(
        RED,
        1,
        {"action": "setImages", "images": IMAGES[:2]},
        {"action": "addExternalImage", "image": IMAGES[2]},
        {"action": "moveImageToPosition", "imageUrl": url, "position": 2},
        {"action": "removeImage", "imageUrl": IMAGES[1]["url"]},
        {"action": "setImageLabel", "imageUrl": url, "label": "front"},
        {"action": "setAttributes", "attributes": valued(weight=1, colour="012")},
        {"action": "setKey", "key": "crimson"},
    )
    assert staged["key"] == "crimson"
    assert staged["staged"]["images"] == [IMAGES[2], {**IMAGES[0], "label": "front"}]
    colour = {"key": "012", "label": "red"}
    assert staged["staged"]["attributes"] == valued(weight=1, colour=colour)


def test_assets(shop: Shopfront) -> None:
    """Assets have the actions that those of embedded variants have, and one for all of them."""
    definition = {"name": "licence", "label": {"en": "L"}, "required": False, "type": {"name": "String"}}
    media = {"key": "media", "name": {"en": "M"}, "fieldDefinitions": [definition]}
    shop.create("types", {**media, "resourceTypeIds": ["asset"]})
    name = {"name": {"en": "A"}, "sources": [SOURCE]}
    [first] = shop.create("variants", draft("red", assets=[{**name, "key": "a-1"}]))["current"]["assets"]
    on = {"assetId": first["id"]}
    added = shop.update(
        RED,
        1,
        {"action": "addAsset", "asset": {**name, "key": "a-2"}, "position": 0},
        {"action": "changeAssetName", **on, "name": {"en": "B"}},
        {"action": "setAssetDescription", **on, "description": {"en": "D"}},
        {"action": "setAssetTags", **on, "tags": ["t"]},
        {"action": "setAssetSources", **on, "sources": [SOURCE, SOURCE]},
        {"action": "setAssetCustomType", **on, "type": reference("type", "media")},
        {"action": "setAssetCustomField", **on, "name": "licence", "value": "CC"},
        {"action": "setAssetKey", **on, "assetKey": "b-1"},
    )["staged"]["assets"]
    assert [one["key"] for one in added] == ["a-2", "b-1"]
    assert (added[1]["name"], added[1]["custom"]["fields"]) == ({"en": "B"}, {"licence": "CC"})
    order = [one["id"] for one in reversed(added)]
    moved = shop.update(RED, 2, {"action": "changeAssetOrder", "assetOrder": order})["staged"]["assets"]
    assert [one["key"] for one in moved] == ["b-1", "a-2"]
    left = shop.update(RED, 3, {"action": "removeAsset", "assetKey": "b-1"})["staged"]["assets"]
    assert [one["key"] for one in left] == ["a-2"]
    none: list[dict[str, Any]] = []
    assert shop.update(RED, 4, {"action": "setAssets", "assets": none})["staged"]["assets"] == none


def test_many_at_once(shop: Shopfront) -> None:
    """A bulk update tells of each variant how it went; one that fails stops no other."""
    red = shop.create("variants", draft("red"))
    shop.create("variants", draft("blue"))
    items = [{"id": red["id"], "version": 1}, {"key": "blue", "version": 9}, {"key": "green", "version": 1}]
    answer = shop.ask("POST", "variants/bulk", {"items": items, "actions": [{"action": "publish"}]})
    assert answer.status_code == 207
    told = answer.json()
    assert (told["successCount"], told["failureCount"]) == (1, 2)
    assert told["results"][0]["resource"] == {"id": red["id"], "version": 2}
    codes = [result["errors"][0]["code"] for result in told["results"][1:]]
    assert codes == ["ConcurrentModification", "ResourceNotFound"]
    loose = shop.ask(
        "POST",
        "variants/bulk?versionControl=Off",
        {"items": [{"key": "blue"}], "actions": [{"action": "publish"}]},
    )
    assert loose.json()["successCount"] == 1
    many = {"items": [{"key": "red", "version": 1}] * 1001, "actions": []}
    shop.refused("POST", "variants/bulk", many, code="BulkOperationMaxItemsExceeded")
    other = {"items": [], "actions": [{"action": "setSku"}]}
    shop.refused("POST", "variants/bulk", other, code="InvalidJsonInput")


def test_projections(shop: Shopfront) -> None:
    """A projection shows a side of the variant and of its product, the current one while published."""
    made = shop.create("variants", draft("red", sku="R", attributes=valued(weight=1)))
    assert shop.results("variant-projections") == []
    shop.refused("GET", "variant-projections/key=red", status=404, code="ResourceNotFound")
    shop.update(RED, 1, {"action": "publish"}, {"action": "setSku", "sku": "S"})
    default = {"action": "setDefaultVariant", "variant": reference("variant", "red"), "staged": False}
    named = shop.update(ONE, 1, default)["masterData"]["current"]["defaultVariant"]
    assert named == {"typeId": "variant", "id": made["id"]}
    current = shop.get("variant-projections/key=red")
    assert (current["sku"], current["staged"], current["default"]) == ("R", False, True)
    assert (current["name"], current["slug"]) == ({"fr-FR": "Modèle style-1"}, {"fr-FR": "style-1"})
    [staged] = shop.results("variant-projections", where='sku="S"', staged="true")
    assert (staged["sku"], staged["staged"]) == ("S", True)
    assert "defaultVariant" not in shop.get("product-projections/key=style-1")
    none = {"action": "setDefaultVariant", "staged": False}
    assert "defaultVariant" not in shop.update(ONE, 2, none)["masterData"]["current"]


def test_the_default_variant_is_one_of_the_product(shop: Shopfront) -> None:
    """A product names none but its own variants."""
    shop.create("products", product("style-2"))
    shop.create("variants", draft("red", "style-2"))
    name = {"action": "setDefaultVariant", "variant": reference("variant", "red")}
    shop.refused_update(ONE, 1, name, code="InvalidOperation")
    shop.update("products/key=style-2", 1, name)
    shop.refused("DELETE", RED, version=1, code="ReferenceExists")


def test_a_dump_names_variants(shop: Shopfront) -> None:
    """A variant without a key is named by its SKU where something points to it."""
    nameless = shop.create("variants", {"product": reference("product", "style-1"), "sku": "R"})
    identified = {"typeId": "variant", "id": nameless["id"]}
    shop.update(ONE, 1, {"action": "setDefaultVariant", "variant": identified})
    dumped = shop.sandbox.dump(shop.project)
    assert dumped["products"][0]["masterData"]["staged"]["defaultVariant"] == 'variant:"R"'
    assert dumped["variants"][0]["product"] == "product:style-1"
