"""What plans of products look up: ids and keys of all that products point to, learnt in batches.

A plan never calls; what it needs was learnt when its batch was read. References to what does not exist are
gathered in `Lacking`, so that all of them are told at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from msgspec import UNSET, UnsetType

from ...errors import ConfigError, ReferenceMissing
from ...records import EmbeddedPrice, Product, Variant
from ..http.client import Client, Json
from ..http.scopes import Need, allowed
from ..planning.assets import customized_assets
from ..planning.custom_fields import CustomFields, Customized
from ..planning.pointed import Pointed
from ..planning.references import References
from .attributes import Attributes

__all__ = ["Known", "Lacking", "live_variants"]


class Lacking:
    """What a record points to that is not there.

    Without `missing` it cannot be carried, without `waiting` it can.
    """

    __slots__ = ("missing", "waiting")

    def __init__(self) -> None:
        self.missing: list[str] = []
        self.waiting: list[str] = []

    def refuse_missing(self, key: str) -> None:
        """Raise ReferenceMissing when there is something without which the product cannot be carried."""
        if self.missing:
            names = ", ".join(dict.fromkeys(self.missing))
            raise ReferenceMissing(
                f"product {key} points to what is not there: {names}",
                reference=names,
                advice=f"Let what creates it run first, then this feed again with --sku {key}",
            )

    def refuse_waiting(self, key: str) -> None:
        """Raise ReferenceMissing when nothing is left to do but what has to wait."""
        if self.waiting:
            names = ", ".join(dict.fromkeys(self.waiting))
            raise ReferenceMissing(
                f"product {key} agrees but for attributes that point to what is not there: {names}",
                reference=names,
                advice="It is completed by itself when that is there",
            )


def live_variants(live: Json) -> list[Json]:
    """All live variants, the master variant first; products with variants of their own have none."""
    if "masterVariant" not in live:
        return list(live.get("variants", ()))
    return [live["masterVariant"], *live.get("variants", ())]


class Known:
    """Keys and ids of a project as far as its products use them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.categories = References(client, "categories")
        self.tax_categories = References(client, "tax-categories")
        self.states = References(client, "states")
        self.product_types = References(client, "product-types")
        self.channels = References(client, "channels")
        self.groups = References(client, "customer-groups")
        self.custom = CustomFields(client)
        self.pointed = Pointed(client)
        self._attributes: dict[str, Attributes] = {}

    async def load_types(self, needed: Sequence[str]) -> None:
        """Read all product types and compile their attributes.

        Raises:
            ConfigError: one that is needed is missing, or there is none at all; names what is there.
        """
        await self.product_types.load()
        types = self.product_types.all()
        missing = [key for key in needed if self.product_types.id(key) is None]
        if missing or not types:
            there = ", ".join(sorted(kind["key"] for kind in types)) or "none"
            raise ConfigError(
                f"the project lacks product type {', '.join(missing) or '(any)'}; it has {there}",
                advice="Run the project setup with the model that declares it",
            )
        for kind in types:
            self.take_type(kind)

    def take_type(self, product_type: Json) -> None:
        """Compile the attributes of a product type."""
        self.product_types.remember(product_type)
        self._attributes[product_type["id"]] = Attributes(product_type, self.pointed, self._attributes.get)

    def attributes(self, type_id: str) -> Attributes:
        """The attributes of a product type.

        Raises:
            ReferenceMissing: it came into being after this run began.
        """
        found = self._attributes.get(type_id)
        if found is None:
            raise ReferenceMissing(
                f"product type {type_id} was not there when this run began",
                reference=f"product-type {type_id}",
                advice="The next run knows it",
            )
        return found

    def attribute_names(self) -> frozenset[str]:
        """Name the attributes of all product types."""
        return frozenset(name for one in self._attributes.values() for name in one.by_name)

    async def learn(self, records: Sequence[Product], found: Sequence[Json]) -> None:
        """Look up what the records and the live products point to: at most two queries a kind of resource.

        Nothing is asked when all is known already. What only live products point to (states, channels,
        customer groups, custom types) is looked up where the API client may; else it keeps its id.
        """
        granted = await self._client.scopes()
        await self.categories.learn(
            keys=[key for record in records for key in _categories(record)],
            ids=[one["id"] for product in found for one in product.get("categories", ())],
        )
        await self.tax_categories.learn(
            keys=[one.tax_category for one in records if isinstance(one.tax_category, str)],
            ids=[one["taxCategory"]["id"] for one in found if "taxCategory" in one],
        )
        await self.states.learn(
            keys=[one.state for one in records if isinstance(one.state, str)],
            ids=[one["state"]["id"] for one in found if "state" in one and _may("states", granted)],
        )
        for product in found:
            self.pointed.remember("product", product["key"], product["id"])
        await self.pointed.learn(
            keys=[pair for record in records for pair in self._pointed_keys(record)],
            ids=[pair for product in found for pair in self._pointed_ids(product)],
        )
        await self._learn_prices(records, found, granted)
        parts = [part for record in records for part in _customized(record)]
        live_parts = [p for product in found for p in _live_parts(product) if _may("types", granted)]
        if parts or live_parts:
            await self.custom.learn(parts, live_parts)

    def name(self, product: Json) -> Json:
        """The projection with the key beside the id of everything that it points to."""
        body = dict(product)
        body["categories"] = [self.categories.named(one) for one in product.get("categories", ())]
        body["productType"] = self.product_types.named(product["productType"])
        if "taxCategory" in product:
            body["taxCategory"] = self.tax_categories.named(product["taxCategory"])
        if "state" in product:
            body["state"] = self.states.named(product["state"])
        for variant in live_variants(body):
            for price in variant.get("prices", ()):
                if "channel" in price:
                    price["channel"] = self.channels.named(price["channel"])
                if "customerGroup" in price:
                    price["customerGroup"] = self.groups.named(price["customerGroup"])
        return body

    async def _learn_prices(
        self, records: Sequence[Product], found: Sequence[Json], granted: AbstractSet[str]
    ) -> None:
        wanted = [price for record in records for price in _prices(record)]
        live = [
            p for product in found for variant in live_variants(product) for p in variant.get("prices", ())
        ]
        if not wanted and not live:
            return
        await self.channels.learn(
            keys=[price.channel for price in wanted if price.channel is not None],
            ids=[one["channel"]["id"] for one in live if "channel" in one and _may("channels", granted)],
        )
        await self.groups.learn(
            keys=[price.customer_group for price in wanted if price.customer_group is not None],
            ids=[
                one["customerGroup"]["id"]
                for one in live
                if "customerGroup" in one and _may("customer-groups", granted)
            ],
        )

    def _pointed_keys(self, record: Product) -> Iterator[tuple[str, str]]:
        """Each (type id, key) that an attribute of the record names."""
        for variant in _variants(record):
            if isinstance(variant.attributes, UnsetType):
                continue
            for name, value in variant.attributes.items():
                # Text and numbers are by far the most, and point to nothing unless a definition says so.
                if type(value) is dict or type(value) in (list, tuple):
                    yield from _named_pairs(value)
                elif type(value) is str:
                    yield from self._bare_pair(record, name, value)

    def _bare_pair(self, record: Product, name: str, value: str) -> Iterator[tuple[str, str]]:
        for attributes in self._pointing(record):
            described = attributes.pointing.get(name)
            if described is not None and described["name"] == "reference":
                yield described["referenceTypeId"], value

    def _pointing(self, record: Product) -> Iterator[Attributes]:
        """The types a record may have, as far as they have attributes that point to others."""
        key = record.product_type
        type_id = None if isinstance(key, UnsetType) else self.product_types.id(key)
        known = self._attributes.values() if type_id is None else (self._attributes[type_id],)
        return (attributes for attributes in known if attributes.pointing)

    def _pointed_ids(self, product: Json) -> Iterator[tuple[str, str]]:
        attributes = self._attributes.get(product["productType"]["id"])
        if attributes is None or not attributes.pointing:
            return
        lists = [product.get("attributes", ()), *(v.get("attributes", ()) for v in live_variants(product))]
        for values in lists:
            for one in values:
                if one.name in attributes.pointing:
                    yield from _identified(one.value)


