"""Customer groups: who gets prices of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, TypeAlias

from typing_extensions import override

from ..actions import SetFields
from ..custom_fields import CustomFieldAction, CustomFieldsDraft, CustomTypeAction, custom_fields, type_of
from ..field_tree import CREATED, CUSTOM, Leaf, Tree
from ..kind import Kind
from ..problems import reference_exists
from ..project import Project
from ..store import Claim, Doc
from ..vocabulary import Key, Model, Text, put

__all__ = ["CustomerGroups", "customer_group_of"]


class CustomerGroupDraft(Model):
    """A new group; what drafts call `groupName` is `name` from then on."""

    group_name: Text
    key: Key | None = None
    custom: CustomFieldsDraft | None = None


class ChangeName(SetFields):
    """`name` is required."""

    name: Text


class SetKey(SetFields):
    """`key` left out removes it."""

    key: Key | None = None


class SetCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "customer-group"


class SetCustomField(CustomFieldAction):
    """`value` left out removes the field."""


CustomerGroupAction: TypeAlias = ChangeName | SetKey | SetCustomType | SetCustomField


class CustomerGroups(Kind[CustomerGroupDraft]):
    """`/customer-groups`."""

    type_id = "customer-group"
    path = "customer-groups"
    read_scopes = ("view_customer_groups", "view_customers")
    write_scopes = ("manage_customer_groups", "manage_customers")
    tree: ClassVar[Tree] = {**CREATED, "key": Leaf.TEXT, "name": Leaf.TEXT, "custom": CUSTOM}
    paths: ClassVar = {("key",): "key", ("name",): "name", ("custom", "type", "id"): "type"}

    def __init__(self) -> None:
        super().__init__(CustomerGroupDraft, CustomerGroupAction)

    @override
    def build(self, draft: CustomerGroupDraft, project: Project) -> Doc:
        doc: Doc = {"name": draft.group_name}
        put(doc, "key", draft.key)
        put(doc, "custom", custom_fields(draft.custom, self.type_id, project))
        return doc

    @override
    def claims(self, doc: Doc) -> Iterable[Claim]:
        # A name is unique too, as a key is.
        yield from super().claims(doc)
        yield "name", doc["name"]

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        yield from type_of(doc)

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        for kind, collection in project.collections():
            if collection.found("customerGroup", doc["id"]):
                raise reference_exists(self.type_id, kind.type_id)


def customer_group_of(holder: Doc) -> Iterable[Claim]:
    """What a document with a customer group is found by."""
    group: Any = holder.get("customerGroup")
    return () if group is None else (("customerGroup", group["id"]),)
