"""Orders: imported whole, then moved along by update actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from typing_extensions import override

from ..field_tree import ADDRESS, CREATED, MONEY, REFERENCE, Leaf, Tree
from ..kind import Kind
from ..problems import invalid_field, invalid_input
from ..project import Project
from ..store import Claim, Doc
from ..vocabulary import Address, Country, Model, Moment, Money, Text, as_json, put, typed_money
from .order_actions import OrderAction, OrderState, PaymentState, ShipmentState
from .order_parts import (
    CustomLineItemDraft,
    LineItemImportDraft,
    ShippingInfoDraft,
    TaxedPriceDraft,
    custom_line_item,
    line_item,
    shipping_info,
    taxed_price,
)

__all__ = ["OrderImportDraft", "Orders"]

_ITEMS: Tree = {"id": Leaf.TEXT, "quantity": Leaf.NUMBER}


class OrderImportDraft(Model):
    """An order that was placed elsewhere; its totals are taken as given."""

    total_price: Money
    order_number: Text | None = None
    purchase_order_number: str | None = None
    customer_id: str | None = None
    customer_email: str | None = None
    line_items: tuple[LineItemImportDraft, ...] = ()
    custom_line_items: tuple[CustomLineItemDraft, ...] = ()
    taxed_price: TaxedPriceDraft | None = None
    price_rounding_mode: Literal["HalfEven", "HalfUp", "HalfDown"] = "HalfEven"
    tax_rounding_mode: Literal["HalfEven", "HalfUp", "HalfDown"] = "HalfEven"
    tax_calculation_mode: Literal["LineItemLevel", "UnitPriceLevel"] = "LineItemLevel"
    inventory_mode: Literal["None", "TrackOnly", "ReserveOnOrder"] = "None"
    billing_address: Address | None = None
    shipping_address: Address | None = None
    shipping_info: ShippingInfoDraft | None = None
    payment_state: PaymentState | None = None
    shipment_state: ShipmentState | None = None
    order_state: OrderState = "Open"
    country: Country | None = None
    origin: Literal["Customer", "Merchant"] = "Customer"
    completed_at: Moment | None = None


class Orders(Kind[OrderImportDraft]):
    """`/orders`; created through `/orders/import`."""

    type_id = "order"
    path = "orders"
    named_by = ("order-number", "orderNumber")
    created_at = "import"
    read_scopes = ("view_orders",)
    write_scopes = ("manage_orders",)
    tree: ClassVar[Tree] = {
        **CREATED,
        **dict.fromkeys(
            ("orderNumber", "purchaseOrderNumber", "customerId", "customerEmail", "orderState",
             "shipmentState", "paymentState", "country", "locale", "origin", "inventoryMode"),
            Leaf.TEXT,
        ),
        "completedAt": Leaf.TIME,
        "totalPrice": MONEY,
        "taxedPrice": {"totalNet": MONEY, "totalGross": MONEY},
        "lineItems": {
            "id": Leaf.TEXT,
            "key": Leaf.TEXT,
            "productId": Leaf.TEXT,
            "productKey": Leaf.TEXT,
            "quantity": Leaf.NUMBER,
            "variant": {"id": Leaf.NUMBER, "sku": Leaf.TEXT, "key": Leaf.TEXT},
            "price": {"value": MONEY},
            "totalPrice": MONEY,
            "supplyChannel": REFERENCE,
        },
        "customLineItems": {"id": Leaf.TEXT, "slug": Leaf.TEXT, "quantity": Leaf.NUMBER, "totalPrice": MONEY},
        "shippingAddress": ADDRESS,
        "billingAddress": ADDRESS,
        "shippingInfo": {
            "shippingMethodName": Leaf.TEXT,
            "price": MONEY,
            "deliveries": {
                "id": Leaf.TEXT,
                "key": Leaf.TEXT,
                "items": _ITEMS,
                "parcels": {
                    "id": Leaf.TEXT,
                    "key": Leaf.TEXT,
                    "trackingData": {"trackingId": Leaf.TEXT, "carrier": Leaf.TEXT},
                },
            },
        },
        "syncInfo": {"channel": REFERENCE, "externalId": Leaf.TEXT, "syncedAt": Leaf.TIME},
        "returnInfo": {
            "returnTrackingId": Leaf.TEXT,
            "items": {
                "id": Leaf.TEXT, "lineItemId": Leaf.TEXT,
                "shipmentState": Leaf.TEXT, "paymentState": Leaf.TEXT,
            },
        },
    }  # fmt: skip
    paths: ClassVar = {
        ("orderNumber",): "orderNumber",
        ("lineItems", "variant", "sku"): "sku",
        ("syncInfo", "channel", "id"): "channel",
        ("orderState",): "orderState",
    }

    def __init__(self) -> None:
        super().__init__(OrderImportDraft, OrderAction)

    @override
    def build(self, draft: OrderImportDraft, project: Project) -> Doc:
        if not draft.line_items and not draft.custom_line_items:
            raise invalid_input("An order needs lineItems or customLineItems.")
        doc: Doc = {
            "type": "Order",
            "orderState": draft.order_state,
            "totalPrice": typed_money(draft.total_price),
            "lineItems": [line_item(line, project) for line in draft.line_items],
            "customLineItems": [custom_line_item(line, project) for line in draft.custom_line_items],
            "syncInfo": [],
            "returnInfo": [],
            "taxMode": "External",
            "priceRoundingMode": draft.price_rounding_mode,
            "taxRoundingMode": draft.tax_rounding_mode,
            "taxCalculationMode": draft.tax_calculation_mode,
            "inventoryMode": draft.inventory_mode,
            "origin": draft.origin,
            "shippingMode": "Single",
            "shipping": [],
            "itemShippingAddresses": [],
            "discountCodes": [],
            "directDiscounts": [],
            "refusedGifts": [],
        }
        put(doc, "orderNumber", draft.order_number)
        put(doc, "purchaseOrderNumber", draft.purchase_order_number)
        put(doc, "customerId", draft.customer_id)
        put(doc, "customerEmail", draft.customer_email)
        put(doc, "shipmentState", draft.shipment_state)
        put(doc, "paymentState", draft.payment_state)
        put(doc, "country", draft.country)
        put(doc, "completedAt", draft.completed_at)
        put(doc, "shippingAddress", as_json(draft.shipping_address))
        put(doc, "billingAddress", as_json(draft.billing_address))
        if draft.shipping_info is not None:
            doc["shippingInfo"] = shipping_info(draft.shipping_info, project)
        if draft.taxed_price is not None:
            doc["taxedPrice"] = taxed_price(draft.taxed_price)
        _check_currency(doc)
        project.order_stock.require(doc, project)
        return doc

    @override
    def committed(self, old: Doc | None, new: Doc, project: Project) -> None:
        if old is None:
            project.order_stock.take(new)

    @override
    def claims(self, doc: Doc) -> Iterable[Claim]:
        number = doc.get("orderNumber")
        return () if number is None else (("orderNumber", number),)

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        yield "orderState", doc["orderState"]
        for line in doc["lineItems"]:
            if "sku" in line["variant"]:
                yield "sku", line["variant"]["sku"]
            for role in ("supplyChannel", "distributionChannel"):
                if role in line:
                    yield "line channel", line[role]["id"]
        for mark in doc["syncInfo"]:
            yield "channel", mark["channel"]["id"]


def _check_currency(doc: Doc) -> None:
    currency = doc["totalPrice"]["currencyCode"]
    amounts = [line["totalPrice"] for field in ("lineItems", "customLineItems") for line in doc[field]]
    if "shippingInfo" in doc:
        amounts.append(doc["shippingInfo"]["price"])
    for amount in amounts:
        if amount["currencyCode"] != currency:
            raise invalid_field("currencyCode", amount["currencyCode"], [currency])
