"""Values as import requests write them: each with the name of its type, references by key and never by id.

The API cannot tell a type from a value, so definitions are asked: an attribute's of its product type, a
custom field's of its type (facts: commercetools 3.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = [
    "Json",
    "NotImportable",
    "attribute_type",
    "attribute_value",
    "by_key",
    "field_type",
    "typed_money",
]

Json = dict[str, Any]

#: Types of attributes that have a name in import requests; `nested` has none.
_ATTRIBUTES = frozenset(
    {"boolean", "date", "datetime", "enum", "lenum", "ltext", "money", "number", "reference", "text", "time"}
)


class NotImportable(Exception):
    """What a draft says cannot be said in an import request; the message names the kind of thing."""


def attribute_type(definition: Mapping[str, Any]) -> str:
    """The name of an attribute's type: `text`, `lenum-set`.

    Raises:
        NotImportable: it has none.
    """
    name = str(definition["name"])
    if name == "set":
        return f"{attribute_type(definition['elementType'])}-set"
    if name not in _ATTRIBUTES:
        raise NotImportable(f"attributes of type {name}")
    return name


def field_type(definition: Mapping[str, Any]) -> str:
    """The name of a custom field's type: `String`, `ReferenceSet`."""
    if definition["name"] == "Set":
        return f"{definition['elementType']['name']}Set"
    return str(definition["name"])


def attribute_value(definition: Mapping[str, Any], value: Any) -> Any:
    """A value of an attribute or a custom field.

    Raises:
        NotImportable: it refers to something that has no key.
    """
    match str(definition["name"]).lower():
        case "set":
            return [attribute_value(definition["elementType"], one) for one in value]
        case "money":
            return typed_money(value)
        case "reference":
            return by_key(value)
        case "enum" | "lenum" | "localizedenum" if isinstance(value, Mapping):
            return value["key"]
        case _:
            return value


def typed_money(value: Mapping[str, Any]) -> Json:
    """An amount, which says of itself how exact it is."""
    return {"type": "centPrecision", **value}


def by_key(reference: Mapping[str, Any]) -> Json:
    """A reference by its key alone.

    Raises:
        NotImportable: the key of what it refers to is not known, or there is none.
    """
    key = reference.get("key")
    if key is None:
        raise NotImportable(f"references to a {reference['typeId']} without a key")
    return {"typeId": reference["typeId"], "key": key}
