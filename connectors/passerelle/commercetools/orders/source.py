"""Orders as the shop holds them: walked by a cursor in time, or fetched one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from ...errors import Refused
from ...records import Order
from ..http.client import Client
from ..http.predicates import quoted
from ..planning.wire import instant, moment
from .export_channel import export_channel
from .reading import order

__all__ = ["OrderCursor", "OrderPage", "OrderSource"]


class OrderCursor(NamedTuple):
    """The last order seen: its time of creation and its id, which tells orders of one instant apart."""

    created_at: datetime
    id: str

    @classmethod
    def parse(cls, text: str) -> OrderCursor:
        """Read what `str()` wrote."""
        time, _, order_id = text.partition(" ")
        return cls(moment(time), order_id)

    def __str__(self) -> str:
        return f"{instant(self.created_at)} {self.id}"


class OrderPage(NamedTuple):
    """Some orders in the order of their creation, and the cursor to keep once they are safe.

    `refused` are orders that cannot be carried at all (no order number, a line without SKU).
    """

    orders: tuple[Order, ...]
    refused: tuple[Refused, ...]
    cursor: OrderCursor


class OrderSource:
    """Reads orders; `channel` is the key of the channel (role OrderExport) that marks what we exported.

    Orders younger than `lag` are left for the next look: a write that began earlier may still appear
    before them. `clock` gives the time of day, zoned.
    """

    def __init__(
        self,
        client: Client,
        *,
        channel: str = "erp",
        lag: timedelta = timedelta(seconds=60),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._channel_key = channel
        self._channel_id: str | None = None
        self._lag = lag
        self._clock = clock

    async def prepare(self) -> None:
        """Read the export channel.

        Raises:
            ConfigError: there is none, or it lacks the role OrderExport.
        """
        self._channel_id = (await export_channel(self._client, self._channel_key))["id"]

    async def since(self, cursor: OrderCursor | None) -> AsyncIterator[OrderPage]:
        """All orders created after the cursor (all, without one), page by page.

        State does not matter here: an order that is unpaid today would never be seen by a query for paid
        ones once the cursor has passed it. Who reads decides what to do with it and when to fetch it again.
        """
        size = self._client.config.page_size
        until = f"createdAt <= {quoted(instant(self._clock() - self._lag))}"
        while True:
            where = until
            if cursor is not None:
                at = quoted(instant(cursor.created_at))
                # A plain conjunction of both would drop orders (facts 2.5).
                where = f"({until}) and (createdAt > {at} or (createdAt = {at} and id > {quoted(cursor.id)}))"
            page = await self._client.page(
                "orders",
                [
                    ("where", where),
                    ("sort", "createdAt asc"),
                    ("sort", "id asc"),
                    ("limit", str(size)),
                    ("withTotal", "false"),
                ],
            )
            if page:
                cursor = OrderCursor(moment(page[-1]["createdAt"]), page[-1]["id"])
                orders: list[Order] = []
                refused: list[Refused] = []
                for body in page:
                    try:
                        orders.append(order(body, self._channel_id))
                    except Refused as refusal:
                        refused.append(refusal)
                yield OrderPage(tuple(orders), tuple(refused), cursor)
            if len(page) < size:
                return

    async def by_id(self, order_id: str) -> Order | None:
        """One order as it is now, None when it is gone: the way to an order that has no number yet.

        Raises:
            Refused: the order cannot be carried.
        """
        body = await self._client.get(f"orders/{quote(order_id, safe='')}")
        return None if body is None else order(body, self._channel_id)

    async def fetch(self, order_number: str) -> Order | None:
        """One order as it is now, None when there is none of that number.

        Raises:
            Refused: the order cannot be carried.
        """
        body = await self._client.get(f"orders/order-number={quote(order_number, safe='')}")
        return None if body is None else order(body, self._channel_id)
