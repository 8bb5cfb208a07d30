"""What a shop shows: categories, and products with their variants."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from .names import Localized

__all__ = ["Category", "Product", "Variant"]


class Category(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A node of the category tree; `parent` is the key of another category, None at the root.

    A localized text names only the locales its feed owns: others stay as they are in the target.
    """

    key: str
    name: Localized | UnsetType = UNSET
    slug: Localized | UnsetType = UNSET
    parent: str | UnsetType | None = UNSET
    order_hint: str | UnsetType | None = UNSET
    external_id: str | UnsetType | None = UNSET


class Variant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One sellable article of a product: a size in a colour.

    `attributes` holds values as the product type declares them: text, number (int), boolean, or the
    key of an enum value. An attribute that is not named stays as it is; None removes it.
    """

    sku: str
    key: str | UnsetType = UNSET
    attributes: dict[str, Any] | UnsetType = UNSET
    images: tuple[str, ...] | UnsetType = UNSET


class Product(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A style with its variants; the first variant is the master variant when the product is created.

    `variants` left out: the feed does not own them (a feed of translations). An empty list is a fault.
    `categories` holds category keys and replaces the list in the target.
    """

    key: str
    name: Localized | UnsetType = UNSET
    slug: Localized | UnsetType = UNSET
    description: Localized | UnsetType | None = UNSET
    product_type: str | UnsetType = UNSET
    categories: tuple[str, ...] | UnsetType = UNSET
    tax_category: str | UnsetType | None = UNSET
    variants: tuple[Variant, ...] | UnsetType = UNSET
