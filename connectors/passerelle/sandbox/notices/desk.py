"""Who is told of what: every message and change is held against the subscriptions of its project."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from ..moments import moment_text, now
from ..store import Doc
from .courier import Courier
from .payloads import MOST_BYTES, Notice, change_notice, message_notice, written

if TYPE_CHECKING:
    from ..project import Project

__all__ = ["DeliveryRules", "NoticeDesk"]

_TYPE = "subscription"
# Longer than one try may take (queues.py), shorter than who asks by the control plane waits for its answer.
_WAIT_SECONDS = 25.0


class DeliveryRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How badly notifications are delivered: at least once, in no order, at no promised time.

    `duplicates` is the share that is sent twice. `disorder` collects so many notifications of a subscription
    and shuffles them before they leave (0 sends each at once); `hold` keeps them back until it is lifted.
    `effectAfterSeconds` is how long a new subscription is told nothing, `mostBytes` what a queue takes.
    """

    duplicates: Annotated[float, Meta(ge=0, le=1)] = 0
    disorder: Annotated[int, Meta(ge=0, le=100_000)] = 0
    hold: bool = False
    seed: int = 0
    effect_after_seconds: Annotated[float, Meta(ge=0)] = 0
    most_bytes: Annotated[int, Meta(ge=500, le=MOST_BYTES)] = MOST_BYTES


class NoticeDesk:
    """Turns messages and changes of one project into notifications."""

    def __init__(self, project: Project, courier: Courier) -> None:
        self._project = project
        self.courier = courier
        self.rules = DeliveryRules()
        self._dice = Random(0)  # noqa: S311 - a weather, not a secret
        self._held: dict[str, list[str]] = {}
        self._known = (-1, -1)
        self._messages: dict[str, list[Doc]] = {}
        self._changes: dict[str, list[Doc]] = {}

    def wants_messages(self, type_id: str) -> bool:
        """Whether any subscription is told of messages of a kind."""
        self._look()
        return type_id in self._messages

    def message(self, type_id: str, message: Doc) -> None:
        """Tell those who subscribed to it of a message."""
        self._look()
        subscribed = self._messages.get(type_id)
        if not subscribed:
            return
        notice = message_notice(self._project.key, self._project.kind(type_id).path, message)
        for subscription in subscribed:
            wanted = (one for one in subscription["messages"] if one["resourceTypeId"] == type_id)
            if any(not one["types"] or message["type"] in one["types"] for one in wanted):
                self._tell(subscription, notice)

    def change(self, type_id: str, path: str, old: Doc | None, new: Doc | None) -> None:
        """Tell those who subscribed to it that a resource came, changed or went."""
        self._look()
        subscribed = self._changes.get(type_id)
        if subscribed:
            notice = change_notice(self._project.key, type_id, path, old, new)
            for subscription in subscribed:
                self._tell(subscription, notice)

    def set_rules(self, rules: DeliveryRules) -> None:
        """Deliver otherwise from now on; what is held leaves when it need not be held any more."""
        self.rules = rules
        self._dice = Random(rules.seed)  # noqa: S311 - a weather, not a secret
        if not rules.hold:
            self.flush()

    def flush(self) -> None:
        """Let everything leave that was collected, shuffled if that is the rule."""
        for subscription_id in list(self._held):
            self._leave(subscription_id)

    def delivered(self) -> bool:
        """Flush, then wait until the queues have what they can take; False when that took too long."""
        if not self.rules.hold:
            self.flush()
        return self.courier.settled(_WAIT_SECONDS)

    def _tell(self, subscription: Doc, notice: Notice) -> None:
        rules = self.rules
        since = now() - timedelta(seconds=rules.effect_after_seconds)
        if rules.effect_after_seconds and subscription["createdAt"] > moment_text(since):
            return
        body = written(notice, subscription["format"], rules.most_bytes)
        held = self._held.setdefault(subscription["id"], [])
        held.append(body)
        if rules.duplicates and self._dice.random() < rules.duplicates:
            held.append(body)
        if not rules.hold and len(held) >= rules.disorder:
            self._leave(subscription["id"])

    def _leave(self, subscription_id: str) -> None:
        bodies = self._held.pop(subscription_id, [])
        subscription = self._project.collection(_TYPE).docs.get(subscription_id)
        if subscription is None:
            return
        if self.rules.disorder:
            self._dice.shuffle(bodies)
        for body in bodies:
            self.courier.post(subscription_id, subscription["destination"], body)

    def _look(self) -> None:
        """Know who subscribed to what, again when a subscription came, changed or went."""
        collection = self._project.collection(_TYPE)
        known = (collection.changes, len(collection))
        if known == self._known:
            return
        self._known = known
        self._messages, self._changes = {}, {}
        for subscription in collection.docs.values():
            for field, by_type in (("messages", self._messages), ("changes", self._changes)):
                for type_id in {one["resourceTypeId"] for one in subscription[field]}:
                    by_type.setdefault(type_id, []).append(subscription)
