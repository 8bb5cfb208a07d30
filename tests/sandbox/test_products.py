"""Products: two sides, variants, attributes and what must be unique."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shopfront import Shopfront, product, reference, variant

ONE = "products/key=style-1"


def attributes(one: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a variant by name."""
    return {attribute["name"]: attribute["value"] for attribute in one["attributes"]}


def test_draft_is_stored_on_both_sides(catalogue: Shopfront) -> None:
    """A new product has equal sides; references are stored by id, whatever the draft used."""
    category = catalogue.get("categories/key=cat-1")
    created = catalogue.create(
        "products",
        product(
            "style-1",
            variant("A", colour="012", weight=450),
            variant("B"),
            categories=[reference("category", "cat-1")],
            taxCategory=reference("tax-category", "normal"),
        ),
    )
    master = created["masterData"]
    assert (master["published"], master["hasStagedChanges"]) == (False, False)
    assert master["current"] == master["staged"]
    assert master["staged"]["categories"] == [{"typeId": "category", "id": category["id"]}]
    assert master["staged"]["masterVariant"]["id"] == 1
    assert [one["id"] for one in master["staged"]["variants"]] == [2]
    assert attributes(master["staged"]["masterVariant"]) == {
        "colour": {"key": "012", "label": "red"},
        "weight": 450,
    }
    assert created["priceMode"] == "Standalone"


def test_staged_changes_wait_for_publish(catalogue: Shopfront) -> None:
    """An action changes the staged side; publishing makes it current; reverting forgets it."""
    catalogue.create("products", product("style-1", variant("A"), publish=True))
    renamed = catalogue.update(ONE, 1, {"action": "changeName", "name": {"fr-FR": "Neuf"}})
    assert renamed["masterData"]["hasStagedChanges"] is True
    assert renamed["masterData"]["current"]["name"] == {"fr-FR": "Modèle style-1"}
    assert catalogue.get("product-projections/key=style-1")["name"] == {"fr-FR": "Modèle style-1"}
    staged = catalogue.get("product-projections/key=style-1", staged="true")
    assert staged["name"] == {"fr-FR": "Neuf"}
    published = catalogue.update(ONE, 2, {"action": "publish"})
    assert published["masterData"]["hasStagedChanges"] is False
    assert published["masterData"]["current"]["name"] == {"fr-FR": "Neuf"}
    catalogue.update(ONE, 3, {"action": "setDescription", "description": {"fr-FR": "D"}})
    reverted = catalogue.update(ONE, 4, {"action": "revertStagedChanges"})
    assert "description" not in reverted["masterData"]["staged"]


def test_staged_false_changes_both_sides(catalogue: Shopfront) -> None:
    """`staged: false` reaches the shop at once."""
    catalogue.create("products", product("style-1", variant("A"), publish=True))
    changed = catalogue.update(ONE, 1, {"action": "changeName", "name": {"en": "New"}, "staged": False})
    assert changed["masterData"]["current"]["name"] == {"en": "New"}
    assert changed["masterData"]["hasStagedChanges"] is False


def test_projection_of_an_unpublished_product_is_not_found(catalogue: Shopfront) -> None:
    """What is not published has no current projection, by id, by key, or in a query."""
    created = catalogue.create("products", product("style-1", variant("A")))
    for path in ("product-projections/key=style-1", f"product-projections/{created['id']}"):
        catalogue.refused("GET", path, status=404, code="ResourceNotFound")
        assert catalogue.get(path, staged="true")["key"] == "style-1"
    assert catalogue.results("product-projections") == []
    assert len(catalogue.results("product-projections", staged="true")) == 1
    assert catalogue.ask("HEAD", "product-projections/key=style-1").status_code == 404


def test_published_products_cannot_be_deleted(catalogue: Shopfront) -> None:
    """A product is taken out of sale before it goes."""
    catalogue.create("products", product("style-1", variant("A"), publish=True))
    catalogue.refused("DELETE", ONE, version=1, code="InvalidOperation")
    catalogue.update(ONE, 1, {"action": "unpublish"})
    assert catalogue.ask("DELETE", ONE, version=2).status_code == 200


