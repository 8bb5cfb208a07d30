"""Orders that were placed elsewhere: written into the shop once, by their number, and never touched again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from typing_extensions import override

from ...errors import ReferenceMissing, Refused
from ...records import PlacedOrder
from ...sync.protocols import Applied, Change, FieldChange, Live
from ..http.client import Client, Json
from ..http.predicates import quoted
from ..orders.actions import exported
from ..orders.export_channel import export_channel
from ..orders.reading import exported_as
from ..planning.custom_fields import CustomFields
from ..planning.references import References
from ..planning.resource_sink import ResourceSink
from ..planning.steps import created
from .amounts import check_amounts
from .draft import import_draft, is_article
from .settings import OrderImportSettings

__all__ = ["OrderImportSink", "marked_as"]


def marked_as(record: PlacedOrder) -> str:
    """Under which name the shop's sync info says that the order left: the sender's own number of it."""
    return record.sender_number or record.order_number


class OrderImportSink(ResourceSink[PlacedOrder]):
    """Creates orders that the shop does not have; one that is there is marked and left alone."""

    entity = "order_import"
    record_type = PlacedOrder
    path = "orders"
    posts_to = "orders/import"

    def __init__(self, client: Client, *, settings: OrderImportSettings | None = None) -> None:
        super().__init__(client)
        self._settings = settings or OrderImportSettings()
        self._custom = CustomFields(client)
        self._states = References(client, "states")
        self._channel: str | None = None

    def key(self, record: PlacedOrder) -> str:
        """The order's number."""
        return record.order_number

    async def prepare(self) -> None:
        """Read the channel of the mark.

        Raises:
            ConfigError: it is not there, or lacks the role OrderExport.
        """
        if self._settings.channel is not None:
            self._channel = (await export_channel(self._client, self._settings.channel))["id"]

    async def read_live(self, records: Sequence[PlacedOrder]) -> Mapping[str, Live]:
        """Read the orders by number, and what the records point to."""
        await self._custom.learn(records)
        await self._states.learn(keys=[one.state for one in records if one.state is not None])
        found = await self._client.query_in(
            self.path, "orderNumber", [record.order_number for record in records]
        )
        return {body["orderNumber"]: Live(body["id"], body["version"], body) for body in found}

    def plan(self, record: PlacedOrder, live: Live | None) -> Change | None:
        """Create what is not there; of what is there see that it is this order, and marked.

        Raises:
            Refused: its amounts do not agree, something that the shop needs is missing, or the shop has
                another order under this number.
            ReferenceMissing: its state or custom type is not there.
        """
        if live is not None:
            return self._marked(record, live)
        check_amounts(record)
        draft = import_draft(record, self._settings, self._custom.draft(record), self._state(record))
        body = {"draft": draft, "mark": marked_as(record)}
        return created(record.order_number, body, _told(record))

    @override
    async def apply(self, change: Change) -> Applied:
        if change.kind != "create" or change.body is None:
            return await super().apply(change)
        draft, name = change.body["draft"], change.body["mark"]
        resource = await self._create(msgspec.structs.replace(change, body=draft))
        if self._channel is not None:
            # Cut short here, the order is there unmarked: the next look marks it.
            mark = exported(resource, self._channel, name, datetime.now(UTC))
            resource = await self._client.update(self.path, resource["id"], resource["version"], mark)
        return Applied(resource["id"], resource["version"])

    @override
    def identity(self, draft: Json) -> str:
        return f"orderNumber = {quoted(draft['orderNumber'])}"

    @staticmethod
    def taken(number: str) -> Refused:
        """Say that a number is that of another order."""
        return Refused(
            f"order {number}: the shop has another order under this number",
            code="number_taken",
            advice="Nothing was written: have the sender's numbers begin with letters of their own"
            " (via: {prefix: OLD-}), and send the order again",
        )

    def _marked(self, record: PlacedOrder, live: Live) -> Change | None:
        name, mark = marked_as(record), exported_as(live.body, self._channel)
        if mark == name:
            return None
        if mark is not None or not _alike(record, live.body):
            raise self.taken(record.order_number)
        if self._channel is None:
            return None
        return Change(
            key=record.order_number,
            kind="update",
            fields=(FieldChange("syncInfo", None, name),),
            target_id=live.id,
            version=live.version,
            actions=tuple(exported(live.body, self._channel, name, datetime.now(UTC))),
        )

    def _state(self, record: PlacedOrder) -> str | None:
        if record.state is None:
            return None
        state_id = self._states.id(record.state)
        if state_id is None:
            raise ReferenceMissing(
                f"order {record.order_number}: there is no state {record.state}",
                reference=record.state,
                advice="Run the feed of states first, or correct the mapping",
            )
        return state_id


def _alike(record: PlacedOrder, body: Json) -> bool:
    """Whether an order of the shop can be what a record became: its total, and its goods piece by piece."""
    total = body["totalPrice"]
    held: Counter[str] = Counter()
    for line in body.get("lineItems", ()):
        held[line["variant"].get("sku", "")] += line["quantity"]
    told: Counter[str] = Counter()
    for one in record.lines:
        if is_article(one):
            told[one.sku or ""] += one.quantity
    amount = (total["centAmount"], total["currencyCode"])
    return amount == (record.total.cent_amount, record.total.currency) and held == told


def _told(record: PlacedOrder) -> Iterator[FieldChange]:
    """What of an order a person reads in a plan: not who it is for."""
    facts: dict[str, Any] = {
        "totalPrice": str(record.total),
        "placedAt": record.placed_at.isoformat(),
        "pieces": sum(line.quantity for line in record.lines if line.kind in {"article", "gift_card"}),
        "orderState": record.order_state,
        "senderNumber": record.sender_number,
    }
    for name, value in facts.items():
        if value is not None:
            yield FieldChange(name, None, value)
