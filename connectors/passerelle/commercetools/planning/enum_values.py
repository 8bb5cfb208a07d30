"""The values of an enum against the live ones: removed, renamed, relabelled, added and put in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType

from ...records import EnumValue
from .definitions import arranged, refuse_twins
from .steps import Step
from .wire import merged

__all__ = ["EnumActions", "enum_draft", "enum_left", "enum_of", "enum_steps"]

Json = dict[str, Any]


class EnumActions(NamedTuple):
    """How the actions on values are called, for plain and for localized enums, and what they take.

    `owner` is the field that names the attribute or custom field. Without `rename` and `remove` values
    stay for good under their keys. `whole` says that an order lists the values, not their keys.
    """

    owner: str
    add: tuple[str, str]
    relabel: tuple[str, str]
    relabelled: str
    order: tuple[str, str]
    whole: bool
    rename: str | None = None
    remove: str | None = None


def enum_draft(value: EnumValue, *, localized: bool) -> Json:
    """A new value; one without a label is called by its key, or by nothing in a localized enum."""
    if localized:
        return {"key": value.key, "label": {} if isinstance(value.labels, UnsetType) else value.labels}
    if isinstance(value.label, str):
        return {"key": value.key, "label": value.label}
    texts = {} if isinstance(value.labels, UnsetType) else value.labels
    return {"key": value.key, "label": next(iter(texts.values()), value.key)}


def enum_of(body: Json) -> EnumValue:
    """The record of a live value."""
    label = body["label"]
    named: Json = {"labels": label} if isinstance(label, dict) else {"label": label}
    return EnumValue(key=body["key"], **named)


def enum_left(live: Sequence[Json], wanted: tuple[EnumValue, ...] | UnsetType) -> list[str]:
    """The keys of live values that the record neither names nor renames."""
    if isinstance(wanted, UnsetType):
        return []
    named = {value.key for value in wanted} | {value.was for value in wanted}
    return [value["key"] for value in live if value["key"] not in named]


def enum_steps(
    actions: EnumActions,
    owner: str,
    live: Sequence[Json],
    wanted: tuple[EnumValue, ...] | UnsetType,
    *,
    localized: bool,
    remove: bool,
    keep: bool,
) -> Iterator[Step]:
    """What makes the live values those of the record; `keep` renames nothing.

    Live values that the record does not name are removed when `remove` says so, and stay behind the others
    else. Raises Refused when a key stands twice.
    """
    if isinstance(wanted, UnsetType):
        return
    refuse_twins(owner, "value", [value.key for value in wanted])
    values = _Values(actions, owner, {value["key"]: dict(value) for value in live}, localized=localized)
    if remove:
        yield from values.remove(enum_left(live, wanted))
    if keep:
        # One that should be renamed stays under its old key, and does not come a second time.
        wanted = tuple(value for value in wanted if value.was not in values.held)
    else:
        yield from values.rename(wanted)
    for value in wanted:
        yield from values.relabel_or_add(value)
    yield from values.arrange([value.key for value in wanted])


class _Values:
    """The values as they are after the steps so far, by key in their order."""

    def __init__(self, actions: EnumActions, owner: str, held: dict[str, Json], *, localized: bool) -> None:
        self._actions = actions
        self._of: Json = {actions.owner: owner}
        self._localized = localized
        self.held = held

    def remove(self, keys: Sequence[str]) -> Iterator[Step]:
        if keys and self._actions.remove is not None:
            for key in keys:
                del self.held[key]
            yield Step.of({"action": self._actions.remove, **self._of, "keys": keys}, "values", keys, None)

    def rename(self, wanted: Sequence[EnumValue]) -> Iterator[Step]:
        if self._actions.rename is None:
            return
        for value in wanted:
            old, new = value.was, value.key
            if isinstance(old, str) and old in self.held and new not in self.held:
                self.held = {(new if key == old else key): one for key, one in self.held.items()}
                self.held[new]["key"] = new
                action = {"action": self._actions.rename, **self._of, "key": old, "newKey": new}
                yield Step.of(action, f"values[{old}].key", old, new)

    def relabel_or_add(self, value: EnumValue) -> Iterator[Step]:
        held = self.held.get(value.key)
        if held is None:
            new = enum_draft(value, localized=self._localized)
            self.held[value.key] = dict(new)
            action = {"action": self._actions.add[self._localized], **self._of, "value": new}
            yield Step.of(action, "values", None, value.key)
            return
        old = held["label"]
        label = _label(value, old, localized=self._localized)
        if label != old:
            held["label"] = label
            action = {"action": self._actions.relabel[self._localized], **self._of}
            action[self._actions.relabelled] = dict(held)
            yield Step.of(action, f"values[{value.key}].label", old, label)

    def arrange(self, wanted: Sequence[str]) -> Iterator[Step]:
        order = arranged(list(self.held), wanted)
        if order is not None:
            action = {"action": self._actions.order[self._localized], **self._of}
            if self._actions.whole:
                action["values"] = [dict(self.held[key]) for key in order]
            else:
                action["keys"] = order
            yield Step.of(action, "values.order", list(self.held), order)


def _label(value: EnumValue, live: Any, *, localized: bool) -> Any:
    """The label as it should be; a record that says nothing of it leaves the live one."""
    if localized:
        return live if isinstance(value.labels, UnsetType) else merged(live, value.labels)
    return live if value.label is UNSET else value.label
