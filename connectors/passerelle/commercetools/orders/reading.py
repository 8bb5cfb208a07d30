"""From commercetools' order JSON to the canonical Order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import Refused
from ...records import Address, Money, Order, OrderLine
from ..planning.wire import moment
from .lines import LineReader
from .payments import payments
from .rules import OrderRules, Resolved
from .wire_money import cents

__all__ = ["difference", "exported_as", "order"]

Json = dict[str, Any]

_PLAIN = OrderRules()


def order(
    body: Json,
    export_channel_id: str | None,
    rules: OrderRules = _PLAIN,
    resolved: Resolved = Resolved(),  # noqa: B008 - immutable
) -> Order:
    """The order at the version that was read; times in UTC, amounts in minor units.

    What the rules expand (payments, discount codes, supply channels) must have come with the body; what did
    not is left out.

    Raises:
        Refused: there is no order number, a line has no SKU, an amount is finer than a coin or in another
            currency: no ERP could book it. `order_id` and `order_number` are in its data.
    """
    number = body.get("orderNumber")
    if not number:
        raise Refused(
            f"order {body['id']} has no order number",
            code="no_order_number",
            advice="Let checkout set it (setOrderNumber), the order is found again by its id",
            order_id=body["id"],
        )
    try:
        return _order(body, number, export_channel_id, rules, resolved)
    except Refused as refusal:
        raise Refused(
            refusal.message,
            code=refusal.code,
            advice=refusal.advice,
            order_id=body["id"],
            order_number=number,
        ) from refusal


def _order(body: Json, number: str, channel_id: str | None, rules: OrderRules, resolved: Resolved) -> Order:
    total = cents(body["totalPrice"], f"order {number}: total")
    reader = LineReader(
        body["id"], number, total.currency, body.get("locale"), rules, resolved, _codes_of_discounts(body)
    )
    lines = tuple(
        [reader.article(line) for line in body.get("lineItems", ())]
        + [reader.charge(line) for line in body.get("customLineItems", ())]
    )
    if body.get("discountOnTotalPrice") and lines:
        lines = reader.on_total(lines, body["discountOnTotalPrice"])
    infos = dict(_shippings(body))
    freights = [reader.freight(info, line_id) for line_id, info in infos.items()]
    custom: Json = (body.get("custom") or {}).get("fields", {})
    own_store = (body.get("store") or {}).get("key")
    taxed = body.get("taxedPrice")
    net = None if taxed is None else cents(taxed["totalNet"], f"order {number}: net", total.currency)
    gross = None if taxed is None else cents(taxed["totalGross"], f"order {number}: gross", total.currency)
    tax = None if net is None or gross is None else gross.cent_amount - net.cent_amount
    return Order(
        id=body["id"],
        version=body["version"],
        order_number=number,
        created_at=moment(body["createdAt"]),
        state=body["orderState"],
        payment_state=body.get("paymentState"),
        total=total,
        lines=(*lines, *freights) if rules.freight == "line" else lines,
        country=body.get("country"),
        locale=body.get("locale"),
        customer_email=body.get("customerEmail"),
        shipping_address=_address(body.get("shippingAddress") or _only_address(body)),
        billing_address=_address(body.get("billingAddress")),
        shipping_method=" + ".join(dict.fromkeys(line.name for line in freights)) or None,
        shipping_price=_freight(freights) if rules.freight == "field" else None,
        exported_as=exported_as(body, channel_id),
        kind=rules.order_kind(custom, frozenset(_methods(infos.values())), own_store),
        store=_store(custom.get(rules.store_field)) if rules.store_field in custom else own_store,
        payments=payments(body),
        discount_codes=tuple(_codes(body)),
        net=net,
        tax=None if tax is None else Money(tax, total.currency),
        custom=custom,
    )


def difference(read: Order) -> Money:
    """What the lines and the freight lack to the order's total; zero when they sum to it."""
    freight = 0 if read.shipping_price is None else read.shipping_price.cent_amount
    summed = sum(line.total.cent_amount for line in read.lines) + freight
    return Money(read.total.cent_amount - summed, read.total.currency)


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


def _shippings(body: Json) -> Iterator[tuple[str, Json]]:
    """Every shipping with the id of its line, whatever the order's shipping mode."""
    if body.get("shippingInfo"):
        yield "shipping", body["shippingInfo"]
    for shipping in body.get("shipping", ()):
        yield f"shipping/{shipping['shippingKey']}", shipping["shippingInfo"]


def _methods(infos: Any) -> Iterator[str]:
    for info in infos:
        yield str(info["shippingMethodName"])
        key = ((info.get("shippingMethod") or {}).get("obj") or {}).get("key")
        if key is not None:
            yield str(key)


def _freight(freights: list[OrderLine]) -> Money | None:
    if not freights:
        return None
    return Money(sum(line.total.cent_amount for line in freights), freights[0].total.currency)


def _codes(body: Json) -> Iterator[str]:
    """The codes that the customer gave and the shop accepted."""
    for one in body.get("discountCodes", ()):
        if one.get("state", "MatchesCart") == "MatchesCart":
            known = one["discountCode"].get("obj") or {}
            yield str(known.get("code", one["discountCode"]["id"]))


def _codes_of_discounts(body: Json) -> dict[str, str]:
    """Which code brought which cart discount, by the discount's id."""
    found: dict[str, str] = {}
    for one in body.get("discountCodes", ()):
        known = one["discountCode"].get("obj") or {}
        for discount in known.get("cartDiscounts", ()):
            found.setdefault(str(discount["id"]), str(known["code"]))
    return found


def _store(said: Any) -> str | None:
    """The key of a store that a custom field names: a text, an enum value, or a reference by key."""
    if isinstance(said, dict):
        said = said.get("key") or (said.get("obj") or {}).get("key") or said.get("id")
    return None if said is None or said == "" else str(said)


def _only_address(body: Json) -> Json | None:
    """Where all goes when an order of several shippings has one address for all of them."""
    found = [one["shippingAddress"] for one in body.get("shipping", ()) if one.get("shippingAddress")]
    alike = [one for one in found if _address(one) == _address(found[0])]
    return found[0] if found and len(alike) == len(found) else None


_MORE = ("additionalStreetInfo", "building", "apartment", "pOBox", "department", "additionalAddressInfo")


def _address(body: Json | None) -> Address | None:
    if body is None:
        return None
    return Address(
        last_name=body.get("lastName", ""),
        first_name=body.get("firstName", ""),
        company=body.get("company", ""),
        street=body.get("streetName", ""),
        street_number=body.get("streetNumber", ""),
        additional=", ".join(text for text in map(body.get, _MORE) if text),
        postal_code=body.get("postalCode", ""),
        city=body.get("city", ""),
        country=body.get("country", ""),
        phone=body.get("phone") or body.get("mobile", ""),
        email=body.get("email", ""),
    )
