"""Subscriptions: what is told in a queue of SQS, in which format, how often and in which order."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from passerelle.sandbox import Sandbox
from tests.contract.official import OfficialContract
from tests.sandbox.mailroom import REGION, Mailroom, mailroom
from tests.sandbox.shopfront import Shopfront, product, variant

CREDENTIALS = {"accessKey": "AKSANDBOX", "accessSecret": "very-secret"}


@pytest.fixture(scope="module")
def room() -> Iterator[Mailroom]:
    """Queues for all tests of this file."""
    with mailroom() as found:
        yield found


@pytest.fixture
def queue(room: Mailroom, request: pytest.FixtureRequest) -> str:
    """A queue of one test alone."""
    return room.queue(str(request.node.name).replace("[", "-").replace("]", ""))


@pytest.fixture
def shop() -> Iterator[Shopfront]:
    """A sandbox of one test alone that keeps no messages."""
    with Sandbox(in_process=True) as sandbox:
        front = Shopfront(sandbox, "demo")
        front.catalogue()
        front.create("products", product("style-1", variant("A"), publish=True))
        yield front
        front.close()


def destination(queue: str) -> dict[str, str]:
    """Where notifications go."""
    return {"type": "SQS", "queueUrl": queue, "region": REGION, **CREDENTIALS}


def subscription(queue: str, **more: Any) -> dict[str, Any]:
    """The draft of a subscription to all messages of orders."""
    messages = [{"resourceTypeId": "order"}]
    return {"key": "orders", "destination": destination(queue), "messages": messages, **more}


def received(shop: Shopfront, room: Mailroom, queue: str) -> list[dict[str, Any]]:
    """What came into the queue."""
    assert shop.sandbox.delivered()
    return room.read(queue)


def test_a_test_notification_comes_first(
    shop: Shopfront, room: Mailroom, queue: str, description: OfficialContract | None
) -> None:
    """A subscription is told of its own creation; its secret is not told again; it is healthy."""
    created = shop.create("subscriptions", subscription(queue))
    assert (created["status"], created["format"]) == ("Healthy", {"type": "Platform"})
    assert created["destination"]["accessSecret"] == "very****"
    [test] = received(shop, room, queue)
    assert test["notificationType"] == "ResourceCreated"
    assert test["resource"] == {"typeId": "subscription", "id": created["id"]}
    assert shop.ask("GET", f"subscriptions/{created['id']}/health").status_code == 200
    if description is not None:
        assert description.check_schema("Subscription", created) == []


def test_without_a_queue_there_is_no_subscription(shop: Shopfront, queue: str) -> None:
    """Where a test notification cannot be delivered, nothing is created."""
    shop.refused("POST", "subscriptions", subscription(f"{queue}-missing"), code="InvalidInput")
    # Bound and not listening: it refuses, and keeps its port from everybody else.
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        nobody = subscription(f"http://127.0.0.1:{deaf.getsockname()[1]}/123456789012/nobody")
        shop.refused("POST", "subscriptions", nobody, code="InvalidInput")
    ordered = subscription(f"{queue}.fifo")
    shop.refused("POST", "subscriptions", ordered, code="InvalidInput")
    shop.refused("POST", "subscriptions", subscription(queue, messages=[]), code="InvalidInput")
    other = {"type": "SNS", "topicArn": "arn:aws:sns:eu-central-1:123456789012:t"}
    draft = {**subscription(queue), "destination": other}
    shop.refused("POST", "subscriptions", draft, code="InvalidJsonInput")
    assert shop.get("subscriptions")["total"] == 0


def test_messages_are_told_though_none_are_kept(shop: Shopfront, room: Mailroom, queue: str) -> None:
    """A message comes with its payload and its number, of the types that were subscribed to."""
    wanted = [{"resourceTypeId": "order", "types": ["OrderImported", "OrderStateChanged"]}]
    shop.create("subscriptions", subscription(queue, messages=wanted))
    order = shop.order("W-1", "A")
    shop.update(
        "orders/order-number=W-1",
        1,
        {"action": "changeShipmentState", "shipmentState": "Ready"},
        {"action": "changeOrderState", "orderState": "Confirmed"},
    )
    [_, imported, confirmed] = received(shop, room, queue)
    assert (imported["type"], imported["sequenceNumber"]) == ("OrderImported", 1)
    assert imported["order"]["orderNumber"] == "W-1"
    assert confirmed["notificationType"] == "Message"
    assert confirmed["projectKey"] == "demo"
    assert (confirmed["sequenceNumber"], confirmed["resourceVersion"]) == (3, 2)
    assert confirmed["resource"] == {"typeId": "order", "id": order["id"]}
    assert confirmed["resourceUserProvidedIdentifiers"] == {"orderNumber": "W-1"}
    assert shop.get("messages")["total"] == 0


def test_cloud_events(
    shop: Shopfront, room: Mailroom, queue: str, description: OfficialContract | None
) -> None:
    """As CloudEvents, a message is the data of an envelope that says its order and where it can be read."""
    events = {"type": "CloudEvents", "cloudEventsVersion": "1.0"}
    changes = [{"resourceTypeId": "order"}]
    shop.sandbox.keep_messages()
    shop.create("subscriptions", subscription(queue, format=events, changes=changes))
    order = shop.order("W-1", "A")
    [test, *told] = received(shop, room, queue)
    assert test["type"] == "com.commercetools.subscription.change.ResourceCreated"
    by_type = {one["type"]: one for one in told}
    message = by_type["com.commercetools.order.message.OrderImported"]
    assert (message["sequence"], message["sequencetype"]) == ("1", "Integer")
    assert (message["subject"], message["source"]) == (order["id"], "/demo/orders")
    assert shop.get(message["dataref"].removeprefix("/demo/"))["order"]["id"] == order["id"]
    change = by_type["com.commercetools.order.change.ResourceCreated"]
    assert (change["data"]["version"], "sequence" in change) == (1, False)
    if description is not None:
        # The description knows the frame of a message, not the fields of its type.
        base = ("notificationType", "projectKey", "resource")
        for one, schema in ((message, "MessageDelivery"), (change, "ResourceCreatedDelivery")):
            frame = {**one, "data": {name: one["data"][name] for name in base}}
            assert description.check_schema("CloudEventsPayload", frame) == []
            data = {name: value for name, value in one["data"].items() if name not in ("type", "order")}
            assert description.check_schema(f"{schema}Payload", data) == []


def test_a_long_message_comes_without_its_payload(shop: Shopfront, room: Mailroom, queue: str) -> None:
    """What a queue does not take is told without payload, to be fetched by its id."""
    shop.sandbox.keep_messages()
    shop.create("subscriptions", subscription(queue))
    line = {
        "name": {"fr-FR": "A" * 1_000},
        "variant": {"sku": "A"},
        "price": {"value": {"centAmount": 1, "currencyCode": "EUR"}},
        "quantity": 1,
    }
    money = {"centAmount": 300, "currencyCode": "EUR"}
    shop.create("orders/import", {"orderNumber": "W-1", "totalPrice": money, "lineItems": [line] * 200})
    [_, told] = received(shop, room, queue)
    assert told["payloadNotIncluded"]["payloadType"] == "OrderImported"
    assert "order" not in told
    assert len(shop.get(f"messages/{told['id']}")["order"]["lineItems"]) == 200


def test_changes(shop: Shopfront, room: Mailroom, queue: str) -> None:
    """Changes say versions and nothing else; an order edit is no change, only a message."""
    changes = [{"resourceTypeId": "order"}]
    shop.create("subscriptions", subscription(queue, messages=[], changes=changes))
    order = shop.order("W-1", "A")
    path = f"orders/{order['id']}"
    shop.update(path, 1, {"action": "changeOrderState", "orderState": "Confirmed"})
    address = {"action": "setShippingAddress", "address": {"country": "FR"}}
    resource = {"typeId": "order", "id": order["id"]}
    edit = shop.create("orders/edits", {"resource": resource, "stagedActions": [address]})
    versions = {"editVersion": 1, "resourceVersion": 2}
    assert shop.ask("POST", f"orders/edits/{edit['id']}/apply", versions).status_code == 200
    shop.ask("DELETE", path, version=3)
    [_, *told] = received(shop, room, queue)
    assert [(one["notificationType"], one["version"]) for one in told] == [
        ("ResourceCreated", 1),
        ("ResourceUpdated", 2),
        ("ResourceDeleted", 3),
    ]
    assert told[1]["oldVersion"] == 1
    assert "order" not in told[0]


def test_at_least_once_in_no_order(shop: Shopfront, room: Mailroom, queue: str) -> None:
    """Told to, the sandbox delivers some twice and all in disorder; none is lost."""
    shop.create("subscriptions", subscription(queue))
    shop.sandbox.deliver(duplicates=0.5, disorder=100, seed=3)
    numbers = [f"W-{number:02d}" for number in range(20)]
    for number in numbers:
        shop.order(number, "A")
    [_, *told] = received(shop, room, queue)
    came = [one["resourceUserProvidedIdentifiers"]["orderNumber"] for one in told]
    assert set(came) == set(numbers)
    assert len(numbers) < len(came) < 2 * len(numbers)
    assert came != sorted(came)


def test_held_back(shop: Shopfront, room: Mailroom, queue: str) -> None:
    """Told to, nothing arrives until it is let go."""
    shop.create("subscriptions", subscription(queue))
    shop.sandbox.deliver(hold=True)
    shop.order("W-1", "A")
    assert len(received(shop, room, queue)) == 1
    shop.sandbox.deliver()
    assert [one["type"] for one in received(shop, room, queue)] == ["OrderImported"]


def test_a_queue_that_is_gone(shop: Shopfront, room: Mailroom, queue: str) -> None:
    """Deliveries to a missing queue wait; another destination gets them. Stopped for good, they are lost."""
    created = shop.create("subscriptions", subscription(queue))
    room.remove(queue)
    shop.order("W-1", "A")
    assert shop.sandbox.delivered()
    health = f"subscriptions/{created['id']}/health"
    assert shop.ask("GET", health).status_code == 400
    assert shop.get("subscriptions/key=orders")["status"] == "ConfigurationError"
    other = room.queue("another-place")
    shop.update(
        "subscriptions/key=orders",
        1,
        {"action": "changeDestination", "destination": destination(other)},
    )
    told = received(shop, room, other)
    assert [one["notificationType"] for one in told] == ["ResourceCreated", "Message"]
    assert shop.ask("GET", health).status_code == 200
    shop.sandbox.control("POST", "/demo/notifications/stop", {"key": "orders"})
    shop.order("W-2", "A")
    assert received(shop, room, other) == []
    assert shop.get("subscriptions/key=orders")["status"] == "ConfigurationErrorDeliveryStopped"


def test_who_subscribes(shop: Shopfront, queue: str) -> None:
    """Subscriptions have a scope of their own, are found by key, changed, and go."""
    shop.create("subscriptions", subscription(queue))
    narrow = Shopfront(shop.sandbox, "demo", "manage_orders:demo")
    narrow.refused("GET", "subscriptions", status=403, code="insufficient_scope")
    narrow.close()
    both = [{"resourceTypeId": "order"}, {"resourceTypeId": "payment", "types": ["PaymentCreated"]}]
    changed = shop.update("subscriptions/key=orders", 1, {"action": "setMessages", "messages": both})
    assert [one["types"] for one in changed["messages"]] == [[], ["PaymentCreated"]]
    nothing = {"action": "setMessages"}
    shop.refused_update("subscriptions/key=orders", 2, nothing, code="InvalidInput")
    assert shop.ask("DELETE", "subscriptions/key=orders", version=2).status_code == 200
    shop.order("W-1", "A")
    assert shop.get("subscriptions")["total"] == 0
