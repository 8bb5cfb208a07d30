"""Update actions on the assets of a category."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ..actions import Action
from ..assets import (
    AssetDraft,
    Sources,
    add_asset,
    asset_named,
    new_asset,
    order_assets,
    remove_asset,
    set_asset_key,
)
from ..custom_fields import CustomFieldAction, CustomTypeAction
from ..project import Project
from ..store import Doc
from ..vocabulary import Key, Localized, as_json, put

__all__ = ["CategoryAssetAction"]


class AddAsset(Action):
    """Adds an asset, behind the others when no position is given."""

    asset: AssetDraft
    position: Annotated[int, Meta(ge=0)] | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        add_asset(doc, new_asset(self.asset, project), self.position)


class ChangeAssetOrder(Action):
    """Reorders all assets by their ids."""

    asset_order: list[str]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        order_assets(doc, self.asset_order)


class _OnAsset(Action):
    asset_id: str | None = None
    asset_key: str | None = None

    def named(self, doc: Doc) -> Doc:
        """The asset that is meant."""
        return asset_named(doc, self.asset_id, self.asset_key)


class RemoveAsset(_OnAsset):
    """Takes an asset away."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        remove_asset(doc, self.named(doc))


class ChangeAssetName(_OnAsset, kw_only=True):
    """`name` replaces all locales."""

    name: Localized

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        self.named(doc)["name"] = self.name


class SetAssetDescription(_OnAsset):
    """`description` left out removes it."""

    description: Localized | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(self.named(doc), "description", self.description)


class SetAssetTags(_OnAsset):
    """`tags` left out removes them."""

    tags: list[str] | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(self.named(doc), "tags", self.tags)


class SetAssetSources(_OnAsset, kw_only=True):
    """Replaces all sources."""

    sources: Sources

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        self.named(doc)["sources"] = as_json(self.sources)


class SetAssetKey(Action):
    """`assetKey` is the new key here; left out removes it."""

    asset_id: str
    asset_key: Key | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        set_asset_key(doc, asset_named(doc, self.asset_id, None), self.asset_key)


class SetAssetCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "asset"
    asset_id: str | None = None
    asset_key: str | None = None

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return asset_named(doc, self.asset_id, self.asset_key)


class SetAssetCustomField(CustomFieldAction):
    """`value` left out removes the field."""

    asset_id: str | None = None
    asset_key: str | None = None

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return asset_named(doc, self.asset_id, self.asset_key)


CategoryAssetAction: TypeAlias = (
    AddAsset
    | ChangeAssetOrder
    | RemoveAsset
    | ChangeAssetName
    | SetAssetDescription
    | SetAssetTags
    | SetAssetSources
    | SetAssetKey
    | SetAssetCustomType
    | SetAssetCustomField
)
