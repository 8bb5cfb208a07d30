"""What a shop shows: categories, and products with their variants, pictures and files."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from .names import Localized
from .price import EmbeddedPrice

__all__ = ["Asset", "AssetSource", "Category", "Product", "Variant"]


class AssetSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One form of an asset: where it lies, its role (`key`), its MIME type, its size in pixels."""

    uri: str
    key: str | None = None
    content_type: str | None = None
    width: int | None = None
    height: int | None = None


class Asset(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A film, a care sheet, a size guide: `key` tells it apart within its product, variant or category."""

    key: str
    name: Localized | UnsetType = UNSET
    description: Localized | UnsetType | None = UNSET
    sources: tuple[AssetSource, ...] | UnsetType = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET
    custom_type: str | UnsetType | None = UNSET
    custom: dict[str, Any] | UnsetType = UNSET


class Category(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A node of the category tree; `parent` is the key of another category, None at the root.

    A localized text names only the locales its feed owns: others stay as they are in the target. `custom`
    holds the fields of the custom type whose key is `custom_type`; a field that is not named stays.
    """

    key: str
    name: Localized | UnsetType = UNSET
    slug: Localized | UnsetType = UNSET
    parent: str | UnsetType | None = UNSET
    order_hint: str | UnsetType | None = UNSET
    external_id: str | UnsetType | None = UNSET
    description: Localized | UnsetType | None = UNSET
    meta_title: Localized | UnsetType | None = UNSET
    meta_description: Localized | UnsetType | None = UNSET
    meta_keywords: Localized | UnsetType | None = UNSET
    assets: tuple[Asset, ...] | UnsetType = UNSET
    custom_type: str | UnsetType | None = UNSET
    custom: dict[str, Any] | UnsetType = UNSET


class Variant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One sellable article of a product: a size in a colour.

    `attributes` holds values as the product type declares them: text, number (int), boolean, or the
    key of an enum value. An attribute that is not named stays as it is; None removes it. `images` are
    addresses in their order, `image_labels` their labels in the same order ("" is none). `prices` are the
    embedded prices: the list replaces the variant's prices in the target, found again by scope.
    """

    sku: str
    key: str | UnsetType = UNSET
    attributes: dict[str, Any] | UnsetType = UNSET
    images: tuple[str, ...] | UnsetType = UNSET
    image_labels: tuple[str, ...] | UnsetType = UNSET
    assets: tuple[Asset, ...] | UnsetType = UNSET
    prices: tuple[EmbeddedPrice, ...] | UnsetType = UNSET


class Product(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A style with its variants; the first variant is the master variant when the product is created.

    `variants` left out: the feed does not own them (a feed of translations). An empty list is a fault.
    `variants_complete` says that `variants` are all that the product has: others in the target are gone.
    `categories` holds category keys and replaces the list in the target; `category_order_hints` holds the
    product's place in a category by the category's key. `search_keywords` holds keywords by locale.
    `state` is the key of a product state, `price_mode` is Embedded or Standalone. `published` says whether
    the product is on the shop; left out, the feed's publish policy decides.
    """

    key: str
    name: Localized | UnsetType = UNSET
    slug: Localized | UnsetType = UNSET
    description: Localized | UnsetType | None = UNSET
    product_type: str | UnsetType = UNSET
    categories: tuple[str, ...] | UnsetType = UNSET
    tax_category: str | UnsetType | None = UNSET
    variants: tuple[Variant, ...] | UnsetType = UNSET
    variants_complete: bool = False
    meta_title: Localized | UnsetType | None = UNSET
    meta_description: Localized | UnsetType | None = UNSET
    meta_keywords: Localized | UnsetType | None = UNSET
    search_keywords: dict[str, tuple[str, ...]] | UnsetType | None = UNSET
    category_order_hints: dict[str, Any] | UnsetType = UNSET
    state: str | UnsetType | None = UNSET
    price_mode: str | UnsetType = UNSET
    published: bool | UnsetType = UNSET
