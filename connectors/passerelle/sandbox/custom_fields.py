"""Custom fields: what a type lets a resource carry, checked in drafts and in the actions that set them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import msgspec
from typing_extensions import override

from .actions import Action
from .field_types import stored_field
from .problems import invalid_field, invalid_input, invalid_operation, required_field
from .project import Project
from .store import Claim, Doc
from .vocabulary import Identifier, Model, Text, put

__all__ = [
    "CustomFieldAction",
    "CustomFieldsDraft",
    "CustomTypeAction",
    "TypeIdentifier",
    "custom_fields",
    "set_custom_field",
    "set_custom_type",
    "type_of",
]


class TypeIdentifier(Identifier):
    """Points to a type."""

    type_id: Literal["type"] = "type"


class CustomFieldsDraft(Model):
    """`custom` in a draft."""

    type: TypeIdentifier
    fields: dict[str, Any] = msgspec.field(default_factory=dict)


class CustomTypeAction(Action):
    """`setCustomType`, to be named and given its `resource_type` by each resource.

    Replaces type and fields; `type` left out removes both. Actions on a part of the document (an asset, a
    price) override `holder`.
    """

    resource_type: ClassVar[str]
    type: TypeIdentifier | None = None
    fields: dict[str, Any] | None = None

    def holder(self, doc: Doc, project: Project) -> Doc:  # noqa: ARG002 - parts of documents need it
        """What in the document carries the fields."""
        return doc

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        set_custom_type(self.holder(doc, project), self.resource_type, self.type, self.fields, project)


class CustomFieldAction(Action):
    """`setCustomField`, to be named by each resource; `value` left out or null removes the field.

    Actions on a part of the document override `holder`.
    """

    name: Text
    value: Any = None

    def holder(self, doc: Doc, project: Project) -> Doc:  # noqa: ARG002 - parts of documents need it
        """What in the document carries the fields."""
        return doc

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        set_custom_field(self.holder(doc, project), self.name, self.value, project)


def custom_fields(draft: CustomFieldsDraft | None, resource_type: str, project: Project) -> Doc | None:
    """The `custom` of a draft as answers show it; None stays None.

    Args:
        draft: What the request says.
        resource_type: What carries it, as types name it (`category`, `asset`, `product-price`, …).
        project: Where the type is.

    Raises:
        Problem: 400 ReferencedResourceNotFound for the type; InvalidInput when it is not for this kind of
            resource; InvalidField for a field or value that it does not know; RequiredField.
    """
    if draft is None:
        return None
    found = project.referenced(draft.type, "type")
    if resource_type not in found["resourceTypeIds"]:
        raise invalid_input(
            f"The type '{found['key']}' is for {found['resourceTypeIds']}, not for a {resource_type}."
        )
    fields: Doc = {}
    for name, value in draft.fields.items():
        put(fields, name, _stored(found, name, value, project))
    for definition in found["fieldDefinitions"]:
        if definition["required"] and definition["name"] not in fields:
            raise required_field(definition["name"])
    return {"type": {"typeId": "type", "id": found["id"]}, "fields": fields}


def set_custom_type(
    holder: Doc,
    resource_type: str,
    identifier: TypeIdentifier | None,
    fields: dict[str, Any] | None,
    project: Project,
) -> None:
    """Give `holder` another type and other fields, or none at all."""
    if identifier is None:
        if fields:
            raise invalid_input("Custom fields need the type that defines them.")
        holder.pop("custom", None)
        return
    draft = CustomFieldsDraft(type=identifier, fields=fields or {})
    put(holder, "custom", custom_fields(draft, resource_type, project))


def set_custom_field(holder: Doc, name: str, value: Any, project: Project) -> None:
    """Set one field of `holder`, or take it away.

    Raises:
        Problem: 400 InvalidOperation without a type, or for the removal of a field that is not there;
            InvalidField; RequiredField.
    """
    custom = holder.get("custom")
    if custom is None:
        raise invalid_operation(
            "Nothing has a custom type here yet: setCustomType comes before setCustomField."
        )
    found = project.collection("type").docs[custom["type"]["id"]]
    stored = _stored(found, name, value, project)
    if stored is None:
        if name not in custom["fields"]:
            raise invalid_operation(f"The custom field '{name}' has no value that could be removed.")
        if _definition(found, name)["required"]:
            raise required_field(name)
    put(custom["fields"], name, stored)


def type_of(*holders: Doc) -> Iterator[Claim]:
    """What a document with custom fields is found by: the types that it and its parts use."""
    for holder in holders:
        custom = holder.get("custom")
        if custom is not None:
            yield "type", custom["type"]["id"]


def _definition(custom_type: Doc, name: str) -> Doc:
    for definition in custom_type["fieldDefinitions"]:
        if definition["name"] == name:
            found: Doc = definition
            return found
    raise invalid_field("name", name, [definition["name"] for definition in custom_type["fieldDefinitions"]])


def _stored(custom_type: Doc, name: str, value: Any, project: Project) -> Any:
    definition = _definition(custom_type, name)
    return None if value is None else stored_field(definition["type"], value, name, project)
