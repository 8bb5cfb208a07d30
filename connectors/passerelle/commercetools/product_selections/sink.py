"""Product selections: each found by its key, its products listed page by page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import UnsetType

from ...errors import ReferenceMissing
from ...records import ProductSelection
from ...sync.protocols import Applied, Change, Live
from ..http.client import Client, Json
from ..planning.custom_fields import CustomFields
from ..planning.keyed_sink import KeyedSink
from ..planning.pointed import Pointed
from ..planning.steps import Step
from ..planning.waiting import awaiting
from ..stores.sink import Wiring
from .actions import missing_products, selection_steps
from .draft import assignments, selection_draft
from .listing import products_of
from .reading import selection_of

__all__ = ["ProductSelectionSink"]


class ProductSelectionSink(KeyedSink[ProductSelection]):
    """Carries assortments; products that are not there yet join when they come."""

    entity = "product_selection"
    record_type = ProductSelection
    path = "product-selections"

    def __init__(self, client: Client, *, wiring: Wiring = "keep", **settings: Any) -> None:
        super().__init__(client, **settings)
        self._keep = wiring == "keep" or self.additive
        self._custom = CustomFields(client)
        self._pointed = Pointed(client)

    async def completed(self, found: Sequence[Json], records: Sequence[ProductSelection]) -> Sequence[Json]:
        """Learn custom types and products; give the selections with the products in them.

        A record that names no products costs no listing.
        """
        await self._custom.learn(records, found)
        plain = {record.key for record in records if isinstance(record.products, UnsetType)}
        wanted = [selection for selection in found if selection.get("key") not in plain]
        listed = await self._client.each(wanted, lambda one: products_of(self._client, one["id"]))
        await self._pointed.learn(
            keys=[
                ("product", one.product)
                for record in records
                if not isinstance(record.products, UnsetType)
                for one in record.products
            ]
        )
        await self._pointed.learn(
            ids=[("product", one["product"]["id"]) for products in listed for one in products]
        )
        products = {one["id"]: listed[place] for place, one in enumerate(wanted)}
        return [
            {**one, "products": self._pointed.within(products[one["id"]])} if one["id"] in products else one
            for one in found
        ]

    def plan(self, record: ProductSelection, live: Live | None) -> Change | None:
        """Compare an assortment with the live one; products that are not there yet are left out."""
        change = super().plan(record, live)
        if live is None and change is not None:
            change = msgspec.structs.replace(change, actions=assignments(record, self._pointed))
        return awaiting(change, missing_products(record, self._pointed), self._missing)

    def draft(self, record: ProductSelection) -> Json:
        """The draft; raises Refused without a name."""
        return selection_draft(record, self._custom)

    def steps(self, record: ProductSelection, live: Json) -> Iterable[Step]:
        """Name, products and custom fields."""
        return selection_steps(record, live, self._custom, self._pointed, keep=self._keep)

    def record_of(self, live: Live) -> ProductSelection:
        """The record that would have made the assortment."""
        return selection_of(live.body, self._custom)

    async def apply(self, change: Change) -> Applied:
        """Send one change; a new selection takes its products in a second request, for drafts have none.

        Raises as `ResourceSink.apply`. A run that ends in between leaves a selection without products: the
        next one finds that they are missing.
        """
        made = await super().apply(change)
        if change.kind != "create" or not change.actions:
            return made
        resource = await self._client.update(self.path, made.id, made.version, change.actions)
        return Applied(resource["id"], resource["version"])

    def _missing(self, key: str) -> ReferenceMissing:
        return ReferenceMissing(
            f"there is no product {key} yet", reference=key, advice="Let the feed that brings it run first"
        )
