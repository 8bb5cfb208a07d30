"""What a customer orders: lines of one kind of order, a gift card, a donation, a discount; priced at last."""

from __future__ import annotations

from random import Random

from ..project import Project
from ..resources.orders.checkout import Checkout, CheckoutDiscount
from ..resources.orders.lines import (
    CustomLineItemDraft,
    LineItemImportDraft,
    LinePriceDraft,
    VariantImportDraft,
)
from ..resources.orders.parties import StoreIdentifier
from ..resources.orders.shipping import ShippingInfoDraft, ShippingRateDraft
from ..resources.orders.taxes import TaxRate
from ..vocabulary import ChannelIdentifier, Money
from .customs import LANDS, LOCALES, SHIPPING_CENTS, invented_address
from .fields import fields_of_line, fields_of_order
from .life_settings import Life
from .shelf import Offer, Shelf

__all__ = ["basket", "store_places"]

_CODES = ("WELCOME10", "HIVER15", "MERCI5")
_DONATION_CENTS = (100, 200, 500)
_MOST_PIECES = 3


def basket(
    number: str, country: str, kind: str, life: Life, shelf: Shelf, project: Project, dice: Random
) -> Checkout | None:
    """An order to place; None when nothing fits is in stock where it must come from."""
    stores = store_places(life, shelf, project)
    store = dice.choice(stores) if kind != "delivery" and stores else None
    if kind != "delivery" and store is None:
        return None
    warehouses = [place for place in shelf.places() if place not in stores]
    place = store if store is not None or not warehouses else dice.choice(warehouses)
    most = 1 if kind == "reservation" else life.max_lines
    offers = shelf.pick(country, dice.randint(1, most), dice, place)
    if not offers:
        return None
    currency = offers[0].price["value"]["currencyCode"]
    rate = TaxRate(
        name=f"{country} {LANDS[country].tax:.0%}",
        amount=LANDS[country].tax,
        included_in_price=True,
        country=country,
    )
    lines = [_line(offer, rate, dice) for offer in offers]
    if kind != "reservation" and dice.random() < life.gift_cards:
        lines[-1].custom = fields_of_line(life.fields, project)
    address = invented_address(country, dice)
    return Checkout(
        order_number=number,
        customer_email=address.email,
        total_price=Money(cent_amount=0, currency_code=currency),
        line_items=tuple(lines),
        custom_line_items=_donation(currency, rate, life, dice) if kind != "reservation" else (),
        discounts=_discount(currency, life, dice) if kind != "reservation" else (),
        shipping_info=_shipping(kind, country, currency, rate),
        shipping_address=address,
        billing_address=address,
        country=country,
        locale=LOCALES[country],
        store=_store(store, country, project),
        inventory_mode=life.inventory_mode,
        custom=fields_of_order(life.fields, kind, store, project),
        sums_up=True,
    )


def store_places(life: Life, shelf: Shelf, project: Project) -> list[str]:
    """The places that are stores: those named, those of the project's stores, or all but the first."""
    known = [place for place in shelf.places() if place]
    if life.stores:
        return [place for place in known if place in life.stores]
    channels = project.collection("channel").docs
    supplied = {
        channels[one["id"]]["key"]
        for store in project.collection("store").docs.values()
        for one in store["supplyChannels"]
    }
    return [place for place in known if place in supplied] or known[1:]


def _line(offer: Offer, rate: TaxRate, dice: Random) -> LineItemImportDraft:
    value = offer.price["value"]
    return LineItemImportDraft(
        name=offer.name,
        variant=VariantImportDraft(sku=offer.sku),
        price=LinePriceDraft(
            value=Money(cent_amount=value["centAmount"], currency_code=value["currencyCode"]),
            country=offer.price.get("country"),
        ),
        quantity=dice.randint(1, min(_MOST_PIECES, offer.available)),
        tax_rate=rate,
        supply_channel=None if offer.channel is None else ChannelIdentifier(key=offer.channel),
    )


def _donation(currency: str, rate: TaxRate, life: Life, dice: Random) -> tuple[CustomLineItemDraft, ...]:
    if dice.random() >= life.donations:
        return ()
    untaxed = TaxRate(name="0 %", amount=0, included_in_price=True, country=rate.country)
    return (
        CustomLineItemDraft(
            name={"en": "Donation"},
            slug="donation",
            quantity=1,
            money=Money(cent_amount=dice.choice(_DONATION_CENTS), currency_code=currency),
            tax_rate=untaxed,
        ),
    )


def _discount(currency: str, life: Life, dice: Random) -> tuple[CheckoutDiscount, ...]:
    if dice.random() >= life.discounts:
        return ()
    code = dice.choice(_CODES)
    if dice.random() < 1 / 2:
        return (CheckoutDiscount(percent=dice.choice((5, 10, 15)), code=code),)
    off = Money(cent_amount=dice.choice((500, 999, 1_500)), currency_code=currency)
    return (CheckoutDiscount(amount=off, code=code),)


def _shipping(kind: str, country: str, currency: str, rate: TaxRate) -> ShippingInfoDraft | None:
    if kind == "reservation":
        return None
    collected = kind == "click_and_collect"
    cents = 0 if collected else SHIPPING_CENTS.get(currency, 500)
    price = Money(cent_amount=cents, currency_code=currency)
    return ShippingInfoDraft(
        shipping_method_name="Click & Collect" if collected else LANDS[country].shipping,
        price=price,
        shipping_rate=ShippingRateDraft(price=price),
        tax_rate=rate,
    )


def _store(place: str | None, country: str, project: Project) -> StoreIdentifier | None:
    """The store of the project that the place supplies, if orders of the country can be its."""
    if place is None:
        return None
    channel = project.collection("channel").by_claim("key", place)
    for store in project.collection("store").docs.values():
        supplied = channel is not None and any(one["id"] == channel["id"] for one in store["supplyChannels"])
        countries = [one["code"] for one in store["countries"]]
        if supplied and (not countries or country in countries):
            return StoreIdentifier(key=store["key"])
    return None
