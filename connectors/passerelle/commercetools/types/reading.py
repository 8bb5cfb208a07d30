"""A live custom type in a record's words."""

from __future__ import annotations

from ...records import CustomType, FieldDefinition
from ..http.client import Json
from .field_types import read_type

__all__ = ["custom_type_of"]


def custom_type_of(body: Json) -> CustomType:
    """The record that would have made it."""
    return CustomType(
        key=body["key"],
        name=body["name"],
        description=body.get("description"),
        resource_types=tuple(body["resourceTypeIds"]),
        fields=tuple(_field(one) for one in body.get("fieldDefinitions", ())),
    )


def _field(body: Json) -> FieldDefinition:
    return FieldDefinition(
        name=body["name"],
        label=body["label"],
        required=body["required"],
        input_hint=body.get("inputHint", "SingleLine"),
        **read_type(body["type"]),
    )
