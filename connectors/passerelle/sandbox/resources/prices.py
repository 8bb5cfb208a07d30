"""Standalone prices: one value for one SKU, currency, country, customer group, channel and time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal, TypeAlias

from typing_extensions import override

from ..actions import Action, SetFields
from ..custom_fields import CustomFieldAction, CustomFieldsDraft, CustomTypeAction, custom_fields, type_of
from ..field_tree import CREATED, CUSTOM, MONEY, REFERENCE, Leaf, Tree
from ..kind import Kind
from ..price_parts import (
    PriceMoney,
    PriceTier,
    check_tiers,
    check_validity,
    overlap,
    price_money,
    price_tiers,
)
from ..problems import Problem, invalid_field, invalid_input, invalid_operation
from ..project import Project
from ..store import Claim, Doc
from ..vocabulary import (
    ChannelIdentifier,
    Country,
    CustomerGroupIdentifier,
    Key,
    Model,
    Moment,
    Text,
    put,
)
from .channels import channel_with_role
from .customer_groups import customer_group_of
from .products.prices import DiscountedPriceDraft, discounted_price

__all__ = ["StandalonePrices"]


class TypedPriceMoney(PriceMoney, kw_only=True):
    """An amount that must say its type."""

    type: Literal["centPrecision", "highPrecision"]


class StagedPriceDraft(Model):
    """A value that waits for `applyStagedChanges`."""

    value: TypedPriceMoney


class StandalonePriceDraft(Model):
    """A new price; the SKU need not exist."""

    sku: Text
    value: PriceMoney
    key: Key | None = None
    country: Country | None = None
    customer_group: CustomerGroupIdentifier | None = None
    channel: ChannelIdentifier | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    tiers: tuple[PriceTier, ...] = ()
    discounted: DiscountedPriceDraft | None = None
    custom: CustomFieldsDraft | None = None
    staged: StagedPriceDraft | None = None
    active: bool = True


class ChangeValue(Action):
    """Sets the value at once, or stages it; the currency is part of the scope and stays."""

    value: PriceMoney
    staged: bool = False

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        currency = doc["value"]["currencyCode"]
        if self.value.currency_code != currency:
            raise invalid_field("value.currencyCode", self.value.currency_code, [currency])
        if self.staged:
            doc["staged"] = {"value": price_money(self.value)}
        else:
            doc["value"] = price_money(self.value)


class ApplyStagedChanges(Action):
    """Makes the staged value the value."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        staged = doc.pop("staged", None)
        if staged is None:
            raise invalid_operation("The price has no staged changes.")
        doc["value"] = staged["value"]


