"""Messages about orders: a cursor in time with a lag, what is news, and what is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from passerelle.commercetools import Client, CommercetoolsConfig
from passerelle.commercetools.orders.creations import OrderCursor
from passerelle.commercetools.orders.messages import MessagePage, OrderMessages, tells
from passerelle.sandbox import Sandbox, SandboxConfig
from passerelle.sandbox.config import ApiClient

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
OURS = "our-client"


class Pages:
    """A client that answers with these pages, one after the other."""

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        self.config = CommercetoolsConfig.model_validate(
            {
                "project_key": "shop", "client_id": OURS, "client_secret": "s", "page_size": 2,
                "auth_url": "http://127.0.0.1:9", "api_url": "http://127.0.0.1:9",
            }
        )  # fmt: skip
        self.asked: list[dict[str, str]] = []
        self._pages = list(pages)

    async def page(self, path: str, params: list[tuple[str, str]]) -> list[dict[str, Any]]:
        """The next page."""
        assert path == "messages"
        self.asked.append(dict(params))
        return self._pages.pop(0)


def message(order: str, number: int, kind: str = "OrderStateChanged", by: str = "web") -> dict[str, Any]:
    """A message as it is read."""
    return {
        "id": f"m-{order}-{number}", "type": kind, "sequenceNumber": number,
        "createdAt": f"2026-11-02T07:00:0{number}.000Z", "resource": {"typeId": "order", "id": order},
        "lastModifiedBy": {"clientId": by},
    }  # fmt: skip


async def read(pages: Pages, cursor: OrderCursor | None = None) -> list[MessagePage]:
    """Everything that the messages tell."""
    client: Any = pages
    messages = OrderMessages(client, own_client=OURS, lag=timedelta(seconds=30), clock=lambda: NOW)
    return [page async for page in messages.since(cursor)]


async def test_a_message_that_is_missing_makes_its_order_read() -> None:
    """Its order is among those to read, whatever the message that told of the gap was about."""
    [first, second] = await read(
        Pages(
            [message("o-1", 1, "OrderCreated"), message("o-2", 4, "DeliveryAdded")],
            [message("o-1", 3, "ParcelAddedToDelivery")],
        )
    )
    assert (first.order_ids, first.gaps) == (("o-1",), ())
    assert (second.order_ids, second.gaps) == (("o-1",), ("o-1",))


async def test_messages_of_one_page_in_any_order_are_no_gap() -> None:
    """Those of one instant come in the order of their ids."""
    [page] = await read(Pages([message("o-1", 2), message("o-1", 1, "OrderCreated")], []))
    assert (page.order_ids, page.gaps) == (("o-1",), ())


async def test_the_cursor_asks_for_what_came_behind_it_up_to_the_lag() -> None:
    """The instant of the cursor again, but only ids behind it."""
    pages = Pages([])
    await read(pages, OrderCursor(NOW - timedelta(hours=1), "m-7"))
    where = pages.asked[0]["where"]
    assert 'resource(typeId="order")' in where
    assert 'createdAt <= "2026-11-02T07:59:30.000Z"' in where
    assert 'createdAt = "2026-11-02T07:00:00.000Z" and id > "m-7"' in where


@pytest.mark.parametrize(
    ("kind", "by", "news"),
    [
        ("OrderCreated", OURS, True),
        ("OrderCreatedFromRecurringOrder", "web", True),
        ("OrderStateChanged", "web", True),
        ("OrderStateChanged", OURS, False),
        ("ReturnInfoAdded", None, True),
        ("DeliveryAdded", "web", False),
    ],
)
def test_what_is_news(kind: str, by: str | None, *, news: bool) -> None:
    """Our own changes are none, but an order that we imported is new all the same."""
    assert tells(kind, by, OURS) is news


async def test_the_shop_answers_what_is_asked() -> None:
    """A real project: each order is named once a page, the cursor passes what was read."""
    checkout = ApiClient.model_validate({"id": "checkout", "secret": "s"})
    settings = SandboxConfig(unknown_order_skus="accept", more_clients=(checkout,))
    with Sandbox(settings, in_process=True) as shop:
        shop.control("POST", f"/{shop.project}/messages", {"enabled": True})
        config = CommercetoolsConfig(
            project_key=shop.project, client_id="checkout", client_secret=checkout.secret,
            auth_url=shop.url, api_url=shop.url,
        )  # fmt: skip
        async with Client(config) as client:
            amount = {"currencyCode": "EUR", "centAmount": 100}
            line = {"name": {"fr": "x"}, "variant": {"sku": "s"}, "quantity": 1, "price": {"value": amount}}
            number = f"M-{uuid4().hex[:8]}"
            body = await client.create(
                "orders/import", {"orderNumber": number, "totalPrice": amount, "lineItems": [line]}
            )
            paid = {"action": "changePaymentState", "paymentState": "Paid"}
            await client.update("orders", body["id"], body["version"], [paid])
            messages = OrderMessages(client, own_client="sandbox-client", lag=timedelta(seconds=-5))
            [page] = [one async for one in messages.since(None)]
            assert (page.order_ids, page.gaps, page.read) == ((body["id"],), (), 2)
            assert [one async for one in messages.since(page.cursor)] == []
