"""The draft of an order that was placed elsewhere, as `POST /orders/import` takes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec import UNSET

from ...errors import Refused
from ...records import PlacedLine, PlacedOrder
from ..channels.draft import address_draft
from ..planning.wire import instant, money
from .amounts import gross_of
from .settings import OrderImportSettings

__all__ = ["import_draft", "is_article"]

Json = dict[str, Any]

#: What is goods; everything else is a line without product.
_GOODS = frozenset({"article", "gift_card"})
_SLUG = re.compile(r"[a-zA-Z0-9_-]{2,256}")
_TEXTS = {
    "order_number": "orderNumber",
    "purchase_order_number": "purchaseOrderNumber",
    "customer_email": "customerEmail",
    "customer_id": "customerId",
    "country": "country",
    "order_state": "orderState",
    "payment_state": "paymentState",
    "shipment_state": "shipmentState",
}


def import_draft(
    record: PlacedOrder, settings: OrderImportSettings, custom: Mapping[str, Any], state_id: str | None
) -> Json:
    """Say an order as the shop is to hold it; `custom` are its custom fields as a draft has them.

    Raises:
        Refused: a line has no name, a tax has no country: the shop would not take it.
    """
    lines = list(enumerate(record.lines, 1))
    draft: Json = {
        **{name: value for field, name in _TEXTS.items() if (value := getattr(record, field)) is not None},
        "totalPrice": money(record.total),
        "inventoryMode": settings.inventory_mode,
        "completedAt": instant(record.completed_at or record.placed_at),
        **custom,
    }
    goods = [_line(record, place, line) for place, line in lines if is_article(line)]
    others = [_custom_line(record, place, line) for place, line in lines if not is_article(line)]
    if goods:
        draft["lineItems"] = goods
    if others:
        draft["customLineItems"] = others
    for name, address in (
        ("shippingAddress", record.shipping_address),
        ("billingAddress", record.billing_address),
    ):
        if address is not None:
            draft[name] = address_draft(address, of=f"order {record.order_number}")
    for name, type_id, key in (
        ("store", "store", record.store),
        ("customerGroup", "customer-group", record.customer_group),
    ):
        if key is not None:
            draft[name] = {"typeId": type_id, "key": key}
    if state_id is not None:
        draft["state"] = {"typeId": "state", "id": state_id}
    if record.shipping_price is not None or record.shipping_method is not None:
        draft["shippingInfo"] = _shipping(record)
    taxes = _taxed_price(record)
    return draft if taxes is None else {**draft, "taxedPrice": taxes}


def is_article(line: PlacedLine) -> bool:
    """Whether a line is one of a product: the shop takes none without a SKU."""
    return line.kind in _GOODS and line.sku is not None


def _line(record: PlacedOrder, place: int, line: PlacedLine) -> Json:
    body: Json = {
        "name": _name(record, place, line),
        "variant": {"sku": line.sku},
        "quantity": line.quantity,
        "price": {"value": money(line.unit_price)},
        **_tax_rate(record, line.tax_rate, included=line.tax_included),
    }
    if line.place is not None:
        body["supplyChannel"] = {"typeId": "channel", "key": line.place}
    return body


def _custom_line(record: PlacedOrder, place: int, line: PlacedLine) -> Json:
    named = line.sku is not None and _SLUG.fullmatch(line.sku) is not None
    return {
        "name": _name(record, place, line),
        # Of two charges without a slug of their own the place tells.
        "slug": line.sku if named else f"{line.kind}-{place}",
        "quantity": line.quantity,
        "money": money(line.unit_price),
        **_tax_rate(record, line.tax_rate, included=line.tax_included),
    }


def _name(record: PlacedOrder, place: int, line: PlacedLine) -> Json:
    texts = {} if line.name is UNSET else {locale: text for locale, text in line.name.items() if text}
    if not texts:
        raise Refused(
            f"order {record.order_number}: line {place} has no name",
            code="incomplete",
            advice="Map name.<locale> of the lines: the shop shows it, whether it has the article or not",
        )
    return texts


def _tax_rate(record: PlacedOrder, rate: Decimal | None, *, included: bool) -> Json:
    if rate is None:
        return {}
    country = record.country or (record.shipping_address and record.shipping_address.country)
    if not country:
        raise Refused(
            f"order {record.order_number}: it has a rate of tax and no country",
            code="incomplete",
            advice="Map country, or the country of the shipping address: a rate of tax is that of a country",
        )
    return {
        "taxRate": {
            "name": _rate_name(rate),
            "amount": float(rate),
            "includedInPrice": included,
            "country": country,
        }
    }


def _rate_name(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f} %"


def _shipping(record: PlacedOrder) -> Json:
    price = record.shipping_price
    cost = money(price) if price is not None else {"currencyCode": record.total.currency, "centAmount": 0}
    included = all(line.tax_included for line in record.lines)
    return {
        "shippingMethodName": record.shipping_method or "—",
        "price": cost,
        "shippingRate": {"price": cost},
        **_tax_rate(record, record.shipping_tax_rate, included=included),
    }


def _taxed_price(record: PlacedOrder) -> Json | None:
    gross = gross_of(record)
    if record.net is None or gross is None:
        return None
    portions = [
        {"name": one.name or _rate_name(one.rate), "rate": float(one.rate), "amount": money(one.amount)}
        for one in record.taxes
    ]
    rates = {line.tax_rate for line in record.lines}
    if record.shipping_price is not None and record.shipping_price.cent_amount:
        rates.add(record.shipping_tax_rate)
    rate = rates.pop() if len(rates) == 1 else None
    if not portions and record.tax is not None and rate is not None:
        # All of it has one rate: then the whole tax is of that rate.
        portions = [{"name": _rate_name(rate), "rate": float(rate), "amount": money(record.tax)}]
    return {"totalNet": money(record.net), "totalGross": money(gross), "taxPortions": portions}