class RemoveStagedChanges(Action):
    """Forgets the staged value."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc.pop("staged", None)


class SetDiscountedPrice(Action):
    """What an external discount makes of the price; `discounted` left out removes it."""

    discounted: DiscountedPriceDraft | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "discounted", discounted_price(self.discounted, doc, project))


class SetCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "standalone-price"


class SetCustomField(CustomFieldAction):
    """`value` left out removes the field."""


class ChangeActive(SetFields):
    """Whether the price counts."""

    active: bool


class SetKey(SetFields):
    """`key` left out removes it."""

    key: Key | None = None


class SetValidFrom(SetFields):
    """`validFrom` left out removes it."""

    valid_from: Moment | None = None


class SetValidUntil(SetFields):
    """`validUntil` left out removes it."""

    valid_until: Moment | None = None


class SetValidFromAndUntil(SetFields):
    """What is left out is removed."""

    valid_from: Moment | None = None
    valid_until: Moment | None = None


class SetPriceTiers(Action):
    """Replaces all tiers."""

    tiers: list[PriceTier]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "tiers", price_tiers(self.tiers))


class AddPriceTier(Action):
    """Adds a tier."""

    tier: PriceTier

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["tiers"] = [*doc.get("tiers", ()), *(price_tiers([self.tier]) or ())]


class RemovePriceTier(Action):
    """Takes the tier of one minimum quantity away."""

    minimum_quantity: int

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        tiers = doc.get("tiers", [])
        left = [tier for tier in tiers if tier["minimumQuantity"] != self.minimum_quantity]
        if len(left) == len(tiers):
            raise invalid_input(f"The price has no tier with minimumQuantity {self.minimum_quantity}.")
        put(doc, "tiers", left or None)


PriceAction: TypeAlias = (
    ChangeValue
    | ApplyStagedChanges
    | RemoveStagedChanges
    | ChangeActive
    | SetKey
    | SetValidFrom
    | SetValidUntil
    | SetValidFromAndUntil
    | SetPriceTiers
    | AddPriceTier
    | RemovePriceTier
    | SetDiscountedPrice
    | SetCustomType
    | SetCustomField
)


def _scope(price: Doc) -> tuple[str | None, ...]:
    return (
        price["value"]["currencyCode"],
        price.get("country"),
        price.get("customerGroup", {}).get("id"),
        price.get("channel", {}).get("id"),
    )


def _validity(price: Doc) -> tuple[str | None, str | None]:
    return price.get("validFrom"), price.get("validUntil")


class StandalonePrices(Kind[StandalonePriceDraft]):
    """`/standalone-prices`."""

    type_id = "standalone-price"
    path = "standalone-prices"
    read_scopes = ("view_standalone_prices",)
    write_scopes = ("manage_standalone_prices",)
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "sku": Leaf.TEXT,
        "value": MONEY,
        "country": Leaf.TEXT,
        "customerGroup": REFERENCE,
        "channel": REFERENCE,
        "validFrom": Leaf.TIME,
        "validUntil": Leaf.TIME,
        "tiers": {"minimumQuantity": Leaf.NUMBER, "value": MONEY},
        "discounted": {"value": MONEY, "discount": REFERENCE},
        "staged": {"value": MONEY},
        "active": Leaf.BOOLEAN,
        "custom": CUSTOM,
    }
    paths: ClassVar = {
        ("key",): "key",
        ("sku",): "sku",
        ("channel", "id"): "channel",
        ("customerGroup", "id"): "customerGroup",
        ("custom", "type", "id"): "type",
    }

    def __init__(self) -> None:
        super().__init__(StandalonePriceDraft, PriceAction)

    @override
    def build(self, draft: StandalonePriceDraft, project: Project) -> Doc:
        doc: Doc = {"sku": draft.sku, "value": price_money(draft.value), "active": draft.active}
        put(doc, "key", draft.key)
        put(doc, "country", draft.country)
        if draft.customer_group is not None:
            doc["customerGroup"] = project.reference(draft.customer_group, "customer-group")
        if draft.channel is not None:
            doc["channel"] = channel_with_role(project, draft.channel, "ProductDistribution")
        put(doc, "validFrom", draft.valid_from)
        put(doc, "validUntil", draft.valid_until)
        put(doc, "tiers", price_tiers(draft.tiers))
        if draft.staged is not None:
            doc["staged"] = {"value": price_money(draft.staged.value)}
        put(doc, "discounted", discounted_price(draft.discounted, doc, project))
        put(doc, "custom", custom_fields(draft.custom, self.type_id, project))
        return doc

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        yield "sku", doc["sku"]
        if "channel" in doc:
            yield "channel", doc["channel"]["id"]
        yield from customer_group_of(doc)
        yield from type_of(doc)

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        check_validity(doc)
        check_tiers(doc)
        currency = doc["value"]["currencyCode"]
        staged = doc.get("staged", doc)["value"]["currencyCode"]
        if staged != currency:
            raise invalid_field("staged.value.currencyCode", staged, [currency])
        for other in project.collection(self.type_id).sharing("sku", doc["sku"]):
            if other["id"] == doc["id"] or _scope(other) != _scope(doc):
                continue
            if _validity(other) == _validity(doc):
                raise _conflict("DuplicateStandalonePriceScope", doc, other)
            if project.rules.refuse_overlapping_prices and overlap(doc, other):
                raise _conflict("OverlappingStandalonePriceValidity", doc, other)


def _conflict(code: str, doc: Doc, other: Doc) -> Problem:
    details: dict[str, Any] = {
        "conflictingStandalonePrice": {"typeId": "standalone-price", "id": other["id"]},
        "sku": doc["sku"],
        "currency": doc["value"]["currencyCode"],
        "country": doc.get("country"),
        "customerGroup": doc.get("customerGroup"),
        "channel": doc.get("channel"),
        "validFrom": doc.get("validFrom"),
        "validUntil": doc.get("validUntil"),
    }
    if code == "DuplicateStandalonePriceScope":
        message = f"A standalone price with the same scope exists for the SKU '{doc['sku']}'."
    else:
        message = f"The validity overlaps that of another standalone price of the SKU '{doc['sku']}'."
        details["conflictingValidFrom"] = other.get("validFrom")
        details["conflictingValidUntil"] = other.get("validUntil")
    return Problem(400, code, message, **details)
