"""Product types: attributes come, change and go, and products follow."""

from __future__ import annotations

from typing import Any

from tests.sandbox.shopfront import PRODUCT_TYPE, Shopfront, product, variant

TYPE = "product-types/key=article"


def definition(front: Shopfront, name: str) -> dict[str, Any]:
    """An attribute definition of the type `article`."""
    found: dict[str, Any] = next(a for a in front.get(TYPE)["attributes"] if a["name"] == name)
    return found


def test_definitions_have_defaults(catalogue: Shopfront) -> None:
    """What a draft leaves open is filled in as the API does."""
    weight = definition(catalogue, "weight")
    assert (weight["attributeConstraint"], weight["inputHint"], weight["isSearchable"]) == (
        "None",
        "SingleLine",
        True,
    )


def test_new_enum_values_can_be_used(catalogue: Shopfront) -> None:
    """An enum value is unknown until it is added, and is added once."""
    add = {
        "action": "addPlainEnumValue",
        "attributeName": "colour",
        "value": {"key": "014", "label": "green"},
    }
    catalogue.refused("POST", "products", product("style-1", variant("A", colour="014")), code="InvalidField")
    catalogue.update(TYPE, 1, add)
    catalogue.refused_update(TYPE, 2, add, code="EnumKeyAlreadyExists")
    catalogue.create("products", product("style-1", variant("A", colour="014")))
    wrong = {"action": "addLocalizedEnumValue", "attributeName": "colour", "value": {"key": "9", "label": {}}}
    catalogue.refused_update(TYPE, 2, wrong, code="InvalidOperation")
    error = catalogue.refused_update(
        TYPE, 2, {**add, "attributeName": "nothing"}, code="AttributeNameDoesNotExist"
    )
    assert error["invalidAttributeName"] == "nothing"


def test_new_labels_reach_products(catalogue: Shopfront) -> None:
    """A relabelled enum value is relabelled on every product; their versions stay."""
    catalogue.create("products", product("style-1", variant("A", colour="012", season="AH"), publish=True))
    catalogue.update(
        TYPE,
        1,
        {"action": "changePlainEnumValueLabel", "attributeName": "colour",
         "newValue": {"key": "012", "label": "rouge"}},
        {"action": "changeLocalizedEnumValueLabel", "attributeName": "season",
         "newValue": {"key": "AH", "label": {"fr-FR": "automne"}}},
    )  # fmt: skip
    shown = catalogue.get("products/key=style-1")
    assert shown["version"] == 1
    values = [
        attribute["value"] for attribute in shown["masterData"]["current"]["masterVariant"]["attributes"]
    ]
    assert values == [{"key": "012", "label": "rouge"}, {"key": "AH", "label": {"fr-FR": "automne"}}]


def test_removed_attributes_leave_products(catalogue: Shopfront) -> None:
    """Removing an attribute removes its values everywhere."""
    catalogue.create("products", product("style-1", variant("A", colour="012", weight=3)))
    catalogue.update(TYPE, 1, {"action": "removeAttributeDefinition", "name": "colour"})
    shown = catalogue.get("products/key=style-1")["masterData"]["staged"]["masterVariant"]["attributes"]
    assert [attribute["name"] for attribute in shown] == ["weight"]


