"""Assets: media that lie elsewhere, on a variant or a category; each resource names its own actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from msgspec import Meta

from .custom_fields import CustomFieldsDraft, custom_fields
from .problems import duplicate_field, invalid_input
from .project import Project
from .store import Doc
from .vocabulary import Key, Localized, Model, Text, as_json, new_id, put

__all__ = [
    "AssetDraft",
    "AssetSource",
    "Assets",
    "Sources",
    "add_asset",
    "asset_named",
    "new_asset",
    "new_assets",
    "order_assets",
    "remove_asset",
    "set_asset_key",
]


class AssetDimensions(Model):
    """Width and height in pixels."""

    w: Annotated[int, Meta(ge=0, lt=2**31)]
    h: Annotated[int, Meta(ge=0, lt=2**31)]


class AssetSource(Model):
    """One form in which the media can be fetched."""

    uri: Text
    key: str | None = None
    dimensions: AssetDimensions | None = None
    content_type: str | None = None


Sources: TypeAlias = Annotated[tuple[AssetSource, ...], Meta(min_length=1)]


class AssetDraft(Model):
    """A new asset."""

    sources: Sources
    name: Localized
    description: Localized | None = None
    tags: tuple[str, ...] | None = None
    custom: CustomFieldsDraft | None = None
    key: Key | None = None


Assets: TypeAlias = tuple[AssetDraft, ...]


def new_asset(draft: AssetDraft, project: Project) -> Doc:
    """An asset as answers show it.

    Raises:
        Problem: 400 for custom fields that are none of its type's.
    """
    asset: Doc = {"id": new_id(), "sources": as_json(draft.sources), "name": draft.name}
    put(asset, "description", draft.description)
    put(asset, "tags", None if draft.tags is None else list(draft.tags))
    put(asset, "key", draft.key)
    put(asset, "custom", custom_fields(draft.custom, "asset", project))
    return asset


def new_assets(drafts: Assets, project: Project) -> list[Doc]:
    """The assets of a draft, their keys different."""
    holder: Doc = {"assets": []}
    for draft in drafts:
        add_asset(holder, new_asset(draft, project))
    assets: list[Doc] = holder["assets"]
    return assets


def asset_named(holder: Doc, asset_id: str | None, asset_key: str | None) -> Doc:
    """The asset that an action names by id or by key.

    Raises:
        Problem: 400 when neither or both are given, or there is none.
    """
    if (asset_id is None) == (asset_key is None):
        raise invalid_input("An action on an asset takes either an assetId or an assetKey.")
    field, wanted = ("id", asset_id) if asset_id is not None else ("key", asset_key)
    for asset in holder["assets"]:
        if asset.get(field) == wanted:
            found: Doc = asset
            return found
    raise invalid_input(f"There is no asset with {field} '{wanted}'.")


def add_asset(holder: Doc, asset: Doc, position: int | None = None) -> None:
    """Put an asset at a place counted from zero, behind the others when none is named.

    Raises:
        Problem: 400 when another asset of the holder has its key, or the position is behind the end.
    """
    assets = holder["assets"]
    if position is not None and position > len(assets):
        raise invalid_input(f"position {position} is behind the last asset.")
    _refuse_taken(holder, asset, asset.get("key"))
    assets.insert(len(assets) if position is None else position, asset)


def remove_asset(holder: Doc, asset: Doc) -> None:
    """Take an asset away."""
    holder["assets"] = [one for one in holder["assets"] if one is not asset]


def order_assets(holder: Doc, asset_ids: Sequence[str]) -> None:
    """Put all assets in another order.

    Raises:
        Problem: 400 unless every asset is named once, and nothing else.
    """
    known = {asset["id"]: asset for asset in holder["assets"]}
    if len(asset_ids) != len(known) or set(asset_ids) != known.keys():
        raise invalid_input(f"assetOrder must name each of the {len(known)} assets once, by id.")
    holder["assets"] = [known[asset_id] for asset_id in asset_ids]


def set_asset_key(holder: Doc, asset: Doc, key: str | None) -> None:
    """Name an asset, or take its name away.

    Raises:
        Problem: 400 DuplicateField when another asset of the holder has it.
    """
    _refuse_taken(holder, asset, key)
    put(asset, "key", key)


def _refuse_taken(holder: Doc, asset: Doc, key: str | None) -> None:
    if key is not None and any(one.get("key") == key for one in holder["assets"] if one is not asset):
        raise duplicate_field("key", key)
