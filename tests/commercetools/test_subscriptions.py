"""Notifications of Subscriptions, read from a real queue over SQS's own protocol (moto's server)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from passerelle.commercetools.orders.queue_config import SqsConfig
from passerelle.commercetools.orders.sqs import SqsQueue
from passerelle.commercetools.orders.subscriptions import Notification, OrderSubscription, notification
from passerelle.errors import ConfigError, Retriable

Json = dict[str, Any]
OURS = "our-client"


def message(order: str = "o-1", kind: str = "OrderCreated", **changes: Any) -> Json:
    """A notification of a message, in the format Platform."""
    return {
        "notificationType": "Message", "projectKey": "shop", "id": "m-1", "version": 1, "sequenceNumber": 3,
        "resource": {"typeId": "order", "id": order}, "resourceVersion": 7, "type": kind,
        "lastModifiedBy": {"clientId": "web"}, "createdAt": "2026-11-02T08:00:00.000Z", **changes,
    }  # fmt: skip


def cloud(data: Json) -> Json:
    """The same in the format CloudEvents."""
    return {
        "specversion": "1.0", "id": "e-1", "type": "com.commercetools.order.message.OrderCreated",
        "source": "/shop/orders", "subject": "o-1", "time": "2026-11-02T08:00:00.000Z", "sequence": "3",
        "data": data,
    }  # fmt: skip


def text(said: Json) -> str:
    """A notification as it stands in a queue."""
    return orjson.dumps(said).decode()


@pytest.mark.parametrize("wrap", [lambda said: said, cloud])
def test_a_message_is_read_in_both_formats(wrap: Any) -> None:
    """The order, what happened to it, which of its messages it is, and who did it."""
    assert notification(text(wrap(message()))) == Notification("message", "o-1", "OrderCreated", 3, "web")


def test_a_payload_that_was_too_big_is_read_by_its_type() -> None:
    """The order is read again in any case: nothing is missing."""
    said = message(payloadNotIncluded={"reason": "too big", "payloadType": "OrderImported"})
    del said["type"]
    assert notification(text(said)).type == "OrderImported"


def test_an_envelope_of_sns_is_opened() -> None:
    """A subscription may fan out over SNS."""
    envelope = {"Type": "Notification", "MessageId": "1", "Message": text(message())}
    assert notification(text(envelope)).order_id == "o-1"


def test_what_is_not_about_an_order_is_told_apart() -> None:
    """The test notification of a new subscription; the change of another resource; a change of an order."""
    about = {"notificationType": "ResourceCreated", "projectKey": "shop", "version": 1}
    assert notification(text({**about, "resource": {"typeId": "subscription", "id": "s"}})).kind == "test"
    assert notification(text({**about, "resource": {"typeId": "product", "id": "p"}})).kind == "other"
    changed = notification(text({**about, "resource": {"typeId": "order", "id": "o-9"}}))
    assert (changed.kind, changed.order_id) == ("change", "o-9")


@given(st.one_of(st.text(), st.sampled_from(["{", "[]", "1", "{}", '{"specversion": "1.0"}'])))
def test_what_nobody_can_read_is_said(body: str) -> None:
    """Never taken for a notification."""
    with pytest.raises(ValueError, match="the notification"):
        notification(body)


# --- the queue ---


class Desk:
    """A queue of a server of this machine, and the commerce platform that sends to it."""

    def __init__(self, url: str) -> None:
        self.sqs: Any = boto3.client(
            "sqs", region_name="eu-west-1", endpoint_url=url, aws_access_key_id="k", aws_secret_access_key="s"
        )
        # A name of its own: all servers of moto in this process have the same queues. What was handed out
        # comes again when a test says so (`time_out`), not when the machine is slow.
        created = self.sqs.create_queue(
            QueueName=f"orders-{uuid4().hex}", Attributes={"VisibilityTimeout": "3600"}
        )
        self.config = SqsConfig(
            queue_url=created["QueueUrl"],
            region="eu-west-1",
            access_key="k",
            secret_key=SecretStr("s"),
            endpoint=url,
        )

    def send(self, *said: Json | str) -> None:
        """The platform notifies."""
        for one in said:
            body = one if isinstance(one, str) else text(one)
            self.sqs.send_message(QueueUrl=self.config.queue_url, MessageBody=body)

    def left(self) -> tuple[int, int]:
        """How many messages wait, and how many somebody works on."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        got = self.sqs.get_queue_attributes(QueueUrl=self.config.queue_url, AttributeNames=names)
        return int(got["Attributes"][names[0]]), int(got["Attributes"][names[1]])

    def time_out(self) -> None:
        """The one who worked on them died: the messages are handed out again."""
        for receipt in self.receipts:
            self.sqs.change_message_visibility(
                QueueUrl=self.config.queue_url, ReceiptHandle=receipt, VisibilityTimeout=0
            )

    receipts: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """SQS on this machine."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def desk(server: str) -> Iterator[Desk]:
    """An empty queue."""
    made = Desk(server)
    yield made
    made.sqs.delete_queue(QueueUrl=made.config.queue_url)


async def test_notifications_are_taken_in_batches_and_deleted_when_they_are_safe(desk: Desk) -> None:
    """Each order once, whatever comes twice or out of order; our own changes are not news."""
    desk.send(
        message("o-2", sequenceNumber=2, kind="OrderPaymentStateChanged"),
        *[message("o-1") for _ in range(12)],
        message("o-3", kind="OrderStateChanged", lastModifiedBy={"clientId": OURS}),
        message("o-4", kind="OrderImported", lastModifiedBy={"clientId": OURS}),
        message("o-5", kind="DeliveryAdded"),
        {"notificationType": "ResourceCreated", "resource": {"typeId": "subscription", "id": "s"}},
        "not a notification",
    )
    subscription = OrderSubscription(SqsQueue(desk.config), own_client=OURS)
    found = [batch async for batch in subscription.batches(wait=0)]
    [batch] = found
    assert sorted(batch.order_ids) == ["o-1", "o-2", "o-4"]
    assert [body for body, _ in batch.unreadable] == ["not a notification"]
    assert desk.left() == (0, 18)
    await subscription.done(batch)
    assert desk.left() == (0, 0)


async def test_a_batch_that_nobody_finished_comes_again(desk: Desk) -> None:
    """The process died before the ledger had it: another one gets the same notifications."""
    desk.send(message("o-1"), message("o-2"))
    first = OrderSubscription(SqsQueue(desk.config))
    [batch] = [one async for one in first.batches(wait=0)]
    assert [one async for one in first.batches(wait=0)] == []
    desk.receipts = batch.receipts
    desk.time_out()
    second = OrderSubscription(SqsQueue(desk.config))
    [again] = [one async for one in second.batches(wait=0)]
    assert sorted(again.order_ids) == ["o-1", "o-2"]


async def test_a_batch_is_no_longer_than_it_may_be(desk: Desk) -> None:
    """So that its orders are read in one call, and a crash repeats little."""
    desk.send(*[message(f"o-{number}") for number in range(25)])
    subscription = OrderSubscription(SqsQueue(desk.config), batch=20)
    sizes = []
    async for batch in subscription.batches(wait=0):
        sizes.append(len(batch.receipts))
        await subscription.done(batch)
    assert sizes == [20, 5]


async def test_a_queue_that_is_not_there_is_told(desk: Desk) -> None:
    """A wrong address does not heal by waiting; a server that is away may."""
    wrong = SqsConfig(
        queue_url=f"{desk.config.queue_url}-not",
        region="eu-west-1",
        access_key="k",
        secret_key=SecretStr("s"),
        endpoint=desk.config.endpoint,
    )
    with pytest.raises(ConfigError, match="NonExistentQueue"):
        await SqsQueue(wrong).receive(1, wait=0)


async def test_a_server_that_is_away_is_asked_again_later() -> None:
    """The network is no reason to stop for good, and nothing was taken."""
    # Bound and not listening: it refuses, and keeps its port from everybody else.
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        away = SqsConfig(
            queue_url=f"{address}/0/orders",
            region="eu-west-1",
            access_key="k",
            secret_key=SecretStr("s"),
            endpoint=address,
        )
        with pytest.raises(Retriable, match="cannot be reached"):
            await SqsQueue(away).receive(1, wait=0)
