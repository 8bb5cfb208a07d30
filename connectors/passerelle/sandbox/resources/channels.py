"""Channels: warehouses and stores that supply, systems that import or export orders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ..actions import Action, SetFields
from ..custom_fields import CustomFieldAction, CustomFieldsDraft, CustomTypeAction, custom_fields, type_of
from ..field_tree import ADDRESS, CREATED, CUSTOM, Leaf, Tree
from ..kind import Kind
from ..problems import invalid_operation, missing_role, reference_exists
from ..project import Project
from ..store import Claim, Doc
from ..vocabulary import Address, ChannelIdentifier, Key, Localized, Model, as_json, put

__all__ = ["Channels", "channel_with_role"]

Role: TypeAlias = Literal["InventorySupply", "ProductDistribution", "OrderExport", "OrderImport", "Primary"]
Roles: TypeAlias = Annotated[list[Role], Meta(min_length=1)]


class Point(Model):
    """A place on the globe: longitude first, then latitude, in degrees."""

    type: Literal["Point"]
    coordinates: tuple[
        Annotated[float, Meta(ge=-180, le=180)],
        Annotated[float, Meta(ge=-90, le=90)],
    ]


class ChannelDraft(Model):
    """A new channel."""

    key: Key
    roles: tuple[Role, ...] = ()
    name: Localized | None = None
    description: Localized | None = None
    address: Address | None = None
    custom: CustomFieldsDraft | None = None
    geo_location: Point | None = None


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


class SetGeoLocation(Action):
    """`geoLocation` left out removes it."""

    geo_location: Point | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "geoLocation", _place(self.geo_location))


class SetCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "channel"


class SetCustomField(CustomFieldAction):
    """`value` left out removes the field."""


class SetAddressCustomType(CustomTypeAction):
    """The same for the address; another address comes without custom fields."""

    resource_type = "address"

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _address(doc)


class SetAddressCustomField(CustomFieldAction):
    """The same for the address."""

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _address(doc)


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
    ChangeKey
    | ChangeName
    | ChangeDescription
    | SetAddress
    | SetAddressCustomType
    | SetAddressCustomField
    | SetGeoLocation
    | SetCustomType
    | SetCustomField
    | SetRoles
    | AddRoles
    | RemoveRoles
)


def _place(point: Point | None) -> Doc | None:
    return None if point is None else {"type": "Point", "coordinates": list(point.coordinates)}


def _address(doc: Doc) -> Doc:
    address: Doc | None = doc.get("address")
    if address is None:
        raise invalid_operation("The channel has no address that could carry custom fields.")
    return address


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
        "address": {**ADDRESS, "custom": CUSTOM},
        "geoLocation": {"type": Leaf.TEXT, "coordinates": Leaf.ANY},
        "custom": CUSTOM,
    }
    paths: ClassVar = {("key",): "key", ("custom", "type", "id"): "type"}

    def __init__(self) -> None:
        super().__init__(ChannelDraft, ChannelAction)

    @override
    def build(self, draft: ChannelDraft, project: Project) -> Doc:
        doc: Doc = {"roles": [], **as_json(draft)}
        doc["roles"] = list(dict.fromkeys(doc["roles"]))
        put(doc, "custom", custom_fields(draft.custom, "channel", project))
        put(doc, "geoLocation", _place(draft.geo_location))
        return doc

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        return type_of(doc, doc.get("address", {}))

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        for kind, collection in project.collections():
            if collection.found("channel", doc["id"]):
                raise reference_exists("channel", kind.type_id)


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
