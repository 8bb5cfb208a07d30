"""Entities: which canonical record a feed makes, and which targets its fields may name."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from ..records import (
    Category,
    Channel,
    CustomerGroup,
    CustomType,
    Money,
    Order,
    OrderAck,
    OrderEdit,
    OrderFileAck,
    OrderMessage,
    OrderStatement,
    PlacedOrder,
    Price,
    Product,
    ProductSelection,
    ProductType,
    PurchaseOrder,
    Sale,
    Shipment,
    State,
    StockLevel,
    Store,
    TaxCategory,
)

__all__ = ["ABOUT_ORDERS", "ENTITIES", "LOCALE", "Kind", "Shape", "Target", "kind_of", "shape_of"]

#: What a value is on its way: `texts` are several source values at once.
Kind: TypeAlias = Literal["text", "texts", "decimal", "integer", "instant", "boolean", "money", "any"]

Nature: TypeAlias = Literal["plain", "localized", "keywords", "attributes", "group", "texts", "records"]

_OF_ORDERS: Mapping[str, type[msgspec.Struct]] = {
    "order_ack": OrderAck,
    "order_file_ack": OrderFileAck,
    "shipment": Shipment,
    "order_message": OrderMessage,
    "order_statement": OrderStatement,
    "order_import": PlacedOrder,
    "order_edit": OrderEdit,
    "order": Order,
    "purchase_order": PurchaseOrder,
    "sale": Sale,
}
#: Those that say something of orders: what was said is never taken away.
ABOUT_ORDERS = frozenset(_OF_ORDERS)
ENTITIES: Mapping[str, type[msgspec.Struct]] = {
    "product_type": ProductType,
    "custom_type": CustomType,
    "channel": Channel,
    "tax_category": TaxCategory,
    "customer_group": CustomerGroup,
    "state": State,
    "product_selection": ProductSelection,
    "store": Store,
    "category": Category,
    "product": Product,
    "price": Price,
    "stock": StockLevel,
    **_OF_ORDERS,
}

#: How a locale is written: `fr` or `fr-FR`.
LOCALE = re.compile(r"[a-z]{2}(?:-[A-Z]{2})?")
_KINDS: Mapping[Any, Kind] = {
    str: "text",
    int: "integer",
    bool: "boolean",
    datetime: "instant",
    Money: "money",
    Decimal: "decimal",
    Any: "any",
}
# Rules of the records that their types cannot say: (type, field) -> the item's field that must be unique.
_UNIQUE = {
    ("Product", "variants"): "sku",
    ("ProductType", "attributes"): "name",
    ("AttributeDefinition", "values"): "key",
    ("CustomType", "fields"): "name",
    ("FieldDefinition", "values"): "key",
    ("ProductSelection", "products"): "product",
    ("Store", "product_selections"): "selection",
}
_NEVER_EMPTY = {
    ("Product", "variants"),
    ("Shipment", "lines"),
    ("PurchaseOrder", "lines"),
    ("PlacedOrder", "lines"),
}


class Target(NamedTuple):
    """One field of a canonical record, or one key of a localized text or of the attributes.

    `nature` is `plain`, `localized`, `attributes`, `group` (a record of its own, such as an address),
    `texts` (a list of texts), `keywords` (a list of texts in each locale) or `records`. `absent` is the value
    when the source says nothing, and `empty` when it says there is none; `...` makes it a fault.
    """

    name: str
    nature: Nature
    kind: Kind
    absent: Any
    empty: Any
    nullable: bool
    item: Shape | None = None
    unique: str | None = None
    never_empty: bool = False
    #: The words that it knows, for a text that takes no other.
    words: tuple[str, ...] = ()

    @property
    def mandatory(self) -> bool:
        """True when no record can be made without it."""
        return self.absent is ...


class Shape(NamedTuple):
    """A canonical record type with its targets."""

    record: type[msgspec.Struct]
    targets: Mapping[str, Target]

    def names(self) -> list[str]:
        """List how targets are written, for messages."""
        return [_written(target) for target in self.targets.values()]

    def find(self, to: str) -> tuple[Target, str | None]:
        """Find a target and its sub-key (`name.fr-FR` is `name` and `fr-FR`).

        Raises:
            ValueError: there is no such target.
        """
        name, _, key = to.partition(".")
        target = self.targets.get(name)
        if target is None:
            raise ValueError(f"{self.record.__name__} has no field {name!r}")
        if target.nature in ("localized", "keywords") and LOCALE.fullmatch(key) is None:
            raise ValueError(f"{to!r} needs a locale such as {name}.fr-FR")
        if target.nature == "attributes" and not key:
            raise ValueError(f"{to!r} needs the name of an attribute: {name}.colour")
        if target.nature == "keywords":
            # Each locale is a list of its own; an empty one takes its words away.
            return Target(name, "texts", "text", UNSET, (), nullable=False), key
        if target.nature == "group":
            inner = self._below(target, key)
            # What a part does not say is left out; a group without any part is not there.
            absent = inner.absent if inner.mandatory else UNSET
            empty = UNSET if inner.empty is ... and not inner.mandatory else inner.empty
            return inner._replace(
                nature="group", absent=absent, empty=empty, item=target.item, name=name
            ), key
        if target.nature not in ("localized", "attributes") and key:
            raise ValueError(f"{name!r} has nothing below it")
        return target, key or None

    def whole(self, to: str, nature: Nature) -> Target:
        """Find a target that takes several keys at once: all attributes, all locales of a text.

        Raises:
            ValueError: there is none, or it is of another nature.
        """
        target = self.targets.get(to)
        if target is None or target.nature != nature:
            known = ", ".join(target.name for target in self.targets.values() if target.nature == nature)
            raise ValueError(f"{self.record.__name__} has no {nature} {to!r}; it has {known or 'none'}")
        return target

    def _below(self, target: Target, key: str) -> Target:
        known = {} if target.item is None else target.item.targets
        if key not in known:
            names = ", ".join(f"{target.name}.{name}" for name in known)
            raise ValueError(f"{target.name!r} needs the name of one of its parts: {names}")
        return known[key]


def _written(target: Target) -> str:
    return {
        "localized": f"{target.name}.<locale>",
        "keywords": f"{target.name}.<locale>",
        "attributes": f"{target.name}.<name>",
        "group": f"{target.name}.<part>",
    }.get(target.nature, target.name)


def shape_of(record: type[msgspec.Struct]) -> Shape:
    """Read the targets of a record type from its annotations."""
    hints = typing.get_type_hints(record)
    return Shape(
        record,
        {
            field.name: _target(record, field.name, hints[field.name], field)
            for field in msgspec.structs.fields(record)
        },
    )


def kind_of(hint: Any) -> Kind | None:
    """Give the kind of a plain type, None for records and collections."""
    hint = getattr(hint, "__supertype__", hint)
    return _KINDS.get(hint)


def _target(record: type[msgspec.Struct], name: str, hint: Any, field: msgspec.structs.FieldInfo) -> Target:
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    options = list(typing.get_args(hint)) if union else [hint]
    nullable = types.NoneType in options
    (plain,) = (option for option in options if option not in (types.NoneType, UnsetType))
    absent = ... if field.required else UNSET if UnsetType in options else field.default
    empty: Any = None if nullable else ...
    unique = _UNIQUE.get((record.__name__, name))
    never_empty = (record.__name__, name) in _NEVER_EMPTY
    nature: Nature = "plain"
    kind, item = kind_of(plain), None
    words: tuple[str, ...] = typing.get_args(plain) if typing.get_origin(plain) is Literal else ()
    if words:
        kind = "text"
    if typing.get_origin(plain) is dict:
        # A locale whose text is gone keeps its key with an empty text: the others are not touched.
        held = typing.get_args(plain)[1]
        nature, kind = ("attributes", "any") if held is Any else ("localized", "text")
        if typing.get_origin(held) is tuple:
            nature = "keywords"
        empty = None if nature == "attributes" else "" if nullable else ...
        nullable = nature == "attributes"
    elif typing.get_origin(plain) is tuple:
        inner = typing.get_args(plain)[0]
        kind = kind_of(inner)
        nature = "records" if kind is None else "texts"
        # No text in it is a list without texts.
        empty = empty if kind is None or nullable else ()
        item = shape_of(inner) if kind is None else None
    elif kind is None and isinstance(plain, type) and issubclass(plain, msgspec.Struct):
        nature, item = "group", shape_of(plain)
    return Target(name, nature, kind or "any", absent, empty, nullable, item, unique, never_empty, words)
