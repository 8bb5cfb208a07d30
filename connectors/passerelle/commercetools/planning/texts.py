"""Plain fields and lists of a record against the live ones: one small pure function for each shape.

A list of keys is replaced, or, where `keep` says so, completed: what others put in stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType

from ...records import Localized
from ...sync.protocols import FieldChange
from .steps import Step, localized_step

__all__ = ["ListActions", "list_steps", "locales_step", "removable_step", "value_step"]

Json = dict[str, Any]


def value_step(action: str, field: str, live: Any, wanted: Any, **also: Any) -> Iterator[Step]:
    """Set a value that can be changed but not taken away; UNSET and None say nothing.

    The action's own value field has the same name as the field.
    """
    if wanted is not UNSET and wanted is not None and wanted != live:
        yield Step.of({"action": action, **also, field: wanted}, field, live, wanted)


def removable_step(action: str, field: str, live: Any, wanted: Any) -> Iterator[Step]:
    """Set a value, or take it away when the record says that there is none."""
    if wanted is UNSET or wanted == live:
        return
    body = {"action": action} if wanted is None else {"action": action, field: wanted}
    yield Step.of(body, field, live, wanted)


def locales_step(
    action: str, field: str, live: Localized | None, wanted: Localized | UnsetType | None
) -> Iterator[Step]:
    """A localized text whose action demands its texts: when none are left they are sent as none."""
    for step in localized_step(action, field, live, wanted):
        yield Step({field: {}, **(step.action or {})}, step.fields)


class ListActions(NamedTuple):
    """How a list is changed: the actions that add one, remove one and set all, and their fields.

    `one` writes one entry for the first two, `all` the whole list; without `add` and `remove` the list is
    always set. `several` says that they take a list too.
    """

    field: str
    set_all: str
    write: Callable[[str], Any]
    add: str | None = None
    remove: str | None = None
    one: str | None = None
    several: bool = False


def list_steps(
    actions: ListActions, live: Sequence[str], wanted: Iterable[str] | UnsetType, *, keep: bool
) -> Iterator[Step]:
    """Add and remove what differs: one action where one will do, else the whole list at once.

    `live` and `wanted` are keys (or codes); the order of such lists says nothing.
    """
    if isinstance(wanted, UnsetType):
        return
    named = list(dict.fromkeys(wanted))
    added = [key for key in named if key not in live]
    removed = [] if keep else [key for key in live if key not in named]
    fields = tuple(
        [FieldChange(actions.field, key, None) for key in removed]
        + [FieldChange(actions.field, None, key) for key in added]
    )
    if not fields:
        return
    lone = actions.several or len(fields) == 1
    if lone and not removed and actions.add is not None:
        yield Step({"action": actions.add, **_entries(actions, added)}, fields)
    elif lone and not added and actions.remove is not None:
        yield Step({"action": actions.remove, **_entries(actions, removed)}, fields)
    else:
        kept = [key for key in live if key not in removed]
        everything = [actions.write(key) for key in (*kept, *added)]
        yield Step({"action": actions.set_all, actions.field: everything}, fields)


def _entries(actions: ListActions, keys: Sequence[str]) -> Json:
    name = actions.one or actions.field
    return {name: [actions.write(key) for key in keys] if actions.several else actions.write(keys[0])}
