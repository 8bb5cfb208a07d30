"""What is told of standalone prices."""

from __future__ import annotations

from collections.abc import Iterator

from ..store import Doc
from .log import Told

__all__ = ["tell_of_prices"]

_FROM, _UNTIL = "validFrom", "validUntil"


def tell_of_prices(old: Doc | None, new: Doc | None) -> Iterator[Told]:
    """Created, deleted, and what changed, each as the API names it."""
    if old is None:
        if new is not None:
            yield Told("StandalonePriceCreated", {"standalonePrice": new})
        return
    if new is None:
        yield Told("StandalonePriceDeleted", {"sku": old["sku"]})
        return
    yield from _staged(old, new)
    if old.get("key") != new.get("key"):
        yield Told("StandalonePriceKeySet", _filled(key=new.get("key"), oldKey=old.get("key")))
    if old["active"] != new["active"]:
        yield Told("StandalonePriceActiveChanged", {"active": new["active"], "oldActive": old["active"]})
    if old.get("discounted") != new.get("discounted"):
        yield Told("StandalonePriceExternalDiscountSet", _filled(discounted=new.get("discounted")))
    yield from _validity(old, new)
    yield from _tiers(old, new)


def _staged(old: Doc, new: Doc) -> Iterator[Told]:
    waiting, waits = old.get("staged"), new.get("staged")
    applied = waiting is not None and waits is None and _content(waiting, new)
    if waiting is not None and waits is None:
        kind = "StandalonePriceStagedChangesApplied" if applied else "StandalonePriceStagedChangesRemoved"
        yield Told(kind, {"stagedChanges": waiting})
    elif waits is not None and waits != waiting and "value" in waits:
        yield Told("StandalonePriceValueChanged", {"value": waits["value"], "staged": True})
    if old["value"] != new["value"] and not applied:
        yield Told(
            "StandalonePriceValueChanged",
            {"value": new["value"], "staged": False, "oldValue": old["value"]},
        )


def _content(staged: Doc, price: Doc) -> bool:
    return all(price.get(name) == value for name, value in staged.items())


def _validity(old: Doc, new: Doc) -> Iterator[Told]:
    moved = [name for name in (_FROM, _UNTIL) if old.get(name) != new.get(name)]
    start = _filled(validFrom=new.get(_FROM), previousValidFrom=old.get(_FROM))
    end = _filled(validUntil=new.get(_UNTIL), previousValidUntil=old.get(_UNTIL))
    match moved:
        case [_, _]:
            yield Told("StandalonePriceValidFromAndUntilSet", {**start, **end})
        case ["validFrom"]:
            yield Told("StandalonePriceValidFromSet", start)
        case ["validUntil"]:
            yield Told("StandalonePriceValidUntilSet", end)


def _tiers(old: Doc, new: Doc) -> Iterator[Told]:
    before, after = old.get("tiers", []), new.get("tiers", [])
    if before == after:
        return
    added = [tier for tier in after if tier not in before]
    removed = [tier for tier in before if tier not in after]
    if len(added) == 1 and not removed:
        yield Told("StandalonePriceTierAdded", {"tier": added[0]})
    elif len(removed) == 1 and not added:
        yield Told("StandalonePriceTierRemoved", {"removedTier": removed[0]})
    else:
        yield Told("StandalonePriceTiersSet", {"tiers": after, "previousTiers": before})


def _filled(**fields: object) -> Doc:
    return {name: value for name, value in fields.items() if value is not None}