@pytest.mark.parametrize(
    ("second", "field", "value"),
    [
        (product("style-2", variant("A")), "sku", "A"),
        (product("style-2", variant("B"), variant("B")), "sku", "B"),
        (product("style-2", variant("B"), slug={"fr-FR": "style-1"}), "slug.fr-FR", "style-1"),
        (product("style-2", {"sku": "B", "key": "vk"}, {"sku": "C", "key": "vk"}), "key", "vk"),
    ],
)
def test_duplicates_are_refused(catalogue: Shopfront, second: dict[str, Any], field: str, value: str) -> None:
    """SKUs and slugs stand once in a project, slugs per locale."""
    catalogue.create("products", product("style-1", variant("A")))
    error = catalogue.refused("POST", "products", second, code="DuplicateField")
    assert (error["field"], error["duplicateValue"]) == (field, value)


def test_same_slug_in_another_locale_is_fine(catalogue: Shopfront) -> None:
    """A slug is unique per locale."""
    catalogue.create("products", product("style-1", slug={"fr-FR": "robe"}))
    catalogue.create("products", product("style-2", slug={"nl-BE": "robe"}))


def test_sku_on_the_current_side_stays_taken(catalogue: Shopfront) -> None:
    """A SKU that is removed but not published yet is still for sale, so it is still taken."""
    catalogue.create("products", product("style-1", variant("A"), variant("B"), publish=True))
    catalogue.update(ONE, 1, {"action": "removeVariant", "sku": "B"})
    catalogue.refused("POST", "products", product("style-2", variant("B")), code="DuplicateField")
    catalogue.update(ONE, 2, {"action": "publish"})
    catalogue.create("products", product("style-2", variant("B")))


@pytest.mark.parametrize(
    "slug", [{"fr-FR": "x"}, {"fr-FR": "à-la-mode"}, {"fr-FR": "two words"}, {}, {"FR": "ok"}]
)
def test_bad_slugs_are_refused(catalogue: Shopfront, slug: dict[str, str]) -> None:
    """Slugs have 2 to 256 letters, digits, hyphens or underscores, under a locale."""
    catalogue.refused("POST", "products", product("style-1", slug=slug), code="InvalidJsonInput")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("productType", reference("product-type", "nothing")),
        ("categories", [reference("category", "nothing")]),
        ("taxCategory", reference("tax-category", "nothing")),
        ("taxCategory", {"typeId": "tax-category", "id": "5f8b1c52-0000-4000-8000-000000000000"}),
    ],
)
def test_missing_references_are_named(catalogue: Shopfront, field: str, value: Any) -> None:
    """What a draft points to must exist; the error says what it looked for."""
    error = catalogue.refused(
        "POST", "products", product("style-1", **{field: value}), code="ReferencedResourceNotFound"
    )
    wanted = value[0] if isinstance(value, list) else value
    assert {name: error[name] for name in wanted} == wanted


def test_reference_of_another_kind_is_refused(catalogue: Shopfront) -> None:
    """`typeId` must be that of the field; id and key do not go together."""
    wrong = product("style-1", taxCategory=reference("category", "cat-1"))
    catalogue.refused("POST", "products", wrong, code="InvalidJsonInput")
    both = product("style-1", taxCategory={"typeId": "tax-category", "key": "normal", "id": "x"})
    catalogue.refused("POST", "products", both, code="InvalidInput")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("colour", "999", ["012", "013"]),
        ("season", "ET", ["AH"]),
        ("weight", "450", None),
        ("weight", True, None),
        ("washable", 1, None),
        ("ean", 4006381333931, None),
        ("sizes", "38", None),
        ("sizes", ["38", "38"], None),
        ("nothing", "x", ["colour", "ean", "material", "season", "sizes", "washable", "weight"]),
    ],
)
def test_attributes_are_typed(catalogue: Shopfront, name: str, value: Any, allowed: list[str] | None) -> None:
    """A value is of its attribute's type, an enum key is known, an attribute is one of the product type."""
    draft = product("style-1", variant("A", **{name: value}))
    error = catalogue.refused("POST", "products", draft, code="InvalidField")
    assert error.get("allowedValues") == allowed
    catalogue.create("products", product("style-1", variant("A")))
    catalogue.refused_update(
        ONE, 1, {"action": "setAttribute", "sku": "A", "name": name, "value": value}, code="InvalidField"
    )


