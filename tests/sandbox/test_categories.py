"""Categories, channels and tax categories."""

from __future__ import annotations

import pytest

from tests.sandbox.shopfront import Shopfront, reference


def category(key: str, parent: str | None = None, **more: object) -> dict[str, object]:
    """The draft of a category."""
    draft: dict[str, object] = {"key": key, "name": {"fr-FR": key}, "slug": {"fr-FR": f"slug-{key}"}, **more}
    return draft if parent is None else {**draft, "parent": reference("category", parent)}


def above(front: Shopfront, key: str) -> list[str]:
    """The keys of a category's ancestors, the root first."""
    return [
        front.get(f"categories/{a['id']}")["key"] for a in front.get(f"categories/key={key}")["ancestors"]
    ]


def test_ancestors_follow_the_tree(shopfront: Shopfront) -> None:
    """Ancestors are those of the parent and the parent, also below a branch that is moved."""
    for key, parent in (("aa", None), ("bb", "aa"), ("cc", "bb"), ("dd", "cc"), ("ee", None)):
        shopfront.create("categories", category(key, parent))
    assert above(shopfront, "dd") == ["aa", "bb", "cc"]
    shopfront.update(
        "categories/key=bb", 1, {"action": "changeParent", "parent": reference("category", "ee")}
    )
    assert above(shopfront, "dd") == ["ee", "bb", "cc"]
    aa = shopfront.get("categories/key=aa")["id"]
    assert shopfront.keys("categories", f'ancestors(id="{aa}")') == set()


def test_no_cycles(shopfront: Shopfront) -> None:
    """A category is not its own ancestor."""
    shopfront.create("categories", category("aa"))
    shopfront.create("categories", category("bb", "aa"))
    for parent in ("aa", "bb"):
        move = {"action": "changeParent", "parent": reference("category", parent)}
        shopfront.refused_update("categories/key=aa", 1, move, code="InvalidOperation")


def test_missing_parent(shopfront: Shopfront) -> None:
    """A parent exists before its children."""
    error = shopfront.refused("POST", "categories", category("bb", "aa"), code="ReferencedResourceNotFound")
    assert (error["typeId"], error["key"]) == ("category", "aa")


def test_a_category_goes_with_all_below_it(shopfront: Shopfront) -> None:
    """Deleting a category deletes its children and theirs; its siblings stay."""
    for key, parent in (("aa", None), ("bb", "aa"), ("cc", "bb"), ("dd", None)):
        shopfront.create("categories", category(key, parent))
    shopfront.ask("DELETE", "categories/key=aa", version=1)
    assert {doc["key"] for doc in shopfront.results("categories")} == {"dd"}


def test_category_slugs_are_unique_per_locale(shopfront: Shopfront) -> None:
    """Two categories do not share a slug in one locale."""
    shopfront.create("categories", category("aa", slug={"fr-FR": "robes"}))
    error = shopfront.refused(
        "POST", "categories", category("bb", slug={"fr-FR": "robes"}), code="DuplicateField"
    )
    assert error["field"] == "slug.fr-FR"
    shopfront.create("categories", category("bb", slug={"nl-BE": "robes"}))


def test_fields_of_a_category(shopfront: Shopfront) -> None:
    """Plain actions set their field; left out they remove it."""
    shopfront.create("categories", category("aa"))
    changed = shopfront.update(
        "categories/key=aa",
        1,
        {"action": "changeName", "name": {"fr-FR": "N"}},
        {"action": "changeSlug", "slug": {"fr-FR": "nouveau"}},
        {"action": "changeOrderHint", "orderHint": "0.25"},
        {"action": "setExternalId", "externalId": "0012"},
        {"action": "setDescription", "description": {"fr-FR": "D"}},
        {"action": "setMetaTitle", "metaTitle": {"fr-FR": "T"}},
    )
    assert (changed["orderHint"], changed["externalId"]) == ("0.25", "0012")
    assert "externalId" not in shopfront.update("categories/key=aa", 2, {"action": "setExternalId"})
    shopfront.refused_update(
        "categories/key=aa", 3, {"action": "changeOrderHint", "orderHint": "0.250"}, code="InvalidJsonInput"
    )
    shopfront.refused_update("categories/key=aa", 3, {"action": "changeName"}, code="InvalidJsonInput")


def test_roles_of_a_channel(shopfront: Shopfront) -> None:
    """Roles are added, removed and replaced; unknown ones are refused."""
    shopfront.create("channels", {"key": "web", "roles": ["Primary"]})
    one = "channels/key=web"
    added = shopfront.update(one, 1, {"action": "addRoles", "roles": ["OrderExport", "Primary"]})
    assert added["roles"] == ["Primary", "OrderExport"]
    removed = shopfront.update(one, 2, {"action": "removeRoles", "roles": ["Primary"]})
    assert removed["roles"] == ["OrderExport"]
    replaced = shopfront.update(
        one,
        3,
        {"action": "setRoles", "roles": ["InventorySupply"]},
        {"action": "changeName", "name": {"fr-FR": "Magasin"}},
        {"action": "changeDescription", "description": {"fr-FR": "Rue"}},
        {"action": "setAddress", "address": {"country": "FR", "city": "Dijon"}},
    )
    assert replaced["roles"] == ["InventorySupply"]
    shopfront.refused_update(one, 4, {"action": "addRoles", "roles": ["Boss"]}, code="InvalidJsonInput")


def test_channels_in_use_stay(shopfront: Shopfront) -> None:
    """A channel with stock is not deleted."""
    shopfront.create("channels", {"key": "depot", "roles": ["InventorySupply"]})
    stock = {"sku": "A", "quantityOnStock": 1, "supplyChannel": reference("channel", "depot")}
    shopfront.create("inventory", stock)
    error = shopfront.refused("DELETE", "channels/key=depot", version=1, code="ReferenceExists")
    assert error["referencedBy"] == "inventory-entry"


def test_tax_rates(shopfront: Shopfront) -> None:
    """Rates have ids, are replaced and removed, and lie between 0 and 1."""
    rate = {"name": "FR", "amount": 0.2, "includedInPrice": True, "country": "FR", "key": "fr"}
    created = shopfront.create("tax-categories", {"key": "normal", "name": "N", "rates": [rate]})
    one = "tax-categories/key=normal"
    replaced = shopfront.update(
        one,
        1,
        {
            "action": "replaceTaxRate",
            "taxRateId": created["rates"][0]["id"],
            "taxRate": {**rate, "amount": 0.1},
        },
    )
    assert replaced["rates"][0]["amount"] == 0.1
    assert shopfront.update(one, 2, {"action": "removeTaxRate", "taxRateKey": "fr"})["rates"] == []
    shopfront.refused_update(one, 3, {"action": "removeTaxRate", "taxRateKey": "fr"}, code="InvalidInput")


@pytest.mark.parametrize("amount", [20, -0.1, None, "0.2"])
def test_bad_tax_rates(shopfront: Shopfront, amount: object) -> None:
    """A rate is a share between 0 and 1, and there is one."""
    rate = {"name": "FR", "amount": amount, "includedInPrice": True, "country": "FR"}
    answer = shopfront.ask("POST", "tax-categories", {"key": "normal", "name": "N", "rates": [rate]})
    assert answer.status_code == 400
