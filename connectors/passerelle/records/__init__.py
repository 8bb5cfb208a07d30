"""What we talk about: the canonical records. No I/O, frozen, exact.

Absent, empty and null are three things: `msgspec.UNSET` is "the source says nothing", None is "the
source says there is none", a value is a value. Encoding leaves absent fields out.
"""

from .catalogue import Asset, AssetSource, Category, Product, Variant
from .definitions import AttributeDefinition, CustomType, EnumValue, FieldDefinition, ProductType
from .fulfilment import MessageKind, MessageLine, OrderMessage
from .money import Money, minor_digits
from .names import Localized, OrderNumber, Sku, SupplyChannel
from .order import (
    Address,
    LineKind,
    Order,
    OrderAck,
    OrderDiscount,
    OrderFileAck,
    OrderKind,
    OrderLine,
    Parcel,
    Payment,
    Shipment,
    ShipmentLine,
)
from .order_edit import EditedLine, OrderEdit
from .order_request import OrderRequest, RequestedLine
from .order_view import DeliveryView, DocumentView, ItemState, OrderView, ParcelView, ReturnView
from .placed_order import PlacedLine, PlacedOrder, PlacedTax
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
from .statement import OrderStatement, StatedState
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
    "DeliveryView",
    "DocumentView",
    "EditedLine",
    "EmbeddedPrice",
    "EnumValue",
    "FieldDefinition",
    "ItemState",
    "LineKind",
    "Localized",
    "MessageKind",
    "MessageLine",
    "Money",
    "Order",
    "OrderAck",
    "OrderDiscount",
    "OrderEdit",
    "OrderFileAck",
    "OrderKind",
    "OrderLine",
    "OrderMessage",
    "OrderNumber",
    "OrderRequest",
    "OrderStatement",
    "OrderView",
    "Parcel",
    "ParcelView",
    "Payment",
    "PlacedLine",
    "PlacedOrder",
    "PlacedTax",
    "Price",
    "PriceTier",
    "Product",
    "ProductSelection",
    "ProductType",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Receipt",
    "Rejection",
    "RequestedLine",
    "ReturnView",
    "Sale",
    "SelectedProduct",
    "Shipment",
    "ShipmentLine",
    "Sku",
    "State",
    "StatedState",
    "StockLevel",
    "Store",
    "StoreSelection",
    "SupplyChannel",
    "TaxCategory",
    "TaxRate",
    "Variant",
    "minor_digits",
]
