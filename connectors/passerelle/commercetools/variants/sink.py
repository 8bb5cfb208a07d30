"""Products of a project with the catalogue model Modular: what the sink of products does otherwise there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import UnsetType

from ...errors import ConfigError, Fatal
from ...records import Product
from ...sync.protocols import Applied, Change, FieldChange, Live, Modified, Removal
from ..http.client import Client, Json
from ..http.predicates import chunks, one_of
from ..http.scopes import Need, allowed
from ..planning.wire import moment
from ..products.attribute_actions import shared_by_new
from ..products.attributes import Attributes
from ..products.draft import draft_fields
from ..products.fields import has_prices
from ..products.known import Known, Lacking
from ..products.limits import MAX_OWN_VARIANTS, check_variants_count
from ..products.matching import check_identities
from ..products.publishing import Publish, is_published_at_once
from ..products.variants import Master
from .actions import refuse_embedded, removal, requests
from .draft import own_draft, product_draft, variant_key
from .reading import is_modular, one_version, shown
from .requests import Sending, is_request, product_request

__all__ = ["OwnVariants", "is_of_variants"]


def is_of_variants(change: Change) -> bool:
    """Whether a change is one of a product with variants of its own."""
    return any(is_request(action) for action in change.actions)


class OwnVariants:
    """Reads, plans and writes products whose variants are resources of their own."""

    def __init__(self, client: Client, known: Known, *, publish: Publish, master: Master) -> None:
        self._client = client
        self._known = known
        self._publish: Publish = publish
        self._master: Master = master
        self._is_used: bool | None = None

    async def used(self, found: Sequence[Json]) -> bool:
        """Whether the project has this model, asked of its settings once, and only in doubt.

        `found` are projections: one whose master variant holds something tells that the model is Classic. An
        API client that may not read the settings looks whether there are any variants. Settings that do not
        name a model, and a shop that knows no variants by themselves, are Classic.
        """
        if self._is_used is None:
            if any("sku" in one.get("masterVariant", ()) or one.get("variants") for one in found):
                self._is_used = False
            elif await self._may_read_settings():
                project, _ = await self._client.project()
                self._is_used = project.get("productCatalogModel") == "Modular"
            else:
                answer = await self._client.get("variants", [("limit", "1"), ("withTotal", "false")])
                self._is_used = answer is not None and bool(answer.get("results"))
        return self._is_used

    async def _may_read_settings(self) -> bool:
        """Whether the token allows it; one that does not say what it allows is tried."""
        scopes = await self._client.scopes()
        return not scopes or allowed(Need(""), scopes)

    @property
    def is_used(self) -> bool:
        """Whether the project is known to have this model."""
        return self._is_used is True

    async def read(self, field: str, values: Iterable[str]) -> list[Json]:
        """Products with their variants, by key or by id."""
        products = await self._client.query_in("products", field, values)
        config = self._client.config
        wheres = [
            f"product({one_of('id', part)})"
            for part in chunks([one["id"] for one in products], room=config.predicate_length - 40)
        ]
        by_product: dict[str, list[Json]] = {}
        for variant in await self._client.query_all("variants", wheres):
            by_product.setdefault(variant["product"]["id"], []).append(variant)
        return [shown(one, by_product.get(one["id"], ())) for one in products]

    @staticmethod
    def check(records: Sequence[Product]) -> None:
        """Refuse a feed with embedded prices, before anything is written.

        Raises:
            ConfigError: a record has some: no product of this model does.
        """
        for record in records:
            if has_prices(record) or record.price_mode == "Embedded":
                raise ConfigError(
                    "the project has the catalogue model Modular, where all prices stand alone, and the feed "
                    f"has embedded prices (product {record.key})",
                    advice="Take `variants.prices` and `price_mode` out of the mapping, and carry prices "
                    "by a feed of the entity price",
                )

    def live(self, body: Json) -> Live:
        """The resource as the sync knows it: one id, one version."""
        return Live(body["id"], one_version(body), self._known.name(body))

    def plan_create(self, record: Product, attributes: Attributes, lacking: Lacking) -> Change:
        """The product, then its variants, then which of them is the default one."""
        refuse_embedded(record)
        publish = is_published_at_once(self._publish, record)
        body = product_draft(record, attributes, self._known, lacking, publish=publish)
        steps: list[Json] = []
        if not isinstance(record.variants, UnsetType):
            check_identities(record)
            check_variants_count(record.key, len(record.variants), MAX_OWN_VARIANTS)
            shared = shared_by_new(record, {}, attributes)
            drafts = [
                own_draft(one, shared, attributes, self._known, lacking, publish=publish)
                for one in record.variants
            ]
            first = {"typeId": "variant", "key": variant_key(record.variants[0])}
            default = {"action": "setDefaultVariant", "variant": first, "staged": False}
            steps = [{"action": "createVariants", "drafts": drafts}, product_request(None, [default])]
        fields = tuple(draft_fields(record))
        return Change(key=record.key, kind="create", fields=fields, body=body, actions=tuple(steps))

    def plan(self, record: Product, live: Live, attributes: Attributes, lacking: Lacking) -> Change | None:
        """What the live product and its variants need; None when they agree."""
        planned = requests(
            record, live.body, attributes, self._known, lacking, publish=self._publish, master=self._master
        )
        lacking.refuse_missing(record.key)
        if not planned.requests:
            lacking.refuse_waiting(record.key)
            return None
        return Change(
            key=record.key,
            kind="update",
            fields=tuple(planned.fields),
            target_id=live.id,
            version=live.version,
            actions=tuple(planned.requests),
        )

    @staticmethod
    def plan_removal(key: str, live: Live, policy: Removal, said: FieldChange) -> Change | None:
        """Take a product and its variants off the shop, or delete them."""
        steps = removal(live.body, delete=policy == "delete")
        if policy == "delete" and not any(step["action"] == "updateProduct" for step in steps):
            # The version at which the product is deleted.
            steps.append(product_request(live.body["version"], ()))
        change = Change(
            key=key,
            kind="update",
            fields=(said,),
            target_id=live.id,
            version=live.version,
            actions=tuple(steps),
        )
        if policy == "delete":
            fields = (FieldChange("product", key, None),)
            return Change(
                key=key,
                kind="delete",
                fields=fields,
                target_id=live.id,
                version=live.version,
                actions=change.actions,
            )
        return change if steps else None

    async def apply(self, change: Change, created: Json | None) -> Applied:
        """Send the requests of a change; `created` is the product that was created for it."""
        if created is not None:
            sending = Sending(self._client, created["id"], created["version"])
            await sending.send(change.actions)
            return Applied(created["id"], created["version"] + sending.moved)
        if change.target_id is None or change.version is None:
            raise Fatal(f"update of {change.key} was planned without id and version")
        sending = Sending(self._client, change.target_id, None)
        await sending.send(change.actions)
        if change.kind == "delete" and sending.version is not None:
            await self._client.delete("products", change.target_id, sending.version)
        return Applied(change.target_id, change.version + sending.moved)

    @staticmethod
    def modified(live: Live, told: Callable[[Live], Modified]) -> Modified:
        """Who wrote last, the product or one of its variants."""
        if not is_modular(live.body):
            return told(live)
        parts: list[Mapping[str, Any]] = [live.body, *live.body["variants"]]
        dated = [one for one in parts if one.get("lastModifiedAt")]
        last = max(dated, key=lambda one: moment(one["lastModifiedAt"]), default=live.body)
        return told(Live(live.id, live.version, dict(last)))
