"""Staged actions on what is bought: lines that come, go, cost something else, are of more or fewer pieces."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ...actions import Action
from ...custom_fields import CustomFieldsDraft
from ...problems import Problem, invalid_input
from ...project import Project
from ...store import Doc
from ...vocabulary import (
    ChannelIdentifier,
    Key,
    Localized,
    Model,
    Moment,
    Money,
    TaxCategoryIdentifier,
    put,
    typed_money,
)
from ..orders.item_states import Pieces
from ..orders.lines import (
    CustomLineItemDraft,
    InventoryMode,
    ItemShippingDetails,
    LineItemImportDraft,
    LinePriceDraft,
    VariantImportDraft,
    custom_line_item,
    line_item,
    line_named,
)
from ..orders.totals import price_line
from ..price_choice import chosen_price
from ..states import initial_item_state
from .tax_rates import ExternalTaxRate

__all__ = ["LineEdit"]

Quantity: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class ExternalTotal(Model):
    """The price of a piece and the total of the line, both from outside."""

    price: Money
    total_price: Money


def _reprice(line: Doc, price: Money | None, total: ExternalTotal | None) -> None:
    if price is not None and total is not None:
        raise invalid_input("A line takes either an externalPrice or an externalTotalPrice.")
    if price is not None:
        line["priceMode"] = "ExternalPrice"
        line["price"] = {"id": line["price"]["id"], "value": typed_money(price)}
    elif total is not None:
        line["priceMode"] = "ExternalTotal"
        line["price"] = {"id": line["price"]["id"], "value": typed_money(total.price)}
        line["totalPrice"] = typed_money(total.total_price)
    if price is not None or total is not None:
        line["discountedPricePerQuantity"] = []
    price_line(line)


def _resize(line: Doc, quantity: int, project: Project) -> None:
    """Give a line another quantity: new pieces begin at the beginning, those that go left it last."""
    more = quantity - line["quantity"]
    initial = initial_item_state(project)
    held = [dict(pieces) for pieces in line["state"]]
    first = next((pieces for pieces in held if pieces["state"] == initial), None)
    if more > 0 and first is None:
        held.append({"quantity": more, "state": initial})
    elif more > 0 and first is not None:
        first["quantity"] += more
    else:
        for pieces in sorted(held, key=lambda one: one["state"] != initial):
            gone = min(-more, pieces["quantity"])
            pieces["quantity"] -= gone
            more += gone
    line["state"] = [pieces for pieces in held if pieces["quantity"]]
    line["quantity"] = quantity


class _OnLine(Action):
    line_item_id: str | None = None
    line_item_key: str | None = None

    def line(self, doc: Doc) -> Doc:
        """The line that is meant."""
        return line_named(doc["lineItems"], self.line_item_id, self.line_item_key, "lineItem")


class ChangeLineItemQuantity(_OnLine, kw_only=True):
    """Changes how many pieces are bought; of zero pieces there is no line."""

    quantity: Quantity
    external_price: Money | None = None
    external_total_price: ExternalTotal | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        line = self.line(doc)
        if self.quantity == 0:
            doc["lineItems"].remove(line)
            return
        _resize(line, self.quantity, project)
        _reprice(line, self.external_price, self.external_total_price)


class SetLineItemPrice(_OnLine):
    """The price of a piece; left out, it is the platform's again."""

    external_price: Money | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        line = self.line(doc)
        if self.external_price is None:
            line["priceMode"] = "Platform"
            line["price"] = _platform_price(doc, line["variant"].get("sku"), project)
        _reprice(line, self.external_price, None)


class SetLineItemTotalPrice(_OnLine):
    """The price of a piece and the total; left out, they are the platform's again."""

    external_total_price: ExternalTotal | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        line = self.line(doc)
        if self.external_total_price is None:
            line["priceMode"] = "Platform"
            line["price"] = _platform_price(doc, line["variant"].get("sku"), project)
        _reprice(line, None, self.external_total_price)


