"""Products: a style with its variants, compared with its staged data and published by policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec
from msgspec import UNSET, UnsetType
from typing_extensions import override

from ...errors import ConfigError, ReferenceMissing, Refused
from ...records import Product
from ...sync.protocols import Applied, Change, FieldChange, Live, Modified, Removal
from ..http.client import Client, Json
from ..planning.only_create import settled_product
from ..planning.resource_sink import ResourceSink
from ..planning.steps import Step, created, required, updated
from ..variants.reading import is_modular
from ..variants.sink import OwnVariants, is_of_variants
from .actions import steps
from .agreeing import apart_in_order
from .at_once import fields_agree
from .draft import draft, draft_fields
from .known import Known, Lacking, live_variants
from .limits import check_size
from .matching import check_identities
from .projection import ProjectionReader, compact
from .publishing import Publish, is_published_at_once, publishing
from .reading import product_of
from .variants import Master

__all__ = ["Master", "ProductSink", "Publish"]

#: How many products are read at once: the first time, at most (one short of a page), at least.
_FIRST, _MOST, _LEAST = 499, 499, 20
#: Bytes that one answer should have; a product document is some 5 to 100 KB.
_ANSWER = 8 * 1024 * 1024
_SKU_ADVICE = (
    "A SKU cannot change while stock uses it: delete its inventory entries first, or give the article "
    "another variant key, so that it becomes a new variant"
)
_ON_SHOP = FieldChange("published", old=True, new=False)


class ProductSink(ResourceSink[Product]):
    """Carries products; `product_types` are the keys that must exist before anything starts.

    `creates=False` is for a feed of translations: it names a few locales and owns nothing else. `master` says
    whether the record's first variant is made the master variant. Products with embedded prices and with
    standalone ones are carried alike; a record says which they are, or has prices.
    """

    entity = "product"
    record_type = Product
    path = "products"

    def __init__(
        self,
        client: Client,
        *,
        creates: bool = True,
        publish: Publish = "keep",
        master: Master = "keep",
        product_types: Sequence[str] = (),
        only_create: AbstractSet[str] = frozenset(),
    ) -> None:
        super().__init__(client, creates=creates, only_create=only_create)
        self._publish: Publish = publish
        self._master: Master = master
        self._needed = tuple(product_types)
        self._known = Known(client)
        self._at_once = _FIRST
        self._reader = ProjectionReader()
        self._own = OwnVariants(client, self._known, publish=publish, master=master)

    def key(self, record: Product) -> str:
        """The product's key."""
        return record.key

    async def prepare(self) -> None:
        """Read the product types.

        Raises:
            ConfigError: a product type that this feed needs is missing.
        """
        await self._known.load_types(self._needed)
        self._reader.expect(self._known.attribute_names())

    async def read_live(self, records: Sequence[Product]) -> Mapping[str, Live]:
        """Read the staged projections by key, and look up what either side points to.

        Raises:
            ConfigError: the project has the catalogue model Modular, and a record embedded prices.
        """
        found = await self._read("key", [record.key for record in records])
        if self._own.is_used:
            self._own.check(records)
        await self._known.learn(records, found)
        return {product["key"]: self._live(product) for product in found}

    async def read_ids(self, ids: Sequence[str]) -> Mapping[str, Live]:
        """Read the staged projections by id; what is gone is left out."""
        found = await self._read("id", ids)
        await self._known.learn((), found)
        return {product["id"]: self._live(product) for product in found}

    async def _read(self, field: str, values: Iterable[str]) -> list[Json]:
        if self._own.is_used:
            return await self._own.read(field, values)
        values = list(values)
        found = await self._client.query_in(
            "product-projections",
            field,
            values,
            params=[("staged", "true")],
            most=self._at_once,
            read=self._reader,
        )
        if values and await self._own.used(found):
            return await self._own.read(field, values)
        if found:
            # Small products are read many at once, large ones few: an answer stays at a few megabytes.
            self._at_once = max(_LEAST, min(_MOST, _ANSWER // max(1, self._reader.size)))
        return found

    def _live(self, product: Json) -> Live:
        if is_modular(product):
            return self._own.live(product)
        return Live(product["id"], product["version"], self._known.name(product))

    def plan(self, record: Product, live: Live | None) -> Change | None:
        """Compare a product with the live one.

        Raises:
            ReferenceMissing: a category, tax category, state, product type, custom type, channel, customer
                group or enum value does not exist (yet); the product does not and this feed does not create;
                or nothing is left to do but what attributes point to and is not there yet.
            Refused: the product type would change, SameForAll values differ, an attribute is unknown or of
                another type, a draft would be incomplete, or a limit would be passed.
        """
        lacking = Lacking()
        if live is None:
            return self._plan_create(record, lacking)
        attributes = self._known.attributes(live.body["productType"]["id"])
        if not isinstance(record.product_type, UnsetType) and record.product_type != attributes.product_type:
            raise Refused(
                f"{record.key} is of product type {attributes.product_type} and should be "
                f"{record.product_type}: commercetools cannot change it",
                code="product_type_fixed",
                advice="Delete the product and let the next full file create it",
            )
        wanted = record
        if self._only_create:
            skus = {variant["sku"] for variant in live_variants(live.body) if "sku" in variant}
            wanted = settled_product(record, self._only_create, skus=skus, shared=attributes.shared)
        if is_modular(live.body):
            change = self._own.plan(wanted, live, attributes, lacking)
            return None if change is None else _waiting(change, lacking)
        todo: list[Step] = []
        found = apart_in_order(wanted, live.body, attributes)
        if found != [] or not fields_agree(wanted, live.body):
            todo = steps(wanted, live.body, attributes, self._known, lacking, found, master=self._master)
            lacking.refuse_missing(record.key)
        todo += publishing(self._publish, wanted, live.body, todo)
        change = updated(record.key, live, todo)
        if change is None:
            lacking.refuse_waiting(record.key)
            return None
        check_size(record.key, live.body, change.actions)
        return _waiting(change, lacking)

    def _plan_create(self, record: Product, lacking: Lacking) -> Change:
        check_identities(record)
        self.absent(record.key)
        required(record.key, product_type=record.product_type, name=record.name, slug=record.slug)
        type_key = record.product_type
        type_id = None if isinstance(type_key, UnsetType) else self._known.product_types.id(type_key)
        if type_id is None:
            raise ReferenceMissing(
                f"product type {record.product_type} of {record.key} does not exist in the project",
                reference=f"product-type {record.product_type}",
                advice="Add it to the project model and run the project setup",
            )
        if self._own.is_used:
            change = self._own.plan_create(record, self._known.attributes(type_id), lacking)
            lacking.refuse_missing(record.key)
            return _waiting(change, lacking)
        body = draft(
            record,
            self._known.attributes(type_id),
            self._known,
            lacking,
            publish=is_published_at_once(self._publish, record),
        )
        lacking.refuse_missing(record.key)
        return _waiting(created(record.key, body, draft_fields(record)), lacking)

    def plan_removal(self, key: str, live: Live, policy: Removal) -> Change | None:
        """Take a product off the shop, or delete it.

        Raises:
            ConfigError: the policy is one of prices or stock.
        """
        if policy == "keep":
            return None
        if is_modular(live.body) and policy in ("unpublish", "delete"):
            return self._own.plan_removal(key, live, policy, _ON_SHOP)
        is_on = bool(live.body.get("published", False))
        # A published product cannot be deleted: it is unpublished first.
        actions = ({"action": "unpublish"},) if is_on else ()
        change = Change(
            key=key,
            kind="update",
            fields=(_ON_SHOP,),
            target_id=live.id,
            version=live.version,
            actions=actions,
        )
        if policy == "unpublish":
            return change if is_on else None
        if policy == "delete":
            fields = (FieldChange("product", key, None),)
            return msgspec.structs.replace(change, kind="delete", fields=fields)
        raise ConfigError(
            f"products are removed by unpublish or delete, not by {policy}",
            advice="Correct `deletes` in the mapping",
        )

    def returned(self, record: Product, policy: Removal) -> Product:
        """A product that was taken off the shop and is back is shown again, unless it says otherwise."""
        if policy == "unpublish" and record.published is UNSET:
            return msgspec.structs.replace(record, published=True)
        return record

    def record_of(self, live: Live) -> Product:
        """The record that would have made the staged product."""
        body = compact(live.body)
        return product_of(body, self._known.attributes(body["productType"]["id"]), self._known)

    @override
    async def apply(self, change: Change) -> Applied:
        """Send one change; a product that is deleted is unpublished first."""
        if is_of_variants(change):
            created = await self._create(change) if change.kind == "create" else None
            if created is not None:
                self.written(created)
            return await self._own.apply(change, created)
        if change.kind == "delete" and change.actions and change.target_id and change.version is not None:
            off = await self._client.update(self.path, change.target_id, change.version, change.actions)
            change = msgspec.structs.replace(change, version=off["version"], actions=())
        try:
            return await super().apply(change)
        except Refused as refusal:
            renames = any(action["action"] == "setSku" for action in change.actions)
            if refusal.code != "InvalidOperation" or not renames:
                raise
            raise Refused(refusal.message, code=refusal.code, advice=_SKU_ADVICE, **refusal.data) from refusal

    @override
    def modified(self, live: Live) -> Modified:
        """Say who wrote a product, or one of its variants, last."""
        return self._own.modified(live, super().modified)

    @override
    def written(self, resource: Json) -> None:
        """Remember the ids of new products: others may point to them."""
        if "key" in resource:
            self._known.pointed.remember("product", resource["key"], resource["id"])


def _waiting(change: Change, lacking: Lacking) -> Change:
    if not lacking.waiting:
        return change
    return msgspec.structs.replace(change, waiting=tuple(dict.fromkeys(lacking.waiting)))
