"""Which records a run was asked for: all of them, or those of a list of SKUs."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..formats import Value
from ..records import Category, OrderAck, Price, Product, Shipment, StockLevel

__all__ = ["names", "skus_of", "wants"]


def skus_of(record: msgspec.Struct) -> Iterator[str]:
    """Name the SKUs a record speaks of, the key of a product or a category, the number of an order."""
    match record:
        case StockLevel(sku=sku) | Price(sku=sku):
            yield sku
        case Product(key=key, variants=variants):
            yield key
            if variants is not msgspec.UNSET:
                yield from (variant.sku for variant in variants)
        case Category(key=key):
            yield key
        case OrderAck(order_number=number):
            yield number
        case Shipment(order_number=number, lines=lines):
            yield number
            yield from (line.sku for line in lines)
        case _:
            return


def wants(record: msgspec.Struct, skus: frozenset[str]) -> bool:
    """Say whether the record is among those asked for; an empty list asks for all."""
    return not skus or any(sku in skus for sku in skus_of(record))


def names(raw: Value, skus: frozenset[str]) -> bool:
    """Say whether a raw value that cannot be mapped names one of those asked for, somewhere."""
    match raw:
        case str():
            return raw.strip() in skus
        case dict():
            return any(names(value, skus) for value in raw.values())
        case list():
            return any(names(value, skus) for value in raw)
        case _:
            return False