class AddLineItem(Action):
    """Adds a line, at a price from outside or at that of the project."""

    key: Key | None = None
    product_id: str | None = None
    variant_id: int | None = None
    sku: str | None = None
    quantity: Pieces = 1
    added_at: Moment | None = None
    distribution_channel: ChannelIdentifier | None = None
    supply_channel: ChannelIdentifier | None = None
    external_price: Money | None = None
    external_total_price: ExternalTotal | None = None
    external_tax_rate: ExternalTaxRate | None = None
    inventory_mode: InventoryMode | None = None
    shipping_details: ItemShippingDetails | None = None
    custom: CustomFieldsDraft | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        external = self.external_price or (self.external_total_price and self.external_total_price.price)
        currency = doc["totalPrice"]["currencyCode"]
        line = line_item(
            LineItemImportDraft(
                name={},
                key=self.key,
                product_id=self.product_id,
                variant=VariantImportDraft(id=self.variant_id, sku=self.sku),
                price=LinePriceDraft(value=external or Money(cent_amount=0, currency_code=currency)),
                quantity=self.quantity,
                distribution_channel=self.distribution_channel,
                supply_channel=self.supply_channel,
                inventory_mode=self.inventory_mode,
                shipping_details=self.shipping_details,
                custom=self.custom,
            ),
            project,
        )
        product = project.collection("product").docs.get(line["productId"])
        if product is not None:
            line["name"] = product["masterData"]["current"]["name"]
        if external is None:
            line["price"] = _platform_price(doc, line["variant"].get("sku"), project)
        if self.external_tax_rate is not None:
            line["taxRate"] = self.external_tax_rate.stored()
        put(line, "addedAt", self.added_at or line["addedAt"])
        _reprice(line, self.external_price, self.external_total_price)
        doc["lineItems"].append(line)


def _platform_price(order: Doc, sku: str | None, project: Project) -> Doc:
    """The price that the project has for a SKU in the order's country and currency.

    Raises:
        Problem: 400 MatchingPriceNotFound.
    """
    currency = order["totalPrice"]["currencyCode"]
    found = None if sku is None else chosen_price(project, sku, currency, order.get("country"))
    if found is None:
        raise Problem(400, "MatchingPriceNotFound", f"'{sku}' has no price in {currency}.")
    return {name: found[name] for name in ("id", "value", "country", "tiers") if name in found}


class RemoveLineItem(_OnLine):
    """Takes pieces off a line, or the line as a whole."""

    quantity: Pieces | None = None
    external_price: Money | None = None
    external_total_price: ExternalTotal | None = None
    shipping_details_to_remove: ItemShippingDetails | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        line = self.line(doc)
        left = 0 if self.quantity is None else line["quantity"] - self.quantity
        if left <= 0:
            doc["lineItems"].remove(line)
            return
        _resize(line, left, project)
        _reprice(line, self.external_price, self.external_total_price)


class AddCustomLineItem(Action):
    """Adds a line without product."""

    money: Money
    name: Localized
    slug: Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{2,256}$")]
    key: Key | None = None
    quantity: Pieces = 1
    tax_category: TaxCategoryIdentifier | None = None
    external_tax_rate: ExternalTaxRate | None = None
    shipping_details: ItemShippingDetails | None = None
    price_mode: Literal["Standard", "External"] = "Standard"
    custom: CustomFieldsDraft | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        line = custom_line_item(
            CustomLineItemDraft(
                name=self.name,
                slug=self.slug,
                key=self.key,
                quantity=self.quantity,
                money=self.money,
                tax_category=self.tax_category,
                shipping_details=self.shipping_details,
                price_mode=self.price_mode,
                custom=self.custom,
            ),
            project,
        )
        if self.external_tax_rate is not None:
            line["taxRate"] = self.external_tax_rate.stored()
        doc["customLineItems"].append(line)


class _OnCustomLine(Action):
    custom_line_item_id: str | None = None
    custom_line_item_key: str | None = None

    def line(self, doc: Doc) -> Doc:
        """The line that is meant."""
        return line_named(
            doc["customLineItems"], self.custom_line_item_id, self.custom_line_item_key, "customLineItem"
        )


class RemoveCustomLineItem(_OnCustomLine):
    """Takes a line without product away."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["customLineItems"].remove(self.line(doc))


class ChangeCustomLineItemQuantity(_OnCustomLine, kw_only=True):
    """Changes how often a line without product is bought; of zero there is none."""

    quantity: Quantity

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        line = self.line(doc)
        if self.quantity == 0:
            doc["customLineItems"].remove(line)
            return
        _resize(line, self.quantity, project)
        price_line(line)


class ChangeCustomLineItemMoney(_OnCustomLine, kw_only=True):
    """Changes what a line without product costs."""

    money: Money

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        line = self.line(doc)
        line["money"] = typed_money(self.money)
        price_line(line)


LineEdit: TypeAlias = (
    ChangeLineItemQuantity
    | SetLineItemPrice
    | SetLineItemTotalPrice
    | AddLineItem
    | RemoveLineItem
    | AddCustomLineItem
    | RemoveCustomLineItem
    | ChangeCustomLineItemQuantity
    | ChangeCustomLineItemMoney
)
