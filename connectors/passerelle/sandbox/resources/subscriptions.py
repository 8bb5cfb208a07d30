"""Subscriptions: who is told of messages and changes, in which queue and format."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import msgspec
from msgspec import Meta
from typing_extensions import override

from ..actions import Action
from ..field_tree import CREATED, Leaf, Tree
from ..kind import Kind
from ..notices.payloads import change_notice, written
from ..notices.queues import Misconfigured, Unreachable
from ..problems import Problem, invalid_input
from ..project import Project
from ..store import Doc
from ..vocabulary import Key, Model, as_json, put

__all__ = ["SubscriptionAction", "Subscriptions"]

#: So many in one project (sheet section 4.7).
MAX_SUBSCRIPTIONS = 50
MessageSubject: TypeAlias = Literal[
    "approval-flow", "approval-rule", "associate-role", "business-unit", "category", "customer",
    "customer-email-token", "customer-group", "customer-password-token", "inventory-entry", "order",
    "payment", "product", "product-selection", "product-tailoring", "quote", "quote-request",
    "review", "shopping-list", "staged-quote", "standalone-price", "store",
]  # fmt: skip
ChangeSubject: TypeAlias = Literal[
    "approval-flow", "approval-rule", "associate-role", "attribute-group", "business-unit", "cart",
    "cart-discount", "category", "channel", "customer", "customer-email-token", "customer-group",
    "customer-password-token", "discount-code", "discount-group", "extension", "inventory-entry",
    "key-value-document", "order", "order-edit", "payment", "product", "product-discount",
    "product-selection", "product-tailoring", "product-type", "quote", "quote-request", "review",
    "recurrence-policy", "recurring-order", "shipping-method", "shopping-list", "staged-quote",
    "standalone-price", "state", "store", "subscription", "tax-category", "type", "zone",
]  # fmt: skip


class SqsDestination(Model, tag="SQS", tag_field="type"):
    """A standard queue of SQS."""

    queue_url: Annotated[str, Meta(pattern=r"^https?://[^/]+/.+")]
    region: str
    access_key: str | None = None
    access_secret: str | None = None
    authentication_mode: Literal["Credentials", "IAM"] = "Credentials"


class MessageSubscription(Model):
    """Messages of one kind of resource, of all types or of some."""

    resource_type_id: MessageSubject
    types: tuple[str, ...] = ()


class ChangeSubscription(Model):
    """That resources of one kind came, changed or went."""

    resource_type_id: ChangeSubject


class EventSubscription(Model):
    """Events of the platform, of which the sandbox has none."""

    resource_type_id: str
    types: tuple[str, ...] = ()


class PlatformFormat(Model, tag="Platform", tag_field="type"):
    """The platform's own format."""


class CloudEventsFormat(Model, tag="CloudEvents", tag_field="type"):
    """CloudEvents."""

    cloud_events_version: Literal["1.0"]


Format: TypeAlias = PlatformFormat | CloudEventsFormat


class SubscriptionDraft(Model):
    """A new subscription; it is not created unless a test notification can be delivered."""

    destination: SqsDestination
    key: Key | None = None
    messages: tuple[MessageSubscription, ...] = ()
    changes: tuple[ChangeSubscription, ...] = ()
    events: tuple[EventSubscription, ...] = ()
    format: Format = msgspec.field(default_factory=PlatformFormat)


def _destination(draft: SqsDestination) -> Doc:
    has_credentials = draft.access_key is not None and draft.access_secret is not None
    if has_credentials is (draft.authentication_mode == "IAM"):
        raise invalid_input("Credentials are accessKey and accessSecret; with IAM there are none.")
    if draft.queue_url.endswith(".fifo"):
        raise invalid_input("The queue must be a standard one, not FIFO.")
    stored: Doc = {"authenticationMode": draft.authentication_mode, **as_json(draft)}
    return stored


def _messages(drafts: tuple[MessageSubscription, ...]) -> list[Doc]:
    return [{"resourceTypeId": one.resource_type_id, "types": list(one.types)} for one in drafts]


