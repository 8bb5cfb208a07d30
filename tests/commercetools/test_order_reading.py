"""Orders read whole: every kind of line, what was taken off, what was paid, how it reaches its customer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.commercetools.orders.heard import heard
from passerelle.commercetools.orders.reading import difference, order
from passerelle.commercetools.orders.rules import OrderRules, Resolved
from passerelle.errors import ConfigError, Refused
from passerelle.records import Money, OrderDiscount, Payment

from .test_orders import ERP, Json, body, euro, line

PRECISE = {"type": "highPrecision", "currencyCode": "EUR", "centAmount": 11, "preciseAmount": 1050,
           "fractionDigits": 4}  # fmt: skip


def charge(slug: str, cents: int, quantity: int = 1) -> Json:
    """A custom line item as it is read."""
    return {
        "id": f"c-{slug}", "name": {"fr-FR": slug}, "slug": slug, "quantity": quantity, "money": euro(cents),
        "totalPrice": euro(cents * quantity), "discountedPricePerQuantity": [], "priceMode": "Standard",
    }  # fmt: skip


def discounted(line_id: str, quantity: int, *shares: tuple[str, int], off: int) -> Json:
    """A line whose pieces are cheaper by these shares a piece; `off` is what the whole line is cheaper by."""
    included = [
        {"discount": {"typeId": "cart-discount", "id": name}, "discountedAmount": euro(cents)}
        for name, cents in shares
    ]
    price = {"value": euro(5990), "includedDiscounts": included}
    return {
        **line(line_id, line_id, quantity),
        "totalPrice": euro(5990 * quantity - off),
        "discountedPricePerQuantity": [{"quantity": quantity, "discountedPrice": price}],
    }


def code(text: str, *discounts: str, state: str = "MatchesCart") -> Json:
    """A discount code as it comes with an order when it is expanded."""
    known = {"code": text, "cartDiscounts": [{"typeId": "cart-discount", "id": one} for one in discounts]}
    return {"discountCode": {"typeId": "discount-code", "id": f"id-{text}", "obj": known}, "state": state}


def test_custom_line_items_are_lines_of_their_kind() -> None:
    """A slug says whether it is a donation, a gift card or freight; without a pattern it is a charge."""
    rules = OrderRules(donations=("don-*",), gift_cards=("gift-*",), freights=("express",))
    slugs = ["don-enfance", "gift-50", "express", "emballage"]
    read = order(body(customLineItems=[charge(slug, 100) for slug in slugs]), ERP, rules)
    assert [(one.sku, one.kind) for one in read.lines[3:]] == [
        ("don-enfance", "donation"), ("gift-50", "gift_card"), ("express", "shipping"),
        ("emballage", "charge"),
    ]  # fmt: skip


def test_a_gift_card_is_told_by_product_type_or_by_a_field_of_its_line() -> None:
    """A flag that says no is no gift card; a number that is one is no flag."""
    by_type = {**line("l1", "s", 1), "productType": {"typeId": "product-type", "id": "id-of-gift"}}
    by_field = {**line("l2", "s", 1), "custom": {"fields": {"card": "EGC-50"}}}
    denied = {**line("l3", "s", 1), "custom": {"fields": {"card": False}}}
    rules = OrderRules(gift_card_types=("gift",), gift_card_field="card")
    resolved = Resolved(ERP, frozenset({"id-of-gift"}))
    read = order(body(lineItems=[by_type, by_field, denied, line("l4", "s", 1)]), ERP, rules, resolved)
    assert [one.kind for one in read.lines] == ["gift_card", "gift_card", "article", "article"]


def test_shipping_is_a_line_when_it_is_asked_for() -> None:
    """Its price is then nowhere else: whoever adds lines and freight adds it once."""
    info = {
        "shippingMethodName": "Domicile", "price": euro(490), "deliveries": [],
        "discountedPrice": {
            "value": euro(190),
            "includedDiscounts": [{"discount": {"id": "d1"}, "discountedAmount": euro(300)}],
        },
        "taxedPrice": {"totalNet": euro(158), "totalGross": euro(190)},
    }  # fmt: skip
    plain = order(body(shippingInfo=info), ERP)
    assert (plain.shipping_price, len(plain.lines)) == (Money(190, "EUR"), 3)
    typed = order(body(shippingInfo=info), ERP, OrderRules(freight="line", freight_sku="PORT"))
    freight = typed.lines[-1]
    assert typed.shipping_price is None
    assert (freight.id, freight.kind, freight.sku) == ("shipping", "shipping", "PORT")
    assert (freight.unit_price, freight.total) == (Money(490, "EUR"), Money(190, "EUR"))
    assert (freight.net, freight.tax) == (Money(158, "EUR"), Money(32, "EUR"))
    assert freight.discounts == (OrderDiscount(amount=Money(300, "EUR")),)
    assert difference(plain) == difference(typed)


def test_several_shippings_are_summed() -> None:
    """In mode Multiple each address has a shipping; where all have the same address, it is the order's."""
    address = {"lastName": "Durand", "city": "Lille", "country": "FR"}
    shippings = [
        {
            "shippingKey": key, "shippingAddress": {**address, "id": key},
            "shippingInfo": {"shippingMethodName": name, "price": euro(cents), "deliveries": []},
        }
        for key, name, cents in (("a", "Domicile", 490), ("b", "Express", 990))
    ]  # fmt: skip
    changes: dict[str, Any] = {"shipping": shippings, "shippingInfo": None, "shippingAddress": None}
    read = order(body(**changes), ERP)
    assert (read.shipping_price, read.shipping_method) == (Money(1480, "EUR"), "Domicile + Express")
    assert read.shipping_address is not None
    assert read.shipping_address.city == "Lille"
    lines = order(body(**changes), ERP, OrderRules(freight="line")).lines
    assert [(one.id, one.total.cent_amount) for one in lines[3:]] == [
        ("shipping/a", 490),
        ("shipping/b", 990),
    ]
    shippings[1]["shippingAddress"] = {**address, "city": "Lyon"}
    assert order(body(**changes), ERP).shipping_address is None


