"""The draft of an assortment, and the actions that put products into a new one."""

from __future__ import annotations

from typing import Any

from msgspec import UnsetType

from ...errors import Refused
from ...records import ProductSelection, SelectedProduct
from ..http.client import Json
from ..planning.custom_fields import CustomFields
from ..planning.pointed import Pointed
from ..planning.steps import required

__all__ = ["add_product", "assignments", "chosen", "selection_draft"]


def selection_draft(record: ProductSelection, custom: CustomFields) -> Json:
    """The draft, without products; raises Refused without a name."""
    required(record.key, name=record.name)
    return {"key": record.key, "name": record.name, "mode": "Individual", **custom.draft(record)}


def assignments(record: ProductSelection, pointed: Pointed) -> tuple[dict[str, Any], ...]:
    """The actions that put the record's products in, those that are not there left out."""
    return tuple(add_product(one) for one in chosen(record) if pointed.id("product", one.product) is not None)


def add_product(one: SelectedProduct) -> dict[str, Any]:
    """The action that puts one product in."""
    action: dict[str, Any] = {
        "action": "addProduct",
        "product": {"typeId": "product", "key": one.product},
    }
    if not isinstance(one.skus, UnsetType):
        action["variantSelection"] = {"type": "includeOnly", "skus": list(dict.fromkeys(one.skus))}
    return action


def chosen(record: ProductSelection) -> tuple[SelectedProduct, ...]:
    """The products of a record; raises Refused when one is named twice."""
    products = () if isinstance(record.products, UnsetType) else record.products
    if len({one.product for one in products}) < len(products):
        raise Refused(
            f"product selection {record.key} names one product twice",
            code="duplicate_product",
            advice="Group the rows of a product in the mapping",
        )
    return products
