"""What an import request may say of a resource: complete, by keys, each field known.

`Moment`s stay texts here: what they say is judged by the resource itself, when it is imported.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ..vocabulary import Country, Currency, Key, Localized, Model, Text

__all__ = [
    "CategoryImport",
    "InventoryImport",
    "PriceImport",
    "ProductDraftImport",
    "ProductImport",
    "ProductSelectionImport",
    "ProductTypeImport",
    "ProductVariantImport",
    "ProductVariantPatch",
    "StandalonePriceImport",
    "TypeImport",
]


class _KeyReference(Model):
    key: Text


class CategoryKey(_KeyReference, kw_only=True):
    """Points to a category."""

    type_id: Literal["category"]


class ChannelKey(_KeyReference, kw_only=True):
    """Points to a channel."""

    type_id: Literal["channel"]


class CustomerGroupKey(_KeyReference, kw_only=True):
    """Points to a customer group."""

    type_id: Literal["customer-group"]


class ProductKey(_KeyReference, kw_only=True):
    """Points to a product."""

    type_id: Literal["product"]


class ProductTypeKey(_KeyReference, kw_only=True):
    """Points to a product type."""

    type_id: Literal["product-type"]


class ProductVariantKey(_KeyReference, kw_only=True):
    """Points to a variant."""

    type_id: Literal["product-variant"]


class StateKey(_KeyReference, kw_only=True):
    """Points to a state."""

    type_id: Literal["state"]


class TaxCategoryKey(_KeyReference, kw_only=True):
    """Points to a tax category."""

    type_id: Literal["tax-category"]


class TypeKey(_KeyReference, kw_only=True):
    """Points to a type."""

    type_id: Literal["type"]


class Typed(Model):
    """A value with the name of its type, which cannot be told from the value."""

    type: Text
    value: Any


class Custom(Model):
    """Custom fields, each with the name of its type."""

    type: TypeKey
    fields: dict[str, Typed] = msgspec.field(default_factory=dict)


class Attribute(Model):
    """An attribute with the name of its type."""

    name: Text
    type: Text
    value: Any


class TypedMoney(Model):
    """An amount; which precision it has must be said."""

    type: Literal["centPrecision", "highPrecision"]
    currency_code: Currency
    cent_amount: int
    fraction_digits: int | None = None
    precise_amount: int | None = None


class PriceTier(Model):
    """A price that holds from a quantity on."""

    minimum_quantity: int
    value: TypedMoney


class Dimensions(Model):
    """Width and height in pixels."""

    w: int
    h: int


class Image(Model):
    """A picture that lies elsewhere."""

    url: Text
    dimensions: Dimensions
    label: str | None = None


class AssetSource(Model):
    """Where an asset lies."""

    uri: Text
    key: str | None = None
    dimensions: Dimensions | None = None
    content_type: str | None = None


class Asset(Model):
    """A medium, told by its key."""

    key: Key
    sources: list[AssetSource]
    name: Localized
    description: Localized | None = None
    tags: list[str] | None = None
    custom: Custom | None = None


class Keyed(Model):
    """What every imported resource has."""

    key: Key


class CategoryImport(Keyed, kw_only=True):
    """A category."""

    name: Localized
    slug: Localized
    description: Localized | None = None
    parent: CategoryKey | None = None
    order_hint: str | None = None
    external_id: str | None = None
    meta_title: Localized | None = None
    meta_description: Localized | None = None
    meta_keywords: Localized | None = None
    assets: list[Asset] | None = None
    custom: Custom | None = None


class InventoryImport(Keyed, kw_only=True):
    """An inventory entry; cart limits and stock levels cannot be imported."""

    sku: Text
    quantity_on_stock: int
    restockable_in_days: int | None = None
    expected_delivery: str | None = None
    reservation_expiration_in_minutes: int | None = None
    supply_channel: ChannelKey | None = None
    custom: Custom | None = None


class _Price(Keyed, kw_only=True):
    value: TypedMoney
    country: Country | None = None
    customer_group: CustomerGroupKey | None = None
    channel: ChannelKey | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    tiers: list[PriceTier] | None = None
    custom: Custom | None = None


class StandalonePriceImport(_Price, kw_only=True):
    """A standalone price; the SKU need not exist."""

    sku: Text
    active: bool | None = None


class PriceDraftImport(_Price, kw_only=True):
    """A price of a variant, in the import of its product."""


class PriceImport(_Price, kw_only=True):
    """A price of a variant, by itself."""

    product_variant: ProductVariantKey
    product: ProductKey
    publish: bool | None = None
    staged: bool | None = None


class _VariantContent(Keyed, kw_only=True):
    sku: Text | None = None
    attributes: list[Attribute] | None = None
    images: list[Image] | None = None
    assets: list[Asset] | None = None


class ProductVariantDraftImport(_VariantContent, kw_only=True):
    """A variant in the import of its product."""

    prices: list[PriceDraftImport] | None = None


class ProductVariantImport(_VariantContent, kw_only=True):
    """A variant by itself; its prices are imported by themselves too."""

    is_master_variant: bool
    product: ProductKey
    publish: bool | None = None
    staged: bool | None = None


class ProductVariantPatch(Model):
    """Attributes of a variant: those named are set, those of null removed, the others stay."""

    product_variant: ProductVariantKey
    attributes: dict[str, Typed | None] = msgspec.field(default_factory=dict)
    staged: bool | None = None
    product: ProductKey | None = None


class _ProductContent(Keyed, kw_only=True):
    name: Localized
    product_type: ProductTypeKey
    slug: Localized
    description: Localized | None = None
    categories: list[CategoryKey] | None = None
    attributes: list[Attribute] | None = None
    meta_title: Localized | None = None
    meta_description: Localized | None = None
    meta_keywords: Localized | None = None
    tax_category: TaxCategoryKey | None = None
    search_keywords: dict[str, list[dict[str, Any]]] | None = None
    state: StateKey | None = None
    publish: bool | None = None
    price_mode: Literal["Embedded", "Standalone"] | None = None


class ProductImport(_ProductContent, kw_only=True):
    """A product without its variants."""


class ProductDraftImport(_ProductContent, kw_only=True):
    """A product with its variants and their prices."""

    master_variant: ProductVariantDraftImport | None = None
    variants: list[ProductVariantDraftImport] | None = None


Json: TypeAlias = dict[str, Any]


class AttributeDefinition(Model):
    """An attribute of a product type."""

    type: Json
    name: Text
    label: Localized
    is_required: bool
    attribute_constraint: Literal["None", "Unique", "CombinationUnique", "SameForAll"] | None = None
    input_tip: Localized | None = None
    input_hint: Literal["SingleLine", "MultiLine"] | None = None
    is_searchable: bool | None = None
    level: Literal["Variant", "Product"] | None = None


class ProductTypeImport(Keyed, kw_only=True):
    """A product type."""

    name: Text
    description: str
    attributes: list[AttributeDefinition] | None = None


class FieldDefinition(Model):
    """A field of a type."""

    type: Json
    name: Text
    label: Localized
    required: bool
    input_hint: Literal["SingleLine", "MultiLine"] | None = None


class TypeImport(Keyed, kw_only=True):
    """A type."""

    name: Localized
    resource_type_ids: list[str]
    description: Localized | None = None
    field_definitions: list[FieldDefinition] | None = None


class VariantSelection(Model):
    """Which variants of a product belong to a selection."""

    type: Literal["includeOnly", "includeAllExcept"]
    skus: list[str] | None = None


class VariantExclusion(Model):
    """Which variants of a product do not belong to a selection."""

    skus: list[str]


class Assignment(Model):
    """A product of a selection."""

    product: ProductKey
    variant_selection: VariantSelection | None = None
    variant_exclusion: VariantExclusion | None = None


class ProductSelectionImport(Keyed, kw_only=True):
    """A product selection."""

    name: Localized
    mode: Literal["Individual", "IndividualExclusion"] | None = None
    custom: Custom | None = None
    assignments: Annotated[list[Assignment], Meta(max_length=500)] | None = None
