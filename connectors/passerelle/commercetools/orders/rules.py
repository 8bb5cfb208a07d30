"""Rules of reading orders: what a line is, how an order reaches its customer, which store it is about."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal, NamedTuple

import msgspec

from ...errors import ConfigError
from ...records import LineKind, OrderKind

__all__ = ["KindRule", "OrderRules", "Resolved"]

Json = Mapping[str, Any]


class KindRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order is of this kind when everything that the rule names holds.

    `shipping_methods` are keys or names of shipping methods, `stores` keys of the shop's stores, `custom`
    values of the order's custom fields; a value of a set is met when the set has it.
    """

    kind: OrderKind
    custom: dict[str, Any] = {}
    shipping_methods: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (self.custom or self.shipping_methods or self.stores):
            raise ValueError(f"the rule of kind {self.kind} names no condition: every order would be one")

    def holds(self, custom: Json, methods: frozenset[str], store: str | None) -> bool:
        """Whether an order with these custom fields, shipping methods and store is of the rule's kind."""
        return (
            all(_says(custom.get(name), value) for name, value in self.custom.items())
            and (not self.shipping_methods or not methods.isdisjoint(self.shipping_methods))
            and (not self.stores or store in self.stores)
        )


class OrderRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the shop's orders are meant; slugs are patterns in which `*` stands for any text.

    The first rule of `kinds` that holds decides, without one it is a delivery. `store_field` names a custom
    field of the order with the store's key; without it, or when it is empty, the order's own store counts.
    A custom line item is a charge unless its slug says otherwise; a line item is an article unless its
    product type (by key) or a custom field of the line (true, or any value) makes it a gift card.
    `freight` keeps shipping in fields of the order, or adds a line of kind shipping for it.
    `cancel_field` names a custom field in which the shop notes that the customer wants to cancel.
    """

    kinds: tuple[KindRule, ...] = ()
    store_field: str | None = None
    donations: tuple[str, ...] = ()
    gift_cards: tuple[str, ...] = ()
    freights: tuple[str, ...] = ()
    gift_card_types: tuple[str, ...] = ()
    gift_card_field: str | None = None
    freight: Literal["field", "line"] = "field"
    freight_sku: str = "SHIPPING"
    cancel_field: str | None = None

    @classmethod
    def of(cls, section: Mapping[str, Any]) -> OrderRules:
        """Read the section `reading` of a feed's target; raises ConfigError for what it does not know."""
        try:
            return msgspec.convert(dict(section), cls)
        except msgspec.ValidationError as error:
            raise ConfigError(
                f"target of a feed of orders: reading: {error}",
                advice=f"It knows {', '.join(cls.__struct_fields__)}",
            ) from error

    @property
    def expands(self) -> tuple[str, ...]:
        """The references that must come with an order, as the API's `expand` names them."""
        wanted = [
            "paymentInfo.payments[*]",
            "discountCodes[*].discountCode",
            "lineItems[*].supplyChannel",
        ]
        if any(rule.shipping_methods for rule in self.kinds):
            wanted += ["shippingInfo.shippingMethod", "shipping[*].shippingInfo.shippingMethod"]
        return tuple(wanted)

    def charge_kind(self, slug: str) -> LineKind:
        """What a custom line item of that slug is."""
        kinds: tuple[tuple[LineKind, tuple[str, ...]], ...] = (
            ("donation", self.donations),
            ("gift_card", self.gift_cards),
            ("shipping", self.freights),
        )
        for kind, patterns in kinds:
            if any(fnmatchcase(slug, pattern) for pattern in patterns):
                return kind
        return "charge"

    def order_kind(self, custom: Json, methods: frozenset[str], store: str | None) -> OrderKind:
        """How an order reaches its customer."""
        for rule in self.kinds:
            if rule.holds(custom, methods, store):
                return rule.kind
        return "delivery"


class Resolved(NamedTuple):
    """Ids of the shop behind the keys of the settings, looked up once."""

    channel: str | None = None
    gift_card_types: frozenset[str] = frozenset()


def _says(said: Any, wanted: Any) -> bool:
    # In JSON a flag is no number: a field that says 1 does not say true.
    if isinstance(said, list):
        return any(_says(one, wanted) for one in said)
    return isinstance(said, bool) == isinstance(wanted, bool) and bool(said == wanted)
