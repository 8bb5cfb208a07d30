"""A live state in a record's words."""

from __future__ import annotations

from ...records import State
from ..http.client import Json

__all__ = ["state_of"]


def state_of(body: Json) -> State:
    """The record that would have made it."""
    following = body.get("transitions")
    return State(
        key=body["key"],
        type=body["type"],
        name=body.get("name") or None,
        description=body.get("description") or None,
        initial=body["initial"],
        roles=tuple(body.get("roles", ())),
        transitions=None if following is None else tuple(one.get("key", one["id"]) for one in following),
    )
