"""The draft of a product type and of its attributes."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from ...records import AttributeDefinition, ProductType
from ..http.client import Json
from ..planning.definitions import refuse_twins
from ..planning.pointed import Pointed
from ..planning.steps import required
from .attribute_types import type_draft

__all__ = [
    "attribute_draft",
    "attributes_of",
    "missing_nested",
    "product_type_draft",
    "refuse_unclear",
    "there",
]


def product_type_draft(record: ProductType, known: Pointed) -> Json:
    """The draft, attributes that nest a product type which is not there left out.

    Raises:
        Refused: it lacks a name or a description, or an attribute a label or a type that exists.
    """
    required(record.key, name=record.name, description=record.description)
    return {
        "key": record.key,
        "name": record.name,
        "description": record.description,
        "attributes": [attribute_draft(one, known) for one in attributes_of(record) if there(one, known)],
    }


def attribute_draft(attribute: AttributeDefinition, known: Pointed) -> Json:
    """One attribute; raises as `product_type_draft`."""
    required(f"attribute {attribute.name}", label=attribute.label)
    draft: Json = {
        "name": attribute.name,
        "label": attribute.label,
        "type": type_draft(attribute, known),
        "isRequired": attribute.required is True,
    }
    if isinstance(attribute.input_tip, dict) and attribute.input_tip:
        draft["inputTip"] = attribute.input_tip
    for field, value in (
        ("attributeConstraint", attribute.constraint),
        ("inputHint", attribute.input_hint),
        ("isSearchable", attribute.searchable),
    ):
        if value is not UNSET:
            draft[field] = value
    return draft


def attributes_of(record: ProductType) -> tuple[AttributeDefinition, ...]:
    """The attributes of a record; none when it says nothing of them."""
    return () if isinstance(record.attributes, UnsetType) else record.attributes


def refuse_unclear(record: ProductType) -> None:
    """Raise Refused when the name of an attribute stands twice."""
    names = [one.name for one in attributes_of(record)]
    refuse_twins(f"product type {record.key}", "attribute", names)


def there(attribute: AttributeDefinition, known: Pointed) -> bool:
    """Whether the product type that it nests is there, if it nests one."""
    nested = attribute.nested_type
    return not isinstance(nested, str) or known.id("product-type", nested) is not None


def missing_nested(record: ProductType, known: Pointed) -> tuple[str, ...]:
    """The keys of the product types that are nested and not there yet."""
    return tuple(
        dict.fromkeys(
            one.nested_type
            for one in attributes_of(record)
            if isinstance(one.nested_type, str) and not there(one, known)
        )
    )
