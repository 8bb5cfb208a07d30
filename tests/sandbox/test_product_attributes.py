"""Values of every attribute type, attributes of the product itself, and constraints among variants."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shopfront import Shopfront, product, variant

ONE = "products/key=style-1"


def definition(name: str, kind: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The draft of an attribute."""
    return {"name": name, "label": {"en": name}, "isRequired": False, "type": kind, **more}


def typed(front: Shopfront, *attributes: dict[str, Any], key: str = "article") -> dict[str, Any]:
    """A product type with these attributes."""
    return front.create(
        "product-types", {"key": key, "name": key, "description": "", "attributes": list(attributes)}
    )


def value_of(created: dict[str, Any]) -> Any:
    """The one attribute of a product's master variant."""
    [attribute] = created["masterData"]["staged"]["masterVariant"]["attributes"]
    return attribute["value"]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ({"name": "text"}, "", 1),
        ({"name": "ltext"}, {"fr-FR": "a"}, {"FR": "a"}),
        ({"name": "number"}, 0, "0"),
        ({"name": "number"}, 1.5, True),
        ({"name": "boolean"}, False, 0),
        ({"name": "date"}, "2026-02-28", "2026-02-29"),
        ({"name": "time"}, "13:45:00.000", "25:00"),
        ({"name": "datetime"}, "2026-11-22T06:00:00.000Z", "2026-11-22T06:00:00"),
        ({"name": "set", "elementType": {"name": "number"}}, [1, 2], [1, 1]),
        ({"name": "set", "elementType": {"name": "ltext"}}, [{"fr-FR": "a"}], {"fr-FR": "a"}),
        ({"name": "set", "elementType": {"name": "date"}}, ["2026-02-28"], ["28.02.2026"]),
        ({"name": "text"}, "x" * 10_922, "x" * 10_923),
    ],
)
def test_plain_values(front: Shopfront, kind: dict[str, Any], good: Any, bad: Any) -> None:
    """A value is of its attribute's type and is shown as it came; a searchable one is not too long."""
    typed(front, definition("field", kind))
    front.refused("POST", "products", product("style-1", variant("A", field=bad)), code="InvalidField")
    assert value_of(front.create("products", product("style-1", variant("A", field=good)))) == good


def test_money(front: Shopfront) -> None:
    """Money is shown with its type and digits."""
    typed(front, definition("cost", {"name": "money"}))
    draft = product("style-1", variant("A", cost={"centAmount": 0, "currencyCode": "JPY"}))
    shown = {"type": "centPrecision", "centAmount": 0, "currencyCode": "JPY", "fractionDigits": 0}
    assert value_of(front.create("products", draft)) == shown
    bad = {"action": "setAttribute", "sku": "A", "name": "cost", "value": {"centAmount": 1.5}}
    front.refused_update(ONE, 1, bad, code="InvalidField")


@pytest.mark.parametrize(("kind", "label"), [("enum", "hiver"), ("lenum", {"fr-FR": "hiver"})])
def test_enums(front: Shopfront, kind: str, label: Any) -> None:
    """An enum value is named by its key or whole, alone or in a set; it is shown whole."""
    entry = {"key": "AH", "label": label}
    enum = {"name": kind, "values": [entry]}
    typed(front, definition("one", enum), definition("many", {"name": "set", "elementType": enum}))
    created = front.create("products", product("style-1", variant("A", one="AH", many=[entry])))
    attributes = created["masterData"]["staged"]["masterVariant"]["attributes"]
    assert [attribute["value"] for attribute in attributes] == [entry, [entry]]


