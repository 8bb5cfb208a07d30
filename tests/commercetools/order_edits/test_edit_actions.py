"""Edits of orders as staged actions: what is so already makes none, what is unclear is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.commercetools.order_edits.actions import edit_actions
from passerelle.errors import Refused
from passerelle.records import Address, EditedLine, Money, OrderEdit


def euro(cents: int) -> dict[str, Any]:
    """An amount."""
    return {"currencyCode": "EUR", "centAmount": cents}


def order(**pieces: int) -> dict[str, Any]:
    """An order of so many pieces of SKUs at ten euros."""
    return {
        "totalPrice": euro(1000 * sum(pieces.values())),
        "lineItems": [
            {"id": f"id-{sku}", "variant": {"sku": sku}, "quantity": count, "price": {"value": euro(1000)}}
            for sku, count in pieces.items()
        ],
        "shippingAddress": {"id": "a-1", "country": "FR", "city": "Lyon", "mobile": "06"},
        "shippingInfo": {"deliveries": [{"id": "d-1", "items": [{"id": "id-A", "quantity": 1}]}]},
    }


def edit(*lines: EditedLine, **more: Any) -> OrderEdit:
    """An edit of the order."""
    return OrderEdit(order_number="W-1", key="M-1", lines=lines, **more)


COUNTS = st.dictionaries(st.sampled_from(["A", "B", "C", "D"]), st.integers(min_value=1, max_value=9))


@given(COUNTS, COUNTS)
def test_any_order_becomes_what_the_edit_says(held: dict[str, int], wanted: dict[str, int]) -> None:
    """Done to the order, the actions give each SKU its pieces; one that has them already has no action."""
    body = {**order(**held), "shippingInfo": {}}
    lines = [EditedLine(sku=sku, quantity=wanted.get(sku, 0)) for sku in {*held, *wanted}]
    pieces = dict(held)
    actions = edit_actions(edit(*lines), body)
    for action in actions:
        sku = action.get("sku") or action["lineItemId"].removeprefix("id-")
        if action["action"] == "removeLineItem":
            del pieces[sku]
        else:
            assert action["action"] == ("changeLineItemQuantity" if sku in held else "addLineItem")
            pieces[sku] = action["quantity"]
    assert pieces == wanted
    assert len(actions) == sum(held.get(sku) != wanted.get(sku) for sku in {*held, *wanted})


def test_a_price_is_set_where_it_differs() -> None:
    """A new quantity of a line whose price came from outside keeps that price."""
    body = order(A=2)
    assert edit_actions(edit(EditedLine(sku="A", quantity=2, unit_price=Money(1000, "EUR"))), body) == []
    [one] = edit_actions(edit(EditedLine(sku="A", quantity=2, unit_price=Money(900, "EUR"))), body)
    assert one == {"action": "setLineItemPrice", "lineItemId": "id-A", "externalPrice": euro(900)}
    body["lineItems"][0]["priceMode"] = "ExternalPrice"
    [one] = edit_actions(edit(EditedLine(sku="A", quantity=3)), body)
    assert (one["quantity"], one["externalPrice"]) == (3, euro(1000))


def test_an_address_keeps_what_the_edit_does_not_name() -> None:
    """The customer's mobile number is not the ERP's."""
    [one] = edit_actions(edit(shipping_address=Address(country="FR", city="Rennes")), order(A=1))
    assert one["address"] == {"country": "FR", "city": "Rennes", "mobile": "06"}
    assert edit_actions(edit(shipping_address=Address(country="FR", city="Lyon")), order(A=1)) == []


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((EditedLine(sku="A", quantity=0),), "already_shipped"),
        ((EditedLine(sku="A", quantity=-1),), "edit_unclear"),
        ((EditedLine(sku="B", quantity=1), EditedLine(sku="B", quantity=2)), "edit_unclear"),
        ((EditedLine(sku="A", quantity=2, unit_price=Money(1, "SEK")),), "other_currency"),
    ],
)
def test_what_cannot_be_meant_is_refused(lines: tuple[EditedLine, ...], code: str) -> None:
    """Nothing is guessed about what a customer pays."""
    with pytest.raises(Refused) as refusal:
        edit_actions(edit(*lines), order(A=2, B=1))
    assert refusal.value.code == code


def test_a_sku_in_two_lines_is_unclear() -> None:
    """Which of the two is meant, the edit does not say."""
    body = order(A=1)
    body["lineItems"] *= 2
    with pytest.raises(Refused, match="stands in 2 lines"):
        edit_actions(edit(EditedLine(sku="A", quantity=3)), body)
