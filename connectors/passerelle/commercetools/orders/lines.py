"""Lines of an order: goods, gift cards, charges, donations and freight, each with what was taken off it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ...errors import Refused
from ...fulfilment import shares as spread
from ...records import LineKind, Money, OrderDiscount, OrderLine
from .rules import OrderRules, Resolved
from .wire_money import cents

__all__ = ["LineReader", "taken_off"]

Json = dict[str, Any]


@dataclass(frozen=True)
class LineReader:
    """Reads the lines of one order; `codes` tells the discount code behind a cart discount's id."""

    order_id: str
    order_number: str
    currency: str
    locale: str | None
    rules: OrderRules
    resolved: Resolved
    codes: Mapping[str, str] = field(default_factory=dict)

    def article(self, line: Json) -> OrderLine:
        """A line item: goods or a gift card.

        Raises:
            Refused: it has no SKU, or an amount that no order can have.
        """
        sku = line["variant"].get("sku")
        if not sku:
            raise Refused(
                f"order {self.order_number}: line {line['id']} has no SKU",
                code="no_sku",
                advice="Give the variant its SKU in the shop, the order is found again by its id",
            )
        discounted = line["price"].get("discounted") or {}
        unit = self._cents(discounted.get("value", line["price"]["value"]), f"price of {sku}")
        return self._line(line, sku=str(sku), unit=unit, kind=self._article_kind(line))

    def charge(self, line: Json) -> OrderLine:
        """A custom line item: a charge, a donation, a gift card or freight, as its slug says."""
        slug = str(line["slug"])
        unit = self._cents(line["money"], f"price of {slug}")
        return self._line(line, sku=slug, unit=unit, kind=self.rules.charge_kind(slug))

    def freight(self, info: Json, line_id: str) -> OrderLine:
        """Shipping as a line of its own, at what it costs after discounts."""
        said = self._cents(info["price"], "shipping")
        reduced = info.get("discountedPrice") or {}
        total = self._cents(reduced["value"], "shipping") if "value" in reduced else said
        portions = [(1, reduced)] if reduced else []
        return OrderLine(
            id=line_id,
            sku=self.rules.freight_sku,
            name=str(info["shippingMethodName"]),
            quantity=1,
            unit_price=said,
            total=total,
            kind="shipping",
            discounts=self._discounts(portions, said.cent_amount - total.cent_amount),
            **self._taxes(info, total),
        )

    def _article_kind(self, line: Json) -> LineKind:
        product_type = (line.get("productType") or {}).get("id")
        if product_type in self.resolved.gift_card_types:
            return "gift_card"
        name = self.rules.gift_card_field
        fields = (line.get("custom") or {}).get("fields", {})
        said = None if name is None else fields.get(name)
        return "article" if said is None or said is False else "gift_card"

    def _line(self, line: Json, *, sku: str, unit: Money, kind: LineKind) -> OrderLine:
        total = self._cents(line["totalPrice"], f"line {line['id']}")
        quantity = int(line["quantity"])
        portions = [
            (int(one["quantity"]), one["discountedPrice"])
            for one in line.get("discountedPricePerQuantity", ())
        ]
        channel = (line.get("supplyChannel") or {}).get("obj") or {}
        return OrderLine(
            id=line["id"],
            sku=sku,
            name=self._text(line["name"]),
            quantity=quantity,
            unit_price=unit,
            total=total,
            kind=kind,
            discounts=self._discounts(portions, unit.cent_amount * quantity - total.cent_amount),
            place=channel.get("key"),
            **self._taxes(line, total),
        )

    def _taxes(self, line: Json, total: Money) -> dict[str, Any]:
        rate = line.get("taxRate") or {}
        taxes: dict[str, Any] = {
            "tax_rate": str(rate["amount"]) if "amount" in rate else None,
            "tax_included": bool(rate.get("includedInPrice", True)),
        }
        taxed = line.get("taxedPrice")
        if taxed is None:
            return taxes
        net = self._cents(taxed["totalNet"], "net amount")
        gross = self._cents(taxed["totalGross"], "gross amount")
        tax = Money(gross.cent_amount - net.cent_amount, total.currency)
        return {**taxes, "net": net, "tax": tax}

    def _discounts(self, portions: Iterable[tuple[int, Json]], off: int) -> tuple[OrderDiscount, ...]:
        """What each discount took off a line, summing to exactly what the line is cheaper by.

        The shop tells a share a piece, rounded: what rounding lost or won goes to the largest share.
        """
        shares: dict[str, int] = {}
        for quantity, price in portions:
            for one in price.get("includedDiscounts", ()):
                amount = self._cents(one["discountedAmount"], "discount").cent_amount
                key = str(one["discount"]["id"])
                shares[key] = shares.get(key, 0) + quantity * amount
        if off <= 0 or not any(shares.values()):
            return ()
        return tuple(self._discount(key, amount) for key, amount in _agreeing(shares, off).items() if amount)

    def _discount(self, discount_id: str, amount: int) -> OrderDiscount:
        return OrderDiscount(amount=Money(amount, self.currency), code=self.codes.get(discount_id))

    def on_total(self, lines: Sequence[OrderLine], discount: Json) -> tuple[OrderLine, ...]:
        """Spread what was taken off the order as a whole over its lines, in proportion to their totals.

        Freight and donations bear nothing as long as the other lines are worth the discount.
        """
        total = self._cents(discount["discountedAmount"], "discount on the total").cent_amount
        shares = {
            str(one["discount"]["id"]): self._cents(one["discountedAmount"], "discount").cent_amount
            for one in discount.get("includedDiscounts", ())
        }
        left = list(lines)
        for key, amount in (_agreeing(shares, total) if any(shares.values()) else {"": total}).items():
            bearers = [one for one in left if one.kind not in {"shipping", "donation"}]
            if sum(one.total.cent_amount for one in bearers) < amount:
                bearers = left
            # A charge below zero (a voucher handed in) bears nothing.
            parts = spread(amount, [max(0, one.total.cent_amount) for one in bearers])
            off = {one.id: part for one, part in zip(bearers, parts, strict=True)}
            left = [
                taken_off(one, self._discount(key, off[one.id])) if off.get(one.id) else one for one in left
            ]
        return tuple(left)

    def _cents(self, value: Json, what: str) -> Money:
        return cents(value, f"order {self.order_number}: {what}", self.currency)

    def _text(self, names: Mapping[str, str]) -> str:
        return names.get(self.locale or "") or next(iter(names.values()), "")


