"""Every update action of the official description is one of the sandbox, and no other."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from passerelle.sandbox.resources.categories import CategoryAction
from passerelle.sandbox.resources.channels import ChannelAction
from passerelle.sandbox.resources.customer_groups import CustomerGroupAction
from passerelle.sandbox.resources.inventory import InventoryAction
from passerelle.sandbox.resources.modular import ModularVariantAction
from passerelle.sandbox.resources.order_edits import OrderEditAction
from passerelle.sandbox.resources.order_edits.staged_actions import StagedAction
from passerelle.sandbox.resources.orders import OrderAction
from passerelle.sandbox.resources.payments import PaymentAction
from passerelle.sandbox.resources.prices import PriceAction
from passerelle.sandbox.resources.product_discounts import ProductDiscountAction
from passerelle.sandbox.resources.product_selections import ProductSelectionAction
from passerelle.sandbox.resources.product_type_actions import ProductTypeAction
from passerelle.sandbox.resources.products import ProductAction
from passerelle.sandbox.resources.states import StateAction
from passerelle.sandbox.resources.store_actions import StoreAction
from passerelle.sandbox.resources.subscriptions import SubscriptionAction
from passerelle.sandbox.resources.tax_categories import TaxCategoryAction
from passerelle.sandbox.resources.type_actions import TypeAction
from tests.contract.official import OfficialContract

KNOWN: dict[str, Any] = {
    "Category": CategoryAction,
    "Channel": ChannelAction,
    "CustomerGroup": CustomerGroupAction,
    "InventoryEntry": InventoryAction,
    "Order": OrderAction,
    "OrderEdit": OrderEditAction,
    "Payment": PaymentAction,
    "Product": ProductAction,
    "ProductDiscount": ProductDiscountAction,
    "ProductSelection": ProductSelectionAction,
    "ProductType": ProductTypeAction,
    "StandalonePrice": PriceAction,
    "State": StateAction,
    "Store": StoreAction,
    "Subscription": SubscriptionAction,
    "TaxCategory": TaxCategoryAction,
    "Type": TypeAction,
    "Variant": ModularVariantAction,
}


@pytest.mark.parametrize("resource", KNOWN)
def test_all_actions(resource: str, description: OfficialContract | None) -> None:
    """A resource takes the actions that are described, all of them."""
    if description is None:
        pytest.skip("the official OpenAPI description is not here: name its folder in PASSERELLE_CONTRACTS")
    names = {action.__struct_config__.tag for action in get_args(KNOWN[resource])}
    assert names == description.concrete(f"{resource}UpdateAction").keys()


@pytest.mark.parametrize("resource", KNOWN)
def test_fields_of_all_actions(resource: str, description: OfficialContract | None) -> None:
    """An action takes the fields that are described, all of them."""
    if description is None:
        pytest.skip("the official OpenAPI description is not here: name its folder in PASSERELLE_CONTRACTS")
    schemas = description.concrete(f"{resource}UpdateAction")
    for action in get_args(KNOWN[resource]):
        described = description.properties(schemas[action.__struct_config__.tag]) - {"action"}
        assert set(action.__struct_encode_fields__) == described, action


def test_staged_actions(description: OfficialContract | None) -> None:
    """What can be staged in an order edit is described, with all its fields."""
    if description is None:
        pytest.skip("the official OpenAPI description is not here: name its folder in PASSERELLE_CONTRACTS")
    schemas = description.concrete("StagedOrderUpdateAction")
    for action in get_args(StagedAction):
        described = description.properties(schemas[action.__struct_config__.tag]) - {"action"}
        left_out = {"recurrenceInfo"}
        assert set(action.__struct_encode_fields__) == described - left_out, action
