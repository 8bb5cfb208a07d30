"""An order as it is imported: placed elsewhere, its totals taken as given."""

from __future__ import annotations

from typing import Literal

from ...custom_fields import CustomFieldsDraft
from ...vocabulary import Address, Country, CustomerGroupIdentifier, Model, Moment, Money, Text
from .actions import OrderState, PaymentState, ShipmentState
from .item_states import StateReference
from .lines import CustomLineItemDraft, InventoryMode, LineItemImportDraft
from .parties import BusinessUnitIdentifier, StoreIdentifier
from .payments import PaymentInfoDraft
from .shipping import ShippingInfoDraft
from .taxes import Rounding, TaxedPriceDraft

__all__ = ["OrderImportDraft"]


class OrderImportDraft(Model):
    """An order that was placed elsewhere; its totals are taken as given."""

    total_price: Money
    order_number: Text | None = None
    purchase_order_number: str | None = None
    customer_id: str | None = None
    customer_email: str | None = None
    customer_group: CustomerGroupIdentifier | None = None
    business_unit: BusinessUnitIdentifier | None = None
    store: StoreIdentifier | None = None
    line_items: tuple[LineItemImportDraft, ...] = ()
    custom_line_items: tuple[CustomLineItemDraft, ...] = ()
    taxed_price: TaxedPriceDraft | None = None
    price_rounding_mode: Rounding = "HalfEven"
    tax_rounding_mode: Rounding = "HalfEven"
    tax_calculation_mode: Literal["LineItemLevel", "UnitPriceLevel"] = "LineItemLevel"
    inventory_mode: InventoryMode = "None"
    billing_address: Address | None = None
    shipping_address: Address | None = None
    item_shipping_addresses: tuple[Address, ...] = ()
    shipping_info: ShippingInfoDraft | None = None
    payment_info: PaymentInfoDraft | None = None
    payment_state: PaymentState | None = None
    shipment_state: ShipmentState | None = None
    order_state: OrderState = "Open"
    state: StateReference | None = None
    country: Country | None = None
    origin: Literal["Customer", "Merchant"] = "Customer"
    completed_at: Moment | None = None
    custom: CustomFieldsDraft | None = None
