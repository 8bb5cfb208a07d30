"""Field types of custom fields: which values they take, and how answers show those."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from .plain_values import is_boolean, is_date, is_localized, is_moment, is_number, is_text, is_time
from .problems import invalid_field, referenced_not_found
from .project import Project
from .store import Doc
from .vocabulary import Localized, Model, Money, typed_money

__all__ = ["AnyFieldType", "FieldEnumValue", "FieldLocalizedEnumValue", "stored_field"]

_EnumKey: TypeAlias = Annotated[str, Meta(min_length=1)]


class FieldEnumValue(Model):
    """One value of an enum."""

    key: _EnumKey
    label: str


class FieldLocalizedEnumValue(Model):
    """One value of a localized enum."""

    key: _EnumKey
    label: Localized


class _FieldType(Model, tag_field="name"):
    """A field type, told apart by its name."""


class BooleanField(_FieldType, tag="Boolean"):
    """True or false."""


class StringField(_FieldType, tag="String"):
    """Text."""


class LocalizedStringField(_FieldType, tag="LocalizedString"):
    """Text in several locales."""


class EnumField(_FieldType, tag="Enum"):
    """One of several keys."""

    values: list[FieldEnumValue]


class LocalizedEnumField(_FieldType, tag="LocalizedEnum"):
    """One of several keys, with labels in several locales."""

    values: list[FieldLocalizedEnumValue]


class NumberField(_FieldType, tag="Number"):
    """A number."""


class MoneyField(_FieldType, tag="Money"):
    """An amount."""


class DateField(_FieldType, tag="Date"):
    """A day."""


class TimeField(_FieldType, tag="Time"):
    """A time of day."""


class DateTimeField(_FieldType, tag="DateTime"):
    """A moment."""


class ReferenceField(_FieldType, tag="Reference"):
    """Another resource."""

    reference_type_id: Literal[
        "approval-flow",
        "approval-rule",
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
        "state",
        "shipping-method",
        "variant",
        "zone",
    ]


_Single: TypeAlias = (
    BooleanField
    | StringField
    | LocalizedStringField
    | EnumField
    | LocalizedEnumField
    | NumberField
    | MoneyField
    | DateField
    | TimeField
    | DateTimeField
    | ReferenceField
)


class SetField(_FieldType, tag="Set"):
    """Several values of one type, none twice."""

    element_type: _Single


AnyFieldType: TypeAlias = _Single | SetField


class _Reference(Model):
    type_id: str
    id: str


def stored_field(kind: Doc, value: Any, field: str, project: Project) -> Any:
    """Check a value against a field's type and turn it into what answers show; enums are shown by key.

    Raises:
        Problem: 400 InvalidField, for an enum with the keys that are allowed; ReferencedResourceNotFound.
    """
    name = kind["name"]
    if name in ("Enum", "LocalizedEnum"):
        keys = [known["key"] for known in kind["values"]]
        if value not in keys:
            raise invalid_field(field, value, keys)
        return value
    if name == "Set":
        return _stored_set(kind, value, field, project)
    if name == "Money":
        return _stored_money(value, field)
    if name == "Reference":
        return _stored_reference(kind, value, field, project)
    if not _CHECKS[name](value):
        raise invalid_field(field, value)
    return value


def _stored_set(kind: Doc, value: Any, field: str, project: Project) -> list[Any]:
    if not isinstance(value, list):
        raise invalid_field(field, value)
    stored = [stored_field(kind["elementType"], element, field, project) for element in value]
    if any(element in stored[:place] for place, element in enumerate(stored)):
        raise invalid_field(field, value)
    return stored


def _stored_money(value: Any, field: str) -> Doc:
    try:
        return typed_money(msgspec.convert(value, Money))
    except msgspec.ValidationError as error:
        raise invalid_field(field, value) from error


def _stored_reference(kind: Doc, value: Any, field: str, project: Project) -> Doc:
    try:
        reference = msgspec.convert(value, _Reference)
    except msgspec.ValidationError as error:
        raise invalid_field(field, value) from error
    if reference.type_id != kind["referenceTypeId"]:
        raise invalid_field(field, value)
    if not project.holds(reference.type_id, reference.id):
        raise referenced_not_found(reference.type_id, id=reference.id)
    return {"typeId": reference.type_id, "id": reference.id}


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "String": is_text,
    "LocalizedString": is_localized,
    "Number": is_number,
    "Boolean": is_boolean,
    "Date": is_date,
    "Time": is_time,
    "DateTime": is_moment,
}
