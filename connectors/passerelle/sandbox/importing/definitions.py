"""Imports of definitions: product types and types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from typing_extensions import override

from ..problems import invalid_operation
from ..project import Project
from ..store import Doc
from .bodies import ProductTypeImport, TypeImport
from .upserts import ImportKind, fixed, replaced
from .values import Json, by_id

__all__ = ["ProductTypeImports", "TypeImports"]


class ProductTypeImports(ImportKind):
    """`/product-types`: attributes that are left out are removed, with their values."""

    path = "product-types"
    resource_type = "product-type"
    target = "product-type"
    scopes = ("manage_products",)
    model = ProductTypeImport

    @override
    def draft(self, resource: Json, project: Project) -> Json:
        return {**resource, "attributes": [_attribute(one, project) for one in _attributes(resource)]}

    @override
    def actions(self, doc: Doc, resource: Json, project: Project) -> Iterator[Json]:
        yield {"action": "changeName", "name": resource["name"]}
        yield {"action": "changeDescription", "description": resource["description"]}
        wanted = {one["name"]: _attribute(one, project) for one in _attributes(resource)}
        known = {one["name"]: one for one in doc["attributes"]}
        for name in known.keys() - wanted.keys():
            yield {"action": "removeAttributeDefinition", "name": name}
        for name, attribute in wanted.items():
            if name in known:
                yield from _changed_attribute(known[name], attribute)
            else:
                yield {"action": "addAttributeDefinition", "attribute": attribute}
        if wanted:
            yield {"action": "changeAttributeOrderByName", "attributeNames": list(wanted)}


def _attributes(resource: Json) -> list[Json]:
    return list(resource.get("attributes", ()))


def _attribute(attribute: Json, project: Project) -> Json:
    return {**attribute, "type": _type(attribute["type"], project)}


def _type(given: Json, project: Project) -> Json:
    if "elementType" in given:
        return {**given, "elementType": _type(given["elementType"], project)}
    if "typeReference" in given:
        return {**given, "typeReference": by_id(given["typeReference"], project)}
    return given


def _changed_attribute(known: Doc, wanted: Json) -> Iterator[Json]:
    name = wanted["name"]
    where = {"attributeName": name}
    _same_type(name, known["type"], wanted["type"])
    yield {"action": "changeLabel", **where, "label": wanted["label"]}
    yield {"action": "changeInputHint", **where, "newValue": wanted.get("inputHint", "SingleLine")}
    yield {"action": "changeIsSearchable", **where, "isSearchable": wanted.get("isSearchable", True)}
    yield replaced("setInputTip", "inputTip", wanted, **where)
    if known["isRequired"] != wanted["isRequired"]:
        raise invalid_operation(f"The attribute '{name}' cannot become required, or cease to be.")
    constraint = wanted.get("attributeConstraint", "None")
    if known["attributeConstraint"] != constraint:
        yield {"action": "changeAttributeConstraint", **where, "newValue": constraint}
    yield from _enum_values(known["type"], wanted["type"], where)


def _enum_values(known: Doc, wanted: Json, where: Json) -> Iterator[Json]:
    inner, wished = known.get("elementType", known), wanted.get("elementType", wanted)
    if inner["name"] not in ("enum", "lenum"):
        return
    sort = {"enum": "Plain", "lenum": "Localized"}[inner["name"]]
    yield from _values(
        inner,
        wished,
        where,
        (f"add{sort}EnumValue", f"change{sort}EnumValueLabel", "newValue"),
    )
    gone = {one["key"] for one in inner["values"]} - {one["key"] for one in wished["values"]}
    if gone:
        yield {"action": "removeEnumValues", **where, "keys": sorted(gone)}


def _values(known: Doc, wanted: Json, where: Json, words: tuple[str, str, str]) -> Iterator[Json]:
    add, change, said = words
    labels = {one["key"]: one["label"] for one in known["values"]}
    for one in wanted["values"]:
        if one["key"] not in labels:
            yield {"action": add, **where, "value": one}
        elif labels[one["key"]] != one["label"]:
            yield {"action": change, **where, said: one}


def _same_type(name: str, known: Mapping[str, object], wanted: Mapping[str, object]) -> None:
    def bare(one: object) -> object:
        if not isinstance(one, Mapping):
            return one
        return {field: bare(value) for field, value in one.items() if field != "values"}

    if bare(known) != bare(wanted):
        raise invalid_operation(f"The type of '{name}' cannot be changed; remove it and add it anew.")


class TypeImports(ImportKind):
    """`/types`: fields that are left out are removed, with their values."""

    path = "types"
    resource_type = "type"
    target = "type"
    scopes = ("manage_types",)
    model = TypeImport

    @override
    def draft(self, resource: Json, project: Project) -> Json:
        return resource

    @override
    def actions(self, doc: Doc, resource: Json, project: Project) -> Iterator[Json]:
        fixed(
            {"resourceTypeIds": sorted(doc["resourceTypeIds"])},
            {"resourceTypeIds": sorted(resource["resourceTypeIds"])},
            ("resourceTypeIds",),
            project,
        )
        yield {"action": "changeName", "name": resource["name"]}
        yield replaced("setDescription", "description", resource)
        wanted = {one["name"]: one for one in resource.get("fieldDefinitions", ())}
        known = {one["name"]: one for one in doc["fieldDefinitions"]}
        for name in known.keys() - wanted.keys():
            yield {"action": "removeFieldDefinition", "fieldName": name}
        for name, field in wanted.items():
            if name in known:
                yield from _changed_field(known[name], field)
            else:
                yield {"action": "addFieldDefinition", "fieldDefinition": field}


def _changed_field(known: Doc, wanted: Json) -> Iterator[Json]:
    name = wanted["name"]
    where = {"fieldName": name}
    _same_type(name, known["type"], wanted["type"])
    if known["required"] != wanted["required"]:
        raise invalid_operation(f"The field '{name}' cannot become required, or cease to be.")
    yield {"action": "changeLabel", **where, "label": wanted["label"]}
    if "inputHint" in wanted:
        yield {"action": "changeInputHint", **where, "inputHint": wanted["inputHint"]}
    inner, wished = (one.get("elementType", one) for one in (known["type"], wanted["type"]))
    if inner["name"] in ("Enum", "LocalizedEnum"):
        sort = {"Enum": "EnumValue", "LocalizedEnum": "LocalizedEnumValue"}[inner["name"]]
        yield from _values(inner, wished, where, (f"add{sort}", f"change{sort}Label", "value"))
