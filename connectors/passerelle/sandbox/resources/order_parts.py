"""What orders are made of: lines, shipping, deliveries, parcels, returns; as drafts and as stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta

from ..moments import now_text
from ..problems import duplicate_field, invalid_input, referenced_not_found
from ..project import Project
from ..store import Doc
from ..vocabulary import (
    Address,
    ChannelIdentifier,
    Country,
    Key,
    Localized,
    Model,
    Moment,
    Money,
    TaxCategoryIdentifier,
    Text,
    as_json,
    new_id,
    put,
    typed_money,
)
from .tax_categories import SubRate
from .variants import all_variants

__all__ = [
    "CustomLineItemDraft",
    "DeliveryItem",
    "LineItemImportDraft",
    "ParcelDraft",
    "ParcelMeasurements",
    "ReturnItemDraft",
    "ShippingInfoDraft",
    "TaxedPriceDraft",
    "TrackingData",
    "check_items",
    "custom_line_item",
    "every_delivery",
    "every_parcel",
    "line_item",
    "new_delivery",
    "new_parcel",
    "new_return",
    "shipping_info",
    "taxed_price",
]

Pieces: TypeAlias = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Millimetres: TypeAlias = Annotated[int, Meta(ge=0)]


class TaxRate(Model):
    """The rate that a line was taxed with."""

    name: Text
    amount: Annotated[float, Meta(ge=0, le=1)]
    included_in_price: bool
    country: Country
    id: str | None = None
    key: str | None = None
    state: str | None = None
    sub_rates: tuple[SubRate, ...] = ()


class VariantImportDraft(Model):
    """The variant that was sold: by SKU, or by id with the line's `productId`."""

    id: int | None = None
    sku: Text | None = None


class LinePriceDraft(Model):
    """The price of one piece."""

    value: Money
    country: Country | None = None
    channel: ChannelIdentifier | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None


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


class CustomLineItemDraft(Model):
    """A line that is no product: wrapping, a surcharge."""

    name: Localized
    slug: Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{2,256}$")]
    quantity: Pieces
    money: Money
    key: Key | None = None
    tax_rate: TaxRate | None = None
    tax_category: TaxCategoryIdentifier | None = None


class ShippingRateDraft(Model):
    """What shipping costs."""

    price: Money
    free_above: Money | None = None


class ParcelMeasurements(Model):
    """Size and weight of a parcel."""

    height_in_millimeter: Millimetres | None = None
    length_in_millimeter: Millimetres | None = None
    width_in_millimeter: Millimetres | None = None
    weight_in_gram: Annotated[int, Meta(ge=0)] | None = None


class TrackingData(Model):
    """How a parcel is followed."""

    tracking_id: str | None = None
    carrier: str | None = None
    provider: str | None = None
    provider_transaction: str | None = None
    is_return: bool | None = None


class DeliveryItem(Model):
    """How many pieces of a line (named by its id) are in a delivery or a parcel."""

    id: str
    quantity: Pieces


class ParcelDraft(Model):
    """A new parcel."""

    key: Key | None = None
    measurements: ParcelMeasurements | None = None
    tracking_data: TrackingData | None = None
    items: tuple[DeliveryItem, ...] = ()


class ShippingInfoDraft(Model):
    """How the order is shipped; deliveries are added later."""

    shipping_method_name: Text
    price: Money
    shipping_rate: ShippingRateDraft
    tax_rate: TaxRate | None = None
    tax_category: TaxCategoryIdentifier | None = None
    shipping_method_state: Literal["MatchesCart", "DoesNotMatchCart"] = "MatchesCart"


class TaxPortionDraft(Model):
    """The tax of one rate."""

    rate: Annotated[float, Meta(ge=0, le=1)]
    amount: Money
    name: str | None = None


class TaxedPriceDraft(Model):
    """Net, gross and the tax between them."""

    total_net: Money
    total_gross: Money
    tax_portions: list[TaxPortionDraft]


