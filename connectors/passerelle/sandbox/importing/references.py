"""What an imported resource points to: keys, all of which must exist before it can."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..project import Project
from ..store import Doc

__all__ = ["keys_in", "missing_keys", "target_of"]

_POINTS = ({"typeId", "key"}, {"typeId", "key", "container"})


def keys_in(value: Any) -> Iterator[tuple[str, str]]:
    """Every key reference in a resource: the kind that is meant, and the key."""
    if isinstance(value, list):
        for one in value:
            yield from keys_in(one)
    elif isinstance(value, dict):
        if value.keys() in _POINTS and isinstance(value["key"], str) and isinstance(value["typeId"], str):
            yield value["typeId"], value["key"]
            return
        for one in value.values():
            yield from keys_in(one)


def target_of(type_id: str, key: str, project: Project) -> Doc | None:
    """What a key reference points to: for a variant, its product; None when it is not there."""
    kind, field = ("product", "variant key") if type_id == "product-variant" else (type_id, "key")
    return project.collection(kind).by_claim(field, key) if project.has(kind) else None


def missing_keys(resource: Any, project: Project) -> list[tuple[str, str]]:
    """What a resource points to that is not there, each once, in order."""
    wanted = dict.fromkeys(keys_in(resource))
    return [found for found in wanted if target_of(*found, project) is None]
