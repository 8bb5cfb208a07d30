"""What can be bought right now: looked up by place, without looking through the whole stock each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from ..project import Project
from ..resources.price_choice import chosen_price
from ..resources.variants import all_variants
from ..store import Doc

__all__ = ["Offer", "Shelf"]

# What is not for sale, or in the basket already, is looked past so often.
_TRIES = 10


class Offer(NamedTuple):
    """A SKU that can be bought: its name, what is left of it in one place, its price in a country."""

    sku: str
    name: dict[str, str]
    available: int
    channel: str | None
    price: Doc


class Shelf:
    """The stock of a project by place; entries that came since are seen when there are more or fewer."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._seen = -1
        self._by_place: dict[str, list[str]] = {}
        self._places: list[str] = []

    def places(self) -> Sequence[str]:
        """The keys of all places that have entries, in order; the pool of all is the empty text."""
        self._look()
        return self._places

    def pick(self, country: str, lines: int, dice: Random, place: str | None = None) -> list[Offer]:
        """Up to `lines` different SKUs in stock with a price in the country, of one currency and place.

        Without `place` each line may come from another one.
        """
        self._look()
        picked: dict[str, Offer] = {}
        for offer in self._tries(country, lines, dice, place):
            currencies = {one.price["value"]["currencyCode"] for one in picked.values()}
            if currencies <= {offer.price["value"]["currencyCode"]}:
                picked.setdefault(offer.sku, offer)
            if len(picked) == lines:
                break
        return list(picked.values())

    def _tries(self, country: str, lines: int, dice: Random, place: str | None) -> Iterator[Offer]:
        for _ in range(_TRIES + lines):
            if not self._places:
                return
            where = dice.choice(self._places) if place is None else place
            entries = self._by_place.get(where)
            if not entries:
                return
            offer = self._offer(dice.choice(entries), where, country)
            if offer is not None:
                yield offer

    def _offer(self, entry_id: str, place: str, country: str) -> Offer | None:
        entry = self._project.collection("inventory-entry").docs.get(entry_id)
        if entry is None or entry["availableQuantity"] <= 0:
            return None
        product = self._project.collection("product").by_claim("sku", entry["sku"])
        if product is None or not product["masterData"]["published"]:
            return None
        data = product["masterData"]["current"]
        if all(variant.get("sku") != entry["sku"] for variant in all_variants(data)):
            return None
        price = chosen_price(self._project, entry["sku"], None, country)
        if price is None:
            return None
        return Offer(entry["sku"], data["name"], entry["availableQuantity"], place or None, price)

    def _look(self) -> None:
        entries = self._project.collection("inventory-entry")
        if len(entries) == self._seen:
            return
        self._seen = len(entries)
        channels = self._project.collection("channel").docs
        found = sorted(
            (
                channels[entry["supplyChannel"]["id"]]["key"] if "supplyChannel" in entry else "",
                entry["sku"],
                entry["id"],
            )
            for entry in entries.docs.values()
        )
        self._by_place = {}
        for place, _, entry_id in found:
            self._by_place.setdefault(place, []).append(entry_id)
        self._places = list(self._by_place)
