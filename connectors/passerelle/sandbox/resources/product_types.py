"""Product types: the attributes that products of a type may and must have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from typing_extensions import override

from ..field_tree import CREATED, REFERENCE, Leaf, Tree
from ..kind import Kind
from ..problems import Problem, reference_exists, referenced_not_found
from ..project import Project
from ..store import Claim, Doc, copied
from ..vocabulary import Key, Model, Text, as_json
from .attribute_definitions import (
    AttributeDefinitionDraft,
    already_exists,
    carriers,
    kind_of_type,
    new_definition,
)
from .attribute_types import nested_types
from .product_type_actions import ProductTypeAction

__all__ = ["ProductTypes"]


_TYPE: dict[str, Tree] = {
    "name": Leaf.TEXT,
    "values": {"key": Leaf.TEXT, "label": Leaf.ANY},
    "referenceTypeId": Leaf.TEXT,
    "typeReference": REFERENCE,
}


class ProductTypeDraft(Model):
    """A new product type."""

    name: Text
    description: str
    key: Key | None = None
    attributes: tuple[AttributeDefinitionDraft, ...] = ()


class ProductTypes(Kind[ProductTypeDraft]):
    """`/product-types`."""

    type_id = "product-type"
    path = "product-types"
    read_scopes = ("view_product_types", "view_products")
    write_scopes = ("manage_product_types", "manage_products")
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "name": Leaf.TEXT,
        "description": Leaf.TEXT,
        "attributes": {
            "name": Leaf.TEXT,
            "type": {**_TYPE, "elementType": _TYPE},
            "label": Leaf.LOCALIZED,
            "isRequired": Leaf.BOOLEAN,
            "level": Leaf.TEXT,
            "attributeConstraint": Leaf.TEXT,
            "inputTip": Leaf.LOCALIZED,
            "inputHint": Leaf.TEXT,
            "isSearchable": Leaf.BOOLEAN,
        },
    }
    paths: ClassVar = {("key",): "key"}

    def __init__(self) -> None:
        super().__init__(ProductTypeDraft, ProductTypeAction)

    @override
    def build(self, draft: ProductTypeDraft, project: Project) -> Doc:
        return {**as_json(draft), "attributes": [new_definition(attribute) for attribute in draft.attributes]}

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        names = [definition["name"] for definition in doc["attributes"]]
        for name in names:
            if names.count(name) > 1:
                raise already_exists(doc, name)
        for definition in doc["attributes"]:
            for nested in nested_types(definition["type"]):
                # A product type may nest itself: a new one has no id that could be named yet.
                if nested != doc["id"] and not project.holds(self.type_id, nested):
                    raise referenced_not_found(self.type_id, id=nested)
        # One name has one type in the whole project.
        known = {definition["name"]: kind_of_type(definition) for definition in doc["attributes"]}
        for other in project.collection(self.type_id).docs.values():
            if other["id"] == doc["id"]:
                continue
            for definition in other["attributes"]:
                name = definition["name"]
                if name in known and known[name] != kind_of_type(definition):
                    raise Problem(
                        400,
                        "AttributeDefinitionTypeConflict",
                        f"The attribute '{name}' has another type in the product type '{other['name']}'.",
                        conflictingProductTypeId=other["id"],
                        conflictingProductTypeName=other["name"],
                        conflictingAttributeName=name,
                    )

    @override
    def replace(self, doc: Doc, changed: Doc, project: Project, *, announced: bool = True) -> None:
        """Store a product type; products follow the names and keys that are new."""
        renamed = changed.pop("renamed", ())
        project.collection(self.type_id).check(changed)
        for name, *keys in renamed:
            if len(keys) == 1:
                _rename(changed, project, name, keys[0])
            else:
                _rewrite(changed, project, name, _rekeyed(*keys))
        super().replace(doc, changed, project, announced=announced)

    @override
    def committed(self, old: Doc | None, new: Doc, project: Project) -> None:
        if old is None or old["attributes"] == new["attributes"]:
            return
        before = {definition["name"]: definition for definition in old["attributes"]}
        after = {definition["name"]: definition for definition in new["attributes"]}
        for name, definition in before.items():
            if name not in after:
                _rewrite(new, project, name, lambda _value: None)
            elif definition["type"] != after[name]["type"]:
                _rewrite(new, project, name, _relabelled(after[name]["type"]))

    @override
    def finds(self, doc: Doc) -> Iterator[Claim]:
        for definition in doc["attributes"]:
            for nested in nested_types(definition["type"]):
                yield "nested", nested

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        if any(found != doc["id"] for found in project.collection(self.type_id).found("nested", doc["id"])):
            raise reference_exists("product-type", "product-type")
        if project.collection("product").found("productType", doc["id"]):
            raise reference_exists("product-type", "product")


def _relabelled(kind: Doc) -> Callable[[Any], Any]:
    entries = {value["key"]: value for value in kind.get("elementType", kind).get("values", ())}

    def relabel(value: Any) -> Any:
        if isinstance(value, list):
            return [one for one in map(relabel, value) if one is not None] or None
        # A value that the enum has no longer goes.
        return entries.get(value["key"]) if isinstance(value, dict) and "key" in value else value

    return relabel


def _rekeyed(old: str, new: str) -> Callable[[Any], Any]:
    def rekey(value: Any) -> Any:
        if isinstance(value, list):
            return [rekey(one) for one in value]
        return {**value, "key": new} if value["key"] == old else value

    return rekey


def _rename(product_type: Doc, project: Project, old: str, new: str) -> None:
    collection = project.collection("product")
    for product in tuple(collection.sharing("productType", product_type["id"])):
        renamed: Doc = copied(product)
        for carrier in carriers(renamed):
            for attribute in carrier["attributes"]:
                if attribute["name"] == old:
                    attribute["name"] = new
        collection.replace(product, renamed)


def _rewrite(product_type: Doc, project: Project, name: str, change: Callable[[Any], Any]) -> None:
    """Change one attribute on all products of a type; their versions stay, as on the real API."""
    collection = project.collection("product")
    for product in tuple(collection.sharing("productType", product_type["id"])):
        rewritten: Doc = copied(product)
        for variant in carriers(rewritten):
            for attribute in variant["attributes"]:
                if attribute["name"] == name:
                    attribute["value"] = change(attribute["value"])
            variant["attributes"] = [a for a in variant["attributes"] if a["value"] is not None]
        if rewritten != product:
            collection.replace(product, rewritten)
