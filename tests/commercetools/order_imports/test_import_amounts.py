"""Amounts of placed orders: what sums is taken whole, what is off by one minor unit is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.commercetools.order_imports.amounts import check_amounts
from passerelle.commercetools.order_imports.draft import import_draft
from passerelle.commercetools.order_imports.settings import OrderImportSettings
from passerelle.errors import Refused
from passerelle.records import Money, PlacedLine, PlacedOrder, PlacedTax

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])
CENTS = st.integers(min_value=0, max_value=10**9)


@st.composite
def orders(draw: st.DrawFn) -> PlacedOrder:
    """Orders that sum: goods, charges below zero, freight, and a tax that is in or on top of the prices."""
    currency, included = draw(CURRENCIES), draw(st.booleans())
    lines = tuple(
        PlacedLine(
            name={"fr-FR": "Chemise"},
            sku=draw(st.one_of(st.none(), st.just("S-1"))),
            kind=draw(st.sampled_from(["article", "charge", "donation"])),
            quantity=draw(st.integers(min_value=1, max_value=50)),
            unit_price=Money(draw(st.integers(min_value=-(10**6), max_value=10**6)), currency),
            tax_included=included,
            tax_rate=Decimal("0.2"),
        )
        for _ in range(draw(st.integers(min_value=1, max_value=5)))
    )
    freight = draw(st.one_of(st.none(), CENTS))
    total = sum(line.unit_price.cent_amount * line.quantity for line in lines) + (freight or 0)
    tax = draw(CENTS)
    return PlacedOrder(
        order_number="P-1",
        placed_at=datetime(2024, 3, 1, tzinfo=UTC),
        total=Money(total, currency),
        lines=lines,
        country="FR",
        shipping_price=None if freight is None else Money(freight, currency),
        net=Money(total - tax if included else total, currency),
        tax=Money(tax, currency),
    )


@given(orders())
def test_an_order_that_sums_is_sent_with_the_same_amounts(order: PlacedOrder) -> None:
    """What is sent sums to what is sent as its total, to the minor unit, in one currency."""
    check_amounts(order)
    draft = import_draft(order, OrderImportSettings(), {}, None)
    sent = [(line["price"]["value"], line["quantity"]) for line in draft.get("lineItems", ())]
    sent += [(line["money"], line["quantity"]) for line in draft.get("customLineItems", ())]
    sent += [(draft["shippingInfo"]["price"], 1)] if "shippingInfo" in draft else []
    assert sum(value["centAmount"] * pieces for value, pieces in sent) == draft["totalPrice"]["centAmount"]
    assert {value["currencyCode"] for value, _ in sent} == {order.total.currency}
    slugs = [line["slug"] for line in draft.get("customLineItems", ())]
    assert len(sent) == len(order.lines) + ("shippingInfo" in draft)
    assert all(slugs)
    taxed = draft["taxedPrice"]
    assert order.tax is not None
    gross, net = taxed["totalGross"]["centAmount"], taxed["totalNet"]["centAmount"]
    assert gross - net == order.tax.cent_amount


@given(orders(), st.sampled_from(["total", "net", "tax", "shipping_price"]), st.sampled_from([-1, 1]))
def test_one_minor_unit_too_much_or_too_little_is_refused(order: PlacedOrder, field: str, off: int) -> None:
    """Whichever amount it is in."""
    amount: Money | None = getattr(order, field)
    on_top = not order.lines[0].tax_included
    if amount is None or (field == "tax" and on_top):
        # Nothing says what a tax on top has to be.
        return
    wrong = Money(amount.cent_amount + off, amount.currency)
    with pytest.raises(Refused, match="P-1") as refusal:
        check_amounts(msgspec.structs.replace(order, **{field: wrong}))
    assert refusal.value.code == "amounts"


@given(orders(), st.integers(min_value=0, max_value=4))
def test_an_amount_in_another_currency_is_refused(order: PlacedOrder, which: int) -> None:
    """An order has one."""
    place = which % len(order.lines)
    line = order.lines[place]
    other = msgspec.structs.replace(line, unit_price=Money(line.unit_price.cent_amount, "SEK"))
    lines = (*order.lines[:place], other, *order.lines[place + 1 :])
    with pytest.raises(Refused, match=f"line {place + 1} is in SEK"):
        check_amounts(msgspec.structs.replace(order, lines=lines))


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Whoever corrects it sees each of it."""
    euro = Money(1000, "EUR")
    line = PlacedLine(name={"fr-FR": "Chemise"}, quantity=2, unit_price=euro, total=euro)
    order = PlacedOrder(
        order_number="P-1",
        placed_at=datetime(2024, 3, 1, tzinfo=UTC),
        total=Money(1999, "EUR"),
        lines=(line, msgspec.structs.replace(line, quantity=0, total=None)),
        net=Money(1500, "EUR"),
        tax=Money(300, "EUR"),
        taxes=(PlacedTax(rate=Decimal("0.2"), amount=Money(299, "EUR")),),
    )
    with pytest.raises(Refused) as refusal:
        check_amounts(order)
    for told in (
        "line 1: 2 times 10.00 EUR is 20.00 EUR, not 10.00 EUR",
        "line 2 has 0 pieces",
        "lines and shipping sum to 20.00 EUR, the total is 19.99 EUR",
        "the taxes by rate sum to 2.99 EUR, the tax is 3.00 EUR",
        "net 15.00 EUR and tax 3.00 EUR are not the total 19.99 EUR",
    ):
        assert told in str(refusal.value)


def test_parts_of_a_cent_have_no_place_in_an_order() -> None:
    """A high precision price is one of a catalogue; rounding it is the sender's decision."""
    fine = Money.precisely("0.1050", "EUR", 4)
    line = PlacedLine(name={"fr-FR": "Vis"}, quantity=1, unit_price=fine)
    order = PlacedOrder(
        order_number="P-1", placed_at=datetime(2024, 3, 1, tzinfo=UTC), total=fine, lines=(line,)
    )
    with pytest.raises(Refused, match="has parts of a cent"):
        check_amounts(order)
