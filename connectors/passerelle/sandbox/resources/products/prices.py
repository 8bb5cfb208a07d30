"""Embedded prices: their drafts, and what must hold among the prices of one variant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from ...custom_fields import CustomFieldsDraft, custom_fields
from ...price_parts import (
    PriceMoney,
    PriceTier,
    check_tiers,
    check_validity,
    overlap,
    price_money,
    price_tiers,
)
from ...problems import Problem, invalid_field, referenced_not_found
from ...project import Project
from ...store import Doc
from ...vocabulary import (
    ChannelIdentifier,
    Country,
    CustomerGroupIdentifier,
    Identifier,
    Key,
    Model,
    Moment,
    new_id,
    put,
)
from ..channels import channel_with_role

__all__ = [
    "MAX_PRICES",
    "DiscountedPriceDraft",
    "PriceDraft",
    "Prices",
    "check_prices",
    "discounted_price",
    "new_price",
    "new_prices",
]

MAX_PRICES = 100
#: What tells the prices of one variant apart, validity aside (sheet section 6).
_SCOPE = ("country", "customerGroup", "channel", "recurrencePolicy")


class RecurrencePolicyIdentifier(Identifier):
    """Points to a recurrence policy."""

    type_id: Literal["recurrence-policy"] = "recurrence-policy"


class DiscountReference(Model):
    """Points to a product discount, by id alone."""

    id: str
    type_id: Literal["product-discount"] = "product-discount"


class DiscountedPriceDraft(Model):
    """What an external discount makes of a price."""

    value: PriceMoney
    discount: DiscountReference


class PriceDraft(Model):
    """A new price of a variant, or what an existing one becomes."""

    value: PriceMoney
    key: Key | None = None
    country: Country | None = None
    customer_group: CustomerGroupIdentifier | None = None
    channel: ChannelIdentifier | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    discounted: DiscountedPriceDraft | None = None
    tiers: tuple[PriceTier, ...] = ()
    custom: CustomFieldsDraft | None = None
    recurrence_policy: RecurrencePolicyIdentifier | None = None


Prices: TypeAlias = tuple[PriceDraft, ...]


def new_prices(drafts: Sequence[PriceDraft], project: Project) -> list[Doc]:
    """The prices of a draft, checked by themselves and against each other."""
    if not drafts:
        return []
    prices = [new_price(draft, project) for draft in drafts]
    check_prices(prices)
    return prices


def new_price(draft: PriceDraft, project: Project, price_id: str | None = None) -> Doc:
    """A price as variants hold it; an id is that of the price which it replaces.

    Raises:
        Problem: 400 for a reference to nothing, a channel without the role ProductDistribution, tiers or
            dates that contradict themselves, custom fields that its type has not.
    """
    price: Doc = {"id": price_id or new_id(), "value": price_money(draft.value)}
    put(price, "key", draft.key)
    put(price, "country", draft.country)
    if draft.customer_group is not None:
        price["customerGroup"] = project.reference(draft.customer_group, "customer-group")
    if draft.channel is not None:
        price["channel"] = channel_with_role(project, draft.channel, "ProductDistribution")
    put(price, "validFrom", draft.valid_from)
    put(price, "validUntil", draft.valid_until)
    if draft.recurrence_policy is not None:
        price["recurrencePolicy"] = project.reference(draft.recurrence_policy, "recurrence-policy")
    put(price, "discounted", discounted_price(draft.discounted, price, project))
    put(price, "tiers", price_tiers(draft.tiers))
    put(price, "custom", custom_fields(draft.custom, "product-price", project))
    check_validity(price)
    check_tiers(price)
    return price


def discounted_price(draft: DiscountedPriceDraft | None, price: Doc, project: Project) -> Doc | None:
    """What a discount makes of a price.

    Raises:
        Problem: 400 ReferencedResourceNotFound for a discount that is not there, InvalidField for another
            currency, NoMatchingProductDiscountFound for a discount that is inactive or not external.
    """
    if draft is None:
        return None
    currency = price["value"]["currencyCode"]
    if draft.value.currency_code != currency:
        raise invalid_field("discounted.value.currencyCode", draft.value.currency_code, [currency])
    if not project.holds("product-discount", draft.discount.id):
        raise referenced_not_found("product-discount", id=draft.discount.id)
    discount = project.collection("product-discount").docs[draft.discount.id]
    if not discount["isActive"] or discount["value"]["type"] != "external":
        raise Problem(
            400,
            "NoMatchingProductDiscountFound",
            "Couldn't find a matching product discount: it must be active and of type external.",
        )
    return {
        "value": price_money(draft.value),
        "discount": {"typeId": "product-discount", "id": draft.discount.id},
    }


def check_prices(prices: Sequence[Doc]) -> None:
    """Refuse prices of one variant that have one key or one scope, hold at one time, or are too many.

    A price without dates conflicts with no dated one.
    """
    if len(prices) > MAX_PRICES:
        raise Problem(
            400,
            "MaxResourceLimitExceeded",
            f"A variant can have at most {MAX_PRICES} embedded prices; this one would have {len(prices)}.",
            exceededResource="product",
        )
    keyed: dict[str, Doc] = {}
    scopes: defaultdict[tuple[Any, ...], list[Doc]] = defaultdict(list)
    for price in prices:
        key = price.get("key")
        if key is not None and keyed.setdefault(key, price) is not price:
            raise Problem(
                400,
                "DuplicatePriceKey",
                f"Duplicate price key: {key}. The price key must be unique per variant.",
                conflictingPrice=keyed[key],
            )
        of_scope = scopes[_scope(price)]
        for other in of_scope:
            _refuse_conflict(price, other)
        of_scope.append(price)


def _scope(price: Doc) -> tuple[Any, ...]:
    parts = (price.get(name) for name in _SCOPE)
    return (price["value"]["currencyCode"], *(p["id"] if isinstance(p, dict) else p for p in parts))


def _refuse_conflict(price: Doc, other: Doc) -> None:
    if all(price.get(name) == other.get(name) for name in ("validFrom", "validUntil")):
        shown = ", ".join(f"{n}: {v}" for n, v in zip(("currency", *_SCOPE), _scope(price), strict=True) if v)
        raise Problem(
            400,
            "DuplicatePriceScope",
            f"Duplicate price scope: ({shown}). The combination of currency, country, customerGroup and "
            "channel must be unique for each price of a product variant.",
            conflictingPrice=other,
        )
    if overlap(price, other):
        raise Problem(
            400,
            "OverlappingPriceValidity",
            "Two prices have overlapping validity periods.",
            conflictingPrice=other["id"],
            currency=price["value"]["currencyCode"],
            country=price.get("country"),
            customerGroup=price.get("customerGroup"),
            channel=price.get("channel"),
            validFrom=price.get("validFrom"),
            validUntil=price.get("validUntil"),
            conflictingValidFrom=other.get("validFrom"),
            conflictingValidUntil=other.get("validUntil"),
        )
