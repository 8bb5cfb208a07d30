"""Update actions on embedded prices: each leaves the prices of a variant free of conflicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from typing_extensions import override

from ...custom_fields import TypeIdentifier, set_custom_field, set_custom_type
from ...problems import invalid_input
from ...project import Project
from ...store import Doc, copied
from ...vocabulary import Key, Text, put
from ..variants import all_variants
from .prices import DiscountedPriceDraft, PriceDraft, check_prices, discounted_price, new_price, new_prices
from .sides import OnVariant, Staged

__all__ = ["PriceAction"]


class AddPrice(OnVariant, kw_only=True):
    """Adds a price to a variant; on both sides it has one id."""

    price: PriceDraft

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        price = new_price(self.price, project)
        for variant in self.variants(doc):
            variant["prices"].append(copied(price))
            check_prices(variant["prices"])


class SetPrices(OnVariant, kw_only=True):
    """Replaces all prices of a variant; all of them are new ones."""

    prices: list[PriceDraft]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        prices = new_prices(self.prices, project)
        for variant in self.variants(doc):
            variant["prices"] = copied(prices)


class _OnPrice(Staged, kw_only=True):
    price_id: str

    def found(self, doc: Doc) -> Iterator[tuple[Doc, int]]:
        """The variant that has the price, and its place there, on each side that changes."""
        for data in self.sides(doc):
            for variant in all_variants(data):
                place = next((i for i, p in enumerate(variant["prices"]) if p["id"] == self.price_id), None)
                if place is not None:
                    yield variant, place
                    break
            else:
                raise invalid_input(f"The product has no price with id '{self.price_id}'.")

    def prices(self, doc: Doc) -> Iterator[Doc]:
        """The price that is meant, on each side that changes."""
        for variant, place in self.found(doc):
            yield variant["prices"][place]


class ChangePrice(_OnPrice, kw_only=True):
    """Replaces everything of a price but its id."""

    price: PriceDraft

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        price = new_price(self.price, project, self.price_id)
        for variant, place in self.found(doc):
            variant["prices"][place] = copied(price)
            check_prices(variant["prices"])


class RemovePrice(_OnPrice, kw_only=True):
    """Takes a price away; `variantId`, `sku` and `price` are deprecated, and the first two must be right."""

    variant_id: int | None = None
    sku: str | None = None
    price: PriceDraft | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for variant, place in self.found(doc):
            if self.variant_id not in (None, variant["id"]) or self.sku not in (None, variant.get("sku")):
                raise invalid_input(f"The price with id '{self.price_id}' is one of another variant.")
            del variant["prices"][place]


class SetPriceKey(_OnPrice, kw_only=True):
    """`key` left out removes it."""

    key: Key | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for variant, place in self.found(doc):
            put(variant["prices"][place], "key", self.key)
            check_prices(variant["prices"])


class SetDiscountedPrice(_OnPrice, kw_only=True):
    """What an external discount makes of the price; `discounted` left out removes it."""

    discounted: DiscountedPriceDraft | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for price in self.prices(doc):
            put(price, "discounted", discounted_price(self.discounted, price, project))


class SetProductPriceCustomType(_OnPrice, kw_only=True):
    """`type` left out removes type and fields."""

    type: TypeIdentifier | None = None
    fields: dict[str, Any] | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for price in self.prices(doc):
            set_custom_type(price, "product-price", self.type, self.fields, project)


class SetProductPriceCustomField(_OnPrice, kw_only=True):
    """`value` left out removes the field."""

    name: Text
    value: Any = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for price in self.prices(doc):
            set_custom_field(price, self.name, self.value, project)


PriceAction: TypeAlias = (
    AddPrice
    | SetPrices
    | ChangePrice
    | RemovePrice
    | SetPriceKey
    | SetDiscountedPrice
    | SetProductPriceCustomType
    | SetProductPriceCustomField
)
