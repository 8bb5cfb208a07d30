"""Channels: warehouses and stores that supply, systems that import or export orders."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ..actions import Action, SetFields
from ..field_tree import ADDRESS, CREATED, Leaf, Tree
from ..kind import Kind
from ..problems import missing_role, reference_exists
from ..project import Project
from ..store import Doc
from ..vocabulary import Address, ChannelIdentifier, Key, Localized, Model, as_json

__all__ = ["Channels", "channel_with_role"]

Role: TypeAlias = Literal["InventorySupply", "ProductDistribution", "OrderExport", "OrderImport", "Primary"]
Roles: TypeAlias = Annotated[list[Role], Meta(min_length=1)]


class ChannelDraft(Model):
    """A new channel."""

    key: Key
    roles: tuple[Role, ...] = ()
    name: Localized | None = None
    description: Localized | None = None
    address: Address | None = None


class ChangeKey(SetFields):
    """`key` is required: a channel cannot be without."""

    key: Key


class ChangeName(SetFields):
    """`name` replaces all locales."""

    name: Localized


class ChangeDescription(SetFields):
    """`description` replaces all locales."""

    description: Localized


class SetAddress(SetFields):
    """`address` left out removes it."""

    address: Address | None = None


class SetRoles(Action):
    """Replaces all roles."""

    roles: Roles

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["roles"] = list(dict.fromkeys(self.roles))


class AddRoles(Action):
    """Adds roles; one that is there already stays."""

    roles: Roles

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["roles"] = list(dict.fromkeys([*doc["roles"], *self.roles]))


class RemoveRoles(Action):
    """Takes roles away."""

    roles: Roles

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["roles"] = [role for role in doc["roles"] if role not in self.roles]


ChannelAction: TypeAlias = (
    ChangeKey | ChangeName | ChangeDescription | SetAddress | SetRoles | AddRoles | RemoveRoles
)


class Channels(Kind[ChannelDraft]):
    """`/channels`."""

    type_id = "channel"
    path = "channels"
    read_scopes = ("view_channels", "view_products")
    write_scopes = ("manage_channels", "manage_products")
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "roles": Leaf.TEXTS,
        "name": Leaf.LOCALIZED,
        "description": Leaf.LOCALIZED,
        "address": ADDRESS,
    }
    paths: ClassVar = {("key",): "key"}

    def __init__(self) -> None:
        super().__init__(ChannelDraft, ChannelAction)

    @override
    def build(self, draft: ChannelDraft, project: Project) -> Doc:
        doc: Doc = {"roles": [], **as_json(draft)}
        doc["roles"] = list(dict.fromkeys(doc["roles"]))
        return doc

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        for type_id in ("inventory-entry", "standalone-price", "order"):
            if project.collection(type_id).found("channel", doc["id"]):
                raise reference_exists("channel", type_id)


def channel_with_role(project: Project, identifier: ChannelIdentifier, role: str) -> Doc:
    """A reference to a channel that may be used for something.

    Raises:
        Problem: 400 ReferencedResourceNotFound or MissingRoleOnChannel.
    """
    channel = project.referenced(identifier, "channel")
    reference = {"typeId": "channel", "id": channel["id"]}
    if role not in channel["roles"]:
        raise missing_role(reference, role)
    return reference