def test_same_for_all(catalogue: Shopfront) -> None:
    """A SameForAll attribute changes on all variants at once, or not at all; new variants carry it."""
    draft = product("style-1", variant("A", material="wool"), variant("B", material="silk"))
    error = catalogue.refused("POST", "products", draft, code="InvalidField")
    assert (error["field"], error["invalidValue"]) == ("material", "silk")
    catalogue.create(
        "products", product("style-1", variant("A", material="wool"), variant("B", material="wool"))
    )
    single = {"action": "setAttribute", "sku": "A", "name": "material", "value": "silk"}
    other = {**single, "sku": "B"}
    catalogue.refused_update(ONE, 1, single, other, code="InvalidField")
    # The error always names a value: the one that the new variant lacks.
    error = catalogue.refused_update(ONE, 1, {"action": "addVariant", "sku": "C"}, code="InvalidField")
    assert (error["field"], error["invalidValue"]) == ("material", "wool")
    changed = catalogue.update(
        ONE,
        1,
        {"action": "setAttributeInAllVariants", "name": "material", "value": "silk"},
        {"action": "addVariant", "sku": "C", "attributes": [{"name": "material", "value": "silk"}]},
    )
    staged = changed["masterData"]["staged"]
    assert [attributes(v)["material"] for v in (staged["masterVariant"], *staged["variants"])] == ["silk"] * 3


def test_unique_attribute(catalogue: Shopfront) -> None:
    """A Unique attribute differs between the variants of a product."""
    draft = product("style-1", variant("A", ean="4006381333931"), variant("B", ean="4006381333931"))
    error = catalogue.refused("POST", "products", draft, code="DuplicateAttributeValue")
    assert error["attribute"] == {"name": "ean", "value": "4006381333931"}


def test_required_attribute(shopfront: Shopfront) -> None:
    """A required attribute is there from the start and cannot be removed."""
    definition = {"name": "size", "label": {"en": "S"}, "isRequired": True, "type": {"name": "text"}}
    shopfront.create(
        "product-types", {"key": "article", "name": "A", "description": "", "attributes": [definition]}
    )
    error = shopfront.refused("POST", "products", product("style-1", variant("A")), code="RequiredField")
    assert error["field"] == "size"
    shopfront.create("products", product("style-1", variant("A", size="38")))
    shopfront.refused_update(
        ONE, 1, {"action": "setAttribute", "variantId": 1, "name": "size"}, code="RequiredField"
    )


def test_variants(catalogue: Shopfront) -> None:
    """Variants come and go; ids are never used twice at a time; the master is swapped before it goes."""
    catalogue.create("products", product("style-1", variant("A"), variant("B")))
    catalogue.refused_update(ONE, 1, {"action": "removeVariant", "sku": "A"}, code="InvalidOperation")
    catalogue.refused_update(ONE, 1, {"action": "removeVariant", "id": 9}, code="InvalidInput")
    catalogue.refused_update(ONE, 1, {"action": "removeVariant"}, code="InvalidInput")
    changed = catalogue.update(
        ONE,
        1,
        {"action": "addVariant", "sku": "C"},
        {"action": "changeMasterVariant", "sku": "B"},
        {"action": "removeVariant", "sku": "A"},
    )
    staged = changed["masterData"]["staged"]
    assert (staged["masterVariant"]["sku"], staged["masterVariant"]["id"]) == ("B", 2)
    assert [(one["sku"], one["id"]) for one in staged["variants"]] == [("C", 3)]
    assert len(changed["masterData"]["current"]["variants"]) == 1


def test_at_most_100_variants(catalogue: Shopfront) -> None:
    """A product has at most 100 variants."""
    catalogue.create("products", product("style-1", *(variant(f"S{n}") for n in range(100))))
    catalogue.refused_update(ONE, 1, {"action": "addVariant", "sku": "S100"}, code="MaxResourceLimitExceeded")
    many = product("style-2", *(variant(f"T{n}") for n in range(101)))
    catalogue.refused("POST", "products", many, code="MaxResourceLimitExceeded")


def test_variants_must_differ(catalogue: Shopfront) -> None:
    """Two variants without a SKU and with the same attributes cannot be told apart."""
    draft = product("style-1", {"attributes": []}, {"attributes": []})
    catalogue.refused("POST", "products", draft, code="DuplicateVariantValues")


