"""Messages about orders, walked by a cursor in time: which orders changed in ways that matter to others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from ..http.client import Client
from .creations import OrderCursor, created

__all__ = ["CREATIONS", "TELLING", "Heard", "MessagePage", "OrderMessages", "tells"]

Json = dict[str, Any]

#: An order is new: a recurring order makes its orders without OrderCreated (facts: commercetools 4.4).
CREATIONS = frozenset({"OrderCreated", "OrderImported", "OrderCreatedFromRecurringOrder"})

#: What is worth reading the order again for; what only we and carriers write (deliveries, parcels) is not.
TELLING = CREATIONS | {
    "OrderBillingAddressSet",
    "OrderCustomFieldAdded",
    "OrderCustomFieldChanged",
    "OrderCustomFieldRemoved",
    "OrderCustomLineItemAdded",
    "OrderCustomLineItemDiscountSet",
    "OrderCustomLineItemQuantityChanged",
    "OrderCustomLineItemRemoved",
    "OrderCustomTypeRemoved",
    "OrderCustomTypeSet",
    "OrderCustomerEmailSet",
    "OrderDeleted",
    "OrderDiscountCodeAdded",
    "OrderDiscountCodeRemoved",
    "OrderDiscountCodeStateSet",
    "OrderEditApplied",
    "OrderLineItemAdded",
    "OrderLineItemDiscountSet",
    "OrderLineItemDistributionChannelSet",
    "OrderLineItemRemoved",
    "OrderPaymentAdded",
    "OrderPaymentRemoved",
    "OrderPaymentStateChanged",
    "OrderShippingAddressSet",
    "OrderShippingInfoSet",
    "OrderStateChanged",
    "OrderStoreSet",
    "ReturnInfoAdded",
    "ReturnInfoSet",
}


class MessagePage(NamedTuple):
    """What some messages tell: the orders to read again, and the cursor to keep once that is done.

    `gaps` are orders with a message missing before one that came: it may appear later, behind the cursor.
    They are among `order_ids`: an order that is read whole has what the missing message would tell.
    `numbers` are the highest numbers of messages by order, for `Heard` of the next look.
    """

    order_ids: tuple[str, ...]
    gaps: tuple[str, ...]
    read: int
    cursor: OrderCursor
    numbers: Mapping[str, int] = {}


#: Tells the number of the last message that was heard of each of these orders; others are left out.
Heard: TypeAlias = Callable[[Sequence[str]], Mapping[str, int]]


def _of_nothing(_: Sequence[str]) -> Mapping[str, int]:
    """Nobody remembers: a gap shows only between two messages that are read in one go."""
    return {}


def tells(kind: str, by_client: str | None, own_client: str | None) -> bool:
    """Whether a message of that type is worth reading its order again; our own changes are not news.

    An order that we made ourselves (an import) is new all the same.
    """
    return kind in TELLING and (kind in CREATIONS or by_client is None or by_client != own_client)


class OrderMessages:
    """Reads the messages of all orders; `own_client` is the id of the API client whose changes are our own.

    Messages younger than `lag` are left for the next look, as in `OrderSource`. The project must keep
    messages (settings: messages enabled); how many days it keeps them is how long we may be away. `heard`
    remembers the last message of each order from one run to the next.
    """

    def __init__(
        self,
        client: Client,
        *,
        own_client: str | None = None,
        lag: timedelta = timedelta(seconds=60),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        heard: Heard = _of_nothing,
    ) -> None:
        self._client = client
        self._own_client = own_client
        self._heard = heard
        self._lag = lag
        self._clock = clock
        self._last: dict[str, int] = {}

    def start(self) -> OrderCursor:
        """The cursor of somebody who reads all orders now, and from now on only what changes."""
        return OrderCursor(self._clock() - self._lag, "")

    async def since(self, cursor: OrderCursor | None) -> AsyncIterator[MessagePage]:
        """All messages created after the cursor, page by page."""
        until = self._clock() - self._lag
        pages = created(self._client, "messages", cursor, until=until, where='resource(typeId="order")')
        async for page in pages:
            yield self._told(page.bodies, page.cursor)

    def _told(self, page: Sequence[Json], cursor: OrderCursor) -> MessagePage:
        wanted: dict[str, None] = {}
        gaps: dict[str, None] = {}
        unmet = {str(message["resource"]["id"]) for message in page} - self._last.keys()
        self._last |= self._heard(sorted(unmet))
        numbers: dict[str, int] = {}
        for message in sorted(page, key=lambda one: int(one["sequenceNumber"])):
            order_id, number = str(message["resource"]["id"]), int(message["sequenceNumber"])
            last = self._last.get(order_id)
            if last is not None and number > last + 1:
                gaps[order_id] = None
            self._last[order_id] = numbers[order_id] = max(number, last or 0)
            by_client = (message.get("lastModifiedBy") or {}).get("clientId")
            if tells(message["type"], by_client, self._own_client):
                wanted[order_id] = None
        return MessagePage(tuple(wanted | gaps), tuple(gaps), len(page), cursor, numbers)
