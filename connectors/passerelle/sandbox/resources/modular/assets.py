"""Update actions on the assets of a variant of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ...assets import (
    AssetDraft,
    Sources,
    add_asset,
    asset_named,
    new_asset,
    new_assets,
    order_assets,
    remove_asset,
    set_asset_key,
)
from ...custom_fields import TypeIdentifier, set_custom_field, set_custom_type
from ...project import Project
from ...store import Doc, copied
from ...vocabulary import Key, Localized, Text, as_json, put
from .sides import StagedVariant

__all__ = ["ModularAssetAction"]


class SetAssets(StagedVariant, kw_only=True):
    """Replaces all assets; all of them are new ones."""

    assets: tuple[AssetDraft, ...]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        assets = new_assets(self.assets, project)
        for data in self.sides(doc):
            data["assets"] = copied(assets)


class AddAsset(StagedVariant, kw_only=True):
    """Adds an asset, behind the others when no position is given; on both sides it has one id."""

    asset: AssetDraft
    position: Annotated[int, Meta(ge=0)] | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        asset = new_asset(self.asset, project)
        for data in self.sides(doc):
            add_asset(data, copied(asset), self.position)


class ChangeAssetOrder(StagedVariant, kw_only=True):
    """Reorders all assets by their ids."""

    asset_order: list[str]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            order_assets(data, self.asset_order)


class _OnAsset(StagedVariant, kw_only=True):
    asset_id: str | None = None
    asset_key: str | None = None

    def found(self, doc: Doc) -> Iterator[tuple[Doc, Doc]]:
        """Each side that changes, with the asset that is meant."""
        for data in self.sides(doc):
            yield data, asset_named(data, self.asset_id, self.asset_key)


class RemoveAsset(_OnAsset, kw_only=True):
    """Takes an asset away."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data, asset in self.found(doc):
            remove_asset(data, asset)


class ChangeAssetName(_OnAsset, kw_only=True):
    """`name` replaces all locales."""

    name: Localized

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for _, asset in self.found(doc):
            asset["name"] = dict(self.name)


class SetAssetDescription(_OnAsset, kw_only=True):
    """`description` left out removes it."""

    description: Localized | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for _, asset in self.found(doc):
            put(asset, "description", copied(self.description))


class SetAssetTags(_OnAsset, kw_only=True):
    """`tags` left out removes them."""

    tags: list[str] | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for _, asset in self.found(doc):
            put(asset, "tags", copied(self.tags))


class SetAssetSources(_OnAsset, kw_only=True):
    """Replaces all sources."""

    sources: Sources

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for _, asset in self.found(doc):
            asset["sources"] = as_json(self.sources)


class SetAssetKey(StagedVariant, kw_only=True):
    """`assetKey` is the new key here; left out removes it."""

    asset_id: str
    asset_key: Key | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            set_asset_key(data, asset_named(data, self.asset_id, None), self.asset_key)


class SetAssetCustomType(_OnAsset, kw_only=True):
    """`type` left out removes type and fields."""

    type: TypeIdentifier | None = None
    fields: dict[str, Any] | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for _, asset in self.found(doc):
            set_custom_type(asset, "asset", self.type, self.fields, project)


class SetAssetCustomField(_OnAsset, kw_only=True):
    """`value` left out removes the field."""

    name: Text
    value: Any = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for _, asset in self.found(doc):
            set_custom_field(asset, self.name, self.value, project)


ModularAssetAction: TypeAlias = (
    SetAssets
    | AddAsset
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
