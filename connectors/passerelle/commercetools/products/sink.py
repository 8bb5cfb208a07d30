"""Products: a style with its variants, compared with its staged data and published by policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal

from msgspec import UnsetType

from ...errors import ConfigError, ReferenceMissing, Refused
from ...records import Product
from ...sync.protocols import Change, Live
from ..http.client import Client, Json
from ..planning.only_create import settled_product
from ..planning.references import References
from ..planning.resource_sink import ResourceSink
from ..planning.steps import Step, created, required, updated
from .actions import MAX_VARIANTS, draft, draft_fields, live_variants, steps
from .attribute_references import AttributeReferences
from .attributes import Attributes

__all__ = ["ProductSink", "Publish"]

#: `keep`: a new product is published, a published one stays so with every change, one that somebody took
#: off the shop stays off. `always`: whatever the feed carries is on the shop. `never`: all stays staged.
Publish = Literal["keep", "always", "never"]

#: A product document is some 20 to 100 KB: this many keep an answer at a few megabytes.
_READ_AT_ONCE = 100


class ProductSink(ResourceSink[Product]):
    """Carries products; `product_types` are the keys that must exist before anything starts.

    `creates=False` is for a feed of translations: it names a few locales and owns nothing else.
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
        product_types: Sequence[str] = (),
        only_create: AbstractSet[str] = frozenset(),
    ) -> None:
        super().__init__(client, creates=creates, only_create=only_create)
        self._publish: Publish = publish
        self._needed = tuple(product_types)
        self._categories = References(client, "categories")
        self._tax_categories = References(client, "tax-categories")
        self._product_types = References(client, "product-types")
        self._attributes: dict[str, Attributes] = {}
        self._pointed_to = AttributeReferences(client)

    def key(self, record: Product) -> str:
        """The product's key."""
        return record.key

    async def prepare(self) -> None:
        """Read product types and tax categories.

        Raises:
            ConfigError: a product type that this feed needs is missing; names what is there.
        """
        await self._product_types.load()
        await self._tax_categories.load()
        types = self._product_types.all()
        missing = [key for key in self._needed if self._product_types.id(key) is None]
        if missing or not types:
            there = ", ".join(sorted(kind["key"] for kind in types)) or "none"
            raise ConfigError(
                f"the project lacks product type {', '.join(missing) or '(any)'}; it has {there}",
                advice="Run the project setup with the model that declares it",
            )
        self._attributes = {kind["id"]: Attributes(kind) for kind in types}

    async def read_live(self, records: Sequence[Product]) -> Mapping[str, Live]:
        """Read the staged projections by key, and look up the categories that either side names."""
        found = await self._client.query_in(
            "product-projections",
            "key",
            [record.key for record in records],
            params=[("staged", "true")],
            most=_READ_AT_ONCE,
        )
        await self._categories.learn(
            keys=[
                key
                for record in records
                if not isinstance(record.categories, UnsetType)
                for key in record.categories
            ],
            ids=[reference["id"] for product in found for reference in product.get("categories", ())],
        )
        await self._pointed_to.learn(records)
        return {product["key"]: self._live(product) for product in found}

    def _live(self, product: Json) -> Live:
        body = dict(product)
        body["categories"] = [self._categories.named(r) for r in product.get("categories", ())]
        body["productType"] = self._product_types.named(product["productType"])
        if "taxCategory" in product:
            body["taxCategory"] = self._tax_categories.named(product["taxCategory"])
        return Live(product["id"], product["version"], body)

    def plan(self, record: Product, live: Live | None) -> Change | None:
        """Compare a product with the live one.

        Raises:
            ReferenceMissing: a category, tax category, product type or enum value does not exist (yet), or
                the product does not and this feed does not create.
            Refused: the product type would change, SameForAll values differ, an attribute is unknown or of
                another type, a draft would be incomplete, or there would be more variants than allowed.
        """
        self._check_variants(record, live)
        self._check_references(record)
        if live is None:
            return self._plan_create(record)
        type_id = live.body["productType"]["id"]
        attributes = self._attributes[type_id]
        if not isinstance(record.product_type, UnsetType) and record.product_type != attributes.product_type:
            raise Refused(
                f"{record.key} is of product type {attributes.product_type} and should be "
                f"{record.product_type}: commercetools cannot change it",
                code="product_type_fixed",
                advice="Delete the product and let the next full file create it",
            )
        skus = {variant["sku"] for variant in live_variants(live.body) if "sku" in variant}
        wanted = settled_product(record, self._only_create, skus=skus, shared=attributes.shared())
        todo = steps(self._pointed_to.resolved(wanted), live.body, attributes)
        return updated(record.key, live, [*todo, *publish(self._publish, live.body, todo)])

    def _plan_create(self, record: Product) -> Change:
        self.absent(record.key)
        required(record.key, product_type=record.product_type, name=record.name, slug=record.slug)
        kind = (
            None
            if isinstance(record.product_type, UnsetType)
            else self._product_types.get(record.product_type)
        )
        if kind is None:
            raise ReferenceMissing(
                f"product type {record.product_type} of {record.key} does not exist in the project",
                reference=f"product-type {record.product_type}",
                advice="Add it to the project model and run the project setup",
            )
        body = draft(record, self._attributes[kind["id"]], publish=self._publish != "never")
        return created(record.key, body, draft_fields(record))

    def _check_variants(self, record: Product, live: Live | None) -> None:
        if isinstance(record.variants, UnsetType):
            return
        skus = [variant.sku for variant in record.variants]
        twice = sorted({sku for sku in skus if skus.count(sku) > 1})
        if not skus or twice:
            fault = f"names {', '.join(twice)} twice" if twice else "has an empty list of variants"
            raise Refused(f"product {record.key} {fault}", code="variants", advice="Correct the source")
        kept = {v.get("sku") for v in live_variants(live.body)} if live is not None else set()
        count = len(kept | set(skus))
        if count > MAX_VARIANTS:
            raise Refused(
                f"product {record.key} would have {count} variants, commercetools takes {MAX_VARIANTS}",
                code="too_many_variants",
                advice="Split the style, or ask commercetools support to raise the limit",
            )

    def _check_references(self, record: Product) -> None:
        wanted = [] if isinstance(record.categories, UnsetType) else list(record.categories)
        missing = [f"category {key}" for key in wanted if self._categories.id(key) is None]
        tax = record.tax_category
        if isinstance(tax, str) and self._tax_categories.id(tax) is None:
            missing.append(f"tax-category {tax}")
        if missing:
            raise ReferenceMissing(
                f"product {record.key} points to what is not there: {', '.join(missing)}",
                reference=", ".join(missing),
                advice=f"Let what creates it run first, then this feed again with --sku {record.key}",
            )


def publish(policy: Publish, live: Json, todo: Sequence[Step]) -> Iterator[Step]:
    """Publish last, when the policy and the product's state ask for it."""
    is_on = bool(live.get("published", False))
    behind = not is_on or bool(live.get("hasStagedChanges", False))
    if (policy == "keep" and is_on and _touches_staged(todo)) or (policy == "always" and (behind or todo)):
        fields = () if is_on else Step.of({}, "published", old=False, new=True).fields
        if not todo and not fields:
            fields = Step.of({}, "hasStagedChanges", old=True, new=False).fields
        yield Step({"action": "publish"}, fields)


def _touches_staged(todo: Sequence[Step]) -> bool:
    # The tax category is the one field here that has no staged side.
    return any(step.action is not None and step.action["action"] != "setTaxCategory" for step in todo)
