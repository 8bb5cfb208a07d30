"""How a shop's data is shaped: product types with their attributes, custom types with their fields."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from .names import Localized

__all__ = ["AttributeDefinition", "CustomType", "EnumValue", "FieldDefinition", "ProductType"]


class EnumValue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value of an enum: `label` is its text, `labels` its texts by locale for a localized enum.

    `was` is its former key: a value that is found by it is renamed.
    """

    key: str
    label: str | UnsetType = UNSET
    labels: Localized | UnsetType = UNSET
    was: str | UnsetType = UNSET


class AttributeDefinition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attribute of a product type.

    `type` is text, ltext, number, boolean, enum, lenum, money, date, time, datetime, reference or nested;
    `set` makes it a set of these. `reference_type` is the type id a reference points to, `nested_type` the
    key of the product type that is nested. `constraint` is None, Unique, CombinationUnique or SameForAll.
    `was` is its former name: an attribute that is found by it is renamed. The order of `values` is kept.
    """

    name: str
    type: str
    set: bool = False
    reference_type: str | UnsetType = UNSET
    nested_type: str | UnsetType = UNSET
    label: Localized | UnsetType = UNSET
    input_tip: Localized | UnsetType | None = UNSET
    input_hint: str | UnsetType = UNSET
    constraint: str | UnsetType = UNSET
    required: bool | UnsetType = UNSET
    searchable: bool | UnsetType = UNSET
    values: tuple[EnumValue, ...] | UnsetType = UNSET
    was: str | UnsetType = UNSET


class ProductType(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A kind of product with its attributes in their order."""

    key: str
    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    attributes: tuple[AttributeDefinition, ...] | UnsetType = UNSET


class FieldDefinition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One field of a custom type.

    `type` is Boolean, Number, String, LocalizedString, Enum, LocalizedEnum, Money, Date, Time, DateTime or
    Reference; `set` makes it a set of these.
    """

    name: str
    type: str
    set: bool = False
    reference_type: str | UnsetType = UNSET
    label: Localized | UnsetType = UNSET
    required: bool | UnsetType = UNSET
    input_hint: str | UnsetType = UNSET
    values: tuple[EnumValue, ...] | UnsetType = UNSET


class CustomType(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A set of custom fields and the kinds of resources (`category`, `order`, …) that may have them."""

    key: str
    name: Localized | UnsetType = UNSET
    description: Localized | UnsetType | None = UNSET
    resource_types: tuple[str, ...] | UnsetType = UNSET
    fields: tuple[FieldDefinition, ...] | UnsetType = UNSET
