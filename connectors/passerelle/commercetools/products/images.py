"""Pictures of a variant: compared by address, with their labels, in as few moves as the order asks for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import UnsetType

from ...errors import Refused
from ...records import Variant
from ..planning.steps import Step
from .projection import LiveImage

__all__ = ["change_images", "image_drafts"]

Json = dict[str, Any]

# What an image's size is when the source does not tell it: the API demands the field, not its truth.
_NO_SIZE = {"w": 0, "h": 0}


def image_drafts(variant: Variant) -> list[Json]:
    """The pictures of a new variant; one address stands once."""
    return [_image(url, label) for url, label in _labelled(variant).items()]


def change_images(live: Sequence[LiveImage], wanted: Variant) -> Iterator[Step]:
    """Remove, label, add and arrange pictures.

    A picture that stays keeps its label unless the record has one. An order is restored with the fewest
    moves: what is in order already stays where it is.
    """
    if isinstance(wanted.images, UnsetType):
        return
    sku, field = wanted.sku, f"variants[{wanted.sku}].images"
    labelled = _labelled(wanted)
    held = {image.url: image.label for image in live}
    for url in held:
        if url not in labelled:
            yield Step.of({"action": "removeImage", "sku": sku, "imageUrl": url}, field, url, None)
    for url, label in labelled.items():
        if label is not None and url in held and (held[url] or "") != label:
            action = {"action": "setImageLabel", "sku": sku, "imageUrl": url}
            if label:
                action["label"] = label
            yield Step.of(action, f"{field}[{url}].label", held[url], label or None)
    order = [url for url in held if url in labelled]
    for url, label in labelled.items():
        if url not in held:
            yield Step.of(
                {"action": "addExternalImage", "sku": sku, "image": _image(url, label)}, field, None, url
            )
            order.append(url)
    yield from _moves(sku, field, order, list(labelled))


def _labelled(variant: Variant) -> dict[str, str | None]:
    """Addresses in their order with their labels; None says nothing of a label, "" that there is none."""
    urls = () if isinstance(variant.images, UnsetType) else variant.images
    if isinstance(variant.image_labels, UnsetType):
        return dict.fromkeys(urls)
    labels = variant.image_labels
    if len(labels) != len(urls):
        raise Refused(
            f"variant {variant.sku} has {len(urls)} images and {len(labels)} labels for them",
            code="image_labels",
            advice="Map image_labels from the same elements as images; a picture without a label has "
            "an empty one",
        )
    labelled: dict[str, str | None] = {}
    for url, label in zip(urls, labels, strict=True):
        labelled.setdefault(url, label)
    return labelled


def _image(url: str, label: str | None) -> Json:
    image: Json = {"url": url, "dimensions": _NO_SIZE}
    if label:
        image["label"] = label
    return image


def _moves(sku: str, field: str, order: list[str], wanted: list[str]) -> Iterator[Step]:
    if order == wanted:
        return
    place = {url: position for position, url in enumerate(wanted)}
    staying = _longest_ascending([place[url] for url in order])
    for position, url in enumerate(wanted):
        if position in staying:
            continue
        old = order.index(url)
        del order[old]
        # Right behind the one before it, which stands where it belongs among those already arranged.
        new = 0 if position == 0 else order.index(wanted[position - 1]) + 1
        order.insert(new, url)
        if new == old:
            continue
        action = {"action": "moveImageToPosition", "sku": sku, "imageUrl": url, "position": new}
        yield Step.of(action, f"{field}.position", old, new)


def _longest_ascending(places: Sequence[int]) -> frozenset[int]:
    """The values of a longest ascending subsequence (patience sorting)."""
    tops: list[int] = []
    before: dict[int, int | None] = {}
    for value in places:
        pile = bisect_left(tops, value)
        before[value] = tops[pile - 1] if pile else None
        tops[pile : pile + 1] = [value]
    found: list[int] = []
    last: int | None = tops[-1] if tops else None
    while last is not None:
        found.append(last)
        last = before[last]
    return frozenset(found)
