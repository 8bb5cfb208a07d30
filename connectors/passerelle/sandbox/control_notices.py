"""The control plane's endpoints for notifications: how badly they are delivered, and whether they are."""

from __future__ import annotations

import msgspec
from starlette.requests import Request

from .control_calls import Control, project_asked
from .kind import decoded
from .notices.desk import DeliveryRules
from .store import Doc
from .world import World

__all__ = ["NOTICES"]


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A subscription, by its key."""

    key: str


_RULES = msgspec.json.Decoder(DeliveryRules)
_NAMED = msgspec.json.Decoder(Named)


def _rules(world: World, request: Request, body: bytes) -> Doc:
    rules = decoded(_RULES, body)
    project_asked(world, request).notices.set_rules(rules)
    shown: Doc = msgspec.to_builtins(rules)
    return shown


def _delivered(world: World, request: Request, _body: bytes) -> Doc:
    return {"delivered": project_asked(world, request).notices.delivered()}


def _stopped(world: World, request: Request, body: bytes) -> Doc:
    """Stop a delivery as the platform does when nobody mends it for long: what waits is lost."""
    project = project_asked(world, request)
    named = decoded(_NAMED, body).key
    project.notices.courier.stop(project.collection("subscription").get("key", named)["id"])
    return {"stopped": named}


NOTICES = (
    Control("/{project}/notifications", _rules, "POST"),
    Control("/{project}/notifications/delivered", _delivered, "POST"),
    Control("/{project}/notifications/stop", _stopped, "POST"),
)