def test_a_discount_is_told_with_its_code_and_its_share() -> None:
    """What rounding a piece lost goes to the largest share: the shares sum to what the line is cheaper by."""
    cheaper = discounted("l1", 3, ("d1", 333), ("d2", 100), off=1300)
    read = order(
        body(
            lineItems=[cheaper],
            discountCodes=[code("HIVER", "d1"), code("OLD", "d9", state="NotActive")],
        ),
        ERP,
    )
    assert read.discount_codes == ("HIVER",)
    assert read.lines[0].discounts == (
        OrderDiscount(amount=Money(1000, "EUR"), code="HIVER"),
        OrderDiscount(amount=Money(300, "EUR")),
    )
    assert read.lines[0].total == Money(5990 * 3 - 1300, "EUR")


def test_a_discount_on_the_total_is_spread_with_its_taxes() -> None:
    """Freight and donations bear nothing; net and tax of a line still sum to what is paid for it."""
    taxed = {**line("l1", "s-1", 1), "taxedPrice": {"totalNet": euro(4992), "totalGross": euro(5990)}}
    on_total = {
        "discountedAmount": euro(1000),
        "includedDiscounts": [{"discount": {"id": "d1"}, "discountedAmount": euro(1000)}],
    }
    read = order(
        body(
            lineItems=[taxed, line("l2", "s-2", 2)],
            customLineItems=[charge("don-1", 200)],
            discountOnTotalPrice=on_total,
            discountCodes=[code("DIX", "d1")],
            totalPrice=euro(5990 * 3 + 200 + 490 - 1000),
        ),
        ERP,
        OrderRules(donations=("don-*",)),
    )
    assert [one.total.cent_amount for one in read.lines] == [5990 - 333, 11980 - 667, 200]
    assert read.lines[0].discounts == (OrderDiscount(amount=Money(333, "EUR"), code="DIX"),)
    assert read.lines[0].net == Money(4714, "EUR")  # 4992 x 5657 / 5990 = 4714.48
    assert read.lines[0].tax == Money(5657 - 4714, "EUR")
    assert difference(read) == Money(0, "EUR")


