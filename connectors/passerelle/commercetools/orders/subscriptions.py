"""Notifications of Subscriptions: read from a queue that delivers at least once, in any order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Literal, NamedTuple, Protocol

import orjson

from .messages import tells

__all__ = ["Notification", "Notified", "OrderSubscription", "Queue", "Received", "notification"]

Json = dict[str, Any]


class Received(NamedTuple):
    """One message of a queue; `receipt` is what deletes it, `times` how often it was handed out."""

    body: str
    receipt: str
    times: int = 1


class Queue(Protocol):
    """A queue that keeps what was received until it is deleted, and hands it out again when it is not.

    SQS fits it as it is; so do Pub/Sub (pull, acknowledge, modifyAckDeadline), Service Bus (receive,
    complete, renewLock) and Kafka (poll, commit, pause).
    """

    async def receive(self, most: int, *, wait: float) -> Sequence[Received]:
        """Take up to so many messages, waiting so many seconds for the first; empty when there is none."""

    async def delete(self, receipts: Sequence[str]) -> None:
        """Let the queue forget messages; what cannot be deleted comes again."""

    async def extend(self, receipts: Sequence[str], seconds: float) -> None:
        """Keep messages from being handed out to others for so many seconds from now."""


class Notification(NamedTuple):
    """What a notification is about; `test` is the one that a new subscription sends.

    `order_id` is None for anything that is not about an order. The payload is not looked at: it may be old,
    and it may be missing (`payloadNotIncluded`), so the order is read again in any case.
    """

    kind: Literal["message", "change", "test", "other"]
    order_id: str | None = None
    type: str | None = None
    sequence: int | None = None
    by_client: str | None = None


def notification(body: str) -> Notification:
    """Read a notification in the format Platform or CloudEvents 1.0, also inside an envelope of SNS.

    Raises:
        ValueError: it is none of these.
    """
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the notification is no JSON: {error}") from error
    if isinstance(said, dict) and said.get("Type") == "Notification" and isinstance(said.get("Message"), str):
        return notification(said["Message"])
    if isinstance(said, dict) and "specversion" in said:
        said = said.get("data")
    if not isinstance(said, dict) or "notificationType" not in said:
        raise ValueError("the notification is no JSON object with a notificationType: it has neither format")
    resource = said.get("resource") or {}
    kind, about = str(said["notificationType"]), resource.get("typeId")
    if about == "subscription":
        return Notification("test")
    if about != "order" or not isinstance(resource.get("id"), str):
        return Notification("other", type=kind)
    by_client = (said.get("lastModifiedBy") or {}).get("clientId")
    if kind != "Message":
        return Notification("change", resource["id"], kind, by_client=by_client)
    told = said.get("type") or (said.get("payloadNotIncluded") or {}).get("payloadType")
    return Notification("message", resource["id"], told, said.get("sequenceNumber"), by_client)


class Notified(NamedTuple):
    """Some notifications: orders to read again, what nobody can read, and what to delete after that."""

    order_ids: tuple[str, ...]
    unreadable: tuple[tuple[str, str], ...]
    receipts: tuple[str, ...]


class OrderSubscription:
    """Reads a queue of notifications in batches of some hundred, so that orders are read many at a time.

    Nothing is deleted before `done`: what a process that died was working on comes again. `invisible` is
    for how many seconds a batch is kept from others while it is worked on.
    """

    def __init__(
        self, queue: Queue, *, own_client: str | None = None, batch: int = 200, invisible: float = 300.0
    ) -> None:
        self._queue = queue
        self._own_client = own_client
        self._batch = batch
        self._invisible = invisible

    async def batches(self, *, wait: float = 1.0) -> AsyncIterator[Notified]:
        """Give what waits, batch by batch, until the queue has nothing more."""
        while True:
            received: list[Received] = []
            while len(received) < self._batch:
                some = await self._queue.receive(self._batch - len(received), wait=0 if received else wait)
                if not some:
                    break
                received += some
            if not received:
                return
            await self._queue.extend([one.receipt for one in received], self._invisible)
            yield self._read(received)

    async def done(self, notified: Notified) -> None:
        """Let the queue forget a batch: what it told is safe."""
        await self._queue.delete(notified.receipts)

    def _read(self, received: Iterable[Received]) -> Notified:
        wanted: dict[str, None] = {}
        unreadable: list[tuple[str, str]] = []
        receipts: list[str] = []
        for one in received:
            receipts.append(one.receipt)
            try:
                told = notification(one.body)
            except ValueError as error:
                unreadable.append((one.body, str(error)))
                continue
            if told.order_id is not None and self._is_news(told):
                wanted[told.order_id] = None
        return Notified(tuple(wanted), tuple(unreadable), tuple(receipts))

    def _is_news(self, told: Notification) -> bool:
        # A change names no message, and a payload that was left out may hide its type: better once too often.
        if told.kind == "change" or told.type is None:
            return True
        return tells(told.type, told.by_client, self._own_client)
