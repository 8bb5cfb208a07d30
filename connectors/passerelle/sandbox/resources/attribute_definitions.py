"""Attribute definitions of product types: drafts, look-ups, and who carries their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta

from ..problems import Problem, invalid_operation
from ..project import Project
from ..store import Doc
from ..vocabulary import Localized, Model, as_json
from .attribute_types import AnyType, nested_types

__all__ = [
    "AttributeDefinitionDraft",
    "AttributeName",
    "Constraint",
    "InputHint",
    "add_enum_value",
    "already_exists",
    "carriers",
    "definition_named",
    "enum_of",
    "enum_value",
    "enum_value_named",
    "kind_of_type",
    "new_definition",
    "uses",
    "variants_of",
]

AttributeName: TypeAlias = Annotated[str, Meta(min_length=2, max_length=256, pattern=r"^[A-Za-z0-9_-]+$")]
Constraint: TypeAlias = Literal["None", "Unique", "CombinationUnique", "SameForAll"]
InputHint: TypeAlias = Literal["SingleLine", "MultiLine"]


class AttributeDefinitionDraft(Model):
    """A new attribute."""

    type: AnyType
    name: AttributeName
    label: Localized
    is_required: bool
    level: Literal["Product", "Variant"] = "Variant"
    attribute_constraint: Constraint = "None"
    input_tip: Localized | None = None
    input_hint: InputHint = "SingleLine"
    is_searchable: bool = True


def variants_of(product_type_id: str, project: Project) -> Iterator[Doc]:
    """Whatever carries attributes, current and staged, of every product of a type."""
    for product in project.collection("product").sharing("productType", product_type_id):
        yield from carriers(product)


def carriers(product: Doc) -> Iterator[Doc]:
    """Whatever carries attributes, current and staged, of one product."""
    for side in ("current", "staged"):
        data = product["masterData"][side]
        yield data
        yield data["masterVariant"]
        yield from data["variants"]


def new_definition(draft: AttributeDefinitionDraft) -> Doc:
    """A definition as answers show it."""
    kind: Doc = as_json(draft.type)
    if draft.attribute_constraint != "None" and (draft.level == "Product" or any(nested_types(kind))):
        raise invalid_operation(
            f"The attribute '{draft.name}' can have no constraint: it is at Product level, or nested."
        )
    values = kind.get("elementType", kind).get("values", ())
    keys = [value["key"] for value in values]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise Problem(
            400, "DuplicateEnumValues", f"The enum values contain duplicated keys: {twice}.", duplicates=twice
        )
    return {
        "level": "Variant",
        "attributeConstraint": "None",
        "inputHint": "SingleLine",
        "isSearchable": True,
        **as_json(draft),
    }


def definition_named(doc: Doc, name: str) -> Doc:
    """The definition that an action names."""
    for definition in doc["attributes"]:
        if definition["name"] == name:
            found: Doc = definition
            return found
    raise Problem(
        400,
        "AttributeNameDoesNotExist",
        f"An attribute definition with name '{name}' does not exist in the product type.",
        invalidAttributeName=name,
    )


def already_exists(doc: Doc, name: str) -> Problem:
    """The refusal of a second definition of one name."""
    return Problem(
        400,
        "AttributeDefinitionAlreadyExists",
        f"An attribute definition with name '{name}' already exists in the product type '{doc['name']}'.",
        conflictingProductTypeId=doc["id"],
        conflictingProductTypeName=doc["name"],
        conflictingAttributeName=name,
    )


def enum_of(definition: Doc, expected: str | None) -> Doc:
    """The type that holds the values of an enum, or of a set of them."""
    kind: Doc = definition["type"]
    kind = kind.get("elementType", kind)
    if kind["name"] not in ("enum", "lenum") or expected not in (None, kind["name"]):
        raise invalid_operation(
            f"The attribute '{definition['name']}' is of type {kind['name']}, "
            f"not {expected or 'enum or lenum'}."
        )
    return kind


def enum_value(kind: Doc, key: str, attribute_name: str) -> Doc:
    """The value of a key."""
    for known in kind["values"]:
        if known["key"] == key:
            found: Doc = known
            return found
    raise Problem(
        400,
        "EnumKeyDoesNotExist",
        f"The attribute '{attribute_name}' has no enum value with the key '{key}'.",
        conflictingEnumKey=key,
        conflictingAttributeName=attribute_name,
    )


def enum_value_named(doc: Doc, attribute_name: str, expected: str, key: str) -> Doc:
    """The value that an action names by attribute and key."""
    return enum_value(enum_of(definition_named(doc, attribute_name), expected), key, attribute_name)


def add_enum_value(doc: Doc, attribute_name: str, expected: str, value: Doc) -> None:
    """Put a value behind the others."""
    kind = enum_of(definition_named(doc, attribute_name), expected)
    if any(known["key"] == value["key"] for known in kind["values"]):
        raise Problem(
            400,
            "EnumKeyAlreadyExists",
            f"The attribute '{attribute_name}' already contains an enum value with the key '{value['key']}'.",
            conflictingEnumKey=value["key"],
            conflictingAttributeName=attribute_name,
        )
    kind["values"].append(value)


def uses(value: Any, keys: Sequence[str]) -> bool:
    """Whether an attribute's value is, or has, an enum value of one of these keys."""
    values = value if isinstance(value, list) else [value]
    return any(isinstance(one, dict) and one.get("key") in keys for one in values)


def kind_of_type(definition: Doc) -> tuple[str | None, ...]:
    """What must be the same wherever a name is used: the type, without its values."""
    kind = definition["type"]
    element = kind.get("elementType", kind)
    return kind["name"], element["name"], element.get("referenceTypeId"), *nested_types(kind)
