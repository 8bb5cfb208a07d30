"""The type of a custom field: in a record, at commercetools, and in the words in which two are compared."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, UnsetType

from ...errors import Refused
from ...records import FieldDefinition
from ..http.client import Json
from ..planning.enum_values import enum_draft, enum_of

__all__ = ["element", "live_shape", "read_type", "shape", "type_draft"]

_SIMPLE = {"Boolean", "Number", "String", "LocalizedString", "Money", "Date", "Time", "DateTime"}
_ENUMS = {"Enum", "LocalizedEnum"}


def type_draft(field: FieldDefinition) -> Json:
    """The type as commercetools writes it; raises Refused when there is no such type."""
    body: Json = {"name": field.type}
    if field.type in _ENUMS:
        values = () if isinstance(field.values, UnsetType) else field.values
        body["values"] = [enum_draft(value, localized=field.type == "LocalizedEnum") for value in values]
    elif field.type == "Reference" and isinstance(field.reference_type, str):
        body["referenceTypeId"] = field.reference_type
    elif field.type not in _SIMPLE:
        raise Refused(
            f"field {field.name} cannot be of type {field.type!r} (a Reference needs reference_type)",
            code="unknown_type",
            advice=f"Say one of {', '.join(sorted(_SIMPLE | _ENUMS))} or Reference",
        )
    return {"name": "Set", "elementType": body} if field.set else body


def shape(field: FieldDefinition) -> str:
    """The type in words, without the values of an enum: `String`, `Set of Reference to category`."""
    text = f"Reference to {field.reference_type}" if field.type == "Reference" else field.type
    return f"Set of {text}" if field.set else text


def live_shape(kind: Json) -> str:
    """The same of a live type."""
    inner = element(kind)
    text = str(inner["name"])
    if text == "Reference":
        text = f"Reference to {inner['referenceTypeId']}"
    return text if inner is kind else f"Set of {text}"


def element(kind: Json) -> Json:
    """What a set holds, or the type itself."""
    inner: Json = kind["elementType"] if kind["name"] == "Set" else kind
    return inner


def read_type(kind: Json) -> dict[str, Any]:
    """The fields of a record that say the same."""
    inner = element(kind)
    return {
        "type": inner["name"],
        "set": inner is not kind,
        "reference_type": inner.get("referenceTypeId", UNSET),
        "values": tuple(enum_of(value) for value in inner["values"]) if inner["name"] in _ENUMS else UNSET,
    }
