"""Update actions of a product type: remove, rename, change, add attributes, and put them in order last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import UNSET, UnsetType

from ...errors import Refused
from ...records import AttributeDefinition, ProductType
from ..http.client import Json
from ..planning.definitions import arranged
from ..planning.enum_values import EnumActions, enum_left, enum_steps
from ..planning.pointed import Pointed
from ..planning.steps import Step, localized_step, owned
from ..planning.texts import locales_step, value_step
from .attribute_types import element
from .draft import attribute_draft, attributes_of, there

__all__ = ["left_over", "product_type_steps"]

_ENUM = EnumActions(
    owner="attributeName",
    add=("addPlainEnumValue", "addLocalizedEnumValue"),
    relabel=("changePlainEnumValueLabel", "changeLocalizedEnumValueLabel"),
    relabelled="newValue",
    order=("changePlainEnumValueOrder", "changeLocalizedEnumValueOrder"),
    whole=True,
    rename="changeEnumKey",
    remove="removeEnumValues",
)


def product_type_steps(
    record: ProductType, live: Json, known: Pointed, *, remove: bool, keep: bool
) -> Iterator[Step]:
    """Name, description and attributes.

    Args:
        record: What is wanted; attributes that nest a product type which is not there are left out.
        live: The product type, nested ones named by key.
        known: The product types that are there.
        remove: Whether attributes and values that the record does not name go, with all their data.
        keep: Whether what is there stays as it is: nothing is renamed or refused.

    Raises:
        Refused: a constraint would become stricter, or an attribute required or optional.
    """
    yield from value_step("changeName", "name", live["name"], record.name)
    yield from value_step("changeDescription", "description", live["description"], record.description)
    wanted = [one for one in attributes_of(record) if there(one, known)]
    held = {one["name"]: one for one in live.get("attributes", ())}
    if remove:
        for name in _unnamed(held, record):
            del held[name]
            yield Step.of({"action": "removeAttributeDefinition", "name": name}, "attributes", name, None)
    for attribute in wanted:
        old = attribute.was
        if isinstance(old, str) and old in held and attribute.name not in held and not keep:
            held = {(attribute.name if name == old else name): one for name, one in held.items()}
            action = {
                "action": "changeAttributeName",
                "attributeName": old,
                "newAttributeName": attribute.name,
            }
            yield Step.of(action, f"attributes[{old}].name", old, attribute.name)
    for attribute in wanted:
        if attribute.name in held:
            steps = _change(attribute, held[attribute.name], remove=remove, keep=keep)
            yield from owned(steps, {"attributeName": attribute.name}, f"attributes[{attribute.name}].")
    for attribute in wanted:
        renamed = keep and attribute.was in held
        if attribute.name not in held and not renamed:
            held[attribute.name] = {}
            adding: Json = {"action": "addAttributeDefinition"}
            adding["attribute"] = attribute_draft(attribute, known)
            yield Step.of(adding, "attributes", None, attribute.name)
    names = list(held)
    order = arranged(names, [one.name for one in wanted])
    if order is not None:
        yield Step.of(
            {"action": "changeAttributeOrderByName", "attributeNames": order},
            "attributes.order",
            names,
            order,
        )


def left_over(record: ProductType, live: Json) -> list[str]:
    """What the live product type has and the record does not name: attributes, and `attribute=value`."""
    held = {one["name"]: one for one in live.get("attributes", ())}
    values = [
        f"{attribute.name}={key}"
        for attribute in attributes_of(record)
        if attribute.name in held
        for key in enum_left(_values(held[attribute.name]), attribute.values)
    ]
    return [*_unnamed(held, record), *values]


def _unnamed(held: dict[str, Json], record: ProductType) -> list[str]:
    if isinstance(record.attributes, UnsetType):
        return []
    named = {one.name for one in record.attributes} | {one.was for one in record.attributes}
    return [name for name in held if name not in named]


def _values(live: Json) -> Sequence[Json]:
    values: Sequence[Json] = element(live["type"]).get("values", ())
    return values


def _change(wanted: AttributeDefinition, live: Json, *, remove: bool, keep: bool) -> Iterator[Step]:
    """What can be changed of an attribute: everything but its type and whether it is required."""
    yield from locales_step("changeLabel", "label", live["label"], wanted.label)
    yield from localized_step("setInputTip", "inputTip", live.get("inputTip"), wanted.input_tip)
    hint = live.get("inputHint", "SingleLine")
    if wanted.input_hint is not UNSET and wanted.input_hint != hint:
        action = {"action": "changeInputHint", "newValue": wanted.input_hint}
        yield Step.of(action, "inputHint", hint, wanted.input_hint)
    yield from value_step("changeIsSearchable", "isSearchable", live.get("isSearchable"), wanted.searchable)
    yield from enum_steps(
        _ENUM,
        wanted.name,
        _values(live),
        wanted.values,
        localized=wanted.type == "lenum",
        remove=remove,
        keep=keep,
    )
    if not keep:
        _refuse_required(live, wanted)
        yield from change_constraint(live.get("attributeConstraint", "None"), wanted)


def change_constraint(live: str, wanted: AttributeDefinition) -> Iterator[Step]:
    """Lift a constraint; raises Refused for any other change of it, and for that of a combination."""
    if wanted.constraint is UNSET or wanted.constraint == live:
        return
    if wanted.constraint != "None" or live == "CombinationUnique":
        raise Refused(
            f"attribute {wanted.name} has the constraint {live} and should have {wanted.constraint}: "
            "commercetools only lifts constraints, and that of a combination not even that",
            code="constraint_change",
            advice="Leave the constraint as it is, or make an attribute of another name",
        )
    action = {"action": "changeAttributeConstraint", "newValue": "None"}
    yield Step.of(action, "constraint", live, "None")


def _refuse_required(live: Json, wanted: AttributeDefinition) -> None:
    if wanted.required is not UNSET and wanted.required != live["isRequired"]:
        raise Refused(
            f"attribute {wanted.name} is {'' if live['isRequired'] else 'not '}required, and that stays",
            code="required_change",
            advice="Leave `required` out of the feed, or make an attribute of another name",
        )
