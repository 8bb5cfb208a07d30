"""Orders as a checkout makes them of carts: discounts spread, taxes worked out, several ways of shipping.

The API makes such orders of carts, which the sandbox has not; here the control plane brings them.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from ...problems import duplicate_field, invalid_input
from ...project import Project
from ...store import Doc
from ...vocabulary import Address, Key, Locale, Model, Money, Text, as_json, new_id, put, typed_money
from .drafts import OrderImportDraft
from .shipping import ShippingInfoDraft, shipping_info
from .totals import recalculate

__all__ = ["Checkout", "CheckoutDiscount", "CheckoutShipping", "checked_out"]


class CheckoutDiscount(Model):
    """A discount on what is bought: `percent` off each piece, or `amount` off, spread over the lines.

    With a `code` it is a discount code that the customer typed.
    """

    percent: Annotated[int, Meta(ge=1, le=100)] | None = None
    amount: Money | None = None
    code: Text | None = None

    def __post_init__(self) -> None:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("a discount has either percent or amount")


class CheckoutShipping(Model):
    """One of several ways in which an order is shipped, with its own address."""

    shipping_key: Key
    shipping_info: ShippingInfoDraft
    shipping_address: Address


class Checkout(OrderImportDraft, kw_only=True):
    """An order as it is placed; with `sumsUp` its totals and taxes are worked out, not taken as given."""

    locale: Locale | None = None
    anonymous_id: str | None = None
    discounts: tuple[CheckoutDiscount, ...] = ()
    shipping: tuple[CheckoutShipping, ...] = ()
    sums_up: bool = False


CHECKOUT: Final = msgspec.json.Decoder(Checkout)


def checked_out(doc: Doc, draft: Checkout, project: Project) -> Doc:
    """Complete an order that is built of `draft` with what only a checkout knows.

    Raises:
        Problem: 400 for shipping keys that stand twice, or shipping of both kinds.
    """
    put(doc, "locale", draft.locale)
    put(doc, "anonymousId", draft.anonymous_id)
    if draft.shipping:
        _ship_separately(doc, draft, project)
    for discount in draft.discounts:
        _discount(doc, discount, project)
    if draft.sums_up:
        recalculate(doc)
    return doc


def _ship_separately(doc: Doc, draft: Checkout, project: Project) -> None:
    if "shippingInfo" in doc:
        raise invalid_input("An order is shipped in one way (shippingInfo) or in several (shipping).")
    keys = [one.shipping_key for one in draft.shipping]
    if len(set(keys)) < len(keys):
        raise duplicate_field("shippingKey", next(key for key in keys if keys.count(key) > 1))
    doc["shippingMode"] = "Multiple"
    doc["shipping"] = [
        {
            "shippingKey": one.shipping_key,
            "shippingInfo": shipping_info(one.shipping_info, doc, project),
            "shippingAddress": as_json(one.shipping_address),
        }
        for one in draft.shipping
    ]


def _discount(doc: Doc, discount: CheckoutDiscount, project: Project) -> None:
    reference: Doc = {"typeId": "cart-discount", "id": new_id()}
    if discount.code is not None:
        doc["discountCodes"].append({"discountCode": _code(discount.code, project), "state": "MatchesCart"})
    lines = [line for line in doc["lineItems"] if not line["discountedPricePerQuantity"]]
    totals = [line["totalPrice"]["centAmount"] for line in lines]
    if discount.amount is not None:
        shares = _spread(min(discount.amount.cent_amount, sum(totals)), totals)
    else:
        percent = discount.percent or 0
        shares = [line["price"]["value"]["centAmount"] * percent // 100 * line["quantity"] for line in lines]
    for line, share in zip(lines, shares, strict=True):
        if share:
            _take_off(line, share, reference)


def _spread(amount: int, weights: list[int]) -> list[int]:
    """Parts of an amount by weight, whole minor units that sum to it: the largest remainders get the rest."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(amount * weights[place] % whole))
    for place in by_remainder[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def _take_off(line: Doc, share: int, discount: Doc) -> None:
    """Take an amount off a line: pieces differ by one minor unit when it does not divide."""
    price, quantity = line["price"]["value"], line["quantity"]
    each, rest = divmod(share, quantity)
    currency = price["currencyCode"]
    prices = [
        {
            "quantity": pieces,
            "discountedPrice": {
                "value": _money(price["centAmount"] - off, currency),
                "includedDiscounts": [{"discount": discount, "discountedAmount": _money(off, currency)}],
            },
        }
        for pieces, off in ((quantity - rest, each), (rest, each + 1))
        if pieces
    ]
    line["discountedPricePerQuantity"] = prices
    line["totalPrice"] = _money(line["totalPrice"]["centAmount"] - share, currency)


def _code(code: str, project: Project) -> Doc:
    codes = project.collection("discount-code")
    known = codes.by_claim("code", code)
    if known is None:
        content: Doc = {"code": code, "cartDiscounts": [], "stores": [], "isActive": True}
        known = project.kind("discount-code").add({**content, "references": [], "groups": []}, project)
    return {"typeId": "discount-code", "id": known["id"]}


def _money(cents: int, currency: str) -> Doc:
    return typed_money(Money(cent_amount=cents, currency_code=currency))
