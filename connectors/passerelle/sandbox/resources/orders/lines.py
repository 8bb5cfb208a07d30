"""The lines of orders, of products and without: as drafts and as stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from ...custom_fields import CustomFieldsDraft, custom_fields
from ...moments import now_text
from ...problems import invalid_input, referenced_not_found
from ...project import Project
from ...store import Doc
from ...vocabulary import (
    ChannelIdentifier,
    Country,
    CustomerGroupIdentifier,
    Key,
    Localized,
    Model,
    Moment,
    Money,
    PriceTierDraft,
    TaxCategoryIdentifier,
    Text,
    as_json,
    new_id,
    put,
    typed_money,
)
from ..variants import all_variants
from .item_states import ItemState, Pieces, imported_states
from .taxes import TaxRate

__all__ = [
    "CustomLineItemDraft",
    "InventoryMode",
    "ItemShippingDetails",
    "LineItemImportDraft",
    "LinePriceDraft",
    "VariantImportDraft",
    "custom_line_item",
    "every_line",
    "line_item",
    "line_named",
    "shipping_details",
]

InventoryMode: TypeAlias = Literal["None", "TrackOnly", "ReserveOnOrder"]
_NOBODY = "00000000-0000-0000-0000-000000000000"


class VariantImportDraft(Model):
    """The variant that was sold: by SKU, or by id with the line's `productId`."""

    id: int | None = None
    sku: Text | None = None


class LinePriceDraft(Model):
    """The price of one piece."""

    value: Money
    key: Key | None = None
    country: Country | None = None
    customer_group: CustomerGroupIdentifier | None = None
    channel: ChannelIdentifier | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    tiers: tuple[PriceTierDraft, ...] = ()


class ItemShippingTarget(Model):
    """So many pieces of a line go to one of the order's item shipping addresses."""

    address_key: str
    quantity: Pieces
    shipping_method_key: str | None = None


class ItemShippingDetails(Model):
    """Where the pieces of a line go."""

    targets: list[ItemShippingTarget]


class LineItemImportDraft(Model):
    """One line of an imported order."""

    name: Localized
    variant: VariantImportDraft
    price: LinePriceDraft
    quantity: Pieces
    key: Key | None = None
    product_id: str | None = None
    tax_rate: TaxRate | None = None
    supply_channel: ChannelIdentifier | None = None
    distribution_channel: ChannelIdentifier | None = None
    inventory_mode: InventoryMode | None = None
    shipping_details: ItemShippingDetails | None = None
    state: tuple[ItemState, ...] | None = None
    custom: CustomFieldsDraft | None = None


class CustomLineItemDraft(Model):
    """A line that is no product: wrapping, a surcharge, a donation."""

    name: Localized
    slug: Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{2,256}$")]
    quantity: Pieces
    money: Money
    key: Key | None = None
    tax_rate: TaxRate | None = None
    tax_category: TaxCategoryIdentifier | None = None
    price_mode: Literal["Standard", "External"] = "Standard"
    shipping_details: ItemShippingDetails | None = None
    state: tuple[ItemState, ...] | None = None
    custom: CustomFieldsDraft | None = None


def line_item(draft: LineItemImportDraft, project: Project) -> Doc:
    """A line as orders hold it, with what the project knows of its product."""
    moment = now_text()
    price = draft.price
    doc: Doc = {
        "id": new_id(),
        **_sold(draft, project),
        "name": draft.name,
        "price": _price(price, project),
        "quantity": draft.quantity,
        "totalPrice": _times(price.value, draft.quantity),
        "discountedPricePerQuantity": [],
        "taxedPricePortions": [],
        "perMethodTaxRate": [],
        "state": imported_states(draft.state, draft.quantity, project),
        "priceMode": "Platform",
        "lineItemMode": "Standard",
        "addedAt": moment,
        "lastModifiedAt": moment,
    }
    put(doc, "key", draft.key)
    put(doc, "inventoryMode", draft.inventory_mode)
    if draft.tax_rate is not None:
        doc["taxRate"] = as_json(draft.tax_rate)
    if draft.supply_channel is not None:
        doc["supplyChannel"] = project.reference(draft.supply_channel, "channel")
    if draft.distribution_channel is not None:
        doc["distributionChannel"] = project.reference(draft.distribution_channel, "channel")
    put(doc, "custom", custom_fields(draft.custom, "line-item", project))
    put(doc, "shippingDetails", shipping_details(doc, draft.shipping_details))
    return doc