def test_sku_in_stock_cannot_change(catalogue: Shopfront) -> None:
    """A SKU that an inventory entry uses stays; without one it changes, or goes."""
    catalogue.create("products", product("style-1", variant("A")))
    entry = catalogue.create("inventory", {"sku": "A", "quantityOnStock": 0})
    change = {"action": "setSku", "variantId": 1, "sku": "B"}
    catalogue.refused_update(ONE, 1, change, code="InvalidOperation")
    catalogue.ask("DELETE", f"inventory/{entry['id']}", version=1)
    assert catalogue.update(ONE, 1, change)["masterData"]["staged"]["masterVariant"]["sku"] == "B"
    gone = catalogue.update(ONE, 2, {"action": "setSku", "variantId": 1})
    assert "sku" not in gone["masterData"]["staged"]["masterVariant"]


def test_categories_of_a_product(catalogue: Shopfront) -> None:
    """In and out of categories, with an order hint that needs the category's id and its shape."""
    category = catalogue.get("categories/key=cat-1")["id"]
    catalogue.create("products", product("style-1", variant("A")))
    into = {"action": "addToCategory", "category": reference("category", "cat-1"), "orderHint": "0.5"}
    out = {"action": "removeFromCategory", "category": reference("category", "cat-1")}
    catalogue.refused_update(ONE, 1, out, code="InvalidOperation")
    added = catalogue.update(ONE, 1, into)
    assert added["masterData"]["staged"]["categoryOrderHints"] == {category: "0.5"}
    catalogue.refused_update(ONE, 2, into, code="InvalidOperation")
    hint = {"action": "setCategoryOrderHint", "categoryId": category, "orderHint": "0.50"}
    catalogue.refused_update(ONE, 2, hint, code="InvalidJsonInput")
    catalogue.update(ONE, 2, {**hint, "orderHint": "0.51"})
    catalogue.refused("DELETE", "categories/key=cat-1", version=1, code="ReferenceExists")
    emptied = catalogue.update(ONE, 3, out)["masterData"]["staged"]
    assert (emptied["categories"], emptied["categoryOrderHints"]) == ([], {})


def test_fields_of_a_product(catalogue: Shopfront) -> None:
    """Every plain `set…` sets its field, and takes it away when it carries no value."""
    catalogue.create("products", product("style-1", variant("A")))
    text = {"fr-FR": "texte"}
    names = ("description", "metaTitle", "metaDescription", "metaKeywords")
    actions = [{"action": f"set{name[0].upper()}{name[1:]}", name: text} for name in names]
    staged = catalogue.update(ONE, 1, *actions)["masterData"]["staged"]
    assert all(staged[name] == text for name in names)
    emptied = catalogue.update(ONE, 2, *({"action": a["action"]} for a in actions))["masterData"]["staged"]
    assert not any(name in emptied for name in names)
    taxed = catalogue.update(
        ONE,
        3,
        {"action": "setTaxCategory", "taxCategory": reference("tax-category", "normal")},
        {"action": "setPriceMode", "priceMode": "Embedded"},
        {"action": "setProductVariantKey", "variantId": 1, "key": "variant-a"},
    )
    assert taxed["priceMode"] == "Embedded"
    assert taxed["taxCategory"]["typeId"] == "tax-category"
    assert taxed["masterData"]["staged"]["masterVariant"]["key"] == "variant-a"
    catalogue.refused("DELETE", "tax-categories/key=normal", version=1, code="ReferenceExists")


def test_images(catalogue: Shopfront) -> None:
    """External images are added once, moved, labelled and removed by their URL."""
    catalogue.create("products", product("style-1", variant("A")))
    urls = [f"https://images.example.com/{n}.jpg" for n in range(2)]
    size = {"w": 0, "h": 0}
    add = [{"action": "addExternalImage", "sku": "A", "image": {"url": u, "dimensions": size}} for u in urls]
    catalogue.update(ONE, 1, *add)
    catalogue.refused_update(ONE, 2, add[0], code="InvalidOperation")
    moved = catalogue.update(
        ONE, 2, {"action": "moveImageToPosition", "variantId": 1, "imageUrl": urls[1], "position": 0}
    )
    images = moved["masterData"]["staged"]["masterVariant"]["images"]
    assert [image["url"] for image in images] == [urls[1], urls[0]]
    gone = {"action": "removeImage", "variantId": 1, "imageUrl": urls[0]}
    assert len(catalogue.update(ONE, 3, gone)["masterData"]["staged"]["masterVariant"]["images"]) == 1
    catalogue.refused_update(ONE, 4, gone, code="InvalidField")
