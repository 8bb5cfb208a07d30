"""Only create: what a feed fills once, when a record is created, and then leaves to the shop."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from ...records import Product, Variant

__all__ = ["settled", "settled_product"]

R = TypeVar("R", bound=msgspec.Struct)


def settled(record: R, only_create: AbstractSet[str], within: str = "") -> R:
    """Give a record that says nothing of what was filled when it was created.

    Names are those of the record's fields, those of single locales or attributes included (`name.fr-FR`,
    `attributes.colour`), behind `within`. Fields that must have a value stay.
    """
    if not only_create:
        return record
    changes: dict[str, Any] = {}
    for field in msgspec.structs.fields(type(record)):
        value = getattr(record, field.name)
        name = f"{within}{field.name}"
        if value is UNSET or field.default is not UNSET:
            continue
        if name in only_create:
            changes[field.name] = UNSET
        elif isinstance(value, dict):
            kept = {key: text for key, text in value.items() if f"{name}.{key}" not in only_create}
            if len(kept) < len(value):
                changes[field.name] = kept or UNSET
    return msgspec.structs.replace(record, **changes) if changes else record


def settled_product(
    record: Product, only_create: AbstractSet[str], *, skus: AbstractSet[str], shared: AbstractSet[str]
) -> Product:
    """Give a product that says nothing of what was filled when it, or one of its variants, was created.

    `skus` are the variants that the shop has: a new one brings all it has. Attributes that are `shared` by
    all variants (SameForAll) are those of the product: a new variant takes the live value.
    """
    if not only_create:
        return record
    product = settled(record, only_create)
    if isinstance(product.variants, UnsetType):
        return product
    of_product = frozenset(
        name for name in only_create if name.removeprefix("variants.attributes.") in shared
    )
    variants: list[Variant] = [
        settled(variant, only_create if variant.sku in skus else of_product, "variants.")
        for variant in product.variants
    ]
    return msgspec.structs.replace(product, variants=tuple(variants))
