"""Writing back to orders: exported, acknowledged, shipped; each call may be repeated at any time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from ...errors import Conflict, Fatal, ReferenceMissing
from ...records import OrderAck, Shipment
from ..http.client import Client
from .actions import acknowledged, exported, shipped
from .export_channel import export_channel

__all__ = ["OrderDesk", "OrderWritten"]

_PAUSE = 0.2


class OrderWritten(NamedTuple):
    """The order after the call; `actions` is empty when it already said what was wanted."""

    id: str
    version: int
    actions: tuple[dict[str, Any], ...]


class OrderDesk:
    """Reads the order, decides, writes; when the order moved meanwhile, up to `tries` times over.

    `channel` is the key of the channel with role OrderExport; `clock` gives the time of day, zoned.
    """

    def __init__(
        self,
        client: Client,
        *,
        channel: str = "erp",
        tries: int = 5,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._channel_key = channel
        self._channel_id: str | None = None
        self._tries = tries
        self._clock = clock

    async def prepare(self) -> None:
        """Read the export channel.

        Raises:
            ConfigError: there is none, or it lacks the role OrderExport.
        """
        self._channel_id = (await export_channel(self._client, self._channel_key))["id"]

    async def mark_exported(self, order_number: str, external_id: str) -> OrderWritten:
        """Say in the shop that the order left for the ERP, under the name of the file or the order.

        Raises:
            ReferenceMissing: no order has that number.
            Conflict: the order kept moving.
        """
        channel = self._channel()
        return await self._write(
            order_number, lambda body: exported(body, channel, external_id, self._clock())
        )

    async def acknowledge(self, ack: OrderAck) -> OrderWritten:
        """Take over the ERP's answer: its order number, and the state Confirmed.

        Raises:
            ReferenceMissing: no order has that number.
            Conflict: the order kept moving.
        """
        channel = self._channel()
        return await self._write(
            ack.order_number, lambda body: acknowledged(body, channel, ack, self._clock())
        )

    async def ship(self, shipment: Shipment) -> OrderWritten:
        """Take over a delivery with its parcels; the same delivery again completes, never doubles.

        Raises:
            ReferenceMissing: no order has that number.
            Refused: the delivery does not fit the order; the message says what was ordered and delivered.
            Conflict: the order kept moving.
        """
        return await self._write(shipment.order_number, lambda body: shipped(body, shipment))

    def _channel(self) -> str:
        if self._channel_id is None:
            raise Fatal("prepare() has not been called: the export channel is not known")
        return self._channel_id

    async def _write(
        self, order_number: str, decide: Callable[[dict[str, Any]], list[dict[str, Any]]]
    ) -> OrderWritten:
        for attempt in range(1, self._tries + 1):
            body = await self._client.get(f"orders/order-number={quote(order_number, safe='')}")
            if body is None:
                raise ReferenceMissing(
                    f"there is no order {order_number} in the shop",
                    reference=order_number,
                    advice="Is it an order of another channel or of the test system?",
                )
            actions = decide(body)
            if not actions:
                return OrderWritten(body["id"], body["version"], ())
            try:
                written = await self._client.update("orders", body["id"], body["version"], actions)
            except Conflict:
                # Somebody else wrote, or our answer was lost: what is left to do is decided afresh.
                if attempt == self._tries:
                    raise
                await self._client.sleep(_PAUSE * attempt)
            else:
                return OrderWritten(written["id"], written["version"], tuple(actions))
        raise Fatal("tries must be at least 1")
