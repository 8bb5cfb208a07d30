"""Staged actions: those of orders, those on what is bought, and how and where it is shipped."""

from __future__ import annotations

from typing import TypeAlias

from typing_extensions import override

from ...actions import Action
from ...custom_fields import CustomFieldsDraft, custom_fields
from ...project import Project
from ...store import Doc
from ...vocabulary import Address, Country, TaxCategoryIdentifier, Text, as_json, put, typed_money
from ..orders.actions import StageableAction
from ..orders.shipping import ShippingMethodIdentifier, ShippingRateDraft, shipping_rate
from .line_edits import LineEdit
from .tax_rates import ExternalTaxRate

__all__ = ["StagedAction"]


class SetCountry(Action):
    """`country` left out removes it."""

    country: Country | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "country", self.country)


def _ship(
    doc: Doc,
    name: str,
    rate: ShippingRateDraft,
    tax_category: TaxCategoryIdentifier | None,
    tax_rate: ExternalTaxRate | None,
    custom: CustomFieldsDraft | None,
    project: Project,
) -> None:
    deliveries = doc.get("shippingInfo", {"deliveries": []})["deliveries"]
    info: Doc = {
        "shippingMethodName": name,
        "price": typed_money(rate.price),
        "shippingRate": shipping_rate(rate),
        "deliveries": deliveries,
        "shippingMethodState": "MatchesCart",
    }
    if tax_category is not None:
        info["taxCategory"] = project.reference(tax_category, "tax-category")
    if tax_rate is not None:
        info["taxRate"] = tax_rate.stored()
    doc["shippingInfo"] = info
    put(doc, "shippingCustomFields", custom_fields(custom, "shipping", project))


class SetCustomShippingMethod(Action):
    """Ships the order another way; what is delivered already stays."""

    shipping_method_name: Text
    shipping_rate: ShippingRateDraft
    tax_category: TaxCategoryIdentifier | None = None
    external_tax_rate: ExternalTaxRate | None = None
    custom: CustomFieldsDraft | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        name, rate = self.shipping_method_name, self.shipping_rate
        _ship(doc, name, rate, self.tax_category, self.external_tax_rate, self.custom, project)


class SetShippingAddressAndCustomShippingMethod(Action):
    """Ships the order elsewhere and another way."""

    address: Address
    shipping_method_name: Text
    shipping_rate: ShippingRateDraft
    tax_category: TaxCategoryIdentifier | None = None
    external_tax_rate: ExternalTaxRate | None = None
    custom: CustomFieldsDraft | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["shippingAddress"] = as_json(self.address)
        name, rate = self.shipping_method_name, self.shipping_rate
        _ship(doc, name, rate, self.tax_category, self.external_tax_rate, self.custom, project)


class SetShippingMethod(Action):
    """Ships the order by a method of the project, of which the sandbox has none; left out, not at all."""

    shipping_method: ShippingMethodIdentifier | None = None
    external_tax_rate: ExternalTaxRate | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        if self.shipping_method is not None:
            project.referenced(self.shipping_method, "shipping-method")
        doc.pop("shippingInfo", None)


StagedAction: TypeAlias = (
    StageableAction
    | LineEdit
    | SetCountry
    | SetCustomShippingMethod
    | SetShippingAddressAndCustomShippingMethod
    | SetShippingMethod
)
