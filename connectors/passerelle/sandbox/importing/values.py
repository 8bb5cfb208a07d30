"""Values as import requests write them, turned into what drafts and update actions take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..problems import invalid_field
from ..project import Project
from ..store import Doc
from .references import target_of
from .refusals import NotResolved

__all__ = ["Json", "attributes", "by_id", "custom", "only", "price_draft", "typed_value", "whole_numbers"]

Json = dict[str, Any]

_PRICE = (
    "key", "value", "country", "customerGroup", "channel", "validFrom", "validUntil", "tiers",
)  # fmt: skip
#: What the element of a set is called with `-set` behind it, where it is not the name of the type itself.
_PLAIN = frozenset(
    {"boolean", "date", "datetime", "enum", "lenum", "ltext", "money", "number", "reference", "text", "time"}
)


def whole_numbers(value: Any) -> Any:
    """Numbers are doubles to the Import API: `3.0` is 3."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [whole_numbers(one) for one in value]
    if isinstance(value, dict):
        return {name: whole_numbers(one) for name, one in value.items()}
    return value


def only(resource: Json, names: Iterable[str]) -> Json:
    """Some fields of a resource."""
    return {name: resource[name] for name in names if name in resource}


def by_id(value: Any, project: Project) -> Any:
    """References by key turned into references by id: attribute values and custom fields know no other.

    Raises:
        NotResolved: what is pointed to does not exist.
    """
    if isinstance(value, list):
        return [by_id(one, project) for one in value]
    if isinstance(value, dict) and "typeId" in value and "key" in value:
        found = target_of(value["typeId"], value["key"], project)
        if found is None:
            raise NotResolved([(value["typeId"], value["key"])])
        return {"typeId": value["typeId"], "id": found["id"]}
    return value


def attributes(given: Iterable[Json], product_type: Doc, project: Project) -> list[Json]:
    """Attributes of a draft.

    Raises:
        Problem: 400 InvalidField for a type that is not the one of the definition.
    """
    return [
        {"name": one["name"], "value": typed_value(one["name"], one, product_type, project)} for one in given
    ]


def typed_value(name: str, typed: Json, product_type: Doc, project: Project) -> Any:
    """The value of one attribute, its type looked at."""
    for definition in product_type["attributes"]:
        if definition["name"] == name:
            expected = _attribute_type(definition["type"])
            if typed["type"] != expected:
                raise invalid_field(f"attributes.{name}.type", typed["type"], [expected])
            return by_id(_without_nulls(typed["value"]), project)
    # A name that the type lacks is refused where all attributes are.
    return by_id(typed["value"], project)


def _without_nulls(value: Any) -> Any:
    """A locale of null has no text, in a text or in each of a set."""
    if isinstance(value, list):
        return [_without_nulls(one) for one in value]
    if isinstance(value, dict):
        return {name: one for name, one in value.items() if one is not None}
    return value


def _attribute_type(definition: Mapping[str, Any]) -> str:
    if definition["name"] == "set":
        return f"{definition['elementType']['name']}-set"
    name: str = definition["name"]
    return name if name in _PLAIN else f"(not importable: {name})"


def custom(resource: Json, project: Project) -> Json:
    """`custom` of a draft, or nothing.

    Raises:
        Problem: 400 InvalidField for a field's type that is not the one of the definition.
    """
    given = resource.get("custom")
    if given is None:
        return {}
    found = target_of("type", given["type"]["key"], project)
    if found is None:
        raise NotResolved([("type", given["type"]["key"])])
    types = {one["name"]: one["type"] for one in found["fieldDefinitions"]}
    fields: Json = {}
    for name, typed in given.get("fields", {}).items():
        expected = types.get(name)
        if expected is not None and typed["type"] != _field_type(expected):
            raise invalid_field(f"custom.fields.{name}.type", typed["type"], [_field_type(expected)])
        fields[name] = by_id(typed["value"], project)
    return {"custom": {"type": {"typeId": "type", "id": found["id"]}, "fields": fields}}


def _field_type(definition: Mapping[str, Any]) -> str:
    if definition["name"] == "Set":
        return f"{definition['elementType']['name']}Set"
    return str(definition["name"])


def price_draft(price: Json, project: Project) -> Json:
    """A price as drafts of variants have it."""
    return {**only(price, _PRICE), **custom(price, project)}
