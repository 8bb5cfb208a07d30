"""Orders: imported whole, then moved along by update actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from typing_extensions import override

from ...custom_fields import custom_fields, type_of
from ...field_tree import ADDRESS, CREATED, CUSTOM, MONEY, REFERENCE, Leaf, Tree
from ...kind import Kind
from ...problems import invalid_field, invalid_input
from ...project import Project
from ...store import Claim, Doc
from ...told import Told
from ...vocabulary import (
    as_json,
    put,
    typed_money,
)
from .actions import OrderAction
from .address_actions import keyed_address
from .checkout import Checkout, checked_out
from .drafts import OrderImportDraft
from .item_states import referenced_state
from .lines import (
    custom_line_item,
    every_line,
    line_item,
)
from .parties import check_store, store_reference
from .payments import payment_info
from .shipping import every_delivery, shipping_info, shipping_infos
from .taxes import taxed_price

__all__ = ["Orders"]

_ITEMS: Tree = {"id": Leaf.TEXT, "quantity": Leaf.NUMBER}
_STATES: Tree = {"quantity": Leaf.NUMBER, "state": REFERENCE}
_TAXED: Tree = {"totalNet": MONEY, "totalGross": MONEY, "totalTax": MONEY}
_DELIVERY: dict[str, Tree] = {
    "id": Leaf.TEXT,
    "key": Leaf.TEXT,
    "createdAt": Leaf.TIME,
    "items": _ITEMS,
    "address": ADDRESS,
    "custom": CUSTOM,
    "parcels": {
        "id": Leaf.TEXT,
        "key": Leaf.TEXT,
        "trackingData": {"trackingId": Leaf.TEXT, "carrier": Leaf.TEXT, "isReturn": Leaf.BOOLEAN},
        "custom": CUSTOM,
    },
}
_SHIPPING: dict[str, Tree] = {
    "shippingMethodName": Leaf.TEXT,
    "price": MONEY,
    "taxedPrice": _TAXED,
    "deliveries": _DELIVERY,
}


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
            ("orderNumber", "purchaseOrderNumber", "customerId", "customerEmail", "anonymousId", "orderState",
             "shipmentState", "paymentState", "country", "locale", "origin", "inventoryMode", "shippingMode",
             "shippingKey"),
            Leaf.TEXT,
        ),
        "completedAt": Leaf.TIME,
        "totalPrice": MONEY,
        "taxedPrice": _TAXED,
        "taxedShippingPrice": _TAXED,
        "store": {"typeId": Leaf.TEXT, "key": Leaf.TEXT},
        "customerGroup": REFERENCE,
        "state": REFERENCE,
        "paymentInfo": {"payments": REFERENCE},
        "discountCodes": {"discountCode": REFERENCE, "state": Leaf.TEXT},
        "custom": CUSTOM,
        "lineItems": {
            "id": Leaf.TEXT,
            "key": Leaf.TEXT,
            "productId": Leaf.TEXT,
            "productKey": Leaf.TEXT,
            "quantity": Leaf.NUMBER,
            "variant": {"id": Leaf.NUMBER, "sku": Leaf.TEXT, "key": Leaf.TEXT},
            "price": {"value": MONEY},
            "totalPrice": MONEY,
            "taxedPrice": _TAXED,
            "supplyChannel": REFERENCE,
            "distributionChannel": REFERENCE,
            "inventoryMode": Leaf.TEXT,
            "state": _STATES,
            "custom": CUSTOM,
        },
        "customLineItems": {
            "id": Leaf.TEXT,
            "key": Leaf.TEXT,
            "slug": Leaf.TEXT,
            "quantity": Leaf.NUMBER,
            "totalPrice": MONEY,
            "state": _STATES,
            "custom": CUSTOM,
        },
        "shippingAddress": ADDRESS,
        "billingAddress": ADDRESS,
        "itemShippingAddresses": ADDRESS,
        "shippingInfo": _SHIPPING,
        "shipping": {"shippingKey": Leaf.TEXT, "shippingInfo": _SHIPPING, "shippingAddress": ADDRESS},
        "syncInfo": {"channel": REFERENCE, "externalId": Leaf.TEXT, "syncedAt": Leaf.TIME},
        "returnInfo": {
            "returnTrackingId": Leaf.TEXT,
            "items": {
                "id": Leaf.TEXT, "key": Leaf.TEXT, "lineItemId": Leaf.TEXT,
                "shipmentState": Leaf.TEXT, "paymentState": Leaf.TEXT,
            },
        },
    }  # fmt: skip
    paths: ClassVar = {
        ("orderNumber",): "orderNumber",
        ("lineItems", "variant", "sku"): "sku",
        ("syncInfo", "channel", "id"): "channel",
        ("orderState",): "orderState",
        ("paymentState",): "paymentState",
        ("shipmentState",): "shipmentState",
        ("store", "key"): "store",
        ("customerEmail",): "customerEmail",
        ("paymentInfo", "payments", "id"): "payment",
        ("state", "id"): "order state",
        ("discountCodes", "discountCode", "id"): "discount code",
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
            "itemShippingAddresses": [keyed_address(one) for one in draft.item_shipping_addresses],
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
        put(doc, "store", store_reference(draft.store, project))
        put(doc, "custom", custom_fields(draft.custom, self.type_id, project))
        if draft.customer_group is not None:
            doc["customerGroup"] = project.reference(draft.customer_group, "customer-group")
        if draft.business_unit is not None:
            doc["businessUnit"] = project.reference(draft.business_unit, "business-unit")
        if draft.state is not None:
            doc["state"] = referenced_state(draft.state, project, "OrderState")
        if draft.shipping_info is not None:
            doc["shippingInfo"] = shipping_info(draft.shipping_info, doc, project)
        if draft.payment_info is not None:
            doc["paymentInfo"] = payment_info(draft.payment_info, project)
        if draft.taxed_price is not None:
            doc["taxedPrice"] = taxed_price(draft.taxed_price)
        check_store(doc, project)
        _check_currency(doc)
        project.order_stock.require(doc, project)
        return doc

    def place(self, draft: Checkout, project: Project, *, tell: bool = True) -> Doc:
        """Store an order as a checkout makes it: told of as created, not as imported, if it is told of."""
        content = checked_out(self.build(draft, project), draft, project)

        def told(order: Doc) -> Iterable[Told]:
            return (Told("OrderCreated", {"order": order}),) if tell else ()

        return self.add(content, project, tell=told)

    @override
    def committed(self, old: Doc | None, new: Doc, project: Project) -> None:
        project.order_stock.follow(old, new)

    @override
    def claims(self, doc: Doc) -> Iterable[Claim]:
        number = doc.get("orderNumber")
        return () if number is None else (("orderNumber", number),)

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        for field in ("orderState", "paymentState", "shipmentState", "customerEmail"):
            if field in doc:
                yield field, doc[field]
        if "store" in doc:
            yield "store", doc["store"]["key"]
        if "state" in doc:
            yield "state", doc["state"]["id"]
            yield "order state", doc["state"]["id"]
        for payment in doc.get("paymentInfo", {"payments": ()})["payments"]:
            yield "payment", payment["id"]
        for line in every_line(doc):
            yield from _of_line(line)
        for code in doc["discountCodes"]:
            yield "discount code", code["discountCode"]["id"]
        for mark in doc["syncInfo"]:
            yield "channel", mark["channel"]["id"]
        yield from type_of(*_fielded(doc))


def _of_line(line: Doc) -> Iterable[Claim]:
    if "variant" in line and "sku" in line["variant"]:
        yield "sku", line["variant"]["sku"]
    for role in ("supplyChannel", "distributionChannel"):
        if role in line:
            yield "line channel", line[role]["id"]
    for pieces in line["state"]:
        yield "state", pieces["state"]["id"]


def _fielded(doc: Doc) -> Iterable[Doc]:
    """The order and its parts, each with custom fields or without."""
    yield doc
    yield from every_line(doc)
    yield from (doc[field] for field in ("shippingAddress", "billingAddress") if field in doc)
    yield from doc["itemShippingAddresses"]
    for holder in (doc, *doc["shipping"]):
        if "shippingCustomFields" in holder:
            yield {"custom": holder["shippingCustomFields"]}
    for _, delivery in every_delivery(doc):
        yield delivery
        yield delivery.get("address", {})
        yield from delivery["parcels"]
    for info in doc["returnInfo"]:
        yield from info["items"]


def _check_currency(doc: Doc) -> None:
    currency = doc["totalPrice"]["currencyCode"]
    amounts = [line["totalPrice"] for line in every_line(doc)]
    amounts += [info["price"] for _, info in shipping_infos(doc)]
    for amount in amounts:
        if amount["currencyCode"] != currency:
            raise invalid_field("currencyCode", amount["currencyCode"], [currency])
