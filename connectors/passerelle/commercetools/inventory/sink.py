"""Stock: one inventory entry per SKU and supply channel, its quantity set, never added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from ...errors import ConfigError, ReferenceMissing, Refused
from ...records import StockLevel
from ...sync.protocols import Change, FieldChange, Live
from ..http.client import Client
from ..http.predicates import both, chunks, encoded_length, joined, one_of, quoted
from ..planning.only_create import settled
from ..planning.references import References
from ..planning.resource_sink import ResourceSink
from ..planning.steps import Step, created, updated
from ..planning.wire import instant, moment, target_key

__all__ = ["StockSink", "stock_key"]

_ROLE = "InventorySupply"


def stock_key(record: StockLevel) -> str:
    """Name a stock level after its SKU and supply channel."""
    return target_key(record.sku, record.supply_channel or "ALL")


class StockSink(ResourceSink[StockLevel]):
    """Carries stock levels. The quantity means physical stock with what is reserved (facts: Inventory)."""

    entity = "stock"
    record_type = StockLevel
    path = "inventory"

    def __init__(
        self, client: Client, *, creates: bool = True, only_create: AbstractSet[str] = frozenset()
    ) -> None:
        super().__init__(client, creates=creates, only_create=only_create)
        self._channels = References(client, "channels")

    def key(self, record: StockLevel) -> str:
        """SKU and supply channel."""
        return stock_key(record)

    async def prepare(self) -> None:
        """Read the channels.

        Raises:
            ConfigError: the project has no channel that supplies stock.
        """
        await self._channels.load()
        if not any(_ROLE in channel.get("roles", ()) for channel in self._channels.all()):
            raise ConfigError(
                f"the project has no channel with role {_ROLE}",
                advice="Run the project setup with the model that declares the warehouse and the stores",
            )

    async def read_live(self, records: Sequence[StockLevel]) -> Mapping[str, Live]:
        """Read the entries of these SKUs in these channels; nothing of other channels is read."""
        await self._channels.learn(keys=[r.supply_channel for r in records if r.supply_channel is not None])
        skus: dict[str | None, list[str]] = defaultdict(list)
        for record in records:
            channel = None if record.supply_channel is None else self._channels.id(record.supply_channel)
            if record.supply_channel is None or channel is not None:
                skus[channel].append(record.sku)
        found = await self._client.query_all(self.path, self._queries(skus))
        entries = {(e["sku"], e.get("supplyChannel", {}).get("id")): e for e in found}
        live: dict[str, Live] = {}
        for record in records:
            channel = None if record.supply_channel is None else self._channels.id(record.supply_channel)
            entry = entries.get((record.sku, channel))
            if entry is not None and (record.supply_channel is None or channel is not None):
                live[stock_key(record)] = Live(entry["id"], entry["version"], entry)
        return live

    def _queries(self, skus: Mapping[str | None, Sequence[str]]) -> list[str]:
        """Choose the reading that asks for least.

        Where the records are most of the channels of a few SKUs, whole SKUs are read, as many as give one
        page; else each channel is asked for its own SKUs.
        """
        config = self._client.config
        wanted = sum(len(part) for part in skus.values())
        different = list(dict.fromkeys(sku for part in skus.values() for sku in part))
        places = max(len(self._channels.all()), 1)
        if wanted and len(different) * places <= 2 * wanted:
            room = config.predicate_length - encoded_length("sku in ()")
            most = max(1, min(config.predicate_values, config.page_size // places))
            return [one_of("sku", part) for part in chunks(different, room=room, most=most)]
        return list(joined(self._predicates(skus), room=config.predicate_length))

    def _predicates(self, skus: Mapping[str | None, Sequence[str]]) -> Iterator[str]:
        config = self._client.config
        for channel, wanted in skus.items():
            place = _in_channel(channel)
            room = config.predicate_length - encoded_length(f"(({place}) and (sku in ()))")
            for part in chunks(wanted, room=room, most=config.predicate_values):
                yield both(place, one_of("sku", part)) or place

    def identity(self, draft: dict[str, Any]) -> str:
        """SKU and channel together are unique."""
        key = draft.get("supplyChannel", {}).get("key")
        channel = None if key is None else self._channels.id(key)
        return f"sku = {quoted(draft['sku'])} and {_in_channel(channel)}"

    def plan(self, record: StockLevel, live: Live | None) -> Change | None:
        """Compare a stock level with the live entry; a quantity of zero is sent like any other.

        Raises:
            ReferenceMissing: the channel does not exist, or the entry does not and this feed does not create.
            Refused: the channel does not supply stock, or the quantity is a movement.
        """
        key = stock_key(record)
        if record.relative:
            raise Refused(
                f"stock {key} is a movement of {record.quantity}, and quantities are set here, never added",
                code="movement_not_carried",
                advice="Ask the source for stock levels; sent twice, a movement would count twice",
            )
        self._check_channel(record)
        if live is not None:
            wanted = settled(record, self._only_create)
            if "quantity" in self._only_create:
                wanted = replace(wanted, quantity=live.body["quantityOnStock"])
            return updated(key, live, _steps(wanted, live.body))
        self.absent(key)
        return created(key, _draft(record, key), _draft_fields(record))

    def _check_channel(self, record: StockLevel) -> None:
        if record.supply_channel is None:
            return
        channel = self._channels.get(record.supply_channel)
        if channel is None:
            raise ReferenceMissing(
                f"depot {record.supply_channel} of SKU {record.sku} has no supply channel in the project",
                reference=record.supply_channel,
                advice="Add the depot to the code table and to the project model, then run the project setup",
            )
        if _ROLE not in channel.get("roles", ()):
            raise Refused(
                f"channel {record.supply_channel} has no role {_ROLE}: {', '.join(channel.get('roles', ()))}",
                code="role_missing",
                advice="Run the project setup, it adds the role",
            )


def _in_channel(channel: str | None) -> str:
    return "supplyChannel is not defined" if channel is None else f"supplyChannel(id = {quoted(channel)})"


def _draft(record: StockLevel, key: str) -> dict[str, Any]:
    draft: dict[str, Any] = {"key": key, "sku": record.sku, "quantityOnStock": record.quantity}
    if record.supply_channel is not None:
        draft["supplyChannel"] = {"typeId": "channel", "key": record.supply_channel}
    if isinstance(record.expected_delivery, datetime):
        draft["expectedDelivery"] = instant(record.expected_delivery)
    if isinstance(record.restockable_in_days, int):
        draft["restockableInDays"] = record.restockable_in_days
    return draft


def _draft_fields(record: StockLevel) -> Iterator[FieldChange]:
    yield FieldChange("quantity", None, record.quantity)
    if isinstance(record.expected_delivery, datetime):
        yield FieldChange("expectedDelivery", None, instant(record.expected_delivery))
    if isinstance(record.restockable_in_days, int):
        yield FieldChange("restockableInDays", None, record.restockable_in_days)


def _steps(record: StockLevel, live: dict[str, Any]) -> Iterator[Step]:
    yield from change_quantity(live["quantityOnStock"], record.quantity)
    yield from set_expected_delivery(live.get("expectedDelivery"), record.expected_delivery)
    yield from set_restockable_in_days(live.get("restockableInDays"), record.restockable_in_days)


def change_quantity(live: int, wanted: int) -> Iterator[Step]:
    """Set the quantity on stock to an absolute number: sent twice it is still right."""
    if live != wanted:
        yield Step.of({"action": "changeQuantity", "quantity": wanted}, "quantity", live, wanted)


def set_expected_delivery(live: str | None, wanted: datetime | UnsetType | None) -> Iterator[Step]:
    """Set or remove the time of the next delivery."""
    if isinstance(wanted, UnsetType):
        return
    text = None if wanted is None else instant(wanted)
    if (live and moment(live)) == (text and moment(text)):
        return
    action = {"action": "setExpectedDelivery"}
    yield Step.of(
        action if text is None else {**action, "expectedDelivery": text}, "expectedDelivery", live, text
    )


def set_restockable_in_days(live: int | None, wanted: int | UnsetType | None) -> Iterator[Step]:
    """Set or remove the days until restock; zero days is not "none"."""
    if wanted is UNSET or wanted == live:
        return
    action: dict[str, Any] = {"action": "setRestockableInDays"}
    if wanted is not None:
        action["restockableInDays"] = wanted
    yield Step.of(action, "restockableInDays", live, wanted)
