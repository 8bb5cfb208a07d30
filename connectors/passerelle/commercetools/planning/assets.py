"""Assets: the films, sheets and guides of a record against the live ones, each found by its key.

Steps come in the order remove, change, add, arrange. Live assets without a key belong to nobody's feed: they
stay, behind those of the record when these have to change places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import UnsetType

from ...errors import Refused
from ...records import Asset, AssetSource
from .custom_fields import CustomActions, CustomFields
from .steps import Step, localized_step, owned, required

__all__ = ["asset_draft", "asset_drafts", "asset_steps", "assets_of", "customized_assets"]

Json = dict[str, Any]


def customized_assets(assets: tuple[Asset, ...] | UnsetType) -> tuple[Asset, ...]:
    """The assets of a record as `CustomFields.learn` takes them; none when it says nothing of them."""
    return () if isinstance(assets, UnsetType) else assets


def asset_drafts(assets: tuple[Asset, ...] | UnsetType, custom: CustomFields, *, of: str) -> Json:
    """`{"assets": […]}` for a draft, empty when the record has none; `of` names the record in a refusal."""
    if isinstance(assets, UnsetType) or not assets:
        return {}
    _refuse_twins(assets, of)
    return {"assets": [asset_draft(asset, custom) for asset in assets]}


def asset_draft(asset: Asset, custom: CustomFields) -> Json:
    """The draft of one asset; raises Refused when it lacks a name or sources."""
    sources = None if isinstance(asset.sources, UnsetType) or not asset.sources else asset.sources
    required(f"asset {asset.key}", name=asset.name, sources=sources)
    draft: Json = {
        "key": asset.key,
        "name": asset.name,
        "sources": [_source(source) for source in sources or ()],
        **custom.draft(asset),
    }
    if isinstance(asset.description, dict) and asset.description:
        draft["description"] = asset.description
    if not isinstance(asset.tags, UnsetType) and asset.tags:
        draft["tags"] = list(dict.fromkeys(asset.tags))
    return draft


def asset_steps(
    live: Sequence[Json],
    wanted: tuple[Asset, ...] | UnsetType,
    custom: CustomFields,
    *,
    of: str,
    owner: Mapping[str, Any] | None = None,
    where: str = "",
) -> Iterator[Step]:
    """What makes the live assets those of the record, in its order.

    Args:
        live: The assets as the shop holds them.
        wanted: All assets that the record has; UNSET says nothing of them.
        custom: The custom types that the assets use, learnt.
        of: The record's key, for refusals.
        owner: What the actions take to find the owner of the assets, such as `{"sku": "4711-36"}`.
        where: What a report puts before `assets`, such as `variants[4711-36].`.

    Raises:
        Refused: two assets have the same key; a new one lacks a name or sources.
        ReferenceMissing: a custom type is not there.
    """
    if isinstance(wanted, UnsetType):
        return
    _refuse_twins(wanted, of)
    owner = owner or {}
    by_key = {asset["key"]: asset for asset in live if "key" in asset}
    keys = [asset.key for asset in wanted]
    for key in by_key:
        if key not in keys:
            action = {"action": "removeAsset", **owner, "assetKey": key}
            yield Step.of(action, f"{where}assets", key, None)
    for asset in wanted:
        if asset.key in by_key:
            yield from _change(by_key[asset.key], asset, custom, owner, f"{where}assets[{asset.key}].")
    yield from _arrange(live, wanted, custom, owner, f"{where}assets")


def assets_of(live: Iterable[Json], custom: CustomFields) -> tuple[Asset, ...]:
    """The records of live assets; one without a key is not ours to name and is left out."""
    return tuple(_asset_of(asset, custom) for asset in live if "key" in asset)


def _change(
    live: Json, wanted: Asset, custom: CustomFields, owner: Mapping[str, Any], where: str
) -> Iterator[Step]:
    found = {**owner, "assetKey": wanted.key}
    steps = (
        *localized_step("changeAssetName", "name", live["name"], wanted.name),
        *localized_step("setAssetDescription", "description", live.get("description"), wanted.description),
    )
    yield from owned(steps, found, where)
    if not isinstance(wanted.sources, UnsetType):
        sources = [_source(source) for source in wanted.sources]
        if sources != live["sources"]:
            required(f"asset {wanted.key}", sources=sources or None)
            action = {"action": "setAssetSources", **found, "sources": sources}
            yield Step.of(action, f"{where}sources", live["sources"], sources)
    if not isinstance(wanted.tags, UnsetType):
        tags, held = list(dict.fromkeys(wanted.tags)), live.get("tags") or []
        if set(tags) != set(held):
            action = {"action": "setAssetTags", **found, "tags": tags}
            yield Step.of(action, f"{where}tags", held, tags)
    actions = CustomActions("setAssetCustomType", "setAssetCustomField", found, where)
    yield from custom.steps(wanted, live, actions)


def _arrange(
    live: Sequence[Json],
    wanted: tuple[Asset, ...],
    custom: CustomFields,
    owner: Mapping[str, Any],
    field: str,
) -> Iterator[Step]:
    """Put what stays in the record's order, then add each new asset at its place: it has no id to sort by."""
    by_key = {asset["key"]: asset for asset in live if "key" in asset}
    keys = {asset.key for asset in wanted}
    staying = [asset for asset in live if asset.get("key", None) in keys or "key" not in asset]
    order = [by_key[asset.key] for asset in wanted if asset.key in by_key]
    held = [asset for asset in staying if "key" in asset]
    if order != held:
        # Those without a key keep to the end, in their own order.
        sorted_ids = [asset["id"] for asset in (*order, *(a for a in staying if "key" not in a))]
        action = {"action": "changeAssetOrder", **owner, "assetOrder": sorted_ids}
        yield Step.of(action, f"{field}.order", [a["key"] for a in held], [a["key"] for a in order])
        staying = [*order, *(asset for asset in staying if "key" not in asset)]
    places: list[str | None] = [asset.get("key") for asset in staying]
    before: str | None = None
    for asset in wanted:
        if asset.key not in by_key:
            place = 0 if before is None else places.index(before) + 1
            action = {"action": "addAsset", **owner, "asset": asset_draft(asset, custom)}
            if place < len(places):
                action["position"] = place
            places.insert(place, asset.key)
            yield Step.of(action, field, None, asset.key)
        before = asset.key


def _source(source: AssetSource) -> Json:
    body: Json = {"uri": source.uri}
    if source.key is not None:
        body["key"] = source.key
    if source.width is not None and source.height is not None:
        body["dimensions"] = {"w": source.width, "h": source.height}
    if source.content_type is not None:
        body["contentType"] = source.content_type
    return body


def _source_of(body: Json) -> AssetSource:
    size = body.get("dimensions", {})
    return AssetSource(
        uri=body["uri"],
        key=body.get("key"),
        content_type=body.get("contentType"),
        width=size.get("w"),
        height=size.get("h"),
    )


def _asset_of(body: Json, custom: CustomFields) -> Asset:
    return Asset(
        key=body["key"],
        name=body["name"],
        description=body.get("description"),
        sources=tuple(_source_of(source) for source in body["sources"]),
        tags=tuple(body.get("tags", ())),
        **custom.read(body),
    )


def _refuse_twins(assets: tuple[Asset, ...], of: str) -> None:
    keys = [asset.key for asset in assets]
    twins = sorted({key for key in keys if keys.count(key) > 1})
    if twins:
        raise Refused(
            f"{of} has two assets with the key {', '.join(twins)}",
            code="duplicate_asset",
            advice="Give each asset a key of its own in the mapping",
        )
