"""A step of a plan: one update action together with what it changes, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from ...errors import Refused
from ...records import Localized
from ...sync.protocols import Change, FieldChange, Live
from .wire import locales_changed, merged

__all__ = ["Step", "created", "draft_changes", "localized_step", "owned", "required", "updated"]


class Step(NamedTuple):
    """One update action (None when the change needs none of its own) and the fields it changes."""

    action: dict[str, Any] | None
    fields: tuple[FieldChange, ...]

    @classmethod
    def of(cls, action: dict[str, Any], field: str, old: Any, new: Any) -> Step:
        """The usual case: one action for one field."""
        return cls(action, (FieldChange(field, old, new),))

    @property
    def adds(self) -> bool:
        """Whether it only brings what was not there, and changes or removes nothing."""
        return all(field.old is None and field.new is not None for field in self.fields)


def localized_step(
    action: str, field: str, live: Localized | None, wanted: Localized | UnsetType | None
) -> Iterator[Step]:
    """One action for a localized text: the record's locales replaced, all others kept.

    The action's own value field has the same name as the field. None removes every locale.
    """
    if isinstance(wanted, UnsetType) or (wanted is None and not live):
        return
    if wanted is None:
        changes = [FieldChange(f"{field}.{locale}", text, None) for locale, text in (live or {}).items()]
        yield Step({"action": action}, tuple(changes))
        return
    changes = [
        FieldChange(f"{field}.{locale}", old, new) for locale, old, new in locales_changed(live, wanted)
    ]
    if not changes:
        return
    texts = merged(live, wanted)
    yield Step({"action": action, field: texts} if texts else {"action": action}, tuple(changes))


def owned(steps: Iterable[Step], owner: dict[str, Any], where: str) -> Iterator[Step]:
    """Steps on a part: the action names its owner, the report says where the part is."""
    for step in steps:
        fields = tuple(FieldChange(f"{where}{one.field}", one.old, one.new) for one in step.fields)
        yield Step(None if step.action is None else {**step.action, **owner}, fields)


def required(record_key: str, **values: Any) -> None:
    """Refuse to create a resource that lacks what commercetools demands of a draft; names all of it."""
    missing = [name for name, value in values.items() if value is UNSET or value is None or value == {}]
    if missing:
        raise Refused(
            f"{record_key} cannot be created: the record has no {' and no '.join(missing)}",
            code="incomplete",
            advice="Map these fields, or let the feed that has them run first (creates: false here)",
        )


def created(key: str, body: dict[str, Any], fields: Iterable[FieldChange]) -> Change:
    """The change that creates a resource."""
    return Change(key=key, kind="create", fields=tuple(fields), body=body)


def draft_changes(record: Any) -> Iterator[FieldChange]:
    """What a new resource has, as a person reads it: every field that the record fills, its key aside.

    Texts by locale and custom fields are told one by one, parts of it by their keys.
    """
    for field in msgspec.structs.fields(type(record)):
        value, name = getattr(record, field.name), _camel(field.name)
        if field.name == "key" or value is UNSET or value is None:
            continue
        if isinstance(value, dict):
            for part, inner in value.items():
                if inner is not None:
                    yield FieldChange(f"{name}.{part}", None, inner)
        elif isinstance(value, tuple):
            for part in value:
                yield FieldChange(name, None, _name_of(part))
        else:
            yield FieldChange(name, None, msgspec.to_builtins(value))


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _name_of(part: Any) -> Any:
    """The key or name of a part, the part itself when it is plain."""
    if not isinstance(part, msgspec.Struct):
        return part
    name = getattr(part, "key", UNSET)
    return getattr(part, type(part).__struct_fields__[0]) if name is UNSET else name


def updated(key: str, live: Live, steps: Iterable[Step]) -> Change | None:
    """The change that carries out the steps in their order; None when there is nothing to do."""
    done = list(steps)
    if not done:
        return None
    return Change(
        key=key,
        kind="update",
        fields=tuple(field for step in done for field in step.fields),
        target_id=live.id,
        version=live.version,
        actions=tuple(step.action for step in done if step.action is not None),
    )
