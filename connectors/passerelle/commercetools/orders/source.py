"""Orders as the shop holds them: walked by a cursor in time, or fetched by their ids or numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from ...errors import ConfigError, Refused
from ...records import Order, OrderMessage
from ..http.client import Client
from ..planning.wire import moment
from .creations import OrderCursor, created
from .export_channel import export_channel
from .heard import heard
from .reading import order
from .rules import OrderRules, Resolved

__all__ = ["OrderPage", "OrderSource"]

Json = dict[str, Any]

#: Orders read together by id: one page, and an address that every proxy lets pass.
_TOGETHER = 200


class OrderPage(NamedTuple):
    """Some orders, and the cursor to keep once they are safe.

    `refused` are orders that cannot be carried at all (no order number, a line without SKU), `said` is what
    the shop itself says about its orders: returns announced, a cancellation.
    """

    orders: tuple[Order, ...]
    refused: tuple[Refused, ...]
    cursor: OrderCursor
    said: tuple[OrderMessage, ...] = ()


class OrderSource:
    """Reads orders; `channel` is the key of the channel (role OrderExport) that marks what we exported.

    Orders younger than `lag` are left for the next look: a write that began earlier may still appear
    before them. `clock` gives the time of day, zoned. `rules` say how lines and kinds are meant.
    """

    def __init__(
        self,
        client: Client,
        *,
        channel: str = "erp",
        lag: timedelta = timedelta(seconds=60),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        rules: OrderRules | None = None,
    ) -> None:
        self._client = client
        self._channel_key = channel
        self._lag = lag
        self._clock = clock
        self._rules = rules or OrderRules()
        self._resolved = Resolved()
        self._expand = [("expand", path) for path in self._rules.expands]

    async def prepare(self) -> None:
        """Read the export channel, and the ids of what the rules name by key.

        Raises:
            ConfigError: there is no such channel, it lacks the role OrderExport, or a product type that the
                rules name is not there.
        """
        channel_id = (await export_channel(self._client, self._channel_key))["id"]
        self._resolved = Resolved(channel_id, await self._product_types())

    async def _product_types(self) -> frozenset[str]:
        keys = self._rules.gift_card_types
        if not keys:
            return frozenset()
        found = {
            body["key"]: body["id"] for body in await self._client.query_in("product-types", "key", keys)
        }
        missing = [key for key in keys if key not in found]
        if missing:
            raise ConfigError(
                f"gift_card_types names product types that the shop does not have: {', '.join(missing)}",
                advice="Correct the target of the feed, or set the project up with its model",
            )
        return frozenset(found.values())

    async def since(self, cursor: OrderCursor | None) -> AsyncIterator[OrderPage]:
        """All orders created after the cursor (all, without one), page by page, in the order of creation.

        State does not matter here: an order that is unpaid today would never be seen by a query for paid
        ones once the cursor has passed it. Who reads decides what to do with it and when to fetch it again.
        """
        until = self._clock() - self._lag
        pages = created(self._client, "orders", cursor, until=until, params=self._expand)
        async for page in pages:
            yield self._page(page.bodies, page.cursor)

    async def by_ids(self, ids: Iterable[str]) -> OrderPage:
        """Orders as they are now, by their ids, some hundred in a call; those that are gone are left out."""
        return self._together(await self._many("id", ids))

    async def by_numbers(self, numbers: Iterable[str]) -> OrderPage:
        """Orders as they are now, by their order numbers; those that are not there are left out."""
        return self._together(await self._many("orderNumber", numbers))

    async def by_id(self, order_id: str) -> Order | None:
        """One order as it is now, None when it is gone: the way to an order that has no number yet.

        Raises:
            Refused: the order cannot be carried.
        """
        return self._one(await self._client.get(f"orders/{quote(order_id, safe='')}", self._expand))

    async def fetch(self, order_number: str) -> Order | None:
        """One order as it is now, None when there is none of that number.

        Raises:
            Refused: the order cannot be carried.
        """
        path = f"orders/order-number={quote(order_number, safe='')}"
        return self._one(await self._client.get(path, self._expand))

    async def _many(self, name: str, values: Iterable[str]) -> list[Json]:
        wanted = list(dict.fromkeys(values))
        if not wanted:
            return []
        return await self._client.query_in("orders", name, wanted, params=self._expand, most=_TOGETHER)

    def _one(self, body: Json | None) -> Order | None:
        return None if body is None else self._order(body)

    def _order(self, body: Json) -> Order:
        return order(body, self._resolved.channel, self._rules, self._resolved)

    def _together(self, bodies: Sequence[Json]) -> OrderPage:
        bodies = sorted(bodies, key=lambda body: (moment(body["createdAt"]), body["id"]))
        last = bodies[-1] if bodies else None
        at = OrderCursor(datetime.min.replace(tzinfo=UTC), "")
        return self._page(bodies, at if last is None else OrderCursor.at(last))

    def _page(self, bodies: Sequence[Json], cursor: OrderCursor) -> OrderPage:
        orders: list[Order] = []
        refused: list[Refused] = []
        said: list[OrderMessage] = []
        for body in bodies:
            try:
                orders.append(self._order(body))
            except Refused as refusal:
                refused.append(refusal)
            else:
                said += heard(body, self._rules)
        return OrderPage(tuple(orders), tuple(refused), cursor, tuple(said))
