"""The type of an attribute: in a record, at commercetools, and in the words in which two are compared."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, UnsetType

from ...errors import ReferenceMissing, Refused
from ...records import AttributeDefinition
from ..http.client import Json
from ..planning.enum_values import enum_draft, enum_of
from ..planning.pointed import Pointed

__all__ = ["element", "live_shape", "nested_key", "read_type", "shape", "type_draft"]

_SIMPLE = {"text", "ltext", "number", "boolean", "money", "date", "time", "datetime"}
_ENUMS = {"enum", "lenum"}


def type_draft(attribute: AttributeDefinition, known: Pointed) -> Json:
    """The type as commercetools writes it.

    Raises:
        Refused: there is no such type, or it lacks what it points to.
        ReferenceMissing: the product type that it nests is not there.
    """
    body: Json = {"name": attribute.type}
    if attribute.type in _ENUMS:
        values = () if isinstance(attribute.values, UnsetType) else attribute.values
        body["values"] = [enum_draft(value, localized=attribute.type == "lenum") for value in values]
    elif attribute.type == "reference" and isinstance(attribute.reference_type, str):
        body["referenceTypeId"] = attribute.reference_type
    elif attribute.type == "nested" and isinstance(attribute.nested_type, str):
        found = known.id("product-type", attribute.nested_type)
        if found is None:
            raise ReferenceMissing(
                f"attribute {attribute.name} nests product type {attribute.nested_type}, which is not there",
                reference=attribute.nested_type,
                advice="Let the feed that brings it run first",
            )
        body["typeReference"] = {"typeId": "product-type", "id": found}
    elif attribute.type not in _SIMPLE:
        raise Refused(
            f"attribute {attribute.name} cannot be of type {attribute.type!r} (a reference needs "
            "reference_type, nested needs nested_type)",
            code="unknown_type",
            advice=f"Say one of {', '.join(sorted(_SIMPLE | _ENUMS))}, reference or nested",
        )
    return {"name": "set", "elementType": body} if attribute.set else body


def shape(attribute: AttributeDefinition) -> str:
    """The type in words, without the values of an enum: `text`, `set of reference to category`."""
    text = attribute.type
    if attribute.type == "reference":
        text = f"reference to {attribute.reference_type}"
    elif attribute.type == "nested":
        text = f"nested {attribute.nested_type}"
    return f"set of {text}" if attribute.set else text


def live_shape(kind: Json) -> str:
    """The same of a live type, its nested product type named by key."""
    inner = element(kind)
    text = str(inner["name"])
    if text == "reference":
        text = f"reference to {inner['referenceTypeId']}"
    elif text == "nested":
        text = f"nested {nested_key(inner)}"
    return text if inner is kind else f"set of {text}"


def element(kind: Json) -> Json:
    """What a set holds, or the type itself."""
    inner: Json = kind["elementType"] if kind["name"] == "set" else kind
    return inner


def nested_key(kind: Json) -> str:
    """The key of the product type that is nested, its id when it has none."""
    reference = kind["typeReference"]
    return str(reference.get("key", reference["id"]))


def read_type(kind: Json) -> dict[str, Any]:
    """The fields of a record that say the same."""
    inner = element(kind)
    name = inner["name"]
    return {
        "type": name,
        "set": inner is not kind,
        "reference_type": inner["referenceTypeId"] if name == "reference" else UNSET,
        "nested_type": nested_key(inner) if name == "nested" else UNSET,
        "values": tuple(enum_of(value) for value in inner["values"]) if name in _ENUMS else UNSET,
    }
