"""Standalone prices: one value for one SKU in one scope of currency, country, channel and validity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, TypeAlias

from typing_extensions import override

from ..actions import Action, SetFields
from ..field_tree import CREATED, MONEY, REFERENCE, Leaf, Tree
from ..kind import Kind
from ..problems import Problem, invalid_field, invalid_input, invalid_operation
from ..project import Project
from ..store import Claim, Doc
from ..vocabulary import ChannelIdentifier, Country, Key, Model, Moment, Money, PriceTierDraft, Text, put
from ..vocabulary import typed_money as _money
from .channels import channel_with_role

__all__ = ["StandalonePrices"]


class StagedPriceDraft(Model):
    """A value that waits for `applyStagedChanges`."""

    value: Money


class StandalonePriceDraft(Model):
    """A new price; the SKU need not exist."""

    sku: Text
    value: Money
    key: Key | None = None
    country: Country | None = None
    channel: ChannelIdentifier | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    tiers: tuple[PriceTierDraft, ...] = ()
    staged: StagedPriceDraft | None = None
    active: bool = True


class ChangeValue(Action):
    """Sets the value at once, or stages it; the currency is part of the scope and stays."""

    value: Money
    staged: bool = False

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        currency = doc["value"]["currencyCode"]
        if self.value.currency_code != currency:
            raise invalid_field("value.currencyCode", self.value.currency_code, [currency])
        if self.staged:
            doc["staged"] = {"value": _money(self.value)}
        else:
            doc["value"] = _money(self.value)


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

    tiers: list[PriceTierDraft]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "tiers", _tiers(self.tiers))


class AddPriceTier(Action):
    """Adds a tier."""

    tier: PriceTierDraft

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["tiers"] = [*doc.get("tiers", ()), *(_tiers([self.tier]) or ())]


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
)


def _tiers(drafts: Iterable[PriceTierDraft]) -> list[Doc] | None:
    tiers = [{"minimumQuantity": d.minimum_quantity, "value": _money(d.value)} for d in drafts]
    return tiers or None


def _scope(price: Doc) -> tuple[str, str | None, str | None]:
    channel = price.get("channel")
    return (
        price["value"]["currencyCode"],
        price.get("country"),
        None if channel is None else channel["id"],
    )


def _validity(price: Doc) -> tuple[str | None, str | None]:
    return price.get("validFrom"), price.get("validUntil")


def _overlap(one: Doc, other: Doc) -> bool:
    (from_one, until_one), (from_other, until_other) = _validity(one), _validity(other)
    if (from_one is None and until_one is None) or (from_other is None and until_other is None):
        return False  # A price without dates is what holds when no dated one does.
    starts_before_end = from_one is None or until_other is None or from_one < until_other
    return starts_before_end and (from_other is None or until_one is None or from_other < until_one)


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
        "channel": REFERENCE,
        "validFrom": Leaf.TIME,
        "validUntil": Leaf.TIME,
        "tiers": {"minimumQuantity": Leaf.NUMBER, "value": MONEY},
        "staged": {"value": MONEY},
        "active": Leaf.BOOLEAN,
    }
    paths: ClassVar = {("key",): "key", ("sku",): "sku", ("channel", "id"): "channel"}

    def __init__(self) -> None:
        super().__init__(StandalonePriceDraft, PriceAction)

    @override
    def build(self, draft: StandalonePriceDraft, project: Project) -> Doc:
        doc: Doc = {"sku": draft.sku, "value": _money(draft.value), "active": draft.active}
        put(doc, "key", draft.key)
        put(doc, "country", draft.country)
        if draft.channel is not None:
            doc["channel"] = channel_with_role(project, draft.channel, "ProductDistribution")
        put(doc, "validFrom", draft.valid_from)
        put(doc, "validUntil", draft.valid_until)
        put(doc, "tiers", _tiers(draft.tiers))
        if draft.staged is not None:
            doc["staged"] = {"value": _money(draft.staged.value)}
        return doc

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        channel = doc.get("channel")
        sku = ("sku", doc["sku"])
        return (sku,) if channel is None else (sku, ("channel", channel["id"]))

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        start, end = _validity(doc)
        if start is not None and end is not None and start >= end:
            raise invalid_input(f"validFrom {start} must be before validUntil {end}.")
        _check_tiers(doc)
        for other in project.collection(self.type_id).sharing("sku", doc["sku"]):
            if other["id"] == doc["id"] or _scope(other) != _scope(doc):
                continue
            if _validity(other) == _validity(doc):
                raise _conflict("DuplicateStandalonePriceScope", doc, other)
            if project.rules.refuse_overlapping_prices and _overlap(doc, other):
                raise _conflict("OverlappingStandalonePriceValidity", doc, other)


def _check_tiers(doc: Doc) -> None:
    tiers = doc.get("tiers", ())
    quantities = [tier["minimumQuantity"] for tier in tiers]
    if len(set(quantities)) != len(quantities):
        raise invalid_input(f"Two price tiers have the same minimumQuantity: {quantities}.")
    currency = doc["value"]["currencyCode"]
    for tier in (*tiers, *([doc["staged"]] if "staged" in doc else ())):
        if tier["value"]["currencyCode"] != currency:
            raise invalid_field("value.currencyCode", tier["value"]["currencyCode"], [currency])


def _conflict(code: str, doc: Doc, other: Doc) -> Problem:
    details: dict[str, Any] = {
        "conflictingStandalonePrice": {"typeId": "standalone-price", "id": other["id"]},
        "sku": doc["sku"],
        "currency": doc["value"]["currencyCode"],
        "country": doc.get("country"),
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
