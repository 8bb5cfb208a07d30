"""Types: the custom fields that resources of some kinds may and must have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ..field_tree import CREATED, Leaf, Tree
from ..kind import Kind
from ..problems import invalid_input, reference_exists
from ..project import Project
from ..store import Doc, copied
from ..vocabulary import Key, Localized, Model, as_json
from .type_actions import FieldDefinitionDraft, TypeAction, field_definition

__all__ = ["Types"]

ResourceTypeId: TypeAlias = Literal[
    "address", "asset", "approval-flow", "approval-rule", "associate-role", "business-unit", "cart-discount",
    "category", "channel", "customer", "customer-group", "custom-line-item", "discount-code",
    "inventory-entry", "line-item", "order", "order-edit", "order-delivery", "order-parcel",
    "order-return-item", "payment", "payment-interface-interaction", "payment-method", "payment-method-info",
    "product-price", "product-selection", "product-tailoring", "quote", "reservation", "review",
    "recurring-order", "shipping", "shipping-method", "shopping-list", "shopping-list-text-line-item",
    "standalone-price", "store", "transaction",
]  # fmt: skip


class TypeDraft(Model):
    """A new type; what it is for stays for good."""

    key: Key
    name: Localized
    resource_type_ids: Annotated[list[ResourceTypeId], Meta(min_length=1)]
    description: Localized | None = None
    field_definitions: tuple[FieldDefinitionDraft, ...] = ()


def _kind_of_type(definition: Doc) -> tuple[str, str | None, str | None]:
    kind = definition["type"]
    element = kind.get("elementType", {})
    return kind["name"], element.get("name"), element.get("referenceTypeId", kind.get("referenceTypeId"))


class Types(Kind[TypeDraft]):
    """`/types`."""

    type_id = "type"
    path = "types"
    read_scopes = ("view_types",)
    write_scopes = ("manage_types",)
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "name": Leaf.LOCALIZED,
        "description": Leaf.LOCALIZED,
        "resourceTypeIds": Leaf.TEXTS,
        "fieldDefinitions": {
            "name": Leaf.TEXT,
            "type": {
                "name": Leaf.TEXT,
                "values": {"key": Leaf.TEXT, "label": Leaf.ANY},
                "referenceTypeId": Leaf.TEXT,
                "elementType": {
                    "name": Leaf.TEXT,
                    "values": {"key": Leaf.TEXT, "label": Leaf.ANY},
                    "referenceTypeId": Leaf.TEXT,
                },
            },
            "label": Leaf.LOCALIZED,
            "required": Leaf.BOOLEAN,
            "inputHint": Leaf.TEXT,
        },
    }
    paths: ClassVar = {("key",): "key"}

    def __init__(self) -> None:
        super().__init__(TypeDraft, TypeAction)

    @override
    def build(self, draft: TypeDraft, project: Project) -> Doc:
        return {
            **as_json(draft),
            "resourceTypeIds": list(dict.fromkeys(draft.resource_type_ids)),
            "fieldDefinitions": [field_definition(field) for field in draft.field_definitions],
        }

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        known: dict[str, Any] = {}
        for definition in doc["fieldDefinitions"]:
            if definition["name"] in known:
                raise invalid_input(f"Two field definitions have the name '{definition['name']}'.")
            known[definition["name"]] = _kind_of_type(definition)
        # One name has one type in the whole project.
        for other in project.collection(self.type_id).docs.values():
            if other["id"] == doc["id"]:
                continue
            for definition in other["fieldDefinitions"]:
                name = definition["name"]
                if name in known and known[name] != _kind_of_type(definition):
                    raise invalid_input(f"The field '{name}' has another type in the type '{other['key']}'.")

    @override
    def committed(self, old: Doc | None, new: Doc, project: Project) -> None:
        if old is None:
            return
        left = {definition["name"] for definition in new["fieldDefinitions"]}
        gone = {definition["name"] for definition in old["fieldDefinitions"]} - left
        if gone:
            _forget(new["id"], gone, project)

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        for kind, collection in project.collections():
            if collection.found("type", doc["id"]):
                raise reference_exists("type", kind.type_id)


def _forget(type_id: str, names: set[str], project: Project) -> None:
    """Take fields off every resource and part of one; versions stay, as for attributes on products."""
    for _kind, collection in project.collections():
        for doc in tuple(collection.sharing("type", type_id)):
            rewritten: Doc = copied(doc)
            for custom in _customs(rewritten):
                if custom["type"]["id"] == type_id:
                    custom["fields"] = {n: v for n, v in custom["fields"].items() if n not in names}
            collection.replace(doc, rewritten)


def _customs(value: Any) -> Iterator[Doc]:
    """Every `custom` in a document, at any depth."""
    if isinstance(value, list):
        for one in value:
            yield from _customs(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name == "custom" and isinstance(one, dict):
                yield one
            else:
                yield from _customs(one)
