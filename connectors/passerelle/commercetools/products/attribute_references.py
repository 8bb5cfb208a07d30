"""References in attributes: a record names a key, the shop holds an id; both mean the same resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UnsetType

from ...records import Product, Variant
from ..http.client import Client
from ..planning.references import References

__all__ = ["AttributeReferences"]

#: Where resources that attributes may point to are found.
_PATHS = {
    "category": "categories",
    "channel": "channels",
    "customer-group": "customer-groups",
    "product": "products",
    "product-type": "product-types",
}


class AttributeReferences:
    """Ids of the keys that attributes point to; a key that is not there yet stays a key."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, References] = {}

    async def learn(self, records: Sequence[Product]) -> None:
        """Look up the keys that the records point to, one question for each kind of resource."""
        keys: dict[str, list[str]] = {}
        for record in records:
            for value in _values(record):
                for reference in _references(value):
                    keys.setdefault(reference["typeId"], []).append(reference["key"])
        for type_id, wanted in keys.items():
            path = _PATHS.get(type_id)
            if path is not None:
                known = self._known.setdefault(type_id, References(self._client, path))
                await known.learn(keys=wanted)

    def resolved(self, record: Product) -> Product:
        """Give the record with ids in the place of the keys that are known, so that both sides compare."""
        if isinstance(record.variants, UnsetType) or not self._known:
            return record
        variants = tuple(self._variant(variant) for variant in record.variants)
        return msgspec.structs.replace(record, variants=variants)

    def _variant(self, variant: Variant) -> Variant:
        if isinstance(variant.attributes, UnsetType):
            return variant
        attributes = {name: self._value(value) for name, value in variant.attributes.items()}
        return msgspec.structs.replace(variant, attributes=attributes)

    def _value(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return tuple(self._value(part) for part in value)
        if not _is_reference(value):
            return value
        known = self._known.get(value["typeId"])
        found = None if known is None else known.id(value["key"])
        return value if found is None else {"typeId": value["typeId"], "id": found}


def _values(record: Product) -> Iterator[Any]:
    if not isinstance(record.variants, UnsetType):
        for variant in record.variants:
            if not isinstance(variant.attributes, UnsetType):
                yield from variant.attributes.values()


def _references(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list | tuple):
        for part in value:
            yield from _references(part)
    elif _is_reference(value):
        yield value


def _is_reference(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("key"), str) and "typeId" in value
