"""Where and to whom a shop sells: channels, tax categories, customer groups, stores, assortments, states."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from .names import Localized
from .order import Address

__all__ = [
    "Channel",
    "CustomerGroup",
    "ProductSelection",
    "SelectedProduct",
    "State",
    "Store",
    "StoreSelection",
    "TaxCategory",
    "TaxRate",
]


class Channel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place that supplies stock or distributes products, or a system that orders go to or come from.

    `roles` are InventorySupply, ProductDistribution, OrderExport, OrderImport, Primary; those that are not
    named are taken away. Latitude and longitude are degrees (WGS84).
    """

    key: str
    roles: tuple[str, ...] | UnsetType = UNSET
    name: Localized | UnsetType = UNSET
    description: Localized | UnsetType = UNSET
    address: Address | UnsetType | None = UNSET
    latitude: Decimal | UnsetType | None = UNSET
    longitude: Decimal | UnsetType | None = UNSET
    custom_type: str | UnsetType | None = UNSET
    custom: dict[str, Any] | UnsetType = UNSET


class TaxRate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rate for a country, or a state of it; `amount` is a fraction (0.20).

    `included` says that prices contain it. `key` tells it apart; without one, country and state do.
    """

    name: str
    country: str
    amount: Decimal
    included: bool = True
    state: str | None = None
    key: str | UnsetType = UNSET


class TaxCategory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tax category with its rates."""

    key: str
    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    rates: tuple[TaxRate, ...] | UnsetType = UNSET


class CustomerGroup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A group of customers that has its own prices."""

    key: str
    name: str | UnsetType = UNSET
    custom_type: str | UnsetType | None = UNSET
    custom: dict[str, Any] | UnsetType = UNSET


class SelectedProduct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product of an assortment, by its key; `skus` names the only variants that are in it.

    `skus` left out: all its variants are.
    """

    product: str
    skus: tuple[str, ...] | UnsetType = UNSET


class ProductSelection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An assortment: the products a store sells. `products` left out: only its name is carried."""

    key: str
    name: Localized | UnsetType = UNSET
    products: tuple[SelectedProduct, ...] | UnsetType = UNSET
    custom_type: str | UnsetType | None = UNSET
    custom: dict[str, Any] | UnsetType = UNSET


class StoreSelection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An assortment of a store, by its key, switched on or off."""

    selection: str
    active: bool = True


class Store(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A shop within the shop; channels and assortments by their keys.

    A list holds what the feed wires; what others wired stays unless the feed's policy says otherwise.
    `pages` are the addresses of its pages by name: checkout, order (both templates), terms_of_service,
    privacy_policy, refund_policy, shipping_policy, cookie_policy, imprint, faq, contact; None removes one.
    """

    key: str
    name: Localized | UnsetType | None = UNSET
    languages: tuple[str, ...] | UnsetType = UNSET
    countries: tuple[str, ...] | UnsetType = UNSET
    distribution_channels: tuple[str, ...] | UnsetType = UNSET
    supply_channels: tuple[str, ...] | UnsetType = UNSET
    product_selections: tuple[StoreSelection, ...] | UnsetType = UNSET
    pages: dict[str, Any] | UnsetType = UNSET
    custom_type: str | UnsetType | None = UNSET
    custom: dict[str, Any] | UnsetType = UNSET


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A state of products, orders or line items (`type`), with the keys of the states that may follow.

    `transitions` None: any state may follow; an empty list: it is a last state.
    """

    key: str
    type: str
    name: Localized | UnsetType | None = UNSET
    description: Localized | UnsetType | None = UNSET
    initial: bool | UnsetType = UNSET
    roles: tuple[str, ...] | UnsetType = UNSET
    transitions: tuple[str, ...] | UnsetType | None = UNSET