@pytest.mark.parametrize(
    ("type_id", "path", "draft"),
    [
        ("category", "categories", {"name": {"en": "C"}, "slug": {"en": "cc"}}),
        ("channel", "channels", {"key": "web"}),
        ("customer-group", "customer-groups", {"key": "staff", "groupName": "Staff"}),
        ("state", "states", {"key": "new", "type": "ProductState"}),
    ],
)
def test_references(front: Shopfront, type_id: str, path: str, draft: dict[str, Any]) -> None:
    """A reference names by id what exists, of the kind that the attribute says; a key does not do."""
    there = {"typeId": type_id, "id": front.create(path, draft)["id"]}
    typed(front, definition("link", {"name": "reference", "referenceTypeId": type_id}))
    for value, code in (
        ({"typeId": "product", "id": there["id"]}, "InvalidField"),
        ({"typeId": type_id, "key": "web"}, "InvalidField"),
        ({"typeId": type_id, "id": "5f8b1c52-0000-4000-8000-000000000000"}, "ReferencedResourceNotFound"),
    ):
        front.refused("POST", "products", product("style-1", variant("A", link=value)), code=code)
    assert value_of(front.create("products", product("style-1", variant("A", link=there)))) == there


def test_a_reference_to_what_the_sandbox_has_not(front: Shopfront) -> None:
    """A kind of resource that nothing exists of can be an attribute's, and no value is found."""
    typed(front, definition("zone", {"name": "reference", "referenceTypeId": "zone"}))
    draft = product("style-1", variant("A", zone={"typeId": "zone", "id": "x"}))
    front.refused("POST", "products", draft, code="ReferencedResourceNotFound")


def test_nested(front: Shopfront) -> None:
    """Nested values are attributes of another product type, each of its own type, alone or in a set."""
    season = {"name": "enum", "values": [{"key": "AH", "label": "hiver"}]}
    inner = typed(front, definition("share", {"name": "number"}), definition("season", season), key="fibre")
    kind = {"name": "nested", "typeReference": {"typeId": "product-type", "id": inner["id"]}}
    typed(front, definition("fibres", {"name": "set", "elementType": kind}))
    cotton = [{"name": "share", "value": 80}, {"name": "season", "value": "AH"}]
    created = front.create("products", product("style-1", variant("A", fibres=[cotton])))
    assert value_of(created) == [
        [{"name": "share", "value": 80}, {"name": "season", "value": {"key": "AH", "label": "hiver"}}]
    ]
    change = {"action": "setAttribute", "sku": "A", "name": "fibres"}
    for value in (
        cotton,
        [[{"name": "share", "value": "80"}]],
        [[{"name": "colour", "value": 1}]],
        [[{"name": "share", "value": 1}, {"name": "share", "value": 2}]],
        [[{"name": "share"}]],
    ):
        front.refused_update(ONE, 1, {**change, "value": value}, code="InvalidField")
    front.refused("DELETE", "product-types/key=fibre", version=1, code="ReferenceExists")


def test_a_nested_type_must_exist(front: Shopfront) -> None:
    """An attribute nests a product type that is there, and takes no constraint."""
    nowhere = {"name": "nested", "typeReference": {"typeId": "product-type", "id": "x"}}
    draft = {"name": "N", "description": "", "attributes": [definition("parts", nowhere)]}
    front.refused("POST", "product-types", draft, code="ReferencedResourceNotFound")
    inner = typed(front, key="fibre")["id"]
    kind = {"name": "nested", "typeReference": {"typeId": "product-type", "id": inner}}
    unique = definition("parts", kind, attributeConstraint="Unique")
    front.refused("POST", "product-types", {**draft, "attributes": [unique]}, code="InvalidOperation")