def _may(path: str, granted: AbstractSet[str]) -> bool:
    """Whether the token reads a kind of resource; one that names no scopes is asked."""
    return not granted or allowed(Need(path), granted)


def _variants(record: Product) -> Sequence[Variant]:
    return () if isinstance(record.variants, UnsetType) else record.variants


def _categories(record: Product) -> Iterable[str]:
    if not isinstance(record.categories, UnsetType):
        yield from record.categories
    if not isinstance(record.category_order_hints, UnsetType):
        yield from record.category_order_hints


def _prices(record: Product) -> Iterator[EmbeddedPrice]:
    for variant in _variants(record):
        if not isinstance(variant.prices, UnsetType):
            yield from variant.prices


def _customized(record: Product) -> Iterator[Customized]:
    for variant in _variants(record):
        if variant.prices is not UNSET or variant.assets is not UNSET:
            yield from customized_assets(variant.assets)
            if not isinstance(variant.prices, UnsetType):
                yield from variant.prices


def _live_parts(product: Json) -> Iterator[Json]:
    for variant in live_variants(product):
        yield from variant.get("assets", ())
        yield from variant.get("prices", ())


def _named_pairs(value: Any) -> Iterator[tuple[str, str]]:
    """Each reference by key in a value, sets and nested attributes included."""
    if isinstance(value, Mapping):
        if isinstance(value.get("typeId"), str) and isinstance(value.get("key"), str):
            yield value["typeId"], value["key"]
        else:
            for part in value.values():
                yield from _named_pairs(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _named_pairs(part)


def _identified(value: Any) -> Iterator[tuple[str, str]]:
    """Each reference by id in a live value."""
    if isinstance(value, dict):
        if "typeId" in value and "id" in value:
            yield value["typeId"], value["id"]
        else:
            for part in value.values():
                yield from _identified(part)
    elif isinstance(value, list):
        for part in value:
            yield from _identified(part)
