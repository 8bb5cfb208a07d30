"""Variants: which live one is which of the record, who goes, who comes, and who is the master."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from ...records import Variant
from ..http.client import Json
from ..planning.assets import asset_drafts, asset_steps
from ..planning.keys import check_key
from ..planning.steps import Step
from .agreeing import Apart
from .attribute_actions import draft_attributes
from .attributes import Attributes
from .embedded_prices import price_drafts, price_steps
from .images import change_images, image_drafts
from .known import Known, Lacking
from .projection import values_of
from .turns import Turn, in_turn

__all__ = [
    "Master",
    "add_variant",
    "change_variant",
    "identity_steps",
    "make_master",
    "make_room",
    "remove_variant",
    "variant_draft",
]

#: `keep`: the master variant stays while it is there. `first`: the record's first variant is the master.
Master: TypeAlias = Literal["keep", "first"]


def identity_steps(found: Sequence[Apart], kept: Sequence[Json]) -> Iterator[Step]:
    """SKUs and keys that changed, each freed before another variant takes it."""
    turns: list[Turn] = []
    for live, wanted, _, _ in found:
        key = wanted.key
        if wanted.sku != live.get("sku"):
            action = {"action": "setSku", "variantId": live["id"], "sku": wanted.sku}
            yield Step.of(action, f"variants[{live.get('sku', live['id'])}].sku", live.get("sku"), wanted.sku)
        if key is not UNSET and key != live.get("key"):
            check_key(f"variant {wanted.sku}", key)
            action = {"action": "setProductVariantKey", "sku": wanted.sku}
            step = Step.of({**action, "key": key}, f"variants[{wanted.sku}].key", live.get("key"), key)
            turns.append(Turn(live["id"], "key", key, step, Step(action, ())))
    if turns:
        held: dict[int, Mapping[str, Any]] = {one["id"]: {"key": one.get("key")} for one in kept}
        yield from in_turn(turns, held)


def change_variant(live: Json, wanted: Variant, known: Known, lacking: Lacking) -> Iterator[Step]:
    """Prices, pictures and assets of a variant that is there."""
    yield from change_images(live.get("images", ()), wanted)
    if not isinstance(wanted.assets, UnsetType):
        yield from asset_steps(
            live.get("assets", ()),
            wanted.assets,
            known.custom,
            of=f"variant {wanted.sku}",
            owner={"sku": wanted.sku},
            where=f"variants[{wanted.sku}].",
        )
    if not isinstance(wanted.prices, UnsetType):
        yield from price_steps(live.get("prices", ()), wanted, known, lacking)


def variant_draft(
    variant: Variant, shared: Mapping[str, Any], attributes: Attributes, known: Known, lacking: Lacking
) -> Json:
    """The draft of a variant, with the attributes that all variants share."""
    body: Json = {"sku": variant.sku}
    if not isinstance(variant.key, UnsetType):
        check_key(f"variant {variant.sku}", variant.key)
        body["key"] = variant.key
    values = draft_attributes(variant, shared, attributes, lacking)
    if values:
        body["attributes"] = values
    if not isinstance(variant.images, UnsetType):
        body["images"] = image_drafts(variant)
    prices = price_drafts(variant, known, lacking)
    if prices:
        body["prices"] = prices
    return {**body, **asset_drafts(variant.assets, known.custom, of=f"variant {variant.sku}")}


def add_variant(
    variant: Variant, shared: Mapping[str, Any], attributes: Attributes, known: Known, lacking: Lacking
) -> Step:
    """Add a variant that the product does not have yet."""
    draft = variant_draft(variant, shared, attributes, known, lacking)
    return Step.of({"action": "addVariant", **draft}, "variants", None, variant.sku)


def remove_variant(live: Json) -> Step:
    """Take a variant away, by its id: it need not have a SKU."""
    return Step.of(
        {"action": "removeVariant", "id": live["id"]}, "variants", live.get("sku", str(live["id"])), None
    )


def make_master(live: Json | None, sku: str, old: Json) -> Step:
    """Make a variant the master, one that is there by its id, a new one by its SKU."""
    found = {"sku": sku} if live is None else {"variantId": live["id"]}
    name = sku if live is None else live.get("sku", str(live["id"]))
    return Step.of({"action": "changeMasterVariant", **found}, "masterVariant", old.get("sku"), name)


def make_room(old: Json, new: Sequence[Variant], attributes: Attributes) -> Iterator[Step]:
    """Let a master that goes give up what tells variants apart, so that the one that replaces it may have it.

    What is required cannot be given up: such a text takes another form for the moment.
    """
    taken = {
        (name, repr(value))
        for variant in new
        if not isinstance(variant.attributes, UnsetType)
        for name, value in variant.attributes.items()
    }
    held = values_of(old)
    found = {"sku": old["sku"]} if "sku" in old else {"variantId": old["id"]}
    for attribute in attributes.unique:
        value = held.get(attribute.name)
        if value is None or (attribute.name, repr(attribute.shown(value))) not in taken:
            continue
        action = {"action": "setAttribute", **found, "name": attribute.name}
        if not attribute.required:
            yield Step(action, ())
        elif isinstance(value, str):
            yield Step({**action, "value": f"{value} (replaced)"}, ())