def test_attributes_of_the_product(front: Shopfront) -> None:
    """An attribute at Product level stands once, beside the variants, and changes by an action of its own."""
    kind = {"name": "enum", "values": [{"key": "AH", "label": "hiver"}, {"key": "PE", "label": "été"}]}
    typed(
        front,
        definition("season", kind, level="Product", isRequired=True),
        definition("size", {"name": "text"}),
    )
    front.refused("POST", "products", product("style-1", variant("A")), code="RequiredField")
    misplaced = product("style-1", variant("A", season="AH"), attributes=[{"name": "season", "value": "AH"}])
    front.refused("POST", "products", misplaced, code="InvalidOperation")
    created = front.create(
        "products",
        product("style-1", variant("A"), attributes=[{"name": "season", "value": "AH"}], publish=True),
    )
    winter = [{"name": "season", "value": {"key": "AH", "label": "hiver"}}]
    assert created["masterData"]["staged"]["attributes"] == winter
    change = {"action": "setProductAttribute", "name": "season", "value": "PE"}
    front.refused_update(ONE, 1, {**change, "name": "size"}, code="InvalidOperation")
    front.refused_update(ONE, 1, {"action": "setProductAttribute", "name": "season"}, code="RequiredField")
    for action in ("setAttribute", "setAttributeInAllVariants"):
        on = {"variantId": 1} if action == "setAttribute" else {}
        front.refused_update(ONE, 1, {**change, "action": action, **on}, code="InvalidOperation")
    front.update(ONE, 1, change)
    assert front.get("product-projections/key=style-1")["attributes"] == winter
    staged = front.get("product-projections/key=style-1", staged="true")["attributes"]
    assert staged[0]["value"]["key"] == "PE"
    remove = {"action": "removeEnumValues", "attributeName": "season", "keys": ["AH"]}
    front.refused_update("product-types/key=article", 1, remove, code="EnumValueIsUsed")


def test_constraints_hold_for_the_result(front: Shopfront) -> None:
    """Two variants may exchange unique values within one request; only what is left at the end counts."""
    typed(front, definition("ean", {"name": "text"}, attributeConstraint="Unique"))
    front.create("products", product("style-1", variant("A", ean="1"), variant("B", ean="2")))
    change: dict[str, Any] = {"action": "setAttribute", "name": "ean"}
    to_two, to_one = {**change, "sku": "A", "value": "2"}, {**change, "sku": "B", "value": "1"}
    front.refused_update(ONE, 1, to_two, code="DuplicateAttributeValue")
    front.update(ONE, 1, to_two, to_one)


def test_combinations_are_unique(front: Shopfront) -> None:
    """What stands in no other combination may repeat alone."""
    unique = {"attributeConstraint": "CombinationUnique"}
    typed(
        front,
        definition("size", {"name": "text"}, **unique),
        definition("colour", {"name": "text"}, **unique),
    )
    same = (variant("A", size="38", colour="red"), variant("B", size="38", colour="red"))
    error = front.refused("POST", "products", product("style-1", *same), code="DuplicateAttributeValues")
    assert error["attributes"] == [{"name": "size", "value": "38"}, {"name": "colour", "value": "red"}]
    front.create("products", product("style-1", same[0], variant("B", size="38", colour="blue")))


def test_same_for_all_is_looked_at_after_each_action(front: Shopfront) -> None:
    """A new variant with the new value is refused while the others still have the old one."""
    typed(front, definition("brand", {"name": "text"}, attributeConstraint="SameForAll"))
    front.create("products", product("style-1", variant("A", brand="old")))
    add = {"action": "addVariant", "sku": "B", "attributes": [{"name": "brand", "value": "new"}]}
    all_of_them = {"action": "setAttributeInAllVariants", "name": "brand", "value": "new"}
    front.refused_update(ONE, 1, add, all_of_them, code="InvalidField")
    front.update(ONE, 1, all_of_them, add)


def test_the_sandbox_finds_by_attributes(front: Shopfront) -> None:
    """Predicates name the attribute and its value, of any variant."""
    typed(front, definition("season", {"name": "enum", "values": [{"key": "AH", "label": "hiver"}]}))
    front.create("products", product("style-1", variant("A"), variant("B", season="AH")))
    front.create("products", product("style-2", variant("C")))
    where = 'variants(attributes(name="season" and value(key="AH")))'
    assert front.keys("product-projections", where, staged="true") == {"style-1"}
