"""What the ERP answers about orders, carried like any other record: acknowledgements and shipments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from ...errors import Fatal, ReferenceMissing
from ...records import OrderAck, Shipment
from ...sync.protocols import Change, FieldChange, Live
from ..http.client import Client
from ..planning.resource_sink import ResourceSink
from .actions import acknowledged, shipped
from .export_channel import export_channel

__all__ = ["OrderAckSink", "ShipmentSink"]

R = TypeVar("R", OrderAck, Shipment)


class _OrderSink(ResourceSink[R], ABC, Generic[R]):
    """Reads the orders that the records speak of; nothing is ever created."""

    path = "orders"

    @abstractmethod
    def key(self, record: R) -> str:
        """Name the record in the ledger and in reports."""

    async def read_live(self, records: Sequence[R]) -> Mapping[str, Live]:
        """Read the orders by number, as they are now."""
        numbers = dict.fromkeys(record.order_number for record in records)
        found = {
            body["orderNumber"]: Live(body["id"], body["version"], body)
            for body in await self._client.query_in(self.path, "orderNumber", numbers)
        }
        return {
            self.key(record): found[record.order_number] for record in records if record.order_number in found
        }

    def _order(self, number: str, live: Live | None) -> Live:
        if live is None:
            raise ReferenceMissing(
                f"there is no order {number} in the shop",
                reference=number,
                advice="Is it an order of another channel or of the test system?",
            )
        return live


def _update(key: str, live: Live, actions: Sequence[dict[str, Any]]) -> Change | None:
    if not actions:
        return None
    return Change(
        key=key,
        kind="update",
        fields=tuple(_fields(live.body, actions)),
        target_id=live.id,
        version=live.version,
        actions=tuple(actions),
    )


def _fields(body: dict[str, Any], actions: Sequence[dict[str, Any]]) -> Iterator[FieldChange]:
    """Say in a reader's words what the actions do to the order."""
    for action in actions:
        match action:
            case {"action": "updateSyncInfo", "externalId": external_id}:
                yield FieldChange("syncInfo", None, external_id)
            case {"action": "changeOrderState", "orderState": state}:
                yield FieldChange("orderState", body.get("orderState"), state)
            case {"action": "changeShipmentState", "shipmentState": state}:
                yield FieldChange("shipmentState", body.get("shipmentState"), state)
            case {"action": "addDelivery", "deliveryKey": key, "items": items}:
                yield FieldChange(
                    "delivery", None, f"{key}: {sum(item['quantity'] for item in items)} pieces"
                )
            case {"action": name}:
                yield FieldChange("parcel", None, action.get("parcelKey") or action.get("parcelId") or name)


class OrderAckSink(_OrderSink[OrderAck]):
    """Takes over the ERP's answers: its order number as sync info, and the state Confirmed.

    A refusal changes nothing in the shop: that it came is kept in the ledger, for people.
    """

    entity = "order_ack"
    record_type = OrderAck

    def __init__(
        self,
        client: Client,
        *,
        channel: str = "erp",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(client, creates=False)
        self._channel_key = channel
        self._channel_id: str | None = None
        self._clock = clock

    def key(self, record: OrderAck) -> str:
        """The order's number: the last answer about an order holds."""
        return record.order_number

    async def prepare(self) -> None:
        """Read the export channel; raises ConfigError when there is none with the role OrderExport."""
        self._channel_id = (await export_channel(self._client, self._channel_key))["id"]

    def plan(self, record: OrderAck, live: Live | None) -> Change | None:
        """Compare the order with the answer; raises ReferenceMissing when the shop has no such order."""
        if self._channel_id is None:
            raise Fatal("prepare() has not been called: the export channel is not known")
        order = self._order(record.order_number, live)
        return _update(
            self.key(record), order, acknowledged(order.body, self._channel_id, record, self._clock())
        )


class ShipmentSink(_OrderSink[Shipment]):
    """Takes over deliveries with their parcels; the same delivery again completes, never doubles."""

    entity = "shipment"
    record_type = Shipment

    def __init__(self, client: Client) -> None:
        super().__init__(client, creates=False)

    def key(self, record: Shipment) -> str:
        """The order's number and the ERP's delivery number."""
        return f"{record.order_number}/{record.key}"

    async def prepare(self) -> None:
        """Nothing is needed beforehand."""

    def plan(self, record: Shipment, live: Live | None) -> Change | None:
        """Compare the order with the delivery; raises Refused when it does not fit what was ordered."""
        order = self._order(record.order_number, live)
        return _update(self.key(record), order, shipped(order.body, record))
