"""Update actions of a custom type: remove, change and add fields, and put them in order last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import UNSET, UnsetType

from ...errors import Refused
from ...records import CustomType, FieldDefinition
from ..http.client import Json
from ..planning.definitions import arranged
from ..planning.enum_values import EnumActions, enum_left, enum_steps
from ..planning.steps import Step, localized_step, owned
from ..planning.texts import locales_step
from .draft import field_draft, fields_of
from .field_types import element

__all__ = ["custom_type_steps", "left_over"]

_ENUM = EnumActions(
    owner="fieldName",
    add=("addEnumValue", "addLocalizedEnumValue"),
    relabel=("changeEnumValueLabel", "changeLocalizedEnumValueLabel"),
    relabelled="value",
    order=("changeEnumValueOrder", "changeLocalizedEnumValueOrder"),
    whole=False,
)


def custom_type_steps(record: CustomType, live: Json, *, remove: bool, keep: bool) -> Iterator[Step]:
    """Name, description and fields.

    Args:
        record: What is wanted.
        live: The type as the shop holds it.
        remove: Whether fields that the record does not name go, with all their values.
        keep: Whether what stays for good, and differs, is left alone instead of refused.

    Raises:
        Refused: the kinds of resources differ, or whether a field is required.
    """
    resources = record.resource_types
    differs = not isinstance(resources, UnsetType) and set(resources) != set(live["resourceTypeIds"])
    if differs and not keep:
        raise Refused(
            f"custom type {record.key} is for {', '.join(live['resourceTypeIds'])}, and that stays",
            code="resource_types_change",
            advice="Make a type of another key for other kinds of resources",
        )
    yield from locales_step("changeName", "name", live["name"], record.name)
    yield from localized_step("setDescription", "description", live.get("description"), record.description)
    wanted = fields_of(record)
    held = {one["name"]: one for one in live.get("fieldDefinitions", ())}
    if remove:
        for name in _unnamed(held, record):
            del held[name]
            yield Step.of({"action": "removeFieldDefinition", "fieldName": name}, "fields", name, None)
    for field in wanted:
        if field.name in held:
            steps = _change(field, held[field.name], keep=keep)
            yield from owned(steps, {"fieldName": field.name}, f"fields[{field.name}].")
    for field in wanted:
        if field.name not in held:
            held[field.name] = {}
            action = {"action": "addFieldDefinition", "fieldDefinition": field_draft(field)}
            yield Step.of(action, "fields", None, field.name)
    names = list(held)
    order = arranged(names, [field.name for field in wanted])
    if order is not None:
        action = {"action": "changeFieldDefinitionOrder", "fieldNames": order}
        yield Step.of(action, "fields.order", names, order)


def left_over(record: CustomType, live: Json) -> list[str]:
    """What the live type has and the record does not name: fields, and `field=value` (these never go)."""
    held = {one["name"]: one for one in live.get("fieldDefinitions", ())}
    values = [
        f"{field.name}={key}"
        for field in fields_of(record)
        if field.name in held
        for key in enum_left(_values(held[field.name]), field.values)
    ]
    return [*_unnamed(held, record), *values]


def _unnamed(held: dict[str, Json], record: CustomType) -> list[str]:
    if isinstance(record.fields, UnsetType):
        return []
    named = {field.name for field in record.fields}
    return [name for name in held if name not in named]


def _values(live: Json) -> Sequence[Json]:
    values: Sequence[Json] = element(live["type"]).get("values", ())
    return values


def _change(wanted: FieldDefinition, live: Json, *, keep: bool) -> Iterator[Step]:
    """What can be changed of a field: everything but its type and whether it is required."""
    if wanted.required is not UNSET and wanted.required != live["required"] and not keep:
        raise Refused(
            f"field {wanted.name} is {'' if live['required'] else 'not '}required, and that stays",
            code="required_change",
            advice="Leave `required` out of the feed, or make a field of another name",
        )
    yield from locales_step("changeLabel", "label", live["label"], wanted.label)
    hint = live.get("inputHint", "SingleLine")
    if wanted.input_hint is not UNSET and wanted.input_hint != hint:
        action = {"action": "changeInputHint", "inputHint": wanted.input_hint}
        yield Step.of(action, "inputHint", hint, wanted.input_hint)
    localized = wanted.type == "LocalizedEnum"
    yield from enum_steps(
        _ENUM, wanted.name, _values(live), wanted.values, localized=localized, remove=False, keep=keep
    )
