"""From commercetools' order JSON to the canonical Order."""

from __future__ import annotations

from typing import Any

from ...errors import Refused
from ...records import Address, Money, Order, OrderLine
from ..planning.wire import moment

__all__ = ["order"]

Json = dict[str, Any]


def order(body: Json, export_channel_id: str | None) -> Order:
    """The order at the version that was read; times in UTC, amounts in minor units.

    Raises:
        Refused: there is no order number, or a line has no SKU: no ERP could tell what it is.
    """
    number = body.get("orderNumber")
    if not number:
        raise Refused(
            f"order {body['id']} has no order number",
            code="no_order_number",
            advice="Let checkout set it (setOrderNumber), the order is found again by its id",
            order_id=body["id"],
        )
    locale = body.get("locale")
    shipping = body.get("shippingInfo") or {}
    return Order(
        id=body["id"],
        version=body["version"],
        order_number=number,
        created_at=moment(body["createdAt"]),
        state=body["orderState"],
        payment_state=body.get("paymentState"),
        total=_money(body["totalPrice"]),
        lines=tuple(_line(line, body["id"], number, locale) for line in body.get("lineItems", ())),
        country=body.get("country"),
        locale=locale,
        customer_email=body.get("customerEmail"),
        shipping_address=_address(body.get("shippingAddress")),
        billing_address=_address(body.get("billingAddress")),
        shipping_method=shipping.get("shippingMethodName"),
        shipping_price=_money(shipping["price"]) if "price" in shipping else None,
        exported_as=exported_as(body, export_channel_id),
    )


def exported_as(body: Json, export_channel_id: str | None) -> str | None:
    """The external id under which our channel knows the order; empty when it was marked without one.

    updateSyncInfo is described as setting the sync info of a channel, but `syncInfo` is a list and nothing
    promises one entry a channel: the newest one holds, the later in the list when two are of one instant.
    """
    newest: Json | None = None
    for entry in body.get("syncInfo", ()):
        if export_channel_id is None or entry["channel"]["id"] != export_channel_id:
            continue
        if newest is None or moment(entry["syncedAt"]) >= moment(newest["syncedAt"]):
            newest = entry
    return None if newest is None else str(newest.get("externalId", ""))


def _money(value: Json) -> Money:
    return Money(value["centAmount"], value["currencyCode"])


def _line(line: Json, order_id: str, order_number: str, locale: str | None) -> OrderLine:
    sku = line["variant"].get("sku")
    if not sku:
        raise Refused(
            f"order {order_number}: line {line['id']} has no SKU",
            code="no_sku",
            advice="Give the variant its SKU in the shop, the order is found again by its id",
            order_id=order_id,
            order_number=order_number,
        )
    names: dict[str, str] = line["name"]
    price = line["price"]
    discounted = price.get("discounted") or {}
    rate = line.get("taxRate")
    return OrderLine(
        id=line["id"],
        sku=sku,
        name=names.get(locale or "") or next(iter(names.values()), ""),
        quantity=line["quantity"],
        unit_price=_money(discounted.get("value", price["value"])),
        total=_money(line["totalPrice"]),
        tax_rate=None if rate is None else str(rate["amount"]),
    )


def _address(body: Json | None) -> Address | None:
    if body is None:
        return None
    more = [body.get("additionalStreetInfo"), body.get("additionalAddressInfo")]
    return Address(
        last_name=body.get("lastName", ""),
        first_name=body.get("firstName", ""),
        company=body.get("company", ""),
        street=body.get("streetName", ""),
        street_number=body.get("streetNumber", ""),
        additional=", ".join(text for text in more if text),
        postal_code=body.get("postalCode", ""),
        city=body.get("city", ""),
        country=body.get("country", ""),
        phone=body.get("phone") or body.get("mobile", ""),
        email=body.get("email", ""),
    )
