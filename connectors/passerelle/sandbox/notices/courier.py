"""The way to the queues: one thread carries notifications, so that no request waits for a queue."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Literal, NamedTuple, TypeAlias

import orjson

from ..store import Doc
from .queues import Misconfigured, Queue, Unreachable, open_queue

__all__ = ["Courier", "Health"]

Health: TypeAlias = Literal[
    "Healthy", "ConfigurationError", "ConfigurationErrorDeliveryStopped", "TemporaryError"
]
_RETRY_SECONDS = 0.5
_MOST_AT_ONCE = 100


class Letter(NamedTuple):
    """One written notification, and where it goes."""

    subscription: str
    destination: Doc
    body: str


class Courier:
    """Carries letters in the order in which it gets them; what a queue does not take waits for it."""

    def __init__(self, opener: Callable[[Doc], Queue] = open_queue) -> None:
        self._open = opener
        self._queues: dict[bytes, Queue] = {}
        self._waiting: dict[str, deque[Letter]] = {}
        self._health: dict[str, Health] = {}
        self._failing_since: dict[str, float] = {}
        self._retry_at: dict[str, float] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False

    def test(self, destination: Doc, body: str) -> None:
        """Deliver a test notification now.

        Raises:
            Misconfigured, Unreachable: it cannot be delivered.
        """
        queue = self._open(destination)
        try:
            queue.send([body])
        finally:
            queue.close()

    def post(self, subscription: str, destination: Doc, body: str) -> None:
        """Take a letter; nothing more is carried for a subscription whose delivery is stopped."""
        with self._changed:
            if self._health.get(subscription) == "ConfigurationErrorDeliveryStopped":
                return
            letters = self._waiting.setdefault(subscription, deque())
            letters.append(Letter(subscription, destination, body))
            if self._thread is None:
                self._thread = threading.Thread(target=self._carry, name="courier", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def health(self, subscription: str) -> Health:
        """How it goes with the deliveries of a subscription."""
        with self._changed:
            return self._health.get(subscription, "Healthy")

    def mend(self, subscription: str, destination: Doc) -> None:
        """Deliver to another destination from now on, what waits included."""
        with self._changed:
            self._health.pop(subscription, None)
            self._failing_since.pop(subscription, None)
            self._retry_at.pop(subscription, None)
            waiting = self._waiting.get(subscription)
            if waiting is not None:
                self._waiting[subscription] = deque(one._replace(destination=destination) for one in waiting)
            self._changed.notify_all()

    def stop(self, subscription: str) -> None:
        """Try no more for a subscription, and forget what waits for it: too long nobody mended it."""
        with self._changed:
            self._health[subscription] = "ConfigurationErrorDeliveryStopped"
            self._waiting.pop(subscription, None)
            self._changed.notify_all()

    def forget(self, subscription: str) -> None:
        """Carry nothing more for a subscription that is gone."""
        with self._changed:
            for known in (self._waiting, self._health, self._failing_since, self._retry_at):
                known.pop(subscription, None)

    def settled(self, seconds: float) -> bool:
        """Wait until everything is carried that can be; False when that took too long."""
        end = monotonic() + seconds
        with self._changed:
            return self._changed.wait_for(lambda: not self._carriable(), timeout=end - monotonic())

    def _carriable(self) -> bool:
        # A queue that does not answer now is tried again soon; one that is wrong waits to be mended.
        return any(
            letters and self._health.get(subscription, "Healthy") in ("Healthy", "TemporaryError")
            for subscription, letters in self._waiting.items()
        )

    def close(self) -> None:
        """Put the bag down."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(10)
            self._thread = None
        for queue in self._queues.values():
            queue.close()
        self._queues.clear()

    def _carry(self) -> None:
        while True:
            with self._changed:
                if self._closing:
                    return
                bag = self._bag()
                if not bag:
                    self._changed.wait(_RETRY_SECONDS)
                    continue
            self._deliver(bag)

    def _bag(self) -> list[Letter]:
        """The next letters of one subscription to one destination, left in its deque until delivered."""
        moment = monotonic()
        for subscription, letters in self._waiting.items():
            if letters and self._retry_at.get(subscription, 0) <= moment:
                first = letters[0]
                bag = [one for one in list(letters)[:_MOST_AT_ONCE] if one.destination == first.destination]
                # In turn: one that has much to carry does not keep the others waiting.
                self._waiting[subscription] = self._waiting.pop(subscription)
                return bag
        return []

    def _deliver(self, bag: list[Letter]) -> None:
        subscription = bag[0].subscription
        health: Health = "Healthy"
        try:
            self._queue(bag[0].destination).send([letter.body for letter in bag])
        except Misconfigured:
            health = "ConfigurationError"
        except Unreachable:
            health = "TemporaryError"
        with self._changed:
            letters = self._waiting.get(subscription)
            # Otherwise it was mended, stopped or forgotten meanwhile: how it went says nothing any more.
            if letters and letters[0] is bag[0]:
                self._health[subscription] = health
                if health == "Healthy":
                    self._retry_at.pop(subscription, None)
                    for letter in bag:
                        if letters and letters[0] is letter:
                            letters.popleft()
                else:
                    self._retry_at[subscription] = monotonic() + _RETRY_SECONDS
            self._changed.notify_all()

    def _queue(self, destination: Doc) -> Queue:
        key = orjson.dumps(destination)
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = self._open(destination)
        return queue
