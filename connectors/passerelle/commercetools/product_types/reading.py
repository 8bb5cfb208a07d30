"""A live product type in a record's words."""

from __future__ import annotations

from ...records import AttributeDefinition, ProductType
from ..http.client import Json
from .attribute_types import read_type

__all__ = ["product_type_of"]


def product_type_of(body: Json) -> ProductType:
    """The record that would have made it; nested product types are named by key."""
    return ProductType(
        key=body["key"],
        name=body["name"],
        description=body["description"],
        attributes=tuple(_attribute(one) for one in body.get("attributes", ())),
    )


def _attribute(body: Json) -> AttributeDefinition:
    return AttributeDefinition(
        name=body["name"],
        label=body["label"],
        input_tip=body.get("inputTip"),
        input_hint=body.get("inputHint", "SingleLine"),
        constraint=body.get("attributeConstraint", "None"),
        required=body["isRequired"],
        searchable=body.get("isSearchable", True),
        **read_type(body["type"]),
    )
