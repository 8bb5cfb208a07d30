"""What is told of products and categories."""

from __future__ import annotations

from collections.abc import Iterator

from ..resources.projections import current, staged
from ..store import Doc
from .log import Told

__all__ = ["tell_of_categories", "tell_of_products"]

_SIDES = (("current", False), ("staged", True))


def tell_of_categories(old: Doc | None, new: Doc | None) -> Iterator[Told]:
    """Created, and a changed slug: no other message of categories exists."""
    if new is None:
        return
    if old is None:
        yield Told("CategoryCreated", {"category": new})
    elif old["slug"] != new["slug"]:
        yield Told("CategorySlugChanged", {"slug": new["slug"], "oldSlug": old["slug"]})


def tell_of_products(old: Doc | None, new: Doc | None) -> Iterator[Told]:
    """Created, deleted, published, unpublished; slug, variants, categories and prices that changed."""
    if old is None:
        if new is not None:
            yield Told("ProductCreated", {"productProjection": staged(new)})
            if new["masterData"]["published"]:
                yield _published(new)
        return
    if new is None:
        yield Told("ProductDeleted", {"removedImageUrls": _images(old)})
        return
    yield from _changed(old, new)


def _changed(old: Doc, new: Doc) -> Iterator[Told]:
    was, now = old["masterData"], new["masterData"]
    if was["published"] and not now["published"]:
        yield Told("ProductUnpublished", {})
    elif now["published"] and _goes_live(was, now):
        yield _published(new)
        return
    if was["staged"]["slug"] != now["staged"]["slug"]:
        yield Told("ProductSlugChanged", {"slug": now["staged"]["slug"], "oldSlug": was["staged"]["slug"]})
    if old.get("priceMode") != new.get("priceMode"):
        yield Told("ProductPriceModeSet", {"to": new["priceMode"]})
    if old.get("state") != new.get("state") and "state" in new:
        yield Told("ProductStateTransition", {"state": new["state"], "force": False})
    both = was["staged"] != now["staged"] and was["current"] != now["current"]
    for side, is_staged in _SIDES:
        if was[side] != now[side] and not (is_staged and both):
            yield from _side(was[side], now[side], is_staged=is_staged)


def _goes_live(was: Doc, now: Doc) -> bool:
    """Whether the staged side was made current: by publishing, not by an action on both sides."""
    if not was["published"]:
        return True
    became: bool = was["current"] != now["current"] and was["staged"] == now["staged"]
    return became


def _published(product: Doc) -> Told:
    projection = {**(current(product) or staged(product)), "hasStagedChanges": False}
    return Told("ProductPublished", {"removedImageUrls": [], "productProjection": projection, "scope": "All"})


def _side(was: Doc, now: Doc, *, is_staged: bool) -> Iterator[Told]:
    for category in now["categories"]:
        if category not in was["categories"]:
            yield Told("ProductAddedToCategory", {"category": category, "staged": is_staged})
    for category in was["categories"]:
        if category not in now["categories"]:
            yield Told("ProductRemovedFromCategory", {"category": category, "staged": is_staged})
    before = {variant["id"]: variant for variant in _variants(was)}
    after = {variant["id"]: variant for variant in _variants(now)}
    for number, variant in before.items():
        if number not in after:
            told = {"variant": variant, "removedImageUrls": [image["url"] for image in variant["images"]]}
            yield Told("ProductVariantDeleted", {**told, "staged": is_staged})
    for number, variant in after.items():
        if number not in before:
            yield Told("ProductVariantAdded", {"variant": variant, "staged": is_staged})
        elif before[number] != variant:
            yield from _variant(before[number], variant, is_staged=is_staged)


def _variant(was: Doc, now: Doc, *, is_staged: bool) -> Iterator[Told]:
    where = {"variantId": now["id"], "staged": is_staged}
    known = {image["url"] for image in was["images"]}
    for image in now["images"]:
        if image["url"] not in known:
            yield Told("ProductImageAdded", {**where, "image": image})
    before = {price["id"]: price for price in was["prices"]}
    after = {price["id"]: price for price in now["prices"]}
    if before.keys() != after.keys() and not before.keys() & after.keys() and len(before) + len(after) > 1:
        yield Told("ProductPricesSet", {**where, "prices": now["prices"]})
        return
    for number, price in before.items():
        if number not in after:
            yield Told("ProductPriceRemoved", {**where, "price": price})
    for number, price in after.items():
        if number not in before:
            yield Told("ProductPriceAdded", {**where, "price": price})
        elif before[number] != price:
            yield Told("ProductPriceChanged", {**where, "oldPrice": before[number], "newPrice": price})


def _images(product: Doc) -> list[str]:
    data = product["masterData"]["staged"]
    return [image["url"] for variant in _variants(data) for image in variant["images"]]


def _variants(data: Doc) -> list[Doc]:
    return [data["masterVariant"], *data["variants"]]
