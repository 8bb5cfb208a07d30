"""Customers who buy what is in stock: the same shop and the same seed give the same orders."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..problems import invalid_operation
from ..project import Project
from ..resources.orders import Checkout, Orders
from ..resources.orders.lines import LineItemImportDraft, LinePriceDraft, VariantImportDraft
from ..resources.orders.shipping import ShippingInfoDraft, ShippingRateDraft
from ..resources.orders.taxes import TaxRate
from ..resources.price_choice import chosen_price
from ..resources.variants import all_variants
from ..vocabulary import ChannelIdentifier, Money
from .customs import LANDS, SHIPPING_CENTS, Land, invented_address
from .shelf import Offer

__all__ = ["Shopping", "shop"]


class Shopping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How many orders, from which seed and countries, lines at most, and what stock sees of it."""

    orders: Annotated[int, Meta(ge=1, le=10_000)] = 1
    seed: int = 0
    countries: Annotated[tuple[Land, ...], Meta(min_length=1)] = ("FR", "BE", "PL", "SI")
    max_lines: Annotated[int, Meta(ge=1, le=50)] = 4
    inventory_mode: Literal["None", "TrackOnly", "ReserveOnOrder"] = "None"


def shop(project: Project, orders: Orders, shopping: Shopping) -> list[str]:
    """Place paid orders of what is in stock; in mode `None` the stock itself stays as the ERP said.

    Raises:
        Problem: 400 InvalidOperation when there is nothing to buy in any of the countries.
    """
    # Which customer buys what is no secret: a seed must give the same orders again.
    dice = Random(f"{shopping.seed}")  # noqa: S311
    offers = {country: list(_offers(project, country)) for country in shopping.countries}
    open_countries = [country for country in shopping.countries if offers[country]]
    if not open_countries:
        raise invalid_operation(
            "Nothing can be bought: no published product has stock and a price in "
            f"{', '.join(shopping.countries)}."
        )
    numbers = _numbers(project)
    placed = []
    for number, _ in zip(numbers, range(shopping.orders), strict=False):
        country = dice.choice(open_countries)
        draft = _order(number, country, offers[country], shopping.max_lines, dice)
        draft.inventory_mode = shopping.inventory_mode
        orders.place(draft, project)
        placed.append(number)
    return placed


def _numbers(project: Project) -> Iterator[str]:
    collection = project.collection("order")
    number = len(collection)
    while True:
        number += 1
        text = f"WEB-{number:06d}"
        if collection.by_claim("orderNumber", text) is None:
            yield text


def _offers(project: Project, country: str) -> Iterator[Offer]:
    products = project.collection("product")
    entries = project.collection("inventory-entry").docs.values()
    channels = project.collection("channel").docs
    stock = sorted(
        (
            entry["sku"],
            channels[entry["supplyChannel"]["id"]]["key"] if "supplyChannel" in entry else "",
            entry["availableQuantity"],
        )
        for entry in entries
        if entry["availableQuantity"] > 0
    )
    for sku, channel, available in stock:
        product = products.by_claim("sku", sku)
        if product is None or not product["masterData"]["published"]:
            continue
        data = product["masterData"]["current"]
        if all(variant.get("sku") != sku for variant in all_variants(data)):
            continue
        price = chosen_price(project, sku, None, country)
        if price is not None:
            yield Offer(sku, data["name"], available, channel or None, price)


def _order(number: str, country: str, offers: list[Offer], max_lines: int, dice: Random) -> Checkout:
    land = LANDS[country]
    picked = dice.sample(offers, k=min(len(offers), dice.randint(1, max_lines)))
    currency = picked[0].price["value"]["currencyCode"]
    lines = [
        LineItemImportDraft(
            name=offer.name,
            variant=VariantImportDraft(sku=offer.sku),
            price=LinePriceDraft(
                value=Money(cent_amount=offer.price["value"]["centAmount"], currency_code=currency),
                country=offer.price.get("country"),
            ),
            quantity=dice.randint(1, min(3, offer.available)),
            tax_rate=TaxRate(
                name=f"{country} {land.tax:.0%}", amount=land.tax, included_in_price=True, country=country
            ),
            supply_channel=None if offer.channel is None else ChannelIdentifier(key=offer.channel),
        )
        for offer in picked
        if offer.price["value"]["currencyCode"] == currency
    ]
    shipping = Money(cent_amount=SHIPPING_CENTS.get(currency, 500), currency_code=currency)
    address = invented_address(country, dice)
    total = shipping.cent_amount + sum(line.price.value.cent_amount * line.quantity for line in lines)
    return Checkout(
        order_number=number,
        customer_email=address.email,
        total_price=Money(cent_amount=total, currency_code=currency),
        line_items=tuple(lines),
        shipping_info=ShippingInfoDraft(
            shipping_method_name=land.shipping,
            price=shipping,
            shipping_rate=ShippingRateDraft(price=shipping),
        ),
        shipping_address=address,
        billing_address=address,
        payment_state="Paid",
        country=country,
        completed_at=None,
    )
