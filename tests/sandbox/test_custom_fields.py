"""Types and the custom fields that resources carry by them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shopfront import Shopfront, reference

TYPES: list[dict[str, Any]] = [
    {"name": "text", "type": {"name": "String"}},
    {"name": "texts", "type": {"name": "LocalizedString"}},
    {"name": "flag", "type": {"name": "Boolean"}},
    {"name": "count", "type": {"name": "Number"}},
    {"name": "amount", "type": {"name": "Money"}},
    {"name": "day", "type": {"name": "Date"}},
    {"name": "hour", "type": {"name": "Time"}},
    {"name": "moment", "type": {"name": "DateTime"}},
    {"name": "colour", "type": {"name": "Enum", "values": [
        {"key": "r", "label": "red"}, {"key": "b", "label": "blue"}]}},
    {"name": "season", "type": {"name": "LocalizedEnum", "values": [
        {"key": "AH", "label": {"fr-FR": "hiver"}}, {"key": "PE", "label": {"fr-FR": "été"}}]}},
    {"name": "place", "type": {"name": "Reference", "referenceTypeId": "channel"}},
    {"name": "sizes", "type": {"name": "Set", "elementType": {"name": "String"}}},
]  # fmt: skip
GOOD: dict[str, Any] = {
    "text": "a", "texts": {"fr-FR": "a"}, "flag": False, "count": 0, "day": "2026-11-22",
    "hour": "13:45:00.000", "moment": "2026-11-22T06:00:00.000Z", "colour": "r", "season": "AH",
    "sizes": ["38", "40"],
}  # fmt: skip


def fields(*names: str, required: str = "") -> list[dict[str, Any]]:
    """Field definitions of some names, all of them when none is named."""
    return [
        {"label": {"en": field["name"]}, "required": field["name"] == required, **field}
        for field in TYPES
        if not names or field["name"] in names
    ]


def custom_type(key: str, definitions: list[dict[str, Any]], *kinds: str) -> dict[str, Any]:
    """The draft of a type, for categories when nothing else is said."""
    return {
        "key": key,
        "name": {"en": key},
        "resourceTypeIds": list(kinds or ("category",)),
        "fieldDefinitions": definitions,
    }


def category(key: str, custom: dict[str, Any] | None = None) -> dict[str, Any]:
    """The draft of a category."""
    draft: dict[str, Any] = {"key": key, "name": {"fr-FR": key}, "slug": {"fr-FR": key}}
    return draft if custom is None else {**draft, "custom": custom}


def custom(key: str, **values: Any) -> dict[str, Any]:
    """Custom fields as drafts give them."""
    return {"type": reference("type", key), "fields": values}


def test_every_field_type(front: Shopfront) -> None:
    """Each field type takes its values and shows them: money typed, enums by key, the rest as it came."""
    front.create("types", custom_type("all-fields", fields()))
    place = front.create("channels", {"key": "depot-1"})["id"]
    given = {
        **GOOD,
        "amount": {"centAmount": 5, "currencyCode": "EUR"},
        "place": {"typeId": "channel", "id": place},
    }
    shown = front.create("categories", category("aa", custom("all-fields", **given)))["custom"]["fields"]
    money = {"type": "centPrecision", "centAmount": 5, "currencyCode": "EUR", "fractionDigits": 2}
    assert shown == {**given, "amount": money}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", 1),
        ("texts", "a"),
        ("flag", "true"),
        ("count", "1"),
        ("amount", 5),
        ("day", "2026-13-01"),
        ("hour", "25:00:00"),
        ("moment", "2026-11-22"),
        ("colour", {"key": "r"}),
        ("colour", "g"),
        ("season", "XX"),
        ("place", {"typeId": "category", "id": "x"}),
        ("sizes", ["38", "38"]),
        ("sizes", "38"),
    ],
)
def test_wrong_values(front: Shopfront, name: str, value: Any) -> None:
    """A value of another type than the field's, or none of its enum, is InvalidField."""
    front.create("types", custom_type("all-fields", fields()))
    draft = category("aa", custom("all-fields", **{name: value}))
    assert front.refused("POST", "categories", draft, code="InvalidField")["field"] == name


def test_what_a_type_asks_for(front: Shopfront) -> None:
    """The type must exist and be for the resource, its required fields must be there, others may not."""
    front.create("types", custom_type("wanted", fields("text", "count", required="text")))
    front.create("types", custom_type("channels-only", fields("text"), "channel"))

    def refused(draft: dict[str, Any], code: str) -> dict[str, Any]:
        return front.refused("POST", "categories", category("aa", draft), code=code)

    assert refused(custom("nowhere", text="a"), "ReferencedResourceNotFound")["typeId"] == "type"
    refused(custom("channels-only", text="a"), "InvalidInput")
    assert refused(custom("wanted", count=1), "RequiredField")["field"] == "text"
    error = refused(custom("wanted", text="a", other=1), "InvalidField")
    assert (error["invalidValue"], error["allowedValues"]) == ("other", ["text", "count"])