class ReturnItemDraft(Model):
    """Pieces of one line that come back."""

    quantity: Pieces
    shipment_state: Literal["Advised", "Returned"]
    line_item_id: str | None = None
    custom_line_item_id: str | None = None
    key: Key | None = None
    comment: str | None = None


def line_item(draft: LineItemImportDraft, project: Project) -> Doc:
    """A line as orders hold it, with what the project knows of its product."""
    moment = now_text()
    price = draft.price
    total = Money(
        cent_amount=price.value.cent_amount * draft.quantity, currency_code=price.value.currency_code
    )
    doc: Doc = {
        "id": new_id(),
        **_sold(draft, project),
        "name": draft.name,
        "price": {"id": new_id(), "value": typed_money(price.value)},
        "quantity": draft.quantity,
        "totalPrice": typed_money(total),
        "discountedPricePerQuantity": [],
        "taxedPricePortions": [],
        "perMethodTaxRate": [],
        "state": [],
        "priceMode": "Platform",
        "lineItemMode": "Standard",
        "addedAt": moment,
        "lastModifiedAt": moment,
    }
    put(doc["price"], "country", price.country)
    put(doc["price"], "validFrom", price.valid_from)
    put(doc["price"], "validUntil", price.valid_until)
    if price.channel is not None:
        doc["price"]["channel"] = project.reference(price.channel, "channel")
    put(doc, "key", draft.key)
    if draft.tax_rate is not None:
        doc["taxRate"] = as_json(draft.tax_rate)
    if draft.supply_channel is not None:
        doc["supplyChannel"] = project.reference(draft.supply_channel, "channel")
    if draft.distribution_channel is not None:
        doc["distributionChannel"] = project.reference(draft.distribution_channel, "channel")
    return doc


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
    nobody = "00000000-0000-0000-0000-000000000000"
    return {
        "productId": nobody,
        "productType": {"typeId": "product-type", "id": nobody},
        "variant": {"id": 1, "sku": sku, "prices": [], "images": [], "attributes": [], "assets": []},
    }


def custom_line_item(draft: CustomLineItemDraft, project: Project) -> Doc:
    """A line without a product as orders hold it."""
    total = Money(
        cent_amount=draft.money.cent_amount * draft.quantity, currency_code=draft.money.currency_code
    )
    doc: Doc = {
        "id": new_id(),
        "name": draft.name,
        "slug": draft.slug,
        "quantity": draft.quantity,
        "money": typed_money(draft.money),
        "totalPrice": typed_money(total),
        "discountedPricePerQuantity": [],
        "taxedPricePortions": [],
        "perMethodTaxRate": [],
        "state": [],
        "priceMode": "Standard",
    }
    put(doc, "key", draft.key)
    if draft.tax_rate is not None:
        doc["taxRate"] = as_json(draft.tax_rate)
    if draft.tax_category is not None:
        doc["taxCategory"] = project.reference(draft.tax_category, "tax-category")
    return doc


def shipping_info(draft: ShippingInfoDraft, project: Project) -> Doc:
    """Shipping as orders hold it, without deliveries yet."""
    rate: Doc = {"price": typed_money(draft.shipping_rate.price), "tiers": []}
    if draft.shipping_rate.free_above is not None:
        rate["freeAbove"] = typed_money(draft.shipping_rate.free_above)
    doc: Doc = {
        "shippingMethodName": draft.shipping_method_name,
        "price": typed_money(draft.price),
        "shippingRate": rate,
        "deliveries": [],
        "shippingMethodState": draft.shipping_method_state,
    }
    if draft.tax_rate is not None:
        doc["taxRate"] = as_json(draft.tax_rate)
    if draft.tax_category is not None:
        doc["taxCategory"] = project.reference(draft.tax_category, "tax-category")
    return doc


