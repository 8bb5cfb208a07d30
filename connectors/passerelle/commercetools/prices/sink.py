"""Standalone prices: one value for one SKU in one scope of country, currency, group, channel and validity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from typing_extensions import override

from ...errors import ReferenceMissing, Refused, Skippable
from ...records import Price
from ...sync.protocols import Applied, Change, FieldChange, Live, Removal
from ..http.client import Client, Json
from ..http.predicates import quoted
from ..planning.custom_fields import CustomFields
from ..planning.only_create import settled
from ..planning.references import References
from ..planning.resource_sink import ResourceSink
from ..planning.steps import created, updated
from . import reading, removal
from .actions import price_steps
from .batch import Batch, matched
from .draft import check, completed, draft, draft_fields
from .modes import PriceModes
from .moving import Moving, moved_to
from .overlaps import Overlaps
from .replacing import Replacing
from .scopes import Scope, live_scope, live_window, price_key, wanted_scope, wanted_window
from .settings import PriceSettings
from .tax import TaxBasis

__all__ = ["PriceSink", "price_key"]

#: Standalone prices of one variant (Limits; soft).
_MOST = 50_000


class PriceSink(ResourceSink[Price]):
    """Carries standalone prices; a price the feed carries is an active price, unless it says otherwise."""

    entity = "price"
    record_type = Price
    path = "standalone-prices"

    def __init__(
        self,
        client: Client,
        *,
        creates: bool = True,
        only_create: AbstractSet[str] = frozenset(),
        settings: PriceSettings | None = None,
    ) -> None:
        super().__init__(client, creates=creates, only_create=only_create)
        self._settings = settings or PriceSettings()
        self._channels = References(client, "channels")
        self._groups = References(client, "customer-groups")
        self._custom = CustomFields(client)
        self._modes = PriceModes(client)
        self._tax = TaxBasis(client)
        self._overlaps = Overlaps()
        self._held: Counter[str] = Counter()
        self._moving = Moving(self._update, self._send)

    def key(self, record: Price) -> str:
        """The price's key in the shop; of a name that is no key, the name: its plan refuses it."""
        try:
            return price_key(record)
        except Refused:
            return str(record.key)

    async def prepare(self) -> None:
        """Nothing is needed beforehand."""

    async def read_live(self, records: Sequence[Price]) -> Mapping[str, Live]:
        """Read all prices of the SKUs, and match each record by key, then by scope.

        Prices that others made, without our key, are found by scope and taken over. What else is in the
        scopes of the records is looked at for overlaps, the records among themselves as well.
        """
        prices = await self._client.query_in(self.path, "sku", [record.sku for record in records])
        self._held = Counter(price["sku"] for price in prices)
        prices += await self._elsewhere(records, prices)
        await self._learn(records, prices)
        for price in prices:
            price.update(self._named(price))
        batch = matched(records, prices)
        self._moving.look(batch)
        self._overlaps.look(batch.wanted, batch.foreign, batch.differ, self._unfit(records, batch))
        return {key: Live(body["id"], body["version"], body) for key, body in batch.live.items()}

    def _unfit(self, records: Sequence[Price], batch: Batch) -> AbstractSet[str]:
        """Name those that are to move and that are refused whatever else is in their scopes."""
        unfit: set[str] = set()
        for record in records if batch.moving else ():
            key = self.key(record)
            if key in batch.moving:
                body = batch.live[key]
                try:
                    self._change(record, Live(body["id"], body["version"], body))
                except Skippable:
                    unfit.add(key)
        return unfit

    async def _elsewhere(self, records: Sequence[Price], prices: Sequence[Json]) -> list[Json]:
        """Read prices that the source names and that are not among those of their SKU: they moved."""
        named = {record.key for record in records if isinstance(record.key, str)}
        missing = named - {price.get("key") for price in prices}
        return await self._client.query_in(self.path, "key", sorted(missing)) if missing else []

    async def _learn(self, records: Sequence[Price], prices: Sequence[Json]) -> None:
        """Look up what either side names: channels and groups, custom types, price modes, tax rates."""
        await self._channels.learn(
            keys=[record.channel for record in records if record.channel is not None],
            ids=[price["channel"]["id"] for price in prices if "channel" in price],
        )
        await self._groups.learn(
            keys=[record.customer_group for record in records if record.customer_group is not None],
            ids=[price["customerGroup"]["id"] for price in prices if "customerGroup" in price],
        )
        await self._custom.learn(records, prices)
        await self._modes.learn(record.sku for record in records)
        await self._tax.learn(records)

    async def read_ids(self, ids: Sequence[str]) -> Mapping[str, Live]:
        """Read prices by id; what is gone is left out."""
        found = await self._client.query_in(self.path, "id", ids)
        await self._learn((), found)
        return {price["id"]: Live(price["id"], price["version"], price) for price in found}

    def _named(self, price: Json) -> Json:
        """The price's references with their keys beside the ids."""
        named = {}
        if "channel" in price:
            named["channel"] = self._channels.named(price["channel"])
        if "customerGroup" in price:
            named["customerGroup"] = self._groups.named(price["customerGroup"])
        return named

    def identity(self, draft: dict[str, Any]) -> str:
        """By key, or among the SKU's prices by scope: either may be taken already."""
        return f"key = {quoted(draft['key'])} or sku = {quoted(draft['sku'])}"

    def same(self, draft: dict[str, Any], resource: Json) -> bool:
        """The same key, or the same scope from the same day on."""
        named = {**resource, **self._named(resource)}
        if resource.get("key") == draft["key"]:
            return True
        begins_with = live_window(named).start == live_window(draft).start
        return begins_with and live_scope(named) == live_scope(draft)

    def plan(self, record: Price, live: Live | None) -> Change | None:
        """Compare a price with the live one.

        Raises:
            ReferenceMissing: it does not exist and this feed does not create, or its channel or customer
                group does not exist (yet).
            Refused: the validity ends before it begins or overlaps that of another price of the feed, the
                product takes its prices embedded, or what it says of the tax is not what the rates say.
            Obstructed: the validity overlaps that of a price of the shop, which no plan moved until now.
        """
        change = self._change(record, live)
        if self._settings.overlaps == "refuse":
            self._overlaps.refuse(price_key(record), wanted_scope(record), wanted_window(record))
        return change

    def _change(self, record: Price, live: Live | None) -> Change | None:
        """Compare a price with the live one, whatever else is in its scope; raises as `plan`."""
        key, scope, window = price_key(record), wanted_scope(record), wanted_window(record)
        self._tax.check(record, key)
        self._modes.refuse(record.sku)
        check(record, key)
        self._check_references(record)
        if live is None:
            self.absent(key)
            if self._held[record.sku] >= _MOST:
                raise Refused(
                    f"SKU {record.sku} has {_MOST} standalone prices, as many as it may have",
                    code="too_many_prices",
                    advice="Delete those that are over (`deletes: {absent: delete}`) or raise the limit",
                )
            return created(key, draft(record, key, self._custom), draft_fields(record))
        if scope != live_scope(live.body):
            return self._replaced(record, key, live)
        wanted = settled(record, self._only_create)
        return updated(key, live, price_steps(wanted, window, live.body, self._only_create, self._custom))

    def expect(self, change: Change) -> None:
        """Take note of a change that is going to be sent: prices that move let each other pass."""
        self._moving.expect(change)
        to = moved_to(change)
        if change.target_id is not None and (to is not None or change.kind == "replace"):
            self._overlaps.moves(change.target_id, to)

    def interlocks(self, change: Change) -> bool:
        """Say whether a change moves a price to another time or scope, which others may hold or want."""
        return change.kind == "replace" or moved_to(change) is not None

    def group(self, record: Price) -> str:
        """Prices of one SKU may be in each other's way."""
        return record.sku

    def _replaced(self, record: Price, key: str, live: Live) -> Change:
        """Another scope: no action changes it, so a new price takes the place of this one."""
        new = completed(record, self.record_of(live))
        was = live_scope(live.body)
        now = wanted_scope(record)
        told = [
            FieldChange(name, getattr(was, name), getattr(now, name))
            for name in Scope._fields
            if getattr(was, name) != getattr(now, name)
        ]
        body = draft(new, key, self._custom)
        return Change(
            key=key,
            kind="replace",
            fields=(*told, *draft_fields(new)),
            target_id=live.id,
            version=live.version,
            body=body,
        )

    def _check_references(self, record: Price) -> None:
        missing = [
            f"{kind} {key}"
            for kind, key, known in (
                ("channel", record.channel, self._channels),
                ("customer-group", record.customer_group, self._groups),
            )
            if key is not None and known.id(key) is None
        ]
        if missing:
            raise ReferenceMissing(
                f"price {price_key(record)} points to what is not there: {', '.join(missing)}",
                reference=", ".join(missing),
                advice="Create it in the project, or translate its code with a code table",
            )

    @override
    async def apply(self, change: Change) -> Applied:
        """Send one change; prices that move to other times are sent in an order that the shop takes.

        Raises:
            Conflict: the version is stale, the resource is gone or there already, or an answer was lost.
            Refused, ReferenceMissing: the target said no to this record.
        """
        try:
            return await self._carried(change)
        except Refused:
            self._overlaps.stays(change.target_id or "")
            raise

    async def _carried(self, change: Change) -> Applied:
        if self._moving.knows(change):
            return await self._moving.carried(change)
        if change.body is not None:
            await self._moving.go_first(live_scope(change.body))
        try:
            return await self._send(change)
        except Refused as refusal:
            if not await self._moving.make_way(refusal):
                raise
            return await self._send(change)

    async def _update(self, live_id: str, version: int, actions: Sequence[Json]) -> Json:
        resource = await self._client.update(self.path, live_id, version, actions)
        self.written(resource)
        return resource

    async def _send(self, change: Change) -> Applied:
        if change.kind != "replace":
            return await super().apply(change)
        resource = await Replacing(self._client, self.path, self._moving.goes).carry_out(change)
        self.written(resource)
        return Applied(resource["id"], resource["version"])

    @override
    def written(self, resource: Json) -> None:
        self._overlaps.written(resource["id"], resource["version"], live_window(resource))

    def plan_removal(self, key: str, live: Live, policy: Removal) -> Change | None:
        """Plan purely what takes a price away: switched off, or deleted; None when nothing is left to do.

        Raises:
            ConfigError: the policy is one for other kinds of records.
        """
        return removal.plan_removal(key, live, policy)

    def returned(self, record: Price, policy: Removal) -> Price:  # noqa: ARG002 - the Protocol's signature
        """A price that is back is on, unless its record says that it is not."""
        return record

    def record_of(self, live: Live) -> Price:
        """The price that would have made this one; what it has not is None."""
        return reading.record_of(live.body, self._channels, self._groups, self._custom)