@given(
    quantities=st.lists(st.integers(1, 5), min_size=1, max_size=5),
    shares=st.lists(st.tuples(st.sampled_from(["d1", "d2", "d3"]), st.integers(0, 900)), max_size=3),
    rounding=st.integers(-3, 3),
    on_total=st.integers(0, 2000),
    freight=st.integers(0, 990),
    as_line=st.booleans(),
)
def test_lines_and_freight_sum_to_the_total(
    quantities: list[int],
    shares: list[tuple[str, int]],
    rounding: int,
    on_total: int,
    freight: int,
    *,
    as_line: bool,
) -> None:
    """Whatever is taken off and however it was rounded; each line is its pieces less its discounts."""
    lines, total = [], freight - on_total
    for place, quantity in enumerate(quantities):
        off = sum(cents for _, cents in shares) * quantity
        off += rounding if off > 3 else 0
        lines.append(discounted(f"l{place}", quantity, *shares, off=off))
        total += 5990 * quantity - off
    changes: dict[str, Any] = (
        {"discountOnTotalPrice": {"discountedAmount": euro(on_total)}} if on_total else {}
    )
    info = {"shippingMethodName": "Domicile", "price": euro(freight), "deliveries": []}
    rules = OrderRules(freight="line" if as_line else "field")
    read = order(body(lineItems=lines, totalPrice=euro(total), shippingInfo=info, **changes), ERP, rules)
    assert difference(read) == Money(0, "EUR")
    for one in read.lines:
        taken = sum(discount.amount.cent_amount for discount in one.discounts)
        assert one.total.cent_amount == one.unit_price.cent_amount * one.quantity - taken
        assert all(discount.amount.cent_amount > 0 for discount in one.discounts)


def test_a_total_that_does_not_add_up_is_seen() -> None:
    """The difference is the order's total less what is known of it."""
    assert difference(order(body(), ERP)) == Money(24450 - 4 * 5990 - 490, "EUR")
    assert difference(order(body(totalPrice=euro(24400)), ERP)) == Money(-50, "EUR")


def payment(**changes: Any) -> Json:
    """A payment as it comes with an order when it is expanded."""
    known = {
        "id": "p-1", "interfaceId": "PSP-77", "amountPlanned": euro(24450),
        "paymentMethodInfo": {"paymentInterface": "psp", "method": "card"},
        "transactions": [
            transaction("Authorization", 24450), transaction("Charge", 9000),
            transaction("Charge", 1000, "Pending"), transaction("Refund", 500),
            transaction("Chargeback", 200),
        ],
        **changes,
    }  # fmt: skip
    return {"paymentInfo": {"payments": [{"typeId": "payment", "id": "p-1", "obj": known}]}}


def transaction(kind: str, cents: int, state: str = "Success") -> Json:
    """One movement of money."""
    return {"id": f"t-{kind}", "type": kind, "state": state, "amount": euro(cents)}


def test_payments_are_what_succeeded() -> None:
    """Pending transactions moved nothing; without any of a type nothing is known, which is not zero."""
    assert order(body(**payment()), ERP).payments == (
        Payment(
            ref="PSP-77",
            method="card",
            authorised=Money(24450, "EUR"),
            charged=Money(8800, "EUR"),
            refunded=Money(500, "EUR"),
        ),
    )
    [bare] = order(body(**payment(transactions=[], interfaceId=None, key="k")), ERP).payments
    assert (bare.ref, bare.authorised, bare.charged) == ("k", None, None)


def test_a_payment_that_did_not_come_is_left_out() -> None:
    """It was deleted, or our token may not see payments."""
    assert order(body(paymentInfo={"payments": [{"typeId": "payment", "id": "p"}]}), ERP).payments == ()


KINDS = OrderRules.of(
    {
        "store_field": "pickup",
        "kinds": [
            {"kind": "reservation", "custom": {"eResa": True}},
            {"kind": "click_and_collect", "shipping_methods": ["cc"], "stores": ["lyon"]},
            {"kind": "ship_from_store", "shipping_methods": ["Coursier"]},
        ],
    }
)


def shipped_by(name: str, key: str | None = None) -> Json:
    """Shipping by a method, expanded when it has a key."""
    method = {} if key is None else {"shippingMethod": {"id": "m", "obj": {"key": key}}}
    return {"shippingMethodName": name, "price": euro(0), "deliveries": [], **method}


