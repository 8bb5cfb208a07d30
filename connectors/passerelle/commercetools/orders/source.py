"""Orders as the shop holds them: walked by a cursor in time, or fetched by their ids or numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from ...errors import ConfigError, Refused
from ...records import Order, OrderMessage
from ..http.client import Client
from ..http.predicates import quoted
from ..planning.wire import instant, moment
from .export_channel import export_channel
from .heard import heard
from .reading import order
from .rules import OrderRules, Resolved

__all__ = ["OrderCursor", "OrderPage", "OrderSource", "after"]

Json = dict[str, Any]

#: Orders read together by id: one page, and an address that every proxy lets pass.
_TOGETHER = 200


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


def after(cursor: OrderCursor | None, until: datetime) -> str:
    """What was created behind the cursor and not after a moment, as a predicate."""
    bound = f"createdAt <= {quoted(instant(until))}"
    if cursor is None:
        return bound
    at = quoted(instant(cursor.created_at))
    # A plain conjunction of both would drop what was created in one instant (facts 2.5).
    return f"({bound}) and (createdAt > {at} or (createdAt = {at} and id > {quoted(cursor.id)}))"


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
        size = self._client.config.page_size
        until = self._clock() - self._lag
        while True:
            page = await self._client.page(
                "orders",
                [
                    ("where", after(cursor, until)),
                    ("sort", "createdAt asc"),
                    ("sort", "id asc"),
                    ("limit", str(size)),
                    ("withTotal", "false"),
                    *self._expand,
                ],
            )
            if page:
                cursor = OrderCursor(moment(page[-1]["createdAt"]), page[-1]["id"])
                yield self._page(page, cursor)
            if len(page) < size:
                return

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
        return self._page(bodies, at if last is None else OrderCursor(moment(last["createdAt"]), last["id"]))

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
