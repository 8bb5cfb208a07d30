"""The types of the shop's own fields on orders and lines, created where a project has none of their keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ..custom_fields import CustomFieldsDraft, TypeIdentifier
from ..project import Project
from ..store import Doc
from .life_settings import Fields

__all__ = ["ensure_types", "fields_of_line", "fields_of_order"]

_KINDS = ("delivery", "ship_from_store", "click_and_collect", "reservation")


def ensure_types(fields: Fields, project: Project) -> None:
    """Create the types of orders and lines that are missing; those that are there stay as they are."""
    kinds: Doc = {"name": "Enum", "values": [{"key": kind, "label": kind} for kind in _KINDS]}
    text: Doc = {"name": "String"}
    truth: Doc = {"name": "Boolean"}
    wanted: dict[str, tuple[str, dict[str, Doc]]] = {
        fields.order_type: ("order", {fields.kind: kinds, fields.store: text, fields.cancel: text}),
        fields.line_type: ("line-item", {fields.gift_card: truth}),
    }
    types = project.kind("type")
    for key, (resource, definitions) in wanted.items():
        if project.collection("type").by_claim("key", key) is not None:
            continue
        draft = {
            "key": key,
            "name": {"en": key},
            "resourceTypeIds": [resource],
            "fieldDefinitions": [
                {"name": name, "label": {"en": name}, "required": False, "type": kind}
                for name, kind in definitions.items()
            ],
        }
        types.create(msgspec.json.encode(draft), project)


def fields_of_order(
    fields: Fields, kind: str, store: str | None, project: Project
) -> CustomFieldsDraft | None:
    """What an order says of itself, as far as the project's type has fields for it."""
    values: dict[str, Any] = {fields.kind: kind}
    if store is not None:
        values[fields.store] = store
    return _draft(fields.order_type, values, project)


def fields_of_line(fields: Fields, project: Project) -> CustomFieldsDraft | None:
    """What a line that is a gift card says of itself."""
    return _draft(fields.line_type, {fields.gift_card: True}, project)


def _draft(type_key: str, values: dict[str, Any], project: Project) -> CustomFieldsDraft | None:
    found = project.collection("type").by_claim("key", type_key)
    known = set() if found is None else set(_names(found))
    kept = {name: value for name, value in values.items() if name in known}
    return CustomFieldsDraft(type=TypeIdentifier(key=type_key), fields=kept) if kept else None


def _names(custom_type: Doc) -> Iterator[str]:
    for definition in custom_type["fieldDefinitions"]:
        yield definition["name"]