def taken_off(line: OrderLine, discount: OrderDiscount) -> OrderLine:
    """The line with one more discount taken off: its total falls, its net and tax fall in proportion."""
    before, after = line.total.cent_amount, line.total.cent_amount - discount.amount.cent_amount
    changes: dict[str, Any] = {
        "total": Money(after, line.total.currency),
        "discounts": (*line.discounts, discount),
    }
    if line.net is not None and line.tax is not None and before:
        if line.tax_included:
            net = _rounded(line.net.cent_amount * after, before)
            tax = after - net
        else:
            net = after
            tax = _rounded(line.tax.cent_amount * after, before)
        changes |= {"net": Money(net, line.total.currency), "tax": Money(tax, line.total.currency)}
    return msgspec.structs.replace(line, **changes)


def _agreeing(shares: Mapping[str, int], total: int) -> dict[str, int]:
    """The same shares summing to the total: the largest gives or takes the difference, then the next."""
    agreed = dict(shares)
    for key in sorted(agreed, key=lambda one: (-agreed[one], one)):
        agreed[key] = max(0, agreed[key] + total - sum(agreed.values()))
    return agreed


def _rounded(numerator: int, denominator: int) -> int:
    """Divide, half to even."""
    whole, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return whole + (twice > denominator or (twice == denominator and whole % 2 == 1))
