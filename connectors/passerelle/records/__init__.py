"""What we talk about: the canonical records. No I/O, frozen, exact.

Absent, empty and null are three things: `msgspec.UNSET` is "the source says nothing", None is "the
source says there is none", a value is a value. Encoding leaves absent fields out.
"""

from .catalogue import Asset, AssetSource, Category, Product, Variant
from .definitions import AttributeDefinition, CustomType, EnumValue, FieldDefinition, ProductType
from .money import Money, minor_digits
from .names import Localized, OrderNumber, Sku, SupplyChannel
from .order import Address, Order, OrderAck, OrderLine, Parcel, Shipment, ShipmentLine
from .places import (
    Channel,
    CustomerGroup,
    ProductSelection,
    SelectedProduct,
    State,
    Store,
    StoreSelection,
    TaxCategory,
    TaxRate,
)
from .price import EmbeddedPrice, Price, PriceTier
from .purchase import PurchaseOrder, PurchaseOrderLine
from .receipt import Receipt, Rejection
from .sale import Sale
from .stock import StockLevel

__all__ = [
    "Address",
    "Asset",
    "AssetSource",
    "AttributeDefinition",
    "Category",
    "Channel",
    "CustomType",
    "CustomerGroup",
    "EmbeddedPrice",
    "EnumValue",
    "FieldDefinition",
    "Localized",
    "Money",
    "Order",
    "OrderAck",
    "OrderLine",
    "OrderNumber",
    "Parcel",
    "Price",
    "PriceTier",
    "Product",
    "ProductSelection",
    "ProductType",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Receipt",
    "Rejection",
    "Sale",
    "SelectedProduct",
    "Shipment",
    "ShipmentLine",
    "Sku",
    "State",
    "StockLevel",
    "Store",
    "StoreSelection",
    "SupplyChannel",
    "TaxCategory",
    "TaxRate",
    "Variant",
    "minor_digits",
]