def attribute(name: str, kind: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The draft of an attribute."""
    return {"name": name, "label": {"en": name}, "isRequired": False, "type": kind, **more}


def values_of(front: Shopfront, name: str) -> list[Any]:
    """The values that the products of the project have of an attribute, on either side."""
    return [
        attribute["value"]
        for shown in front.results("products")
        for side in ("current", "staged")
        for attribute in shown["masterData"][side]["masterVariant"]["attributes"]
        if attribute["name"] == name
    ]


def test_enum_values_leave_products(front: Shopfront) -> None:
    """An enum value that goes leaves products with it, sets keep their others."""
    kinds = {"name": "set", "elementType": {"name": "enum", "values": [
        {"key": "a", "label": "A"}, {"key": "b", "label": "B"}]}}  # fmt: skip
    front.catalogue()
    front.update(TYPE, 1, {"action": "addAttributeDefinition", "attribute": attribute("kinds", kinds)})
    front.create("products", product("style-1", variant("A", colour="012", kinds=["a", "b"])))
    remove = {"action": "removeEnumValues", "attributeName": "colour"}
    front.refused_update(TYPE, 2, {**remove, "keys": ["999"]}, code="EnumKeyDoesNotExist")
    front.update(TYPE, 2, {**remove, "keys": ["012"]})
    assert [value["key"] for value in definition(front, "colour")["type"]["values"]] == ["013"]
    assert values_of(front, "colour") == []
    front.update(TYPE, 3, {**remove, "attributeName": "kinds", "keys": ["a"]})
    assert values_of(front, "kinds") == [[{"key": "b", "label": "B"}]] * 2
    front.update(TYPE, 4, {**remove, "attributeName": "kinds", "keys": ["b"]})
    assert values_of(front, "kinds") == []


def test_required_enum_values_stay(front: Shopfront) -> None:
    """A value of a required enum goes only when no product has it."""
    colours = {"name": "enum", "values": [{"key": "r", "label": "red"}, {"key": "b", "label": "blue"}]}
    kind = {"key": "article", "name": "A", "description": ""}
    front.create("product-types", {**kind, "attributes": [attribute("colour", colours, isRequired=True)]})
    front.create("products", product("style-1", variant("A", colour="r")))
    remove = {"action": "removeEnumValues", "attributeName": "colour"}
    front.refused_update(TYPE, 1, {**remove, "keys": ["r"]}, code="EnumValueIsUsed")
    front.update(TYPE, 1, {**remove, "keys": ["b"]})


def test_names_and_keys_change_on_products_too(front: Shopfront) -> None:
    """Products follow when an attribute is renamed or an enum value gets another key, in one request too."""
    front.catalogue()
    front.create("products", product("style-1", variant("A", colour="012"), publish=True))
    key = {"action": "changeEnumKey", "attributeName": "colour", "key": "012"}
    front.refused_update(TYPE, 1, {**key, "newKey": "013"}, code="EnumKeyAlreadyExists")
    name = {"action": "changeAttributeName", "attributeName": "colour"}
    taken = {**name, "newAttributeName": "season"}
    front.refused_update(TYPE, 1, taken, code="AttributeDefinitionAlreadyExists")
    shown = front.update(TYPE, 1, {**key, "newKey": "red"}, {**name, "newAttributeName": "shade"})
    assert (shown["version"], "renamed" in shown) == (2, False)
    assert values_of(front, "colour") == []
    assert values_of(front, "shade") == [{"key": "red", "label": "red"}] * 2


def test_values_are_put_in_order(front: Shopfront) -> None:
    """Enum values are reordered whole: none is new, none is missing, none is changed."""
    front.catalogue()
    red, blue = {"key": "012", "label": "red"}, {"key": "013", "label": "blue"}
    order = {"action": "changePlainEnumValueOrder", "attributeName": "colour"}
    front.update(TYPE, 1, {**order, "values": [blue, red]})
    assert definition(front, "colour")["type"]["values"] == [blue, red]
    for wrong in ([red], [red, {**blue, "label": "navy"}]):
        front.refused_update(TYPE, 2, {**order, "values": wrong}, code="EnumValuesMustMatch")
    other = {"key": "PE", "label": {"fr-FR": "été"}}
    winter = {"key": "AH", "label": {"fr-FR": "hiver"}}
    front.update(
        TYPE,
        2,
        {"action": "addLocalizedEnumValue", "attributeName": "season", "value": other},
        {"action": "changeLocalizedEnumValueOrder", "attributeName": "season", "values": [other, winter]},
    )
    assert definition(front, "season")["type"]["values"] == [other, winter]


def test_whole_definitions_are_put_in_order(front: Shopfront) -> None:
    """The older action takes the definitions whole, as they are."""
    front.catalogue()
    attributes = front.get(TYPE)["attributes"]
    order = {"action": "changeAttributeOrder", "attributes": attributes[::-1]}
    assert front.update(TYPE, 1, order)["attributes"] == attributes[::-1]
    front.refused_update(TYPE, 2, {**order, "attributes": attributes[1:]}, code="InvalidInput")


def test_a_combination_stays_unique(front: Shopfront) -> None:
    """Only SameForAll and Unique can be lifted."""
    kind = {"key": "article", "name": "A", "description": ""}
    combined = attribute("size", {"name": "text"}, attributeConstraint="CombinationUnique")
    front.create("product-types", {**kind, "attributes": [combined]})
    lift = {"action": "changeAttributeConstraint", "attributeName": "size", "newValue": "None"}
    front.refused_update(TYPE, 1, lift, code="InvalidOperation")


def test_one_name_has_one_type_in_the_project(catalogue: Shopfront) -> None:
    """Another product type may share an attribute's name only with its type."""
    other = {"key": "shoe", "name": "Shoe", "description": ""}
    clash = {"name": "weight", "label": {}, "isRequired": False, "type": {"name": "text"}}
    error = catalogue.refused(
        "POST", "product-types", {**other, "attributes": [clash]}, code="AttributeDefinitionTypeConflict"
    )
    assert error["conflictingAttributeName"] == "weight"
    catalogue.create("product-types", {**other, "attributes": [{**clash, "type": {"name": "number"}}]})


def test_attributes_are_added_and_changed(catalogue: Shopfront) -> None:
    """Definitions can be added, relabelled, reordered; constraints only lifted."""
    new = {"name": "gender", "label": {"en": "Gender"}, "isRequired": False, "type": {"name": "text"}}
    catalogue.update(TYPE, 1, {"action": "addAttributeDefinition", "attribute": new})
    catalogue.refused_update(
        TYPE,
        2,
        {"action": "addAttributeDefinition", "attribute": new},
        code="AttributeDefinitionAlreadyExists",
    )
    catalogue.update(
        TYPE,
        2,
        {"action": "changeLabel", "attributeName": "gender", "label": {"en": "For"}},
        {"action": "setInputTip", "attributeName": "gender", "inputTip": {"en": "W, M, K"}},
        {"action": "changeIsSearchable", "attributeName": "gender", "isSearchable": False},
        {"action": "changeInputHint", "attributeName": "gender", "newValue": "MultiLine"},
        {"action": "changeAttributeConstraint", "attributeName": "material", "newValue": "None"},
        {"action": "changeName", "name": "Garment"},
        {"action": "changeDescription", "description": "All of it"},
    )
    gender = definition(catalogue, "gender")
    assert (gender["label"], gender["isSearchable"], gender["inputHint"]) == (
        {"en": "For"},
        False,
        "MultiLine",
    )
    tighten = {"action": "changeAttributeConstraint", "attributeName": "weight", "newValue": "Unique"}
    catalogue.refused_update(TYPE, 3, tighten, code="InvalidOperation")
    names = [attribute["name"] for attribute in catalogue.get(TYPE)["attributes"]]
    order = {"action": "changeAttributeOrderByName", "attributeNames": names[::-1]}
    reordered = catalogue.update(TYPE, 3, order)
    assert [attribute["name"] for attribute in reordered["attributes"]] == names[::-1]
    catalogue.refused_update(TYPE, 4, {**order, "attributeNames": names[1:]}, code="InvalidInput")


def test_duplicate_enum_keys_are_refused(shopfront: Shopfront) -> None:
    """An enum names each key once."""
    twice = [{"key": "S", "label": "s"}, {"key": "S", "label": "small"}]
    attribute = {"name": "size", "label": {}, "isRequired": False, "type": {"name": "enum", "values": twice}}
    error = shopfront.refused(
        "POST",
        "product-types",
        {"key": "article", "name": "A", "description": "", "attributes": [attribute]},
        code="DuplicateEnumValues",
    )
    assert error["duplicates"] == ["S"]


def test_unknown_attribute_type_is_refused(shopfront: Shopfront) -> None:
    """Attribute types are those of the API."""
    attribute = {"name": "size", "label": {}, "isRequired": False, "type": {"name": "decimal"}}
    draft = {**PRODUCT_TYPE, "attributes": [attribute]}
    shopfront.refused("POST", "product-types", draft, code="InvalidJsonInput")


def test_type_in_use_cannot_go(catalogue: Shopfront) -> None:
    """A product type with products stays."""
    catalogue.create("products", product("style-1", variant("A")))
    error = catalogue.refused("DELETE", TYPE, version=1, code="ReferenceExists")
    assert error["referencedBy"] == "product"
