"""Assets of variants: in drafts, by their actions, on one side or both."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shopfront import Shopfront, product, reference, variant

ONE = "products/key=style-1"
SOURCE = {
    "uri": "https://media.example.com/a.mp4",
    "contentType": "video/mp4",
    "dimensions": {"w": 640, "h": 480},
}


@pytest.fixture
def shop(front: Shopfront) -> Shopfront:
    """A project with a type for assets."""
    front.catalogue()
    definition = {"name": "licence", "label": {"en": "L"}, "required": False, "type": {"name": "String"}}
    draft = {"key": "media", "name": {"en": "M"}, "fieldDefinitions": [definition]}
    front.create("types", {**draft, "resourceTypeIds": ["asset"]})
    return front


def asset(key: str, **more: Any) -> dict[str, Any]:
    """The draft of an asset."""
    return {"key": key, "name": {"fr-FR": key}, "sources": [SOURCE], **more}


def assets_of(doc: dict[str, Any], side: str = "staged") -> list[dict[str, Any]]:
    """The assets of a product's master variant."""
    assets: list[dict[str, Any]] = doc["masterData"][side]["masterVariant"]["assets"]
    return assets


def test_assets_of_drafts(shop: Shopfront) -> None:
    """A draft's assets get ids; a new variant brings its own."""
    custom = {"type": reference("type", "media"), "fields": {"licence": "CC"}}
    full = asset("a-1", description={"fr-FR": "D"}, tags=["t"], custom=custom)
    [shown] = assets_of(shop.create("products", product("style-1", {"sku": "A", "assets": [full]})))
    assert shown.pop("id")
    assert shown.pop("custom")["fields"] == {"licence": "CC"}
    assert shown == {name: value for name, value in full.items() if name != "custom"}
    add = {"action": "addVariant", "sku": "B", "assets": [asset("a-1")], "staged": False}
    master = shop.update(ONE, 1, add)["masterData"]
    assert master["current"]["variants"] == master["staged"]["variants"]
    assert master["current"]["variants"][0]["assets"][0]["key"] == "a-1"
    shop.refused("DELETE", "types/key=media", version=1, code="ReferenceExists")


@pytest.mark.parametrize(
    ("drafts", "code"),
    [
        ([asset("a-1"), asset("a-1")], "DuplicateField"),
        ([asset("a-1", sources=[])], "InvalidJsonInput"),
        ([{"name": {"fr-FR": "x"}}], "InvalidJsonInput"),
        ([asset("a-1", custom={"type": reference("type", "none")})], "ReferencedResourceNotFound"),
        ([asset("a b")], "InvalidJsonInput"),
    ],
)
def test_refused_assets(shop: Shopfront, drafts: list[dict[str, Any]], code: str) -> None:
    """An asset has a source and a name; its key is its own on the variant."""
    shop.refused("POST", "products", product("style-1", {"sku": "A", "assets": drafts}), code=code)


def test_order_of_assets(shop: Shopfront) -> None:
    """Assets are added at a place, reordered by their ids, all of them, and removed."""
    shop.create("products", product("style-1", {"sku": "A", "assets": [asset("a-1"), asset("a-2")]}))
    on = {"sku": "A"}
    added = shop.update(ONE, 1, {"action": "addAsset", **on, "asset": asset("a-3"), "position": 0})
    assert [one["key"] for one in assets_of(added)] == ["a-3", "a-1", "a-2"]
    far = {"action": "addAsset", **on, "asset": asset("a-4"), "position": 4}
    shop.refused_update(ONE, 2, far, code="InvalidInput")
    ids = [one["id"] for one in assets_of(added)]
    shop.refused_update(
        ONE, 2, {"action": "changeAssetOrder", **on, "assetOrder": ids[:2]}, code="InvalidInput"
    )
    moved = shop.update(ONE, 2, {"action": "changeAssetOrder", **on, "assetOrder": ids[::-1]})
    assert [one["key"] for one in assets_of(moved)] == ["a-2", "a-1", "a-3"]
    left = shop.update(
        ONE,
        3,
        {"action": "removeAsset", **on, "assetKey": "a-1"},
        {"action": "removeAsset", **on, "assetId": ids[0]},
    )
    assert [one["key"] for one in assets_of(left)] == ["a-2"]
    gone = {"action": "removeAsset", **on, "assetKey": "a-1"}
    shop.refused_update(ONE, 4, gone, code="InvalidInput")
    shop.refused_update(ONE, 4, {**gone, "assetId": ids[2]}, code="InvalidInput")


def test_fields_of_assets(shop: Shopfront) -> None:
    """Each field has its action; left out, what may be absent is removed."""
    [created] = assets_of(shop.create("products", product("style-1", {"sku": "A", "assets": [asset("a-1")]})))
    on = {"variantId": 1, "assetId": created["id"]}
    other = {"uri": "https://media.example.com/b.pdf", "key": "print"}
    [full] = assets_of(
        shop.update(
            ONE,
            1,
            {"action": "changeAssetName", **on, "name": {"en": "N"}},
            {"action": "setAssetDescription", **on, "description": {"en": "D"}},
            {"action": "setAssetTags", **on, "tags": ["x", "y"]},
            {"action": "setAssetSources", **on, "sources": [other]},
            {"action": "setAssetCustomType", **on, "type": reference("type", "media")},
            {"action": "setAssetCustomField", **on, "name": "licence", "value": "CC"},
            {"action": "setAssetKey", **on, "assetKey": "b-1"},
        )
    )
    assert full.pop("custom")["fields"] == {"licence": "CC"}
    assert full == {
        "id": created["id"],
        "key": "b-1",
        "name": {"en": "N"},
        "description": {"en": "D"},
        "tags": ["x", "y"],
        "sources": [other],
    }
    [bare] = assets_of(
        shop.update(
            ONE,
            2,
            {"action": "setAssetDescription", **on},
            {"action": "setAssetTags", **on},
            {"action": "setAssetCustomType", **on},
            {"action": "setAssetKey", **on},
        )
    )
    assert bare.keys() == {"id", "name", "sources"}


def test_assets_on_both_sides(shop: Shopfront) -> None:
    """With `staged: false` an asset has one id on both sides, and changes on both."""
    shop.create("products", product("style-1", variant("A"), publish=True))
    now = {"sku": "A", "staged": False}
    added = shop.update(ONE, 1, {"action": "addAsset", **now, "asset": asset("a-1")})
    assert assets_of(added) == assets_of(added, "current") != []
    renamed = shop.update(
        ONE, 2, {"action": "changeAssetName", **now, "assetKey": "a-1", "name": {"en": "N"}}
    )
    assert assets_of(renamed, "current")[0]["name"] == {"en": "N"}
    staged = {"action": "removeAsset", "sku": "A", "assetKey": "a-1"}
    removed = shop.update(ONE, 3, staged)
    assert (len(assets_of(removed)), len(assets_of(removed, "current"))) == (0, 1)
    shop.refused_update(ONE, 4, {**staged, "staged": False}, code="InvalidInput")
