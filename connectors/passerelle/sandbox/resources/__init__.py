"""The resources of the API, one file each: drafts, update actions, checks."""

from __future__ import annotations

from typing import Any

from ..kind import Kind
from .categories import Categories
from .channels import Channels
from .custom_objects import CustomObjects
from .customer_groups import CustomerGroups
from .discount_codes import DiscountCodes
from .inventory import Inventory
from .modular import ModularVariants
from .order_edits import OrderEdits
from .orders import Orders
from .payments import Payments
from .prices import StandalonePrices
from .product_discounts import ProductDiscounts
from .product_selections import ProductSelections
from .product_types import ProductTypes
from .products import Products
from .project_settings import ProjectSettings
from .states import States
from .stores import Stores
from .subscriptions import Subscriptions
from .tax_categories import TaxCategories
from .types import Types

__all__ = ["KINDS"]

KINDS: tuple[Kind[Any], ...] = (
    ProjectSettings(),
    Types(),
    States(),
    CustomerGroups(),
    ProductTypes(),
    TaxCategories(),
    Channels(),
    Categories(),
    ProductDiscounts(),
    Products(),
    ModularVariants(),
    ProductSelections(),
    Stores(),
    StandalonePrices(),
    Inventory(),
    DiscountCodes(),
    Payments(),
    CustomObjects(),
    OrderEdits(),
    Subscriptions(),
    Orders(),
)
