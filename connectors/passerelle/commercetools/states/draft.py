"""The draft of a state."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from ...records import State
from ..http.client import Json
from ..planning.pointed import Pointed

__all__ = ["state_draft", "transitions"]


def state_draft(record: State, known: Pointed) -> Json:
    """The draft, led on to the states that are there."""
    draft: Json = {"key": record.key, "type": record.type}
    for field, texts in (("name", record.name), ("description", record.description)):
        named = {locale: t for locale, t in texts.items() if t} if isinstance(texts, dict) else {}
        if named:
            draft[field] = named
    if record.initial is not UNSET:
        draft["initial"] = record.initial
    if not isinstance(record.roles, UnsetType) and record.roles:
        draft["roles"] = list(dict.fromkeys(record.roles))
    if isinstance(record.transitions, tuple):
        draft["transitions"] = transitions(record.transitions, known)
    return draft


def transitions(keys: tuple[str, ...], known: Pointed) -> list[Json]:
    """References to the states that are there; a list, even an empty one, allows no others."""
    there = [key for key in dict.fromkeys(keys) if known.id("state", key) is not None]
    return [{"typeId": "state", "key": key} for key in there]
