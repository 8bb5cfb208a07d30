"""What an order costs after its lines or its shipping changed: recalculated, unlike at an import."""

from __future__ import annotations

from ...store import Doc
from ...vocabulary import Money, typed_money
from .lines import every_line
from .shipping import shipping_infos
from .taxes import sum_of_taxes, taxed

__all__ = ["amounts", "price_line", "recalculate"]


def amounts(order: Doc) -> list[Doc]:
    """Every amount that the total is made of."""
    found = [line["totalPrice"] for line in every_line(order)]
    return found + [info["price"] for _, info in shipping_infos(order)]


def price_line(line: Doc) -> None:
    """Set the total of a line whose quantity or price changed; a discount a piece stays one a piece."""
    if line["priceMode"] == "ExternalTotal":
        return
    price = line["money"] if "money" in line else line["price"]["value"]
    discounted = line["discountedPricePerQuantity"]
    if discounted:
        price = discounted[0]["discountedPrice"]["value"]
        line["discountedPricePerQuantity"] = [{**discounted[0], "quantity": line["quantity"]}]
    line["totalPrice"] = _money(price["centAmount"] * line["quantity"], price["currencyCode"])


def recalculate(order: Doc) -> None:
    """Sum up lines and shipping; taxes too when every part has its rate, else none are known any more."""
    currency = order["totalPrice"]["currencyCode"]
    parts = [*every_line(order), *(info for _, info in shipping_infos(order))]
    order["totalPrice"] = _money(sum(amount["centAmount"] for amount in amounts(order)), currency)
    order.pop("taxedPrice", None)
    order.pop("taxedShippingPrice", None)
    if any("taxRate" not in part for part in parts):
        return
    rounding = order["taxRoundingMode"]
    for part in parts:
        total = part["totalPrice"] if "totalPrice" in part else part["price"]
        part["taxedPrice"] = taxed(total, part["taxRate"], rounding)
    order["taxedPrice"] = sum_of_taxes([part["taxedPrice"] for part in parts], currency)
    shipped = [info["taxedPrice"] for _, info in shipping_infos(order)]
    if shipped:
        order["taxedShippingPrice"] = sum_of_taxes(shipped, currency)


def _money(cents: int, currency: str) -> Doc:
    return typed_money(Money(cent_amount=cents, currency_code=currency))