def _changes(drafts: tuple[ChangeSubscription, ...]) -> list[Doc]:
    return [{"resourceTypeId": one.resource_type_id} for one in drafts]


def _events(drafts: tuple[EventSubscription, ...]) -> list[Doc]:
    if drafts:
        raise invalid_input("The sandbox has no events that could be subscribed to.")
    return []


class SetKey(Action):
    """`key` left out removes it."""

    key: Key | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "key", self.key)


class ChangeDestination(Action):
    """Delivers elsewhere; a stopped delivery begins again."""

    destination: SqsDestination

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["destination"] = _destination(self.destination)


class SetMessages(Action):
    """Replaces what messages are told; left out, none are."""

    messages: tuple[MessageSubscription, ...] = ()

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["messages"] = _messages(self.messages)


class SetChanges(Action):
    """Replaces what changes are told; left out, none are."""

    changes: tuple[ChangeSubscription, ...] = ()

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["changes"] = _changes(self.changes)


class SetEvents(Action):
    """Replaces what events are told, of which there are none."""

    events: tuple[EventSubscription, ...] = ()

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["events"] = _events(self.events)


SubscriptionAction: TypeAlias = SetKey | ChangeDestination | SetMessages | SetChanges | SetEvents


class Subscriptions(Kind[SubscriptionDraft]):
    """`/subscriptions`."""

    type_id = "subscription"
    path = "subscriptions"
    hides = True
    read_scopes = ("manage_subscriptions",)
    write_scopes = ("manage_subscriptions",)
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "destination": {"type": Leaf.TEXT, "queueUrl": Leaf.TEXT, "region": Leaf.TEXT},
        "messages": {"resourceTypeId": Leaf.TEXT, "types": Leaf.TEXTS},
        "changes": {"resourceTypeId": Leaf.TEXT},
        "format": {"type": Leaf.TEXT},
        "status": Leaf.TEXT,
    }
    paths: ClassVar = {("key",): "key"}

    def __init__(self) -> None:
        super().__init__(SubscriptionDraft, SubscriptionAction)

    @override
    def build(self, draft: SubscriptionDraft, project: Project) -> Doc:
        if len(project.collection(self.type_id)) >= MAX_SUBSCRIPTIONS:
            raise Problem(
                400,
                "MaxResourceLimitExceeded",
                f"A project has at most {MAX_SUBSCRIPTIONS} subscriptions.",
                exceededResource=self.type_id,
            )
        doc: Doc = {
            "destination": _destination(draft.destination),
            "messages": _messages(draft.messages),
            "changes": _changes(draft.changes),
            "events": _events(draft.events),
            "format": _format(draft.format),
        }
        put(doc, "key", draft.key)
        return doc

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        if not doc["messages"] and not doc["changes"]:
            raise invalid_input("A subscription needs messages or changes.")
        known = project.collection(self.type_id).docs.get(doc["id"])
        if known is not None and known["destination"] == doc["destination"]:
            return
        notice = change_notice(project.key, self.type_id, self.path, None, doc)
        try:
            project.notices.courier.test(doc["destination"], written(notice, doc["format"]))
        except (Misconfigured, Unreachable) as error:
            raise invalid_input(f"A test notification cannot be delivered: {error}") from error
        project.notices.courier.mend(doc["id"], doc["destination"])

    @override
    def shown(self, doc: Doc, project: Project) -> Doc:
        """With its health, and without most of its secret."""
        destination = dict(doc["destination"])
        if "accessSecret" in destination:
            destination["accessSecret"] = f"{destination['accessSecret'][:4]}****"
        status = project.notices.courier.health(doc["id"])
        return {**doc, "destination": destination, "status": status}

    @override
    def delete(self, doc: Doc, version: int, project: Project) -> Doc:
        gone = super().delete(doc, version, project)
        project.notices.courier.forget(doc["id"])
        return gone


def _format(draft: Format) -> Doc:
    stored: dict[str, Any] = as_json(draft)
    return stored
