"""Overlay: a record as its single facts, so that some of them can be left out, or taken from another record.

A fact is one leaf of what a record says: `("name", "fr-FR")`, `("variants", "A-1", "attributes", "colour")`,
`("quantity",)`. What tells records apart (key, SKU, scope) is no fact: it never changes. A list is one fact,
but for the variants of a product, which are found by their SKU and of which a record may name a few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET

from ..fulfilment.stock_levels import PublishedStock
from ..records import Price, Product, State, StockLevel, Variant

__all__ = ["GONE", "HERE", "Fact", "built", "facts", "known_by"]

R = TypeVar("R", bound=msgspec.Struct)

#: The path of a fact: fields, and the keys of what has several values.
Fact: TypeAlias = tuple[str, ...]


class _Mark(Enum):
    GONE = "gone"
    HERE = "here"


#: The value of a fact that a record says is none (what None, or an empty text of a locale, says).
GONE: Final = _Mark.GONE
#: The value of the fact that a variant is named at all.
HERE: Final = _Mark.HERE

_IDENTITY: Mapping[type[msgspec.Struct], frozenset[str]] = {
    StockLevel: frozenset({"sku", "supply_channel", "counted_at", "relative", "movement"}),
    PublishedStock: frozenset({"sku", "supply_channel", "counted_at", "relative", "movement", "law"}),
    Price: frozenset({"sku", "key", "country", "customer_group", "channel", "valid_from", "tax_included"}),
    Product: frozenset({"key", "variants_complete"}),
    Variant: frozenset({"sku"}),
    State: frozenset({"key", "type"}),
}
_KEY = frozenset({"key"})
#: Lists of which a record may name a few: (record, field) -> what its members are found by.
_NAMED: Mapping[tuple[type[msgspec.Struct], str], tuple[type[msgspec.Struct], str]] = {
    (Product, "variants"): (Variant, "sku")
}


def known_by(record_type: type[msgspec.Struct]) -> frozenset[str]:
    """Name the fields that tell records of a type apart."""
    return _IDENTITY.get(record_type, _KEY)


def facts(record: msgspec.Struct) -> dict[Fact, Any]:
    """Take a record apart; what it says nothing about is left out."""
    return dict(_facts(record))


def _facts(record: msgspec.Struct) -> Iterator[tuple[Fact, Any]]:
    kind = type(record)
    for field in msgspec.structs.fields(kind):
        value = getattr(record, field.name)
        if value is UNSET or field.name in known_by(kind):
            continue
        named = _NAMED.get((kind, field.name))
        if named is not None:
            for member in value:
                key = getattr(member, named[1])
                yield (field.name, key), HERE
                for path, leaf in _facts(member):
                    yield (field.name, key, *path), leaf
        elif isinstance(value, dict):
            for key, leaf in value.items():
                yield (field.name, key), GONE if leaf is None or leaf in ("", ()) else leaf
        else:
            yield (field.name,), GONE if value is None else value


def built(like: R, said: Mapping[Fact, Any]) -> R:
    """Make the record that is known by the same names as `like` and says these facts and no others.

    A field that no record can be without (a quantity, an amount) stays as in `like` when no fact speaks of
    it. Variants come in the order in which the facts name them.
    """
    kind = type(like)
    below: dict[str, dict[Fact, Any]] = {}
    for (name, *rest), value in said.items():
        below.setdefault(name, {})[tuple(rest)] = value
    changes: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.name in known_by(kind):
            continue
        inner = below.get(field.name)
        if inner is None:
            if field.default is UNSET:
                changes[field.name] = UNSET
        elif (kind, field.name) in _NAMED:
            changes[field.name] = _members(like, kind, field.name, inner)
        elif () in inner:
            changes[field.name] = None if inner[()] is GONE else inner[()]
        else:
            nothing = _nothing(kind, field.name)
            changes[field.name] = {path[0]: nothing if leaf is GONE else leaf for path, leaf in inner.items()}
    return msgspec.structs.replace(like, **changes)


def _members(
    like: msgspec.Struct, kind: type[msgspec.Struct], name: str, said: Mapping[Fact, Any]
) -> tuple[Any, ...]:
    member, known = _NAMED[kind, name]
    held = getattr(like, name)
    there = {} if held is UNSET else {getattr(one, known): one for one in held}
    apart: dict[str, dict[Fact, Any]] = {}
    for (key, *rest), value in said.items():
        inner = apart.setdefault(key, {})
        if value is not HERE:
            inner[tuple(rest)] = value
    return tuple(built(there.get(key) or member(**{known: key}), inner) for key, inner in apart.items())


def _nothing(kind: type[msgspec.Struct], name: str) -> Any:
    """How a key of this field says that it has no value: "" a text of a locale, () keywords, None others."""
    hint = next(str(field.type) for field in msgspec.structs.fields(kind) if field.name == name)
    if "tuple" in hint:
        return ()
    return None if "Any" in hint else ""
