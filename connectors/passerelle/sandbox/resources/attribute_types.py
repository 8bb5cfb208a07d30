"""Attribute types of product types: which values they take, and how answers show those."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ..plain_values import is_boolean, is_date, is_localized, is_moment, is_number, is_text, is_time
from ..problems import invalid_field, referenced_not_found
from ..project import Project
from ..store import Doc
from ..vocabulary import Localized, Model, Money, typed_money

__all__ = ["AnyType", "EnumKey", "EnumValue", "LocalizedEnumValue", "nested_types", "stored_value"]

EnumKey: TypeAlias = Annotated[str, Meta(min_length=1, max_length=256)]


class EnumValue(Model):
    """One value of an enum."""

    key: EnumKey
    label: str


class LocalizedEnumValue(Model):
    """One value of a localized enum."""

    key: EnumKey
    label: Localized


class _Type(Model, tag_field="name"):
    """A type, told apart by its name."""


class TextType(_Type, tag="text"):
    """Text."""


class LocalizedTextType(_Type, tag="ltext"):
    """Text in several locales."""


class BooleanType(_Type, tag="boolean"):
    """True or false."""


class NumberType(_Type, tag="number"):
    """A number."""


class MoneyType(_Type, tag="money"):
    """An amount."""


class DateType(_Type, tag="date"):
    """A day."""


class TimeType(_Type, tag="time"):
    """A time of day."""


class DateTimeType(_Type, tag="datetime"):
    """A moment."""


class EnumType(_Type, tag="enum"):
    """One of several keys."""

    values: list[EnumValue]


class LocalizedEnumType(_Type, tag="lenum"):
    """One of several keys, with labels in several locales."""

    values: list[LocalizedEnumValue]


class ReferenceType(_Type, tag="reference"):
    """Another resource."""

    reference_type_id: Literal[
        "associate-role",
        "business-unit",
        "cart",
        "cart-discount",
        "category",
        "channel",
        "customer",
        "customer-group",
        "key-value-document",
        "order",
        "product",
        "product-type",
        "review",
        "shipping-method",
        "state",
        "variant",
        "zone",
    ]


class ProductTypeReference(Model):
    """Points to a product type, by id alone."""

    id: str
    type_id: Literal["product-type"] = "product-type"


class NestedType(_Type, tag="nested"):
    """Attributes of another product type, as a list of names and values."""

    type_reference: ProductTypeReference


_Single: TypeAlias = (
    TextType
    | LocalizedTextType
    | BooleanType
    | NumberType
    | MoneyType
    | DateType
    | TimeType
    | DateTimeType
    | EnumType
    | LocalizedEnumType
    | ReferenceType
    | NestedType
)


class SetType(_Type, tag="set"):
    """Several values of one type, none twice."""

    element_type: _Single


AnyType: TypeAlias = _Single | SetType


class _Reference(Model):
    type_id: str
    id: str


class _NestedAttribute(Model):
    name: str
    value: Any


def nested_types(kind: Doc) -> Iterator[str]:
    """Ids of the product types whose attributes an attribute's type nests."""
    element = kind.get("elementType", kind)
    if element["name"] == "nested":
        yield element["typeReference"]["id"]


def stored_value(kind: Doc, value: Any, field: str, project: Project) -> Any:
    """Check a value against an attribute's type and turn it into what answers show.

    Raises:
        Problem: 400 InvalidField, for an enum with the keys that are allowed.
    """
    name = kind["name"]
    if name in ("enum", "lenum"):
        return _enum_value(kind, value, field)
    if name == "set":
        return _set_value(kind, value, field, project)
    if name == "money":
        return _money_value(value, field)
    if name == "reference":
        return _reference_value(kind, value, field, project)
    if name == "nested":
        return _nested_value(kind, value, field, project)
    if not _CHECKS[name](value):
        raise invalid_field(field, value)
    return value


def _enum_value(kind: Doc, value: Any, field: str) -> Doc:
    key = value.get("key") if isinstance(value, dict) else value
    for known in kind["values"]:
        if known["key"] == key:
            found: Doc = known
            return found
    raise invalid_field(field, value, [known["key"] for known in kind["values"]])


def _set_value(kind: Doc, value: Any, field: str, project: Project) -> list[Any]:
    if not isinstance(value, list):
        raise invalid_field(field, value)
    stored = [stored_value(kind["elementType"], element, field, project) for element in value]
    if any(element in stored[:place] for place, element in enumerate(stored)):
        raise invalid_field(field, value)
    return stored


def _money_value(value: Any, field: str) -> Doc:
    try:
        return typed_money(msgspec.convert(value, Money))
    except msgspec.ValidationError as error:
        raise invalid_field(field, value) from error


def _reference_value(kind: Doc, value: Any, field: str, project: Project) -> Doc:
    try:
        reference = msgspec.convert(value, _Reference)
    except msgspec.ValidationError as error:
        raise invalid_field(field, value) from error
    if reference.type_id != kind["referenceTypeId"]:
        raise invalid_field(field, value)
    if not project.holds(reference.type_id, reference.id):
        raise referenced_not_found(reference.type_id, id=reference.id)
    return {"typeId": reference.type_id, "id": reference.id}


def _nested_value(kind: Doc, value: Any, field: str, project: Project) -> list[Doc]:
    try:
        given = msgspec.convert(value, list[_NestedAttribute])
    except msgspec.ValidationError as error:
        raise invalid_field(field, value) from error
    product_type = project.collection("product-type").docs.get(kind["typeReference"]["id"])
    if product_type is None:
        raise referenced_not_found("product-type", id=kind["typeReference"]["id"])
    known = {definition["name"]: definition["type"] for definition in product_type["attributes"]}
    stored: dict[str, Doc] = {}
    for one in given:
        if one.name not in known:
            raise invalid_field(f"{field}.name", one.name, sorted(known))
        if one.name in stored:
            raise invalid_field(field, value)
        inner = stored_value(known[one.name], one.value, f"{field}.{one.name}", project)
        stored[one.name] = {"name": one.name, "value": inner}
    return list(stored.values())


_CHECKS: dict[str, Any] = {
    "text": is_text,
    "ltext": is_localized,
    "number": is_number,
    "boolean": is_boolean,
    "date": is_date,
    "time": is_time,
    "datetime": is_moment,
}