def _price(draft: LinePriceDraft, project: Project) -> Doc:
    price: Doc = {"id": new_id(), "value": typed_money(draft.value)}
    put(price, "key", draft.key)
    put(price, "country", draft.country)
    put(price, "validFrom", draft.valid_from)
    put(price, "validUntil", draft.valid_until)
    if draft.channel is not None:
        price["channel"] = project.reference(draft.channel, "channel")
    if draft.customer_group is not None:
        price["customerGroup"] = project.reference(draft.customer_group, "customer-group")
    if draft.tiers:
        price["tiers"] = [
            {"minimumQuantity": tier.minimum_quantity, "value": typed_money(tier.value)}
            for tier in draft.tiers
        ]
    return price


def _sold(draft: LineItemImportDraft, project: Project) -> Doc:
    variant = draft.variant
    products = project.collection("product")
    product: Doc | None
    if variant.sku is not None:
        product = products.by_claim("sku", variant.sku)
    elif variant.id is not None and draft.product_id is not None:
        product = products.docs.get(draft.product_id)
    else:
        raise invalid_input("A line item's variant takes a sku, or an id together with the productId.")
    if product is None:
        return _unknown_product(draft, project)
    if draft.product_id is not None and draft.product_id != product["id"]:
        raise invalid_input(f"The SKU '{variant.sku}' is not a variant of the product '{draft.product_id}'.")
    for side in ("current", "staged"):
        data = product["masterData"][side]
        for known in all_variants(data):
            if known["id"] == variant.id or (variant.sku is not None and known.get("sku") == variant.sku):
                sold: Doc = {
                    "productId": product["id"],
                    "productSlug": data["slug"],
                    "productType": product["productType"],
                    "variant": known,
                }
                put(sold, "productKey", product.get("key"))
                return sold
    raise invalid_input(f"The product '{product['id']}' has no variant {variant.id}.")


def _unknown_product(draft: LineItemImportDraft, project: Project) -> Doc:
    sku = draft.variant.sku
    if project.rules.refuse_unknown_order_skus or sku is None:
        raise referenced_not_found("product", id=draft.product_id, key=sku)
    return {
        "productId": _NOBODY,
        "productType": {"typeId": "product-type", "id": _NOBODY},
        "variant": {"id": 1, "sku": sku, "prices": [], "images": [], "attributes": [], "assets": []},
    }


def custom_line_item(draft: CustomLineItemDraft, project: Project) -> Doc:
    """A line without a product as orders hold it."""
    doc: Doc = {
        "id": new_id(),
        "name": draft.name,
        "slug": draft.slug,
        "quantity": draft.quantity,
        "money": typed_money(draft.money),
        "totalPrice": _times(draft.money, draft.quantity),
        "discountedPricePerQuantity": [],
        "taxedPricePortions": [],
        "perMethodTaxRate": [],
        "state": imported_states(draft.state, draft.quantity, project),
        "priceMode": draft.price_mode,
    }
    put(doc, "key", draft.key)
    if draft.tax_rate is not None:
        doc["taxRate"] = as_json(draft.tax_rate)
    if draft.tax_category is not None:
        doc["taxCategory"] = project.reference(draft.tax_category, "tax-category")
    put(doc, "custom", custom_fields(draft.custom, "custom-line-item", project))
    put(doc, "shippingDetails", shipping_details(doc, draft.shipping_details))
    return doc


def _times(price: Money, quantity: int) -> Doc:
    return typed_money(Money(cent_amount=price.cent_amount * quantity, currency_code=price.currency_code))


def shipping_details(line: Doc, draft: ItemShippingDetails | None) -> Doc | None:
    """Where the pieces of a line go; valid when that is said of each piece."""
    if draft is None:
        return None
    told = sum(target.quantity for target in draft.targets)
    return {"targets": as_json(draft.targets), "valid": told == line["quantity"]}


def every_line(order: Doc) -> Iterator[Doc]:
    """The lines of an order, those of products first."""
    yield from order["lineItems"]
    yield from order["customLineItems"]


def line_named(lines: Sequence[Doc], line_id: str | None, line_key: str | None, what: str) -> Doc:
    """The line that an action names by `what`Id or `what`Key.

    Raises:
        Problem: 400 InvalidInput when neither or both are given, or there is none.
    """
    if (line_id is None) == (line_key is None):
        raise invalid_input(f"The action takes either {what}Id or {what}Key.")
    for line in lines:
        if line["id"] == line_id or (line_key is not None and line.get("key") == line_key):
            return line
    raise invalid_input(f"The order has no {what} '{line_id or line_key}'.")