def test_fields_are_set_one_by_one(front: Shopfront) -> None:
    """A field is set and taken away; not before there is a type, not when it is gone, not when required."""
    front.create("types", custom_type("wanted", fields("text", "count", "flag", required="text")))
    front.create("categories", category("aa"))
    path = "categories/key=aa"
    count = {"action": "setCustomField", "name": "count", "value": 0}
    front.refused_update(path, 1, count, code="InvalidOperation")
    typed = {"action": "setCustomType", "type": reference("type", "wanted"), "fields": {"text": "a"}}
    assert front.update(path, 1, typed, count)["custom"]["fields"] == {"text": "a", "count": 0}
    gone = {"action": "setCustomField", "name": "count"}
    assert front.update(path, 2, gone)["custom"]["fields"] == {"text": "a"}
    front.refused_update(path, 3, gone, code="InvalidOperation")
    front.refused_update(
        path, 3, {"action": "setCustomField", "name": "text", "value": None}, code="RequiredField"
    )
    assert "custom" not in front.update(path, 3, {"action": "setCustomType"})


def test_a_type_in_use_stays(front: Shopfront) -> None:
    """A type goes when nothing uses it any more, and its removed fields go from what does."""
    front.create("types", custom_type("wanted", fields("text", "count"), "category", "asset"))
    asset = {
        "name": {"fr-FR": "plan"},
        "sources": [{"uri": "https://media.example/plan.pdf"}],
        "custom": custom("wanted", text="in the asset", count=1),
    }
    front.create("categories", {**category("aa", custom("wanted", text="a", count=2)), "assets": [asset]})
    found = front.keys("categories", 'custom(fields(text = "a" and count = 2))')
    assert found == {"aa"}
    error = front.refused("DELETE", "types/key=wanted", version=1, code="ReferenceExists")
    assert error["referencedBy"] == "category"
    front.update("types/key=wanted", 1, {"action": "removeFieldDefinition", "fieldName": "text"})
    shown = front.get("categories/key=aa")
    assert shown["custom"]["fields"] == {"count": 2}
    assert shown["assets"][0]["custom"]["fields"] == {"count": 1}
    front.ask("DELETE", "categories/key=aa", version=1)
    assert front.ask("DELETE", "types/key=wanted", version=2).status_code == 200
    assert front.ask("HEAD", "types/key=wanted").status_code == 404


def test_types_change(front: Shopfront) -> None:
    """Fields are added, relabelled and put in order, enums grow and are put in order."""
    front.create("types", custom_type("wanted", fields("colour", "season")))
    path = "types/key=renamed"
    front.update("types/key=wanted", 1, {"action": "changeKey", "key": "renamed"})
    new = fields("text")[0]
    green = {"key": "g", "label": "green"}
    front.update(
        path,
        2,
        {"action": "changeName", "name": {"en": "N"}},
        {"action": "setDescription", "description": {"en": "D"}},
        {"action": "addFieldDefinition", "fieldDefinition": new},
        {"action": "changeLabel", "fieldName": "text", "label": {"en": "L"}},
        {"action": "changeFieldDefinitionLabel", "fieldName": "colour", "label": {"en": "C"}},
        {"action": "changeInputHint", "fieldName": "text", "inputHint": "MultiLine"},
        {"action": "changeFieldDefinitionOrder", "fieldNames": ["text", "season", "colour"]},
        {"action": "addEnumValue", "fieldName": "colour", "value": green},
        {"action": "changeEnumValueLabel", "fieldName": "colour", "value": {"key": "g", "label": "olive"}},
        {"action": "changeEnumValueOrder", "fieldName": "colour", "keys": ["g", "r", "b"]},
        {
            "action": "addLocalizedEnumValue",
            "fieldName": "season",
            "value": {"key": "MI", "label": {"en": "mid"}},
        },
        {
            "action": "changeLocalizedEnumValueLabel",
            "fieldName": "season",
            "value": {"key": "AH", "label": {"en": "winter"}},
        },
        {"action": "changeLocalizedEnumValueOrder", "fieldName": "season", "keys": ["MI", "AH", "PE"]},
    )
    text, season, colour = front.get(path)["fieldDefinitions"]
    assert (text["name"], text["label"], text["inputHint"]) == ("text", {"en": "L"}, "MultiLine")
    assert [v["key"] for v in colour["type"]["values"]] == ["g", "r", "b"]
    assert colour["type"]["values"][0]["label"] == "olive"
    assert season["type"]["values"][1] == {"key": "AH", "label": {"en": "winter"}}
    twice = {"action": "addEnumValue", "fieldName": "colour", "value": green}
    front.refused_update(path, 3, twice, code="EnumKeyAlreadyExists")
    order = {"action": "changeEnumValueOrder", "fieldName": "colour", "keys": ["g"]}
    front.refused_update(path, 3, order, code="EnumValuesMustMatch")


def test_a_field_has_one_type_in_the_project(front: Shopfront) -> None:
    """Two types may share a field's name only when they share its type."""
    front.create("types", custom_type("one", fields("text")))
    other = {**fields("text")[0], "type": {"name": "Number"}}
    front.refused("POST", "types", custom_type("two", [other]), code="InvalidInput")
    error = front.refused("POST", "types", custom_type("one", []), code="DuplicateField")
    assert (error["field"], error["duplicateValue"]) == ("key", "one")