def taxed_price(draft: TaxedPriceDraft) -> Doc:
    """Taxes as orders hold them, as given."""
    return {
        "totalNet": typed_money(draft.total_net),
        "totalGross": typed_money(draft.total_gross),
        "taxPortions": [
            {
                **({} if portion.name is None else {"name": portion.name}),
                "rate": portion.rate,
                "amount": typed_money(portion.amount),
            }
            for portion in draft.tax_portions
        ],
    }


def every_delivery(order: Doc) -> list[Doc]:
    """The deliveries of an order, a list to change in place; empty when it is not shipped."""
    info = order.get("shippingInfo")
    if info is None:
        return []
    deliveries: list[Doc] = info["deliveries"]
    return deliveries


def every_parcel(order: Doc) -> Iterator[tuple[Doc, Doc]]:
    """Every delivery with each of its parcels."""
    for delivery in every_delivery(order):
        for parcel in delivery["parcels"]:
            yield delivery, parcel


def check_items(order: Doc, items: Sequence[DeliveryItem]) -> list[Doc]:
    """Items of a delivery or a parcel: every id is a line of the order.

    Quantities are not compared with those ordered, as on the real API.
    """
    lines = {line["id"] for field in ("lineItems", "customLineItems") for line in order[field]}
    for item in items:
        if item.id not in lines:
            raise invalid_input(f"The order has no line item with the ID '{item.id}'.")
    stored: list[Doc] = [as_json(item) for item in items]
    return stored


def new_parcel(order: Doc, draft: ParcelDraft) -> Doc:
    """A parcel as orders hold it; its key is unique in the order."""
    if draft.key is not None and any(parcel.get("key") == draft.key for _, parcel in every_parcel(order)):
        raise duplicate_field("parcelKey", draft.key)
    doc: Doc = {"id": new_id(), "createdAt": now_text(), "items": check_items(order, draft.items)}
    put(doc, "key", draft.key)
    put(doc, "measurements", as_json(draft.measurements))
    put(doc, "trackingData", _tracking(draft.tracking_data))
    return doc


def _tracking(data: TrackingData | None) -> Doc | None:
    return None if data is None else {"isReturn": False, **as_json(data)}


def new_delivery(
    order: Doc,
    *,
    key: str | None,
    items: Sequence[DeliveryItem],
    address: Address | None,
    parcels: Sequence[ParcelDraft],
) -> Doc:
    """A delivery as orders hold it; its key is unique in the order."""
    if key is not None and any(delivery.get("key") == key for delivery in every_delivery(order)):
        raise duplicate_field("deliveryKey", key)
    keys = [parcel.key for parcel in parcels if parcel.key is not None]
    if len(set(keys)) != len(keys):
        raise duplicate_field("parcelKey", next(one for one in keys if keys.count(one) > 1))
    doc: Doc = {
        "id": new_id(),
        "createdAt": now_text(),
        "items": check_items(order, items),
        "parcels": [new_parcel(order, parcel) for parcel in parcels],
    }
    put(doc, "key", key)
    put(doc, "address", as_json(address))
    return doc


def new_return(order: Doc, draft: ReturnItemDraft) -> Doc:
    """A returned item as orders hold it: advised ones are not refundable, returned ones may be refunded."""
    if (draft.line_item_id is None) == (draft.custom_line_item_id is None):
        raise invalid_input("A return item takes either a lineItemId or a customLineItemId.")
    line: Any = draft.line_item_id or draft.custom_line_item_id
    check_items(order, [DeliveryItem(id=line, quantity=draft.quantity)])
    moment = now_text()
    return {
        "id": new_id(),
        "type": "LineItemReturnItem" if draft.line_item_id is not None else "CustomLineItemReturnItem",
        **as_json(draft),
        "paymentState": "NonRefundable" if draft.shipment_state == "Advised" else "Initial",
        "lastModifiedAt": moment,
        "createdAt": moment,
    }
