"""Attributes of products and variants: values of their types, required ones, constraints among variants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import orjson

from ...problems import Problem, invalid_field, invalid_input, invalid_operation, required_field
from ...project import Project
from ...store import Doc
from ...vocabulary import Model, Text
from ..attribute_types import stored_value

__all__ = [
    "Attribute",
    "Attributes",
    "Definitions",
    "Level",
    "check_attributes",
    "check_constraints",
    "check_required",
    "definitions",
    "new_attributes",
    "set_attribute",
]

#: Definitions of a product type by name.
Definitions: TypeAlias = Mapping[str, Doc]
Level: TypeAlias = Literal["Product", "Variant"]
#: How long a text may be that can be searched for (sheet section 2.2).
_SEARCHABLE = 10_922


class Attribute(Model):
    """An attribute as requests give it."""

    name: Text
    value: Any = None


Attributes: TypeAlias = tuple[Attribute, ...]


def definitions(product: Doc, project: Project) -> Definitions:
    """The attribute definitions of a product's type, by name."""
    product_type = project.collection("product-type").docs[product["productType"]["id"]]
    return {definition["name"]: definition for definition in product_type["attributes"]}


def new_attributes(
    drafts: Attributes, known: Definitions, project: Project, *, level: Level = "Variant"
) -> list[Doc]:
    """The attributes of a draft, each checked by itself and named once."""
    attributes: dict[str, Doc] = {}
    for draft in drafts:
        if draft.name in attributes:
            raise invalid_input(f"The attribute '{draft.name}' is given twice.")
        attribute = _attribute(draft.name, draft.value, known, project, level)
        if attribute is not None:
            attributes[draft.name] = attribute
    return list(attributes.values())


def set_attribute(
    attributes: list[Doc],
    name: str,
    value: Any,
    known: Definitions,
    project: Project,
    *,
    level: Level = "Variant",
) -> None:
    """Set one attribute among those of a variant or of a product, or take it away when there is no value.

    Raises:
        Problem: 400 when the product type has no such attribute or has it at the other level, the value is
            of another type, or an attribute that is required would go.
    """
    attribute = _attribute(name, value, known, project, level)
    place = next((i for i, present in enumerate(attributes) if present["name"] == name), None)
    if place is None:
        if attribute is not None:
            attributes.append(attribute)
    elif attribute is None:
        del attributes[place]
    else:
        attributes[place] = attribute


def _attribute(name: str, value: Any, known: Definitions, project: Project, level: Level) -> Doc | None:
    """One attribute as answers show it; None for none."""
    definition = known.get(name)
    if definition is None:
        raise invalid_field("name", name, sorted(known))
    if definition["level"] != level:
        raise invalid_operation(f"The attribute '{name}' is defined at {definition['level']} level.")
    if value is None:
        if definition["isRequired"]:
            raise required_field(name)
        return None
    stored = stored_value(definition["type"], value, name, project)
    if definition["isSearchable"]:
        _refuse_long(name, stored)
    return {"name": name, "value": stored}


def _refuse_long(name: str, value: Any) -> None:
    if isinstance(value, str):
        if len(value) > _SEARCHABLE:
            raise invalid_field(name, value)
    elif isinstance(value, list | dict):
        for part in value if isinstance(value, list) else value.values():
            _refuse_long(name, part)


def check_attributes(data: Doc, known: Definitions) -> None:
    """Hold one side of a product to what its type asks: required values, and constraints among variants."""
    check_required(data["attributes"], known, "Product")
    for variant in (data["masterVariant"], *data["variants"]):
        check_required(variant["attributes"], known, "Variant")
    check_constraints(data, known.values())


def check_required(attributes: Sequence[Doc], known: Definitions, level: Level) -> None:
    """Refuse attributes of a product or a variant that lack a required one of its level."""
    present = {attribute["name"] for attribute in attributes}
    for name, definition in known.items():
        if definition["isRequired"] and definition["level"] == level and name not in present:
            raise required_field(name)


def check_constraints(data: Doc, wanted: Iterable[Doc]) -> None:
    """Hold the variants of one side to the constraints of these definitions."""
    constrained = [one for one in wanted if one["attributeConstraint"] != "None"]
    if not constrained:
        return
    variants = (data["masterVariant"], *data["variants"])
    tables = [{a["name"]: a["value"] for a in variant["attributes"]} for variant in variants]
    for definition in constrained:
        name = definition["name"]
        if definition["attributeConstraint"] == "SameForAll":
            _same_for_all(name, [table.get(name) for table in tables])
        elif definition["attributeConstraint"] == "Unique":
            _unique(name, (table[name] for table in tables if name in table))
    combined = [one["name"] for one in constrained if one["attributeConstraint"] == "CombinationUnique"]
    if combined:
        _combination_unique(combined, tables)


def _same_for_all(name: str, values: Sequence[Any]) -> None:
    first = values[0]
    for value in values:
        if value != first:
            raise Problem(
                400,
                "InvalidField",
                f"The attribute '{name}' is SameForAll: all variants must have the same value. "
                "setAttributeInAllVariants changes all of them at once.",
                field=name,
                # The error always names a value; where this variant has none, the others do.
                invalidValue=first if value is None else value,
            )


def _unique(name: str, values: Iterator[Any]) -> None:
    seen = set()
    for value in values:
        form = orjson.dumps(value)
        if form in seen:
            raise Problem(
                400,
                "DuplicateAttributeValue",
                f"The attribute '{name}' must be unique among the variants of a product.",
                attribute={"name": name, "value": value},
            )
        seen.add(form)


def _combination_unique(names: Sequence[str], tables: Sequence[Mapping[str, Any]]) -> None:
    seen = set()
    for table in tables:
        form = orjson.dumps([table.get(name) for name in names])
        if form in seen:
            raise Problem(
                400,
                "DuplicateAttributeValues",
                f"The combination of the attributes {list(names)} must be unique among the variants.",
                attributes=[{"name": name, "value": table.get(name)} for name in names],
            )
        seen.add(form)
