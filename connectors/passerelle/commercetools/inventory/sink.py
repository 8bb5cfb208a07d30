"""Stock: one inventory entry per SKU and supply channel, its quantity set; movements each counted once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from weakref import WeakValueDictionary

from msgspec import UNSET
from typing_extensions import override

from ...errors import Refused
from ...records import StockLevel
from ...sync.protocols import Applied, Change, Live, Removal
from ..http.client import Client, Json
from ..http.predicates import quoted
from ..planning.custom_fields import CustomFields
from ..planning.only_create import settled
from ..planning.references import References
from ..planning.resource_sink import ResourceSink
from ..planning.steps import Step, created, updated
from . import limits, reading, removal
from .actions import change_quantity, move_quantity, other_steps
from .draft import draft, draft_fields, stock_key
from .movements import Notes, is_movement, rebased
from .places import Places
from .queries import in_channel, queries
from .settings import StockSettings

__all__ = ["StockSink", "stock_key"]


class StockSink(ResourceSink[StockLevel]):
    """Carries stock levels, and movements where entries can note them.

    What a number means, where records without a place go and how movements count is in `settings`.
    """

    entity = "stock"
    record_type = StockLevel
    path = "inventory"
    #: So long, in seconds, what orders take may not show in the quantities (facts: commercetools 5).
    settles_in = 10.0

    def __init__(
        self,
        client: Client,
        *,
        creates: bool = True,
        only_create: AbstractSet[str] = frozenset(),
        settings: StockSettings | None = None,
    ) -> None:
        super().__init__(client, creates=creates, only_create=only_create)
        settings = settings or StockSettings()
        self._means = settings.quantity_means
        self._channels = References(client, "channels")
        self._places = Places(self._channels, settings.pool)
        self._custom = CustomFields(client)
        self._notes = None if settings.movements is None else Notes(settings.movements)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def key(self, record: StockLevel) -> str:
        """SKU and supply channel."""
        return stock_key(self._places.placed(record))

    async def prepare(self) -> None:
        """Read the channels.

        Raises:
            ConfigError: the project has no channel that supplies stock.
        """
        await self._places.prepare()

    async def read_live(self, records: Sequence[StockLevel]) -> Mapping[str, Live]:
        """Read the entries of these SKUs in these channels; nothing of other channels is read."""
        placed = [self._places.placed(record) for record in records]
        named = [record.supply_channel for record in placed if record.supply_channel is not None]
        await self._channels.learn(keys=named)
        wanted: dict[tuple[str, str | None], StockLevel] = {}
        for record in placed:
            channel = None if record.supply_channel is None else self._channels.id(record.supply_channel)
            if record.supply_channel is None or channel is not None:
                wanted[record.sku, channel] = record
        skus: dict[str | None, list[str]] = defaultdict(list)
        for sku, channel in wanted:
            skus[channel].append(sku)
        places = len(self._channels.all())
        found = await self._client.query_all(self.path, queries(skus, self._client.config, places=places))
        live: dict[str, Live] = {}
        for entry in found:
            wanting = wanted.get((entry["sku"], entry.get("supplyChannel", {}).get("id")))
            if wanting is not None:
                live[stock_key(wanting)] = Live(entry["id"], entry["version"], entry)
        noted = [self._notes.with_type(r) if r.relative and self._notes else r for r in placed]
        await self._custom.learn(noted, [one.body for one in live.values()])
        return live

    async def read_ids(self, ids: Sequence[str]) -> Mapping[str, Live]:
        """Read entries by id; what is gone is left out."""
        found = await self._client.query_in(self.path, "id", ids)
        await self._custom.learn((), found)
        return {entry["id"]: Live(entry["id"], entry["version"], entry) for entry in found}

    def identity(self, draft: dict[str, Any]) -> str:
        """SKU and channel together are unique."""
        key = draft.get("supplyChannel", {}).get("key")
        channel = None if key is None else self._channels.id(key)
        return f"sku = {quoted(draft['sku'])} and {in_channel(channel)}"

    def plan(self, record: StockLevel, live: Live | None) -> Change | None:
        """Compare a stock level with the live entry; a quantity of zero is sent like any other.

        Raises:
            ReferenceMissing: the channel does not exist, or the entry does not and this feed does not create.
            Refused: the channel does not supply stock, a number is out of its bounds, or it is a movement
                that could not be told from another one.
        """
        record = self._places.placed(record)
        key = stock_key(record)
        self._places.check(record)
        limits.check(record, key)
        if record.relative:
            return self._plan_movement(record, live, key)
        if live is None:
            self.absent(key)
            return created(key, draft(record, key, self._custom), draft_fields(record))
        record = settled(record, self._only_create)
        steps: list[Step] = []
        if "quantity" not in self._only_create:
            steps += change_quantity(live.body, record.quantity, self._means)
        steps += other_steps(record, live.body, self._custom, key)
        return updated(key, live, steps)

    def _plan_movement(self, record: StockLevel, live: Live | None, key: str) -> Change | None:
        """Add the pieces and note the movement in one request; None when the entry has noted it."""
        notes = self._notes
        if notes is None:
            raise Refused(
                f"stock {key} is a movement of {record.quantity}, and this feed only sets quantities",
                code="movement_not_carried",
                advice="Ask the source for stock levels, or say in the target section where entries note the"
                " movements they took: sent twice, a movement would count twice",
            )
        if live is None:
            self.absent(key)
            noted = notes.with_note(record, None)
            return created(key, draft(noted, key, self._custom), draft_fields(record))
        if notes.taken(record, live.body):
            return None
        settled_record = settled(record, self._only_create)
        steps = tuple(move_quantity(live.body, record.quantity, self._means))
        if not steps:
            return updated(key, live, other_steps(settled_record, live.body, self._custom, key))
        # What the entry notes for itself is nothing that a person wants to read.
        own = {notes.said_as} if record.custom_type is not UNSET else {notes.said_as, "customType"}
        others = other_steps(notes.with_note(settled_record, live.body), live.body, self._custom, key)
        shown = (Step(one.action, tuple(f for f in one.fields if f.field not in own)) for one in others)
        return updated(key, live, [*steps, *shown])

    @override
    async def apply(self, change: Change) -> Applied:
        """Send one change; movements of one entry go one after the other, each on what the last one made.

        Raises:
            Conflict: the version is stale, the resource is gone or there already, or an answer was lost.
            Refused, ReferenceMissing: the target said no to this record.
        """
        notes, entry = self._notes, change.target_id
        if notes is None or entry is None or not is_movement(change):
            return await super().apply(change)
        async with self._turns.setdefault(entry, asyncio.Lock()):
            last = notes.last(entry)
            if last is not None and change.version is not None and last.version > change.version:
                moved = rebased(change, last, notes.field)
                if moved is None:
                    return Applied(entry, last.version)
                change = moved
            return await super().apply(change)

    @override
    def written(self, resource: Json) -> None:
        if self._notes is not None:
            self._notes.remember(resource)

    def plan_removal(self, key: str, live: Live, policy: Removal) -> Change | None:
        """Plan purely what takes a record away: its stock set to zero, or its entry deleted.

        Raises:
            ConfigError: the policy is one for other kinds of records.
        """
        return removal.plan_removal(key, live, policy, self._means)

    def returned(self, record: StockLevel, policy: Removal) -> StockLevel:  # noqa: ARG002 - the Protocol's signature
        """A level that is back says all: its quantity is set, or its entry created again."""
        return record

    def record_of(self, live: Live) -> StockLevel:
        """The stock level that would have made this entry; what it has not is None."""
        return reading.record_of(live.body, self._channels, self._custom, self._means)