@pytest.mark.parametrize(
    ("changes", "kind", "store"),
    [
        ({}, "delivery", None),
        ({"custom": {"fields": {"eResa": True, "pickup": "nice"}}}, "reservation", "nice"),
        ({"custom": {"fields": {"eResa": 1}}}, "delivery", None),
        (
            {"shippingInfo": shipped_by("Retrait", "cc"), "store": {"key": "lyon"}},
            "click_and_collect",
            "lyon",
        ),
        ({"shippingInfo": shipped_by("Retrait", "cc"), "store": {"key": "nice"}}, "delivery", "nice"),
        ({"shippingInfo": shipped_by("Coursier")}, "ship_from_store", None),
        (
            {"custom": {"fields": {"pickup": {"typeId": "store", "key": "lyon"}}}, "store": {"key": "web"}},
            "delivery",
            "lyon",
        ),
    ],
)
def test_rules_say_how_an_order_reaches_its_customer(changes: Json, kind: str, store: str | None) -> None:
    """All that a rule names must hold, the first rule that holds decides; a field may name the store."""
    read = order(body(**changes), ERP, KINDS)
    assert (read.kind, read.store) == (kind, store)


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({"freigth": "line"}, "freigth"),
        ({"kinds": [{"kind": "delivery"}]}, "no condition"),
        ({"kinds": [{"kind": "teleport", "stores": ["x"]}]}, "teleport"),
    ],
)
def test_a_rule_that_nobody_knows_is_told(section: Json, told: str) -> None:
    """With what is known."""
    with pytest.raises(ConfigError, match=told):
        OrderRules.of(section)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"lineItems": [{**line("l1", "s-1", 1), "price": {"value": PRECISE}}]}, "price of s-1"),
        ({"customLineItems": [{**charge("wrap", 1), "money": PRECISE}]}, "price of wrap"),
        ({"totalPrice": PRECISE}, "total"),
    ],
)
def test_what_is_finer_than_a_coin_is_refused(changes: Json, told: str) -> None:
    """Nobody said how to round it; the refusal says what it is and of which order."""
    with pytest.raises(Refused, match=told) as refused:
        order(body(**changes), ERP)
    assert refused.value.code == "high_precision"
    assert (refused.value.data["order_id"], refused.value.data["order_number"]) == ("o-1", "WEB-1001")


def test_another_currency_in_one_order_is_refused() -> None:
    """Sums over it would mean nothing."""
    pounds = {**line("l1", "s-1", 1), "totalPrice": {"currencyCode": "GBP", "centAmount": 1}}
    with pytest.raises(Refused, match="GBP"):
        order(body(lineItems=[pounds]), ERP)


def test_the_place_and_taxes_of_a_line_are_read() -> None:
    """The supply channel by its key, when it came with the order."""
    taxed = {
        **line("l1", "s-1", 1),
        "supplyChannel": {"typeId": "channel", "id": "c", "obj": {"key": "depot-001"}},
        "taxedPrice": {"totalNet": euro(4992), "totalGross": euro(5990)},
        "taxRate": {"amount": 0.2, "includedInPrice": False},
    }
    prices = {"taxedPrice": {"totalNet": euro(20375), "totalGross": euro(24450)}}
    read = order(body(lineItems=[taxed], **prices), ERP)
    [one] = read.lines
    assert (one.place, one.net, one.tax, one.tax_included) == (
        "depot-001", Money(4992, "EUR"), Money(998, "EUR"), False,
    )  # fmt: skip
    assert (read.net, read.tax) == (Money(20375, "EUR"), Money(4075, "EUR"))


def returned(state: str, line_id: str = "l1") -> Json:
    """An item of a return."""
    return {
        "id": f"r-{line_id}", "quantity": 1, "type": "LineItemReturnItem", "lineItemId": line_id,
        "shipmentState": state, "paymentState": "NonRefundable", "createdAt": "2026-11-03T09:00:00.000Z",
        "lastModifiedAt": "2026-11-04T09:00:00.000Z",
    }  # fmt: skip


def test_what_the_shop_says_of_an_order_is_heard() -> None:
    """A cancellation and an announced return; the same order says the same whenever it is read."""
    rules = OrderRules(cancel_field="cancelRequest")
    assert list(heard(body(), rules)) == []
    [cancel] = heard(body(orderState="Cancelled"), rules)
    assert (cancel.kind, cancel.ref, cancel.at) == ("cancel_asked", "shop", None)
    [asked] = heard(body(custom={"fields": {"cancelRequest": "CR-7"}}), rules)
    assert (asked.kind, asked.ref) == ("cancel_asked", "CR-7")
    info = {"returnTrackingId": "R-9", "items": [returned("Advised"), returned("Returned", "l3")]}
    [announced] = heard(body(returnInfo=[info]), rules)
    assert (announced.kind, announced.ref, announced.return_number) == ("return_announced", "R-9", "R-9")
    assert [(one.line, one.sku, one.quantity) for one in announced.lines] == [
        ("l1", "s-1", 1),
        ("l3", "s-2", 1),
    ]
    assert list(heard(body(returnInfo=[{"items": [returned("Returned")]}]), rules)) == []
    [nameless] = heard(body(returnInfo=[{"items": [returned("Advised")]}]), rules)
    assert nameless.ref == "shop-r-l1"
