"""The view: what a shop should say of an order."""

from __future__ import annotations

from passerelle.fulfilment import derive, view
from passerelle.records import DocumentView, OrderView
from tests.fulfilment.invented_life import at, eur, line, order, say
from tests.fulfilment.told import after, codes

TWO = order(line("A", 2, 2000), line("B", 1, 500))
ACCEPTED = say("accepted", "E-1", 5, erp_number="E-1")


def test_an_order_of_which_nothing_was_said_leaves_the_shop_as_it_is() -> None:
    """Open, every piece ordered, and no word about anything that the shop knows better."""
    assert view(TWO, derive(TWO, ())) == OrderView(
        number="O-1", order_state="Open", items=(("L-A", "ordered", 2), ("L-B", "ordered", 1))
    )


def test_the_pieces_of_a_line_are_shown_by_state() -> None:
    """One shipped, one short, one ready to go: each line sums to what was ordered."""
    state = after(
        TWO,
        ACCEPTED,
        say("shipped", "BL-1", 9, of="A:1"),
        say("short", "S", 9, of="A:1"),
        say("packed", "T", 9, of="B:1"),
    )
    picture = view(TWO, state)
    assert set(picture.items) == {("L-A", "shipped", 1), ("L-A", "cancelled", 1), ("L-B", "preparing", 1)}
    assert (picture.exported_as, picture.order_state, picture.shipment_state) == (
        "E-1",
        "Confirmed",
        "Partial",
    )


def test_the_pickup_code_is_stable() -> None:
    """The customer has a code: another one that comes later is told, not shown."""
    pickup = order(line("A", 1, 1000), kind="click_and_collect", store="S1")
    first = say("ready", "1", 10, place="S1", pickup_code="4711", until=at(500))
    second = say("ready", "2", 20, place="S1", pickup_code="0815", until=at(900))
    state = after(pickup, second, first)
    assert (state.pickup_code, codes(state)) == ("4711", ["second_pickup_code"])
    assert view(pickup, state).pickup_until == at(900)


def test_documents_never_change() -> None:
    """The second telling of an invoice with another content is told; the first one stays."""
    invoice = say("invoiced", "F-1", 10, document="invoice", url="https://example.com/F-1", amount=eur(2500))
    again = say("invoiced", "F-1", 20, document="invoice", url="https://example.com/F-1", amount=eur(2500))
    other = say("invoiced", "F-1", 30, document="invoice", url="https://example.com/F-1", amount=eur(1))
    credit = say("invoiced", "G-1", 40, document="credit_note")
    assert codes(after(TWO, invoice, again)) == []
    state = after(TWO, other, credit, invoice)
    assert state.documents == (
        DocumentView(kind="invoice", number="F-1", url="https://example.com/F-1"),
        DocumentView(kind="credit_note", number="G-1"),
    )
    assert codes(state) == ["document_changed"]
