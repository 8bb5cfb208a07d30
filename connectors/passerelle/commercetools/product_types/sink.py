"""Product types: each found by its key, its attributes by their names, which hold for the whole project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...errors import ReferenceMissing
from ...records import ProductType
from ...sync.protocols import Change, Live
from ..http.client import Client, Json
from ..planning.definitions import Shapes
from ..planning.keyed_sink import KeyedSink
from ..planning.pointed import Pointed
from ..planning.steps import Step
from ..planning.waiting import awaiting
from .actions import left_over, product_type_steps
from .attribute_types import live_shape, shape
from .draft import attributes_of, missing_nested, product_type_draft, refuse_unclear
from .reading import product_type_of

__all__ = ["ProductTypeSink"]


class ProductTypeSink(KeyedSink[ProductType]):
    """Carries product types.

    `remove` takes away attributes and enum values that the record does not name, with the data that products
    have in them; without it they stay, and `left` tells of them by the product type's key.
    """

    entity = "product_type"
    record_type = ProductType
    path = "product-types"

    def __init__(self, client: Client, *, remove: bool = False, **settings: Any) -> None:
        super().__init__(client, **settings)
        self._remove = remove and not self.additive
        self._known = Pointed(client)
        self._shapes = Shapes("attribute")
        self.left: dict[str, list[str]] = {}

    async def prepare(self) -> None:
        """Read all product types: which attribute has which type, before anything is written."""
        self._take([found async for found in self._client.query(self.path)])

    async def completed(self, found: Sequence[Json], records: Sequence[ProductType]) -> Sequence[Json]:
        """Give the product types with nested ones by key; note what the records want of names and types."""
        bodies = self._take(found)
        by_key = {body["key"]: body for body in bodies if "key" in body}
        await self._known.learn(
            keys=[
                ("product-type", one.nested_type)
                for record in records
                for one in attributes_of(record)
                if isinstance(one.nested_type, str)
            ]
        )
        for record in records:
            self._shapes.tell(record.key, [(one.name, shape(one)) for one in attributes_of(record)])
            if record.key in by_key and not self._remove:
                self.left[record.key] = left_over(record, by_key[record.key])
        return bodies

    def written(self, resource: Json) -> None:
        """Remember a new product type: others may nest it."""
        self._known.remember("product-type", resource["key"], resource["id"])

    def plan(self, record: ProductType, live: Live | None) -> Change | None:
        """Compare a product type with the live one; what nests a type that is not there yet is left out.

        Raises:
            Refused: an attribute has another type, here or elsewhere in the project, a constraint would
                become stricter, or something that stays for good should change.
        """
        refuse_unclear(record)
        for attribute in attributes_of(record):
            self._shapes.check(record.key, attribute.name, shape(attribute))
        return awaiting(super().plan(record, live), missing_nested(record, self._known), self._missing)

    def draft(self, record: ProductType) -> Json:
        """The draft."""
        return product_type_draft(record, self._known)

    def steps(self, record: ProductType, live: Json) -> Iterable[Step]:
        """Name, description and attributes."""
        return product_type_steps(record, live, self._known, remove=self._remove, keep=self.additive)

    def record_of(self, live: Live) -> ProductType:
        """The record that would have made the product type."""
        return product_type_of(live.body)

    def remarks(self) -> list[str]:
        """What the records do not name and the shop keeps, a sentence for each product type."""
        return [
            f"product type {key} keeps what the feed does not name: {', '.join(left)}"
            "; `remove: true` in the feed takes it away, with the data of products"
            for key, left in self.left.items()
            if left
        ]

    async def live_shapes(self) -> list[tuple[str, str, str]]:
        """Each attribute of the project: its product type's key, its name, its type in words."""
        bodies = self._take([found async for found in self._client.query(self.path)])
        return [
            (str(body.get("key", body["id"])), one["name"], live_shape(one["type"]))
            for body in bodies
            for one in body.get("attributes", ())
        ]

    def _take(self, found: Sequence[Json]) -> list[Json]:
        for one in found:
            self._known.remember("product-type", str(one.get("key", one["id"])), one["id"])
        bodies: list[Json] = [self._known.within(one) for one in found]
        for body in bodies:
            owner = str(body.get("key", body["id"]))
            attributes = body.get("attributes", ())
            self._shapes.tell(owner, [(one["name"], live_shape(one["type"])) for one in attributes])
        return bodies

    def _missing(self, key: str) -> ReferenceMissing:
        return ReferenceMissing(
            f"there is no product type {key} that could be nested",
            reference=key,
            advice="Let the feed that brings it run first",
        )
