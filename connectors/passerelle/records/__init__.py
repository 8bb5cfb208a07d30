"""What we talk about: the canonical records. No I/O, frozen, exact.

Absent, empty and null are three things: `msgspec.UNSET` is "the source says nothing", None is "the
source says there is none", a value is a value. Encoding leaves absent fields out.
"""

from .catalogue import Category, Product, Variant
from .money import Money, minor_digits
from .names import Localized, OrderNumber, Sku, SupplyChannel
from .order import Address, Order, OrderAck, OrderLine, Parcel, Shipment, ShipmentLine
from .price import Price
from .purchase import PurchaseOrder, PurchaseOrderLine
from .receipt import Receipt, Rejection
from .sale import Sale
from .stock import StockLevel

__all__ = [
    "Address",
    "Category",
    "Localized",
    "Money",
    "Order",
    "OrderAck",
    "OrderLine",
    "OrderNumber",
    "Parcel",
    "Price",
    "Product",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Receipt",
    "Rejection",
    "Sale",
    "Shipment",
    "ShipmentLine",
    "Sku",
    "StockLevel",
    "SupplyChannel",
    "Variant",
    "minor_digits",
]
