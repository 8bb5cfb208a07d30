"""The draft of a custom type and of its fields."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from ...records import CustomType, FieldDefinition
from ..http.client import Json
from ..planning.definitions import refuse_twins
from ..planning.steps import required
from .field_types import type_draft

__all__ = ["custom_type_draft", "field_draft", "fields_of", "refuse_unclear"]


def custom_type_draft(record: CustomType) -> Json:
    """The draft; raises Refused without a name, resource types, or the label of a field."""
    resources = () if isinstance(record.resource_types, UnsetType) else record.resource_types
    required(record.key, name=record.name, resource_types=resources or None)
    draft: Json = {
        "key": record.key,
        "name": record.name,
        "resourceTypeIds": list(dict.fromkeys(resources)),
        "fieldDefinitions": [field_draft(field) for field in fields_of(record)],
    }
    if isinstance(record.description, dict) and record.description:
        draft["description"] = record.description
    return draft


def field_draft(field: FieldDefinition) -> Json:
    """One field; raises Refused without a label, or for a type that does not exist."""
    required(f"field {field.name}", label=field.label)
    draft: Json = {
        "name": field.name,
        "label": field.label,
        "type": type_draft(field),
        "required": field.required is True,
    }
    if field.input_hint is not UNSET:
        draft["inputHint"] = field.input_hint
    return draft


def fields_of(record: CustomType) -> tuple[FieldDefinition, ...]:
    """The fields of a record; none when it says nothing of them."""
    return () if isinstance(record.fields, UnsetType) else record.fields


def refuse_unclear(record: CustomType) -> None:
    """Raise Refused when the name of a field stands twice."""
    refuse_twins(f"custom type {record.key}", "field", [one.name for one in fields_of(record)])
